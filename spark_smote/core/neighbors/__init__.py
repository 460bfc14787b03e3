"""Nearest-neighbor search within one bucket: exact for each norm, or approximate by cells."""
