"""Secrets stay out of logs, messages and tracebacks.

What has a recognisable shape (signed assertions, private keys, bearer headers, query strings) is
found by pattern. An access token is opaque, so a session tells which one it holds.
"""

import logging
import re
from typing import Any

_HIDDEN = "[hidden]"
_TRACEBACKS = logging.Formatter()
_SHORTEST_SECRET = 8  # characters; hiding less would garble words

_PATTERNS = (
    # A private key, also where a JSON text is quoted (\n in two characters) or cut off.
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY.*?(?:-----END [A-Z ]*KEY-----|\Z)", re.S), _HIDDEN),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"), _HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic) +[\w.~+/=-]{8,}"), rf"\1 {_HIDDEN}"),
    (
        re.compile(
            r"""(?ix) (?<![a-z]) (access_token|assertion|private_key|TaskID)
            (["']? \s* [=:] \s* ["']?) (?!\[hidden) [^\s"'&,;)}\]]+"""
        ),
        rf"\1\2{_HIDDEN}",
    ),
    (re.compile(r"(?i)(\bhttps?://)[^\s/@\"']+@"), r"\1"),
    # An absolute URL: what follows "?" may open a delivery.
    (re.compile(r"(?i)(\bhttps?://[^\s?\"'<>]+)\?[^\s\"'<>)]*"), r"\1"),
)

_known: set[str] = set()


def keep_secret(secret: str) -> None:
    """Hide this very text wherever it turns up in this process."""
    if len(secret) >= _SHORTEST_SECRET:
        _known.add(secret)


def redact(text: str) -> str:
    """The text without secrets: known ones, keys, assertions, bearer headers, query strings.

    Task identifiers count as secrets where they are named as such (`TaskID=…`): CLMS shows the
    state of a task to any account that knows its identifier.
    """
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class RedactingFilter(logging.Filter):
    """Redacts the message and the traceback of each record; lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # a wrong format string: logging reports it itself
            return True
        if (redacted := redact(message)) != message:
            record.msg, record.args = redacted, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = _TRACEBACKS.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True


def install() -> None:
    """Redact every log record of this process from now on.

    Filters of a logger skip what its children log, and those of a handler are lost when a job
    sets up its log; so the filter sits where records are made.
    """
    make_record = logging.getLogRecordFactory()
    if isinstance(make_record, _RedactingFactory):
        return
    logging.setLogRecordFactory(_RedactingFactory(make_record))


class _RedactingFactory:
    def __init__(self, make_record: Any) -> None:
        self._make_record = make_record
        self._filter = RedactingFilter()

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record: logging.LogRecord = self._make_record(*args, **kwargs)
        self._filter.filter(record)
        return record
