"""What samplers that look at other classes refuse."""

from __future__ import annotations

import pytest
from helpers import NAMES
from pyspark.sql import functions as F

from spark_smote import (
    ADASYN,
    BorderlineSMOTE,
)


class TestErrors:
    @pytest.mark.parametrize("sampler", [BorderlineSMOTE, ADASYN])
    def test_a_class_far_from_all_others_is_no_silent_no_op(self, overlap, sampler):
        apart = overlap.withColumn("x0", F.col("x0") + F.when(F.col("label") == 1, 99).otherwise(0))
        with pytest.raises(ValueError, match=r"Class 1 has no row .* of other classes.*use SMOTE"):
            sampler(inputCols=NAMES, samplingStrategy="minority").transform(apart)

    def test_more_neighbors_than_rows_are_refused(self, spark):
        df = spark.createDataFrame(
            [(float(i), int(i < 8)) for i in range(20)], "x double, label int"
        )
        with pytest.raises(ValueError, match=r"20 labeled rows; to find 20 .* at least 21"):
            BorderlineSMOTE(inputCols=["x"], m=20).transform(df)

    def test_flaws_of_other_classes_are_refused_too(self, overlap):
        flawed = overlap.withColumn("x1", F.when(F.col("label") == 2, None).otherwise(F.col("x1")))
        with pytest.raises(ValueError, match="'x1': 1400 null"):
            ADASYN(inputCols=NAMES).transform(flawed)

    def test_no_drawing_among_one_class_with_neighbors_of_any(self, overlap):
        sampler = BorderlineSMOTE(inputCols=NAMES, kind="borderline-2", interpolation="simplex")
        with pytest.raises(
            ValueError, match="interpolation='simplex' is not allowed if the two ends"
        ):
            sampler.transform(overlap)
