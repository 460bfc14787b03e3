"""Examples in docstrings that need no Spark."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

import spark_smote

PACKAGE = Path(spark_smote.__file__).parent
WITH_EXAMPLES = [
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in sorted(PACKAGE.rglob("*.py"))
    if ">>>" in (text := path.read_text())
    and not re.search(r"(>>>|\.\.\.) .*\bspark\b", text)  # as in those of public names
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_docstring_examples(name):
    failed, tried = doctest.testmod(importlib.import_module(f"spark_smote.{name}"))
    assert tried
    assert not failed
