"""Runs of the job in this process, with a configuration and flags as a user gives them."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

LIMIT = 30
"""Seconds after which a run counts as one that hangs."""


@dataclass(frozen=True)
class Ended:
    """A run that ended: its exit code, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The last line of stdout."""
        return json.loads(self.out.strip().splitlines()[-1])

    @property
    def error(self) -> str:
        """The last line of stderr."""
        return self.err.strip().splitlines()[-1]


def toml_text(sections: dict[str, dict[str, Any]]) -> str:
    return "".join(f"{name} = {_toml(keys)}\n" for name, keys in sections.items())


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(v)}" for key, v in value.items()) + "}"
    return json.dumps(value)


@contextmanager
def time_limit() -> Iterator[None]:
    def stop(number: int, frame: Any) -> NoReturn:
        raise TimeoutError(f"the run took more than {LIMIT} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
