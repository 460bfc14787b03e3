"""Which rows a cleaner takes away, by the classes of their nearest rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spark_smote.core.neighbors.neighborhood import Neighborhood

__all__ = ["KINDS", "disagreeing", "misclassified", "nearest"]

KINDS = ("all", "mode")
"""A row stays where all of its neighbors are of its class, or most of them."""

Bools = npt.NDArray[np.bool_]

Indices = npt.NDArray[np.int64]

Labels = npt.NDArray[np.int32]


def disagreeing(around: Neighborhood, labels: Labels, kind: str) -> Bools:
    """Tell which bases their neighbors take for another class.

    Parameters
    ----------
    around : Neighborhood
        Found among rows of all classes.
    labels : int32 array of shape (n,)
        Number of the class of each candidate.
    kind : {"all", "mode"}
        Whether all neighbors must be of the base's class for it to stay, or most of them; of
        classes with as many, the one with the lowest number.

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
    >>> around = Neighborhood(np.array([0]), np.array([[1, 2, 3]]), np.ones(4, np.int64), 3)
    >>> labels = np.array([7, 7, 8, 7], np.int32)
    >>> disagreeing(around, labels, "all"), disagreeing(around, labels, "mode")
    (array([ True]), array([False]))
    """
    choices, votes = around.votes(np.arange(len(around.base)))
    own = labels[around.base]
    if kind == "all":
        return np.asarray(((labels[choices] != own[:, None]) & (votes > 0)).any(axis=1))
    return np.asarray(_mode(labels[choices], votes) != own)


def misclassified(around: Neighborhood, labels: Labels) -> Bools:
    """Tell which bases a vote of k takes for another class: their own, and their nearest k − 1."""
    choices, votes = around.votes(np.arange(len(around.base)))
    reached = np.minimum(np.cumsum(votes, axis=1), around.k - 1)
    votes = np.diff(reached, axis=1, prepend=0)
    votes[:, 0] += 1
    return np.asarray(_mode(labels[choices], votes) != labels[around.base])


def nearest(around: Neighborhood) -> Indices:
    """Give the nearest other row of each base; the base itself where that is its twin."""
    choices, votes = around.votes(np.arange(len(around.base)))
    return np.asarray(choices[np.arange(len(choices)), (votes > 0).argmax(axis=1)])


def _mode(labels: Labels, votes: Indices) -> Labels:
    """Find the most frequent label of each row of votes, the lowest of equals."""
    best = np.zeros(len(labels), labels.dtype)
    most = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        found = (votes * (labels == label)).sum(axis=1)
        best[found > most] = label
        most = np.maximum(most, found)
    return best
