"""Cleaning: which rows are removed, by the classes of their nearest neighbors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spark_smote.core.arrays import Bools, Counts, Indices, Labels
from spark_smote.core.neighbors.neighborhood import Neighborhood

__all__ = ["KINDS", "disagreeing", "misclassified", "nearest"]

KINDS = ("all", "mode")
"""Whether a row stays if all of its neighbors are of its class, or if its class is the mode."""


def disagreeing(neighborhood: Neighborhood, labels: Labels, kind: str) -> Bools:
    """Check which bases disagree with their neighbors about the class (edited neighbors).

    Parameters
    ----------
    neighborhood : Neighborhood
        Neighbors among rows of all classes.
    labels : int32 array of shape (n,)
        Number of the class of each candidate.
    kind : {"all", "mode"}
        A base agrees if all neighbors are of its class, or if its class is the most frequent
        among them; of equally frequent classes, the one with the lowest number counts.

    Returns
    -------
    bool array of shape (b,)

    References
    ----------
    Wilson: "Asymptotic properties of nearest neighbor rules using edited data", IEEE
    Transactions on Systems, Man, and Cybernetics 2, 1972.

    Examples
    --------
    >>> import numpy as np
    >>> neighborhood = Neighborhood(np.array([0]), np.array([[1, 2, 3]]), np.ones(4, np.int64), 3)
    >>> labels = np.array([7, 7, 8, 7], np.int32)
    >>> disagreeing(neighborhood, labels, "all"), disagreeing(neighborhood, labels, "mode")
    (array([ True]), array([False]))
    """
    choices, votes = neighborhood.votes(np.arange(len(neighborhood.base)))
    base_labels = labels[neighborhood.base]
    if kind == "all":
        return np.asarray(((labels[choices] != base_labels[:, None]) & (votes > 0)).any(axis=1))
    return np.asarray(_mode(labels[choices], votes) != base_labels)


def misclassified(neighborhood: Neighborhood, labels: Labels) -> Bools:
    """Check which bases a k-nearest-neighbors classifier fitted to all rows misclassifies.

    A base votes for itself, as do its nearest k − 1 neighbors.
    """
    others = replace(neighborhood, k=neighborhood.k - 1)
    choices, votes = others.votes(np.arange(len(neighborhood.base)))
    votes[:, 0] += 1
    return np.asarray(_mode(labels[choices], votes) != labels[neighborhood.base])


def nearest(neighborhood: Neighborhood) -> Indices:
    """Find the nearest other row of each base: the base itself if that is a duplicate."""
    choices, votes = neighborhood.votes(np.arange(len(neighborhood.base)))
    return np.asarray(choices[np.arange(len(choices)), (votes > 0).argmax(axis=1)])


def _mode(labels: Labels, votes: Counts) -> Labels:
    """Find the label with the most votes in each row, the lowest of equals."""
    mode = np.zeros(len(labels), labels.dtype)
    most = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        label_votes = (votes * (labels == label)).sum(axis=1)
        mode[label_votes > most] = label
        most = np.maximum(most, label_votes)
    return mode
