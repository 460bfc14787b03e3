"""Rows brought together in buckets, and what is made of them there."""
