"""Reads what an API answers: errors in any known form, the waiting time it asks for, and headers about allowances.

`application/problem+json` (RFC 9457) is decided by its status; older forms differ only in the key of their text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Final, NamedTuple

from seatsync.secret import MASK

_TEXTS: Final = ("detail", "developerMessage", "userMessage", "title", "error_description", "error", "message")
"""The keys of an error's text in the order of preference; which one is used depends on the part of the API."""
_LONGEST: Final = 300
_MOST_FIELDS: Final = 5
_MOST_READ: Final = 64 * 1024
_INVISIBLE_HTML: Final = r"(?is)<(script|style|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[^>]*(?:>|\Z)"
_ALLOWANCE: Final = r"(?:x-)?ratelimit-(limit|remaining|reset)"
_LIKE_ALLOWANCE: Final = r".*(?:limit|quota|allowance|throttl).*"
_EPOCH: Final = 1_000_000_000
"""Larger values of a reset header are an instant in seconds since 1970, smaller ones a number of seconds."""


class Refusal(NamedTuple):
    """An error answer: the vendor's words on one line, the error's code or type, and the fields it is about."""

    words: str
    code: str = ""
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "; ".join([self.words, *self.fields])

    def without(self, secrets: Iterable[str]) -> Refusal:
        """Return the refusal with secrets masked."""
        found = self
        for secret in secrets:
            words, *rest = (text.replace(secret, MASK) for text in (found.words, found.code, *found.fields))
            found = Refusal(words, rest[0], tuple(rest[1:]))
        return found


class Allowance(NamedTuple):
    """What headers say about the calls that are allowed. `reset` is in seconds from now. None: not said."""

    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None


def refusal(status: int, content_type: str, body: bytes) -> Refusal:
    """Return the error in an answer, whatever its form; without any text, its status."""
    text = body[:_MOST_READ].decode("utf-8", "replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        words = plain_words(re.sub(_INVISIBLE_HTML, " ", text) if _is_html(content_type, text) else text)
        return Refusal(words or f"status {status}")
    if not isinstance(document, dict):
        return Refusal(f"status {status}")
    said = next((words for key in _TEXTS if (words := _text(document.get(key)))), f"status {status}")
    code = next((words for key in ("error", "errorCode", "type") if (words := _text(document.get(key)))), "")
    errors = document.get("errors")
    found = [_field(each) for each in (errors if isinstance(errors, list) else [])[:_MOST_FIELDS]]
    return Refusal(said, code, tuple(words for words in found if words))


def request_id_of(headers: Mapping[str, str], body: bytes) -> str | None:
    """Return the id under which the vendor finds a request: from its header, or from a problem document."""
    if headers.get("x-request-id"):
        return plain_words(headers["x-request-id"])
    if "json" not in headers.get("content-type", "") or len(body) > _MOST_READ:
        return None
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return (_text(document.get("requestId")) or None) if isinstance(document, dict) else None


def plain_words(text: str) -> str:
    """Return foreign text on one line, without markup for characters and control characters, and not too long."""
    text = unescape(text)
    printable = "".join(char if char.isprintable() else " " for char in text)
    words = " ".join(printable.split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that `Retry-After` asks to wait, as a number or a date; None if it is absent or unreadable."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", text):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())


def allowance(headers: Mapping[str, str], now: datetime) -> Allowance:
    """Return the calls that are allowed, from headers such as `RateLimit-Remaining` or `X-RateLimit-Reset`."""
    found: dict[str, int] = {}
    for name, value in headers.items():
        match = re.fullmatch(_ALLOWANCE, name)
        number = re.match(r"\s*([0-9]{1,12})\s*(?:[,;].*)?$", value)
        if match and number:
            found.setdefault(match[1], int(number[1]))
    reset: float | None = found.get("reset")
    if reset is not None and reset >= _EPOCH:
        reset = max(0.0, reset - now.timestamp())
    return Allowance(found.get("limit"), found.get("remaining"), reset)


def other_allowance(headers: Mapping[str, str]) -> str:
    """Return headers that may be about an allowance but are in no known form, `x-team-quota: 5`; mostly empty."""
    unknown = (name for name in headers if re.fullmatch(_LIKE_ALLOWANCE, name) and not re.fullmatch(_ALLOWANCE, name))
    return plain_words(", ".join(f"{name}: {headers[name]}" for name in sorted(unknown)))


def _is_html(content_type: str, text: str) -> bool:
    return "html" in content_type or text.lstrip()[:1] == "<"


def _text(value: object) -> str:
    return plain_words(value) if isinstance(value, str) else ""


def _field(error: object) -> str:
    """Return one entry of `errors` as `field: detail`."""
    if not isinstance(error, dict):
        return _text(error)
    name = _text(error.get("field"))
    words = _text(error.get("detail")) or _text(error.get("title"))
    return ": ".join(part for part in (name, words) if part)
