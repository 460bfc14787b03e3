"""Params of the samplers: their texts, checks, setters and getters."""
