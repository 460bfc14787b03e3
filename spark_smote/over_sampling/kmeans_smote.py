"""KMeansSMOTE: new rows in clusters that are a class's own, more of them where it is sparse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, Unpack

from spark_smote.base import Sampler
from spark_smote.core.clustering import Clustering
from spark_smote.engine.planning.bases import Bases, ClusteredBases
from spark_smote.over_sampling.smote import SMOTE
from spark_smote.param.over_sampling import HasClusters, HasHandleNoBases, KMeansParams

__all__ = ["KMeansSMOTE"]


class KMeansSMOTE(SMOTE, HasClusters, HasHandleNoBases):
    """Over-sample minority classes inside the clusters that are largely their own.

    K-means splits the rows of all classes, scaled by the values of all of them. A class makes new
    rows in the clusters that are its own to a large enough part and hold at least k + 1 of its
    rows; more rows where these are few and far apart. Inside a cluster a class is over-sampled as
    by `SMOTE`, with its own neighbors, scaling and exact number of rows. With one cluster, that is
    `SMOTE`. The clusters are fitted to at most 16,384 rows, and distances averaged over at most
    2,048 rows of a class in a cluster; both are euclidean, whatever the `metric` of the neighbors.

    Parameters
    ----------
    clusters : int, default 8
        Clusters of all rows, at least 1; fewer if there are not so many distinct rows.
    clusterBalanceThreshold : float or "auto", default "auto"
        Least share of a cluster's rows that are of the class, from 0 to 1; "auto" is half of the
        class's share in all rows to make, so 0.5 if one class is over-sampled. It does not
        apply to a single cluster.
    densityExponent : float or "auto", default "auto"
        A cluster makes rows in proportion to the mean distance of the class's rows in it, to
        this power, divided by their number; at least 0. "auto" is 0.16 · log₁.₆(number)^1.8.
    handleNoBases : {"error", "skip", "uniform"}, default "error"
        What to do with a class without a cluster to make rows in: "skip" leaves it as
        it is, with a warning; "uniform" lets all of its rows make new ones, as in `SMOTE`.
    **params
        Those of `SMOTE`, where `k` is 2 by default; `groupCols` is refused.

    Raises
    ------
    ResamplingError
        If a class has no cluster to make rows in, by default.

    References
    ----------
    Douzas, Bacao, Last: "Improving imbalanced learning through a heuristic oversampling method
    based on k-means and SMOTE", Information Sciences 465, 2018; "auto" as imbalanced-learn has it.

    Examples
    --------
    >>> from spark_smote import KMeansSMOTE
    >>> rows = [(i % 7 + 20.0 * (i < 12), i % 5 + 0.0, int(i < 12)) for i in range(40)]
    >>> df = spark.createDataFrame(rows, "x double, y double, label int")
    >>> sampler = KMeansSMOTE(inputCols=["x", "y"], clusters=2, distanceScaling="none")
    >>> balanced = sampler.transform(df)
    >>> balanced.groupBy("label").count().orderBy("label").collect()
    [Row(label=0, count=28), Row(label=1, count=28)]
    """

    DEFAULTS: ClassVar[Mapping[str, Any]] = {
        "k": 2,
        "clusters": 8,
        "clusterBalanceThreshold": "auto",
        "densityExponent": "auto",
    }

    resamples_groups: ClassVar[bool] = False

    def __init__(self, **params: Unpack[KMeansParams]) -> None:
        Sampler.__init__(self, **params)

    def setParams(self, **params: Unpack[KMeansParams]) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set_known(params)

    def _bases(self) -> Bases:
        threshold, exponent = self.getClusterBalanceThreshold(), self.getDensityExponent()
        return ClusteredBases(
            Clustering(
                self.getClusters(),
                None if isinstance(threshold, str) else threshold,
                None if isinstance(exponent, str) else exponent,
            ),
            self.getHandleNoBases(),
        )
