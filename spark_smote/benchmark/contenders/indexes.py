"""Neighbor indexes to replace imbalanced-learn's own search, and their recall."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.neighbors import NearestNeighbors

from spark_smote.benchmark.datasets import Matrix

__all__ = ["INDEXES", "recall_at_k"]

Indices = npt.NDArray[np.int64]
"""Positions of rows."""


class Index(ABC):
    """A neighbor object for imbalanced-learn, searched for the rows that it was fitted on.

    Parameters
    ----------
    n_neighbors : int
        Neighbors to find, the row itself included.
    cores : int

    Attributes
    ----------
    neighbors_ : int64 array of shape (rows, n_neighbors)
        The neighbors found last, of which the synthetic rows are made; for recall.
    """

    neighbors_: Indices

    def __init__(self, n_neighbors: int, cores: int) -> None:
        self.n_neighbors, self.cores = n_neighbors, cores

    def __sklearn_clone__(self) -> Self:
        return type(self)(self.n_neighbors, self.cores)

    @abstractmethod
    def fit(self, points: Matrix) -> Self:
        """Build the index."""

    @abstractmethod
    def search(self, points: Matrix) -> npt.NDArray[Any]:
        """Find the nearest points of the index, nearest first."""

    def kneighbors(self, points: Matrix, return_distance: bool = False) -> Indices:
        """Find the neighbors of the points of the index, without distances."""
        self.neighbors_ = np.asarray(self.search(points), np.int64)
        return self.neighbors_

    def kneighbors_graph(self, points: Matrix) -> Any:
        """Raise an error: imbalanced-learn requires this method and never calls it."""
        raise NotImplementedError("Only kneighbors is there; SMOTE needs no more.")


class Exact(Index):
    """Exact search, by the algorithm that scikit-learn chooses."""

    def fit(self, points: Matrix) -> Self:
        self._index = NearestNeighbors(n_neighbors=self.n_neighbors, n_jobs=self.cores).fit(points)
        return self

    def search(self, points: Matrix) -> npt.NDArray[Any]:
        nearest: Indices = self._index.kneighbors(points, return_distance=False)
        return nearest


class Hnswlib(Index):
    """Index of hnswlib, with the settings of its README's example."""

    def fit(self, points: Matrix) -> Self:
        import hnswlib

        self._index = hnswlib.Index("l2", points.shape[1])
        self._index.init_index(len(points), M=16, ef_construction=200)
        self._index.set_num_threads(self.cores)
        self._index.add_items(points)
        self._index.set_ef(50)
        return self

    def search(self, points: Matrix) -> npt.NDArray[Any]:
        nearest: npt.NDArray[Any] = self._index.knn_query(points, self.n_neighbors)[0]
        return nearest


class FaissIVF(Index):
    """Inverted lists of faiss: 4 √n, the fewest of its guidelines, of which 16 are searched.

    There are at most as many lists as have 39 rows each, or faiss warns of too few rows.
    """

    def fit(self, points: Matrix) -> Self:
        import faiss

        faiss.omp_set_num_threads(self.cores)
        lists = max(1, min(int(4 * len(points) ** 0.5), len(points) // 39))
        index: Any = faiss.index_factory(points.shape[1], f"IVF{lists},Flat")
        index.train(points)
        index.add(points)
        index.nprobe = 16
        self._index = index
        return self

    def search(self, points: Matrix) -> npt.NDArray[Any]:
        nearest: npt.NDArray[Any] = self._index.search(points, self.n_neighbors)[1]
        return nearest


class FaissHNSW(Index):
    """Graph of faiss with 32 links a row, and its defaults otherwise."""

    def fit(self, points: Matrix) -> Self:
        import faiss

        faiss.omp_set_num_threads(self.cores)
        self._index = faiss.IndexHNSWFlat(points.shape[1], 32)
        self._index.add(points)
        return self

    def search(self, points: Matrix) -> npt.NDArray[Any]:
        nearest: npt.NDArray[Any] = self._index.search(points, self.n_neighbors)[1]
        return nearest


class PyNNDescent(Index):
    """Nearest neighbors in the graph of pynndescent.

    The graph has 15 neighbors a row: it is no slower than one of 6, which finds a tenth fewer. The
    first neighbor is the row itself.
    """

    def fit(self, points: Matrix) -> Self:
        from pynndescent import NNDescent

        degree = max(15, self.n_neighbors)
        self._graph = NNDescent(
            points, n_neighbors=degree, n_jobs=self.cores, random_state=0
        ).neighbor_graph[0]
        return self

    def search(self, points: Matrix) -> npt.NDArray[Any]:
        nearest: npt.NDArray[Any] = self._graph[:, : self.n_neighbors]
        return nearest


INDEXES: dict[str, type[Index]] = {
    "imbalanced-learn": Exact,
    "hnswlib": Hnswlib,
    "faiss-ivf": FaissIVF,
    "faiss-hnsw": FaissHNSW,
    "pynndescent": PyNNDescent,
}
"""Indexes by contender."""


def recall_at_k(points: Matrix, queries: Indices, used: Sequence[Indices], k: int) -> float:
    """Compute recall@k of the neighbors used for some rows.

    Parameters
    ----------
    points : array of shape (rows, features)
    queries : int64 array
        Positions of the rows to judge.
    used : sequence of int64 arrays
        For each of them, the positions of its neighbors. The row itself, a negative position and
        duplicates do not count.
    k : int
        Neighbors wanted, fewer than there are rows.

    Returns
    -------
    float
        Fraction of the k nearest other rows that were used. Any row as near as the k-th counts, so
        that ties are hits.
    """
    exact = NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(points.astype(np.float64))
    nearest = exact.kneighbors(points[queries].astype(np.float64), return_distance=False)
    hits = 0
    for query, true, neighbors in zip(queries, nearest, used, strict=True):
        bound = _distances(points, query, true[true != query][:k]).max()
        others = np.unique(neighbors[(neighbors >= 0) & (neighbors != query)])
        is_near = _distances(points, query, others) <= bound * (1 + 1e-9)
        hits += min(k, int(is_near.sum()))
    return hits / (k * len(queries))


def _distances(points: Matrix, query: np.int64, others: Indices) -> npt.NDArray[np.float64]:
    differences = points[others].astype(np.float64) - points[query]
    distances: npt.NDArray[np.float64] = np.linalg.norm(differences, axis=1)
    return distances
