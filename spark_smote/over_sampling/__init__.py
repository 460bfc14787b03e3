"""Samplers that add rows to small classes."""
