"""The locality-sensitive hash from rows to buckets, and which rows of other cells they get."""
