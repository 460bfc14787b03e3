"""Where a browser is."""

from __future__ import annotations

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")

CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
"""The path of a Chromium, or None; Debian's package is named chromium."""
