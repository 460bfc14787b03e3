"""The README's Python runs as it stands."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest
from helpers import blobs, class_counts, multiset, split_synthetic, two_classes

import spark_smote

CONTRIBUTING = Path(__file__).parent.parent / "CONTRIBUTING.md"
README = Path(__file__).parent.parent / "README.md"


def test_the_snippets_run(spark):
    rows = [(*map(float, p), int(i < 40)) for i, p in enumerate(blobs(400, 2, seed=0))]
    table = spark.createDataFrame(rows, "amount double, hour double, fraud int")
    names = {"train": table, "test": table.limit(100)}
    for snippet in re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL):
        exec(snippet, names)
    assert names["scored"].count() == 100
    assert class_counts(names["balanced"], "fraud") == {0: 360, 1: 360}
    assert names["balanced"].filter("made").count() == 320


@pytest.mark.parametrize(
    "name", [name for name in spark_smote.__all__ if not name.startswith("__")]
)
def test_the_examples_of_public_classes_run(spark, name):
    finder = doctest.DocTestFinder(recurse=False)
    (test,) = finder.find(getattr(spark_smote, name), name, module=False, globs={"spark": spark})
    assert test.examples
    assert not doctest.DocTestRunner().run(test).failed


def test_the_sampler_of_contributing_keeps_the_contract(spark):
    """As the page says, it is all there is to write: counts are exact, originals untouched."""
    (snippet,) = re.findall(r"```python\n(.*?)```", CONTRIBUTING.read_text(), flags=re.DOTALL)
    df = two_classes(spark, few=40, many=90)
    names = {"__name__": "__main__", "df": df}  # pickled by value, as from a notebook
    exec(snippet, names)
    originals, synthetic = split_synthetic(names["balanced"])
    assert class_counts([*originals, *synthetic]) == {0: 90, 1: 90}
    assert multiset(originals) == multiset(df)
