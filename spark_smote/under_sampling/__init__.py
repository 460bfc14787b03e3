"""Samplers that remove rows of large classes."""
