"""One BLAS thread for each Spark task: Spark already runs a task on each core."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

__all__ = ["single_threaded"]

Parameters = ParamSpec("Parameters")

Batch = TypeVar("Batch")


def single_threaded(
    worker: Callable[Parameters, Iterator[Batch]],
) -> Callable[Parameters, Iterator[Batch]]:
    """Limit a worker function, a generator of batches, to one BLAS and OpenMP thread.

    Examples
    --------
    >>> from threadpoolctl import threadpool_info
    >>> @single_threaded
    ... def worker(batches):
    ...     for batch in batches:
    ...         yield {pool["num_threads"] for pool in threadpool_info()} <= {1}
    >>> list(worker([1, 2]))
    [True, True]
    """

    @wraps(worker)
    def limited(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Iterator[Batch]:
        with threadpool_limits(limits=1):
            yield from worker(*args, **kwargs)

    return limited
