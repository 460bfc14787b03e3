"""Decisions made on the driver, before any row is made."""
