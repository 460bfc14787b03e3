"""Demonstration on scikit-learn's handwritten digits: the job, a classifier and a picture."""

from __future__ import annotations

import hashlib
import importlib.util
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.ml.classification import RandomForestClassifier
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score

from spark_smote.cli import resample
from spark_smote.cli.arguments import Parser
from spark_smote.runtime.console import format_table, print_line
from spark_smote.runtime.session import session

__all__ = ["main"]

DIGIT = 8

HELD_OUT = 0.4

TREES = 50

DEPTH = 6

METRICS = ("recall", "precision", "F1", "PR-AUC")

Matrix = npt.NDArray[np.float64]


def main(argv: Sequence[str] | None = None) -> None:
    """Resample the digits as a user would, and show the outcome.

    Raises
    ------
    RuntimeError
        If matplotlib is missing.
    """
    parser = Parser("spark-smote demo", __doc__ or "")
    parser.add_argument("--folder", default="spark-smote-demo", help="where the files go")
    args = parser.parse(argv)
    if importlib.util.find_spec("matplotlib") is None:
        raise RuntimeError(
            "The demo draws with matplotlib, which is not installed: run "
            "`pip install 'spark-smote[demo]'`."
        )
    run(Path(args.folder))


def run(folder: Path) -> None:
    """Write the data, run the job, compare a classifier and draw the classes."""
    digits = split_digits()
    folder.mkdir(parents=True, exist_ok=True)
    with session("spark-smote demo") as spark:
        print_line(
            f"Handwritten digits, {DIGIT} against the rest: {len(digits.labels):,} images of 64 "
            f"pixels, {digits.labels.sum()} of them an {DIGIT}. Held out for the test: "
            f"{digits.held_out.sum()}, which the job never sees.\n"
        )
        source, result = folder / "training.parquet", folder / "resampled.parquet"
        digits.frame(spark, ~digits.held_out).write.mode("overwrite").parquet(
            source.absolute().as_uri()
        )
        flags = ["--input", str(source), "--output", str(result), "--mode", "overwrite"]
        flags += ["--syntheticCol", "synthetic", "--report", str(folder / "report.json")]
        print_line(f"$ spark-smote resample {shlex.join(flags)}\n")
        resample.main(flags)
        before = spark.read.parquet(source.absolute().as_uri())
        after = spark.read.parquet(result.absolute().as_uri())
        test = digits.frame(spark, digits.held_out)
        print_line(_comparison(score(before, test), score(after, test)))
        picture = folder / "before_after.png"
        draw(before, after, picture)
        print_line(f"\nPicture: {picture}; the data, the result and report.json are beside it.")
        print_line("Would class weights or a moved threshold do as well? Compare, on any table:\n")
        print_line(f"$ spark-smote evaluate {shlex.join(['--input', str(source)])}")


@dataclass(frozen=True)
class Digits:
    """Images, whether each is the digit, and whether it is held out for the test."""

    images: Matrix
    labels: npt.NDArray[np.int64]
    held_out: npt.NDArray[np.bool_]

    def frame(self, spark: SparkSession, part: npt.NDArray[np.bool_]) -> DataFrame:
        """Build a table of a part of the images."""
        rows = [
            (int(i), self.images[i].tolist(), int(self.labels[i])) for i in np.flatnonzero(part)
        ]
        return spark.createDataFrame(rows, "id int, features array<double>, label int")


def split_digits() -> Digits:
    """Hold out the same fraction of both classes, chosen by a hash of the image's number."""
    images, numbers = load_digits(return_X_y=True)
    labels = (numbers == DIGIT).astype(np.int64)
    order = np.array([hashlib.sha256(str(i).encode()).hexdigest() for i in range(len(labels))])
    held_out = np.zeros(len(labels), np.bool_)
    for label in (0, 1):
        members = np.flatnonzero(labels == label)
        ranked = members[np.argsort(order[members])]
        held_out[ranked[: round(HELD_OUT * len(members))]] = True
    return Digits(images, labels, held_out)


def score(training: DataFrame, test: DataFrame) -> list[float]:
    """Train a random forest, and compute `METRICS` on rows it has not seen."""
    forest = RandomForestClassifier(featuresCol="vector", numTrees=TREES, maxDepth=DEPTH, seed=2002)
    model = forest.fit(training.select("label", array_to_vector(F.col("features")).alias("vector")))
    scored = model.transform(
        test.select("label", array_to_vector(F.col("features")).alias("vector"))
    )
    probability = vector_to_array(F.col("probability"))[1].alias("probability")
    columns = np.array(scored.select("label", "prediction", probability).collect()).T
    labels, predictions, probabilities = columns
    return [
        float(recall_score(labels, predictions)),
        float(precision_score(labels, predictions, zero_division=0)),
        float(f1_score(labels, predictions)),
        float(average_precision_score(labels, probabilities)),
    ]


def _comparison(without: Sequence[float], with_smote: Sequence[float]) -> str:
    """Format the scores side by side, with a sentence on what got better and what did not."""
    changes = [after - before for before, after in zip(without, with_smote, strict=True)]
    rows = [
        (name, f"{before:.3f}", f"{after:.3f}", f"{change:+.3f}")
        for name, before, after, change in zip(METRICS, without, with_smote, changes, strict=True)
    ]
    better = [name for name, change in zip(METRICS, changes, strict=True) if change > 0.005]
    worse = [name for name, change in zip(METRICS, changes, strict=True) if change < -0.005]
    same = [name for name in METRICS if name not in better + worse]
    verdict = "; ".join(
        f"{words}: {', '.join(names)}"
        for words, names in (("better", better), ("worse", worse), ("the same", same))
        if names
    )
    return (
        f"\nA random forest ({TREES} trees of depth {DEPTH}) on the held-out images, the digit "
        f"{DIGIT} as positive:\n\n"
        f"{format_table(['', 'without', 'with SMOTE', 'change'], rows)}\n\n"
        f"With SMOTE {verdict}.\n"
        "SMOTE mostly buys recall with precision; PR-AUC, which looks at all thresholds at once, "
        "tells\nwhether the ranking itself got better."
    )


def draw(before: DataFrame, after: DataFrame, path: Path) -> None:
    """Draw both classes in the two principal components of the original rows."""
    from matplotlib.figure import Figure

    originals, labels, _ = _arrays(before.selectExpr("features", "label", "false AS synthetic"))
    points, classes, is_synthetic = _arrays(after.select("features", "label", "synthetic"))
    components = PCA(2).fit(originals)
    figure = Figure(figsize=(12, 5.6), layout="constrained")
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    _panel(left, components.transform(originals), labels == 1, np.zeros(len(labels), np.bool_))
    _panel(right, components.transform(points), classes == 1, is_synthetic)
    left.set_title(f"Before: {(labels == 1).sum():,} of {len(labels):,} rows are an {DIGIT}")
    right.set_title(
        f"After: {(classes == 1).sum():,} of {len(classes):,}, {is_synthetic.sum():,} synthetic"
    )
    left.set_ylabel("second principal component")
    figure.suptitle(f"SMOTE on handwritten digits: {DIGIT} against the rest", fontsize=14)
    figure.savefig(path, dpi=130)


def _panel(
    axes: Any, points: Matrix, is_digit: npt.NDArray[np.bool_], is_synthetic: npt.NDArray[np.bool_]
) -> None:
    layers = (
        ("other digits", ~is_digit, {"s": 12, "color": "#c4c8cf", "linewidths": 0}),
        (
            f"synthetic {DIGIT}",
            is_synthetic,
            {"s": 20, "facecolors": "none", "edgecolors": "#e8762d", "linewidths": 0.7},
        ),
        (
            f"original {DIGIT}",
            is_digit & ~is_synthetic,
            {"s": 26, "color": "#1f4e9c", "edgecolors": "white", "linewidths": 0.5},
        ),
    )
    for name, is_in_layer, style in layers:
        if is_in_layer.any():
            axes.scatter(*points[is_in_layer].T, label=f"{name} ({is_in_layer.sum():,})", **style)
    axes.set_xlabel("first principal component")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper right", frameon=True, framealpha=0.9)


def _arrays(
    frame: DataFrame,
) -> tuple[Matrix, npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    images, labels, synthetic = zip(*frame.collect(), strict=True)
    return np.array(images, np.float64), np.array(labels, np.int64), np.array(synthetic, np.bool_)
