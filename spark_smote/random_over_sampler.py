"""Random over-sampling: minority rows repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pyspark import keyword_only
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_smote.amounts import Amount, capped
from spark_smote.labels import read_table
from spark_smote.plan import Plan, random_plan
from spark_smote.repeats import repeated
from spark_smote.sampler import OverSampler
from spark_smote.strategy import Quota, rows_to_make

__all__ = ["RandomOverSampler"]


class RandomOverSampler(OverSampler):
    """Raise minority classes by repeating their rows, whatever the columns hold.

    Every row is repeated as often as any other, give or take one; the counts are exact. Nothing
    is shuffled, but where rows are identical, to let them draw apart.

    Parameters
    ----------
    labelCol : str, default "label"
        The class: string, boolean, integer, float or double, of two classes or more. Rows
        without a label pass through.
    samplingStrategy : str, float or dict, default "auto"
        "auto" or "not majority", "minority", "not minority", "all": the classes to raise to
        the size of the largest; a ratio minority/majority in (0, 1], for two classes; or
        {label: final rows}: a number, "2.5x" the rows of the class, or "50%" of the rows of
        the largest.
    mostPerRow : float, optional
        Rows that a class gets at most for each row it has, at least 0; a warning tells where
        that is fewer than asked for. The count is exact to the lowered target.
    syntheticCol : str, optional
        Adds a boolean column, true for the repeated rows.
    outputMode : {"all", "synthetic"}, default "all"
        Originals and repeated rows, or only these.
    seed : int, default 2002

    Raises
    ------
    TypeError
        For a Param's value out of its range.
    ValueError
        For a table that does not fit the Params; before any row is made.

    References
    ----------
    Batista, Prati, Monard: "A study of the behavior of several methods for balancing machine
    learning training data", SIGKDD Explorations 6, 2004.

    Examples
    --------
    >>> from spark_smote import RandomOverSampler
    >>> df = spark.createDataFrame([(str(i), int(i < 8)) for i in range(40)], "x string, label int")
    >>> balanced = RandomOverSampler().transform(df)
    >>> balanced.groupBy("label").count().orderBy("label").collect()
    [Row(label=0, count=32), Row(label=1, count=32)]
    """

    _input_kwargs: dict[str, Any]

    @keyword_only
    def __init__(
        self,
        *,
        labelCol: str | None = None,
        samplingStrategy: str | float | Mapping[Any, Amount] | None = None,
        mostPerRow: float | None = None,
        syntheticCol: str | None = None,
        outputMode: str | None = None,
        seed: int | None = None,
    ) -> None:
        super().__init__()
        self._set(**self._input_kwargs)

    @keyword_only
    def setParams(
        self,
        *,
        labelCol: str | None = None,
        samplingStrategy: str | float | Mapping[Any, Amount] | None = None,
        mostPerRow: float | None = None,
        syntheticCol: str | None = None,
        outputMode: str | None = None,
        seed: int | None = None,
    ) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set(**self._input_kwargs)

    def plan(self, dataset: DataFrame) -> Plan:
        """Decide which rows `transform` will repeat; makes no rows."""
        table = read_table(dataset, self.getLabelCol(), [self._value("syntheticCol")])
        counts, unlabelled = table.class_counts()
        wanted = rows_to_make(self.getSamplingStrategy(), counts)
        lowered = capped(wanted, counts, self._value("mostPerRow"))
        made = {label: rows for label, rows in lowered.items() if rows}
        quotas = {label: Quota(rows, counts[label]) for label, rows in made.items()}
        return random_plan(table, counts, unlabelled, made, quotas, self.getSeed())

    def apply(self, dataset: DataFrame, plan: Plan) -> DataFrame:
        """Carry out a plan made for the same table and Params; lazy."""
        name = self._value("syntheticCol")
        table = read_table(dataset, self.getLabelCol(), [name])
        originals = dataset.withColumn(name, F.lit(False)) if name else dataset
        if self.getOutputMode() == "synthetic":
            originals = originals.filter(F.lit(False))
        if plan.repeats is None:
            return originals
        synthetic = repeated(table, plan.repeats, self.getSeed())
        synthetic = synthetic.withColumn(name, F.lit(True)) if name else synthetic
        if self.getOutputMode() == "synthetic":
            return synthetic
        return originals.unionByName(synthetic)
