"""Names that users of imbalanced-learn try first, and what they are called here."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection

__all__ = ["METHODS", "name_hint"]

NAMES = {
    "k_neighbors": ("k",),
    "n_neighbors": ("k",),
    "m_neighbors": ("m",),
    "random_state": ("seed",),
    "categorical_features": ("categoricalCols", "categoricalSlots"),
    "kmeans_estimator": ("clusters",),
    "enn": ("cleaningK", "kindSel", "cleaningStrategy"),
    "tomek": ("cleaningStrategy",),
}
"""What imbalanced-learn's parameters are called here, other than in camelCase."""

METHODS = {
    "fit_resample": "transform(df), which returns the resampled DataFrame",
    "fit_sample": "transform(df), which returns the resampled DataFrame",
    "fit": "transform(df), as nothing is learned, or put it in a spark_smote.Pipeline",
}
"""What its methods are called here."""


def name_hint(name: str, known: Collection[str]) -> str:
    """Return a name in quotes, with the known one that was meant."""
    if name in ("n_jobs", "verbose"):
        return f"{name!r}: leave it out, Spark decides on it."
    camel = re.sub(r"_([a-z])", lambda match: match[1].upper(), name)
    lowered = {other.lower(): other for other in known}
    meant = [other for other in NAMES.get(name, (camel,)) if other in known]
    if not meant:
        near = difflib.get_close_matches(camel.lower(), lowered, n=1)
        meant = [lowered[near[0]]] if near else []
    hint = f"did you mean {' or '.join(map(repr, meant))}?" if meant else ""
    return f"{name!r}; {hint or 'allowed: ' + ', '.join(known) + '.'}"
