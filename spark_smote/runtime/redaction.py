"""Masking of credentials in logs, errors and reports.

What an option of the run holds is a secret unless its key is known to be harmless. Texts of
others, as of Spark and its drivers, lose what URLs, queries and ``name=value`` tell.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from spark_smote.exceptions import shorten

__all__ = ["RedactingFilter", "redact", "redact_section", "remember"]

MASK = "***"

MAX_MESSAGE = 4_000
"""Characters of a log message; the middle of a longer one is left out."""

MAX_TRACEBACK = 40_000
"""Characters of a traceback, likewise."""

MIN_LENGTH = 4
"""Characters of the shortest value that is masked in every text; shorter ones may be words."""

HARMLESS = re.compile(
    r"""
    allowcomments|allowsinglequotes|as-of-timestamp|basepath|batchsize|branch|
    chartoescapequoteescaping|charset|columnnameofcorruptrecord|comment|compression|
    datetimerebasemode|dateformat|dbtable|delimiter|driver|dropfieldifallnull|emptyvalue|
    encoding|enforceschema|escape|fetchsize|header|ignorecorruptfiles|ignoreleadingwhitespace|
    ignoremissingfiles|ignorenullfields|ignoretrailingwhitespace|inferschema|int96rebasemode|
    isolationlevel|linesep|locale|lowerbound|maxcharspercolumn|maxcolumns|maxrecordsperfile|
    mergeschema|mode|modifiedafter|modifiedbefore|multiline|nanvalue|negativeinf|nullvalue|
    numpartitions|overwriteschema|partitioncolumn|partitionoverwritemode|path|pathglobfilter|
    positiveinf|preferdecimal|primitivesasstring|pushdownpredicate|query|querytimeout|quote|
    quoteall|recursivefilelookup|rowtag|samplingratio|sep|snapshot-id|timestampasof|
    timestampformat|timestampntzformat|timezone|truncate|unescapedquotehandling|upperbound|
    versionasof|wholetext
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Keys of the options whose values are shown."""

PLAIN_VALUE = re.compile(r"true|false|null|none|\d{1,5}", re.IGNORECASE)
"""Values that are no secret, and words of many texts."""

OBJECT_STORES = ("s3", "s3a", "s3n", "gs", "oss", "cos", "cosn", "obs")
"""Schemes without ports: a colon in their authority is before a password."""

CONTAINERS = ("abfs", "abfss", "wasb", "wasbs")
"""Schemes that have a container, and no user, before the @."""

_URL = re.compile(r"""(\w{1,12})://((?:(?!://)[^\s'"]|['"](?=\w))*)""")

_JDBC = re.compile(r"""\b(jdbc:\w+|oracle:\w+):(?:[^\s'"]|['"](?=\w))+""", re.IGNORECASE)

_QUERY = re.compile(r"""([?&][\w.\-]++=)[^\s&;'"]+""")

_NAME = (
    r"secret|passw(?:or)?d|passphrase|token|credential|signature|authorization"
    r"|(?:access|account|api|auth|customer|encryption|master|private|shared|signing|storage)"
    r"[._-]?key"
    r"|(?<![a-z])(?:auth|pass|pwd|sas|sig)(?![a-z])"  # short, and so only as whole words
)

# A name is looked at from its start alone, and once: a long text takes no longer per character.
_ASSIGNED = re.compile(
    rf"""(?<![\w.\-])(?=[\w.\-]*?(?:{_NAME}))([\w.\-]++)(["']?)(\s*+[=:]\s*+)"""
    r"""("[^"]*"|'[^']*'|(?:(?:Bearer|Basic)\s+)?[^\s&,;)}\]'"]+)""",
    re.IGNORECASE,
)

_AMOUNT = re.compile(r"[\d.,]+[x%]?")

_BEARER = re.compile(r"\b(Bearer|Basic)(\s+)(?=\S*(?:\d|[a-z][A-Z]))[\w\-.~+/]{8,}=*")

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [\w ]*PRIVATE KEY-----.*?(?:-----END [\w ]*-----|\Z)", re.DOTALL
)

_known: set[str] = set()


def remember(options: Mapping[str, str]) -> None:
    """Keep the values of options that may be secret, to mask them in every later text."""
    for key, value in options.items():
        if not HARMLESS.fullmatch(key):
            _known.update(
                part
                for part in (value, *map(str.strip, value.splitlines()))  # a key in PEM has lines
                if len(part) >= MIN_LENGTH and not PLAIN_VALUE.fullmatch(part)
            )


def redact(text: str) -> str:
    """Mask what looks like a credential in a text, and the values that `remember` keeps.

    This masks the user in a URL, all of a JDBC URL, the values of a query string, bearer tokens
    and private keys; and the value of ``name=value`` or ``name: value`` if the name contains
    secret, password, token, access key, credential, signature or the like. Labels and numbers
    of classes stay, as in ``{'secret': 50}``.

    Examples
    --------
    >>> redact("s3a://key:word@bucket/in?X-Amz-Signature=abc and secret.key=word")
    's3a://***@bucket/in?X-Amz-Signature=*** and secret.key=***'
    """
    for value in sorted(_known, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", MASK, text)
    text = _PRIVATE_KEY.sub(MASK, text)
    text = _URL.sub(_mask_user, _JDBC.sub(rf"\1:{MASK}", text))
    text = _ASSIGNED.sub(_mask_assigned, _QUERY.sub(rf"\1{MASK}", text))
    return _BEARER.sub(rf"\1\2{MASK}", text)


def redact_section(section: Mapping[str, Any]) -> dict[str, Any]:
    """Mask credentials in the texts and options of [input] or [output]."""
    return {
        key: {
            name: redact(text) if HARMLESS.fullmatch(name) else MASK for name, text in value.items()
        }
        if isinstance(value, Mapping)
        else redact(value)
        if isinstance(value, str)
        else value
        for key, value in section.items()
    }


class RedactingFilter(logging.Filter):
    """Filter that masks credentials in log records and tracebacks, for later handlers too."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record, and shorten what is long; none is dropped."""
        record.msg, record.args = shorten(redact(record.getMessage()), MAX_MESSAGE), None
        if record.exc_info:
            traceback = logging.Formatter().formatException(record.exc_info)
            record.exc_text = shorten(redact(traceback), MAX_TRACEBACK)
            record.exc_info = None
        return True


def _mask_user(url: re.Match[str]) -> str:
    """Mask the user and the password of a URL; a password may hold slashes."""
    scheme, rest = url[1].lower(), url[2]
    authority = rest.partition("/")[0]
    user, at, host = authority.rpartition("@")
    _, colon, last = (user if at else authority).rpartition(":")
    is_port = not at and last.isdigit() and scheme not in OBJECT_STORES
    if colon and "@" in rest and not is_port:
        return f"{url[1]}://{MASK}@{rest.rpartition('@')[2]}"
    if at and scheme not in CONTAINERS:
        return f"{url[1]}://{MASK}@{host}{rest[len(authority) :]}"
    return url[0]


def _mask_assigned(pair: re.Match[str]) -> str:
    name, quote, sign, value = pair.groups()
    if ":" in sign:
        if quote and value[0] not in "\"'":  # a name that a text quotes, and goes on
            return pair[0]
        if "." not in name and _AMOUNT.fullmatch(value.strip("\"'")):  # rows of a class
            return pair[0]
    return f"{name}{quote}{sign}{MASK}"
