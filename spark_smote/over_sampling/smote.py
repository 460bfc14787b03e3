"""SMOTE: synthetic minority rows between near neighbors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, Unpack

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructField, StructType

from spark_smote.base import NeighborSampler, OverSampler
from spark_smote.engine.buckets.exchange import make_synthetic
from spark_smote.engine.planning.bases import Bases, EqualBases
from spark_smote.engine.planning.plan import NeighborPlan, Plan
from spark_smote.engine.planning.smote import SMOTESettings, plan_smote
from spark_smote.engine.table.feature_table import AddedColumns, FeatureTable
from spark_smote.engine.table.schema import check_new, field_of
from spark_smote.exceptions import ResamplingError
from spark_smote.param.smote import HasInterpolation, SMOTEParams

__all__ = ["SMOTE"]


class SMOTE(OverSampler, NeighborSampler, HasInterpolation):
    """Over-sample minority classes with rows interpolated between near neighbors.

    The same seed gives the same rows, however the table is partitioned or ordered and whatever
    runs it; every class ends with exactly the rows asked for; the table's own rows are never
    touched. `transform` runs up to three small Spark jobs to plan; the rest is lazy, so that the
    table is read several times: `spark_smote.pinned` opens a Delta or Iceberg table that others
    write to at one version.

    Parameters
    ----------
    featuresCol : str, default "features"
        One column of features: an ML vector, or an array of float or double.
    inputCols : list of str, optional
        Instead of `featuresCol`: plain columns, of any integer type, float, double or decimal.
    labelCol : str, default "label"
        The class: string, boolean or number, of two classes or more. Rows
        without a label pass through.
    splitCol, trainValue : str, and str, bool or int, default "train", optional
        Resample only rows whose `splitCol` (string, boolean or integer) is `trainValue`; all
        others pass through untouched. Synthetic rows are of this split.
    groupCols : list of str, optional
        Resample each combination of values of these columns (string, boolean, integer, decimal or
        date; null is a value) as if it were the table. Synthetic rows are of their group, and so
        are all neighbors. A group of one class passes through, and so does one of too few rows for
        a search among all classes (of `BorderlineSMOTE`, for example), unless `handleSmallClass`
        is "error".
    k : int, default 5
        Nearest neighbors of the same class, at least 1.
    samplingStrategy : str, float or dict, default "auto"
        "auto" or "not majority", "minority", "not minority", "all": the classes to over-sample
        to the size of the largest; a ratio minority/majority in (0, 1], for two classes; or
        {label: final rows}: a number, "2.5x" the rows of the class, or "50%" of the rows of
        the largest. With the same seed, SMOTE's rows for a smaller target are among those for a
        larger one, but for the star's.
    maxPerRow : float, optional
        At most so many new rows for each row of a class, at least 0. A warning is logged if that
        lowers a class's target; its count is exact to the lowered target.
    maxRows : int, default 100,000,000,000
        Most new rows of all classes, at least 1; a strategy that asks for more is refused.
    distanceScaling : {"standard", "minmax", "none"}, default "standard"
        Scaling for the distance, by the class's own values (a sample's, if it is hashed);
        rows are interpolated in their own units.
    metric : {"euclidean", "cosine", "manhattan", "minkowski"}, default "euclidean"
        Distance of the scaled features. "cosine" compares
        directions, from the origin and not the mean; a row of zeros is at right angles to all
        others. For "manhattan" and "minkowski" the search is slower.
    p : float, default 2.0
        For "minkowski": the exponent, from 1 to 64.
    interpolation : {"segment", "simplex", "center", "ball", "star"}, default "segment"
        Where a new row lies: on the segment to one of the k neighbors, as Chawla et al. draw;
        anywhere in the simplex of the row and its k neighbors (after Simplicial SMOTE); on the
        segment to their mean (after CP-SMOTE); in the ball around the row through one of the
        neighbors, by the scaled distance (Geometric SMOTE), which reaches beyond the values of
        the class, but for integers and decimals; or on the segment to the mean of the class (of
        a sample, if it is hashed), at j / (K + 1) for the j-th of K new rows of one row
        (polynom-fit-SMOTE's star): k, metric and distanceScaling then have no effect.
    truncation : float, default 1.0
        For the ball: 1 is the half towards the neighbor, 0 the whole, -1 the half away from it.
    deformation : float, default 0.0
        For the ball: from 0, round, to 1, where only its axis is left.
    copyCols : list of str, default []
        Other columns that a synthetic row copies from its base row; the rest are null in it.
    syntheticCol : str, optional
        Adds a boolean column, true for synthetic rows.
    lineageCol, idCol : str, optional
        Adds struct<base, neighbor, gap> with the values of `idCol`; null for originals.
    outputMode : {"all", "synthetic"}, default "all"
        Originals and synthetic rows, or only these.
    handleSmallClass : {"error", "lowerK", "duplicate", "skip"}, default "error"
        What to do with a class of fewer than k + 1 rows.
    neighborRecall : float, default 0.97
        Share of a row's true neighbors to find, about, where a class is hashed; from 0.5 to 1. At
        1 every row is compared with all of its class, which one task has to hold. Where
        neighbors of any class decide about a row, nearly all are found.
    replication : float, optional
        Buckets that a row of a hashed class is sent to on average, at least 1. By default as
        many as the recall needs by a sample, up to 3.
    bucketSize : int, optional
        Rows wanted in a bucket, at least 16; a class of no more is searched exactly. By
        default what fits well into a task's memory.
    seed : int, default 2002

    Raises
    ------
    ParamError
        If a Param is unknown, or its value not allowed.
    ResamplingError
        If the table does not fit the Params; before any row is made.

    References
    ----------
    Chawla, Bowyer, Hall, Kegelmeyer: "SMOTE: synthetic minority over-sampling technique",
    JAIR 16, 2002. Kachan, Savchenko, Gusev: "Simplicial SMOTE", arXiv 2503.03418. Bao, Yang:
    "Two novel SMOTE methods for solving imbalanced classification problems", IEEE Access 11, 2023.
    Douzas, Bacao: "Geometric SMOTE: a geometrically enhanced drop-in replacement for SMOTE",
    Information Sciences 501, 2019. Gazzah, Essoukri Ben Amara: "New oversampling approaches based
    on polynomial fitting for imbalanced data sets", Document Analysis Systems 2008.

    Examples
    --------
    >>> from spark_smote import SMOTE
    >>> rows = [(float(i), float(i * i), int(i < 8)) for i in range(40)]
    >>> df = spark.createDataFrame(rows, "x double, y double, label int")
    >>> balanced = SMOTE(inputCols=["x", "y"], k=3).transform(df)
    >>> balanced.groupBy("label").count().orderBy("label").collect()
    [Row(label=0, count=32), Row(label=1, count=32)]
    """

    DEFAULTS: ClassVar[Mapping[str, Any]] = {
        "k": 5,
        "interpolation": "segment",
        "truncation": 1.0,
        "deformation": 0.0,
        "copyCols": [],
        "handleSmallClass": "error",
    }

    def __init__(self, **params: Unpack[SMOTEParams]) -> None:
        super().__init__(**params)

    def setParams(self, **params: Unpack[SMOTEParams]) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set_known(params)

    def check(self, dataset: DataFrame) -> StructType:
        """Check the schema and the Params against each other; no Spark job."""
        return self.originals(dataset).schema

    def plan(self, dataset: DataFrame) -> Plan:
        """Decide what `transform` will do: rows now and after, buckets; makes no rows."""
        return plan_smote(self.feature_table(dataset), self._settings())

    def apply(self, dataset: DataFrame, plan: Plan) -> DataFrame:
        """Carry out a plan made for the same table and Params; lazy."""
        originals = self.originals(dataset)
        if not isinstance(plan, NeighborPlan):
            return originals if self.keeps_originals else originals.filter(F.lit(False))
        table = self.feature_table(dataset)
        made = make_synthetic(plan.selection.rows(table), plan.layout, table)
        synthetic = table.restore(made, plan.selection.labels, self._added_columns())
        return originals.unionByName(synthetic) if self.keeps_originals else synthetic

    def originals(self, dataset: DataFrame) -> DataFrame:
        """Return the table's own rows as they stand in the result; lazy."""
        return self.feature_table(dataset).originals(self._added_columns())

    def null_columns(self, dataset: DataFrame) -> list[str]:
        """Return the columns that synthetic rows leave null; no Spark job."""
        return self.feature_table(dataset).null_columns

    def _settings(self) -> SMOTESettings:
        return SMOTESettings(
            **vars(self._search()),
            strategy=self.getSamplingStrategy(),
            max_per_row=self._value("maxPerRow"),
            max_rows=self.getMaxRows(),
            handle_small_class=self.getHandleSmallClass(),
            interpolation=self._interpolation(),
            bases=self._bases(),
        )

    def _bases(self) -> Bases:
        """Return which rows make new ones, and which make more than others."""
        return EqualBases()

    def _added_columns(self) -> AddedColumns:
        return AddedColumns(self._value("syntheticCol"), self._value("lineageCol"))

    def feature_table(self, dataset: DataFrame) -> FeatureTable:
        """Find the part of each column, and check it against the Params; no Spark job."""
        table = self.labeled_table(dataset)
        schema, added, row_id = dataset.schema, self._added_columns(), self._value("idCol")
        label = table.label
        categorical = self._categorical(schema)
        features = self._features(schema, {field.name for field in categorical})
        self._check_copies([label, *categorical, *features.fields])
        if (added.lineage is None) != (row_id is None):
            raise ResamplingError(
                f"lineageCol={added.lineage!r} and idCol={row_id!r} go together; set both or none."
            )
        has_categories = bool(categorical or features.slots)
        needs_segment = self._bases().needs_segment
        self._check_interpolation(needs_segment, has_categories, self.getMetric())
        self._check_needed("truncation", "interpolation", "ball")
        self._check_needed("deformation", "interpolation", "ball")
        check_new((added.synthetic, added.lineage), schema.names)
        return FeatureTable(
            dataset,
            label,
            features,
            tuple(field_of(schema, name, "copyCols") for name in self.getCopyCols()),
            field_of(schema, row_id, "idCol") if row_id else None,
            categorical,
            groups=table.groups,
            split=table.split,
        )

    def _check_copies(self, made: list[StructField]) -> None:
        """Refuse to copy a column that gets a value of its own."""
        for name in {field.name for field in made} & set(self.getCopyCols()):
            raise ResamplingError(
                f"copyCols names {name!r}, which is a feature or the label and gets a value of "
                "its own; leave it out of copyCols."
            )

    def _categorical(self, schema: StructType) -> tuple[StructField, ...]:
        """Return the columns whose values have no point between them."""
        return ()
