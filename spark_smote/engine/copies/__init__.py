"""Rows repeated or left out, in the JVM alone."""
