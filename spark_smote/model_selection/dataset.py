"""The table of a comparison: its classes and features, checked before anything is fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, StructField

from spark_smote.core.strategy.labels import by_label, match_labels
from spark_smote.engine.scan.determinism import warn_if_random
from spark_smote.engine.table.labeled_table import LabeledTable
from spark_smote.engine.table.schema import check_frame, field_of
from spark_smote.engine.table.sql import quoted
from spark_smote.exceptions import ResamplingError
from spark_smote.model_selection.fitting.features import FeatureColumns
from spark_smote.under_sampling.random_under_sampler import RandomUnderSampler

__all__ = ["Dataset"]


@dataclass(frozen=True)
class Dataset:
    """A table to compare on.

    Attributes
    ----------
    rows : DataFrame
        With a label, all of them.
    label : StructField
    counts : dict
        Rows of each class, in the order of their numbers; of two, the positive one is the second.
    columns : callable
        Finds the features of a frame.
    notes : tuple of str
        What a reader has to know of it.
    """

    rows: DataFrame
    label: StructField
    counts: Mapping[Any, int]
    columns: Callable[[DataFrame], FeatureColumns]
    notes: tuple[str, ...] = ()

    @staticmethod
    def find(
        dataset: DataFrame,
        label_col: str,
        columns: Callable[[DataFrame], FeatureColumns],
        positive: Any = None,
    ) -> Dataset:
        """Find the classes of a table, in one Spark job.

        Raises
        ------
        ResamplingError
        """
        check_frame(dataset)
        warn_if_random(dataset)
        label = field_of(dataset.schema, label_col, "labelCol")
        table = LabeledTable(dataset, label)
        found, unlabeled = table.class_counts()
        counts = by_label(found)
        notes = (f"{unlabeled:,} rows without a label are left out.",) if unlabeled else ()
        ordered = _ordered(counts, positive)
        return Dataset(table.labeled(list(ordered)), label, ordered, columns, notes)

    @property
    def labels(self) -> list[Any]:
        """Classes in the order of their numbers."""
        return list(self.counts)

    @property
    def positive(self) -> Any:
        """The class of interest; None if there are more than two."""
        return self.labels[1] if len(self.counts) == 2 else None

    def check_rows(self, synthetic_col: str | None, prepared: bool) -> None:
        """Check that rows can be used as they are: no synthetic ones, no missing numbers.

        Parameters
        ----------
        synthetic_col : str or None
        prepared : bool
            Whether stages make the features, which are not there yet.
        """
        synthetic = F.lit(False)
        if synthetic_col:
            field = field_of(self.rows.schema, synthetic_col, "syntheticCol")
            if not isinstance(field.dataType, BooleanType):
                raise ResamplingError(
                    f"Column {synthetic_col!r} (syntheticCol) is {field.dataType.simpleString()}; "
                    "allowed is boolean."
                )
            synthetic = F.coalesce(quoted(synthetic_col), F.lit(False))
        columns = None if prepared else self.columns(self.rows)
        unusable = columns.unusable() if columns else F.lit(False)
        size = columns.size() if columns else F.lit(0)
        found = self.rows.agg(
            F.count_if(synthetic), F.count_if(unusable), F.min(size), F.max(size)
        ).first()
        made, missing, fewest, most = found or (0, 0, 0, 0)
        if made:
            raise ResamplingError(
                f"Column {synthetic_col!r} (syntheticCol) is true in {made} rows: their neighbors "
                "would be in other folds; evaluate the table as it was before resampling."
            )
        if missing:
            raise ResamplingError(
                f"{missing} rows hold null, NaN or infinite features: fill them by an Imputer in "
                "prepare, or drop the rows."
            )
        if fewest != most:
            raise ResamplingError(
                f"Rows hold {fewest} to {most} features: fill the shorter ones, or drop the rows."
            )

    def limited(self, most: int, seed: int) -> Dataset:
        """Draw the same share of every class, if there are more rows."""
        total = sum(self.counts.values())
        if total <= most:
            return self
        counts = {label: max(1, round(n * most / total)) for label, n in self.counts.items()}
        strategy = {str(label): n for label, n in counts.items()}
        draw = RandomUnderSampler(labelCol=self.label.name, samplingStrategy=strategy, seed=seed)
        note = f"Figures are of {sum(counts.values()):,} of {total:,} rows, a share of each class."
        return replace(
            self, rows=draw.transform(self.rows), counts=counts, notes=(*self.notes, note)
        )


def _ordered(counts: Mapping[Any, int], positive: Any) -> dict[Any, int]:
    """Order the classes by number: of two, the positive one is the second."""
    labels: Sequence[Any] = list(counts)
    if positive is not None:
        (wanted,) = match_labels({str(positive): None}, labels, "positive")
    else:
        wanted = min(labels, key=lambda label: counts[label])
    if len(labels) == 2:
        labels = [*(label for label in labels if label != wanted), wanted]
    return {label: counts[label] for label in labels}
