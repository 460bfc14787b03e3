"""Masking of credentials in logs, errors and reports."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["RedactingFilter", "redact", "redact_all", "remember"]

MASK = "***"

MIN_LENGTH = 6
"""Characters of the shortest secret that is masked in every text; shorter ones may be words."""

_NAMES = r"secret|passw(?:or)?d|pwd|token|access[._-]?key|account[._-]?key|credential|signature"

_WORDS = r"(?<![a-z])(?:sas|sig)(?![a-z])"  # short, and so only as whole words

SECRET_KEY = re.compile(f"{_NAMES}|{_WORDS}", re.IGNORECASE)

_ASSIGNED = re.compile(
    rf"""([\w.\-]*(?:{_NAMES}|{_WORDS})[\w.\-]*["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s&,;)}}\]'"]+)""",
    re.IGNORECASE,
)

# The name before the @ is a container in Azure's URLs, unless a password follows it; and a
# port is no password.
_PASSWORD = re.compile(r"(\w[\w+.\-]*://)[^\s/@:'\"]*:(?!\d+(?:[/\s'\"]|$))[^\s@'\"]*@")

_USER = re.compile(r"((?!abfss?:|wasbs?:)\b[a-z][a-z0-9+.\-]*://)[^\s/@'\"]+@", re.IGNORECASE)

_known: set[str] = set()


def remember(options: Mapping[str, Any]) -> None:
    """Keep the values of options that name a credential, to mask them in every later text."""
    for key, value in options.items():
        if SECRET_KEY.search(key) and len(str(value)) >= MIN_LENGTH:
            _known.add(str(value))


def redact(text: str) -> str:
    """Mask what looks like a credential in a text, and the values that `remember` keeps.

    This masks the user in a URL, and the value of ``name=value`` or ``name: value`` (of an
    option, or in a query string) if the name contains secret, password, token, access key,
    credential, signature or SAS.

    Examples
    --------
    >>> redact("s3a://key:word@bucket/in?X-Amz-Signature=abc&part=1")
    's3a://***@bucket/in?X-Amz-Signature=***&part=1'
    """
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, MASK)
    text = _USER.sub(rf"\1{MASK}@", _PASSWORD.sub(rf"\1{MASK}@", text))
    return _ASSIGNED.sub(rf"\1{MASK}", text)


def redact_all(value: Any) -> Any:
    """Mask credentials in all strings of a JSON value, and under keys that name one."""
    if isinstance(value, Mapping):
        return {
            key: MASK if SECRET_KEY.search(key) else redact_all(inner)
            for key, inner in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [redact_all(inner) for inner in value]
    return redact(value) if isinstance(value, str) else value


class RedactingFilter(logging.Filter):
    """Filter that masks credentials in log records and tracebacks, for later handlers too."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; none is dropped."""
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True
