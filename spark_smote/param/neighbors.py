"""Params of the search for neighbors."""

from __future__ import annotations

from typing import Self

from pyspark.ml.param import Param, Params

from spark_smote.core.distance.metric import METRICS
from spark_smote.core.distance.scaling import SCALINGS
from spark_smote.param import converters as to

__all__ = ["HasNeighbors"]


class HasNeighbors(Params):
    """Params of the samplers that search for neighbors."""

    k: Param[int] = Param(
        Params._dummy(),
        "k",
        "nearest neighbors to count (>= 1).",
        typeConverter=to.neighbors,
    )
    distanceScaling: Param[str] = Param(
        Params._dummy(),
        "distanceScaling",
        "scaling of features for the distance: 'standard', 'minmax' or 'none'.",
        typeConverter=to.one_of(*SCALINGS),
    )
    metric: Param[str] = Param(
        Params._dummy(),
        "metric",
        "distance of scaled features: 'euclidean', 'cosine' (of their angle, not centered), "
        "'manhattan' or 'minkowski' (of exponent p).",
        typeConverter=to.one_of(*METRICS),
    )
    p: Param[float] = Param(
        Params._dummy(),
        "p",
        "for metric='minkowski', the exponent: from 1.0, 'manhattan', by 2.0, 'euclidean', to "
        "64.0, where nearly the largest difference alone counts.",
        typeConverter=to.number(1.0, 64.0),
    )
    neighborRecall: Param[float] = Param(
        Params._dummy(),
        "neighborRecall",
        "share of a row's true neighbors to find, about, where a class is hashed: from 0.5, which "
        "is faster, to 1.0, which compares every row with all of its class.",
        typeConverter=to.number(0.5, 1.0),
    )
    replication: Param[float] = Param(
        Params._dummy(),
        "replication",
        "buckets that a row of a hashed class is sent to on average (>= 1.0): more find more of "
        "the true neighbors. Unset: as many as neighborRecall needs by a sample, up to 3.",
        typeConverter=to.number(1.0),
    )
    bucketSize: Param[int] = Param(
        Params._dummy(),
        "bucketSize",
        "rows wanted in a bucket (>= 16); a class of no more is searched exactly. Unset: from "
        "the number of features.",
        typeConverter=to.bucket_size,
    )

    def setK(self, value: int) -> Self:
        return self._set(k=value)

    def getK(self) -> int:
        return self.getOrDefault(self.k)

    def setDistanceScaling(self, value: str) -> Self:
        return self._set(distanceScaling=value)

    def getDistanceScaling(self) -> str:
        return self.getOrDefault(self.distanceScaling)

    def setNeighborRecall(self, value: float) -> Self:
        return self._set(neighborRecall=value)

    def getNeighborRecall(self) -> float:
        return self.getOrDefault(self.neighborRecall)

    def setReplication(self, value: float) -> Self:
        return self._set(replication=value)

    def getReplication(self) -> float:
        return self.getOrDefault(self.replication)

    def setBucketSize(self, value: int) -> Self:
        return self._set(bucketSize=value)

    def getBucketSize(self) -> int:
        return self.getOrDefault(self.bucketSize)

    def setMetric(self, value: str) -> Self:
        return self._set(metric=value)

    def getMetric(self) -> str:
        return self.getOrDefault(self.metric)

    def setP(self, value: float) -> Self:
        return self._set(p=value)

    def getP(self) -> float:
        return self.getOrDefault(self.p)
