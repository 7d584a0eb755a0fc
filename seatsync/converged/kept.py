"""What is kept of a plan without steps: values, and the text that stands for them.

The text is a checksum and a line of JSON. Whatever is not exactly what was written is taken for nothing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from seatsync.declaration.normal import Prints
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.sha256 import sha256
from seatsync.targets.sql_part import Seen

Thing: TypeAlias = tuple[tuple[str, str], ...]
_Raw: TypeAlias = Any  # a document from outside: whatever is not of our shape fails, and `from_text` says so

NO_PART = -1
"""The part of findings that belong to none: they stay whatever changes in the parts that stand alone."""


EVERYWHERE = frozenset({"REF003"})
"""The codes of warnings that look at names in all files: a part in which one stands is not alone."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """By what a file is known to be the same without reading it: bytes, nanoseconds, and which file it is."""

    size: int
    modified: int
    changed: int
    inode: int


@dataclass(frozen=True, slots=True)
class KeptFile:
    """An included file: its content, and in which part it is. Without a stamp where it was too fresh to trust one."""

    name: str
    real: str
    sha256: str
    stamp: Stamp | None
    part: int


@dataclass(frozen=True, slots=True)
class Part:
    """Files that name nothing outside them, and are named by no other: what they say can be looked at by itself.

    `declared` are the teams that they declare; `things` is the digest of all else that they do. `teams` and
    `subscriptions` are those of the account that have to do with them. `alone` is False where a change in them may
    matter elsewhere all the same.
    """

    alone: bool
    declared: tuple[str, ...]
    things: str
    teams: tuple[str, ...]
    subscriptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A plan that had no steps. `key` is all that the answer depends on beside the files and the account.

    `findings` are the warnings of the files, each with its part; `cases` and `applied_policy` as the account had them.
    """

    key: str
    seen: Seen
    files: tuple[KeptFile, ...]
    parts: tuple[Part, ...]
    prints: Prints
    findings: tuple[tuple[int, Finding], ...]
    unmanaged: tuple[Thing, ...]
    cases: dict[str, str]
    applied_policy: str | None


def to_text(kept: Kept) -> str:
    """The text to keep."""
    body = json.dumps(asdict(kept), separators=(",", ":"))
    return f"{_sum(body)}\n{body}\n"


def from_text(text: str) -> Kept | None:
    """What a text keeps; None unless it is, to the last character, what `to_text` wrote."""
    checksum, _, rest = text.partition("\n")
    body = rest.removesuffix("\n")
    if len(rest) == len(body) or checksum != _sum(body):
        return None
    try:
        return _kept(json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # another version of these values: the checksum holds, but the shape is not ours


def _sum(body: str) -> str:
    return sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


def _kept(raw: _Raw) -> Kept:
    return Kept(
        key=raw["key"],
        seen=Seen(tuple(raw["seen"]["stamp"]), tuple(raw["seen"]["meta"])),
        files=tuple(KeptFile(**{**file, "stamp": file["stamp"] and Stamp(**file["stamp"])}) for file in raw["files"]),
        parts=tuple(
            Part(
                part["alone"],
                tuple(part["declared"]),
                part["things"],
                tuple(part["teams"]),
                tuple(part["subscriptions"]),
            )
            for part in raw["parts"]
        ),
        prints=Prints(**raw["prints"]),
        findings=tuple((part, _finding(finding)) for part, finding in raw["findings"]),
        unmanaged=tuple(map(_thing, raw["unmanaged"])),
        cases=raw["cases"],
        applied_policy=raw["applied_policy"],
    )


def _thing(raw: _Raw) -> Thing:
    return tuple((kind, name) for kind, name in raw)


def _finding(raw: _Raw) -> Finding:
    return Finding(
        raw["code"],
        Severity(raw["severity"]),
        raw["message"],
        raw["location"] and Location(**raw["location"]),
        raw["hint"],
        raw["source"],
        tuple(Related(Location(**related["location"]), related["message"]) for related in raw["related"]),
        _thing(raw["things"]),
        raw["instead"],
    )
