"""From samplingStrategy to rows of each class, and on to rows of each base."""
