"""A data-dependent locality-sensitive hash: k-means cells, with guests near boundaries."""
