"""From samplingStrategy to rows per class, and from rows per class to rows per base."""
