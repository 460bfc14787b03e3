"""KMeansSMOTE: new rows in clusters that are a class's own, more of them where it is sparse."""

from __future__ import annotations

from typing import Self, Unpack

from pyspark.ml.param import Param, Params

from spark_smote.core.clustering import Clustering
from spark_smote.over_sampling.smote import SMOTE
from spark_smote.param import converters as to
from spark_smote.param.smote import SMOTEParams

__all__ = ["KMeansSMOTE"]


class KMeansSMOTE(SMOTE):
    """Raise minority classes inside the clusters of all rows that they hold a good share of.

    K-means splits the rows of all classes, scaled by the values of all of them, in clusters. A
    class makes new rows in those of which a large enough part is its own and which hold k + 1 of
    its rows, more where these are far apart and few; in such a cluster it is raised as `SMOTE`
    raises a class, with neighbors, scaling and an exact number of rows of its own. With one
    cluster that is `SMOTE`. The clusters are fitted to 16,384 rows at most, and distances
    averaged over 2,048 rows of a class in a cluster at most; both are euclidean, whatever the
    `metric` of the neighbors.

    Parameters
    ----------
    clusters : int, default 8
        Clusters of all rows, at least 1; fewer where there are no more distinct rows.
    clusterBalanceThreshold : float or "auto", default "auto"
        Least share of a cluster's rows that are of the class, from 0 to 1; "auto" is half of the
        class's share in all rows to make, so 0.5 where one class is raised. It does not hold
        for a single cluster.
    densityExponent : float or "auto", default "auto"
        A cluster makes rows in proportion to the mean distance of the class's rows in it, to
        this power, divided by their number; at least 0. "auto" is 0.16 · log₁.₆(number)^1.8.
    **params
        Those of `SMOTE`, where `k` is 2 by default.

    Raises
    ------
    TypeError
        For a Param's value out of its range.
    ValueError
        For a table that does not fit the Params, or a class without any cluster to make rows in;
        before any row is made.

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

    clusters: Param[int] = Param(
        Params._dummy(),
        "clusters",
        "clusters of the rows of all classes (>= 1).",
        typeConverter=to.clusters,
    )
    clusterBalanceThreshold: Param[str | float] = Param(
        Params._dummy(),
        "clusterBalanceThreshold",
        "least share of a cluster that is of the class for it to make rows there: from 0.0 to "
        "1.0, or 'auto' for half of its share in all rows to make.",
        typeConverter=to.auto_or(to.number(0.0, 1.0)),
    )
    densityExponent: Param[str | float] = Param(
        Params._dummy(),
        "densityExponent",
        "power of the mean distance in a cluster that counts for the rows made there (>= 0.0), "
        "or 'auto' for one that grows with the rows.",
        typeConverter=to.auto_or(to.number(0.0)),
    )

    def __init__(
        self,
        *,
        clusters: int | None = None,
        clusterBalanceThreshold: str | float | None = None,
        densityExponent: str | float | None = None,
        **params: Unpack[SMOTEParams],
    ) -> None:
        super().__init__(**params)
        self._setDefault(k=2, clusters=8, clusterBalanceThreshold="auto", densityExponent="auto")
        self._set(
            clusters=clusters,
            clusterBalanceThreshold=clusterBalanceThreshold,
            densityExponent=densityExponent,
        )

    def setParams(
        self,
        *,
        clusters: int | None = None,
        clusterBalanceThreshold: str | float | None = None,
        densityExponent: str | float | None = None,
        **params: Unpack[SMOTEParams],
    ) -> Self:
        """Set several Params at once; those left out, or None, stay as they are."""
        return self._set(
            clusters=clusters,
            clusterBalanceThreshold=clusterBalanceThreshold,
            densityExponent=densityExponent,
            **params,
        )

    def setClusters(self, value: int) -> Self:
        """Set the number of clusters."""
        return self._set(clusters=value)

    def getClusters(self) -> int:
        """Give the number of clusters."""
        return self.getOrDefault(self.clusters)

    def setClusterBalanceThreshold(self, value: str | float) -> Self:
        """Set the share of a cluster that a class needs."""
        return self._set(clusterBalanceThreshold=value)

    def getClusterBalanceThreshold(self) -> str | float:
        """Give the share of a cluster that a class needs."""
        return self.getOrDefault(self.clusterBalanceThreshold)

    def setDensityExponent(self, value: str | float) -> Self:
        """Set the power of the mean distance."""
        return self._set(densityExponent=value)

    def getDensityExponent(self) -> str | float:
        """Give the power of the mean distance."""
        return self.getOrDefault(self.densityExponent)

    def _clustering(self) -> Clustering:
        return Clustering(
            self.getClusters(),
            _number(self.getClusterBalanceThreshold()),
            _number(self.getDensityExponent()),
        )


def _number(value: str | float) -> float | None:
    return None if isinstance(value, str) else value
