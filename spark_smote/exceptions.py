"""Errors of the package: what was wrong with a table, a configuration or a parameter."""

from __future__ import annotations

__all__ = ["ParamError", "ResamplingError"]


class ResamplingError(ValueError):
    """A table, or a configuration, that does not fit what is asked for."""


class ParamError(TypeError):
    """A parameter that is unknown, or of a value that is not allowed."""
