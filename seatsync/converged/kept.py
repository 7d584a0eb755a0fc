"""What is kept of a plan without steps: values, and the text that stands for them.

The text is a checksum and a line of JSON. Whatever is not exactly what was written is taken for nothing.
"""

import json
from typing import Any, NamedTuple, TypeAlias
from zlib import crc32

from seatsync.declaration.normal import Prints
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.targets.sql_part import Seen

Thing: TypeAlias = tuple[tuple[str, str], ...]
_Raw: TypeAlias = Any  # a document from outside: whatever is not of our shape fails, and `from_text` says so

NO_PART = -1
"""The part of findings that belong to none: they stay whatever changes in the parts that stand alone."""


EVERYWHERE = frozenset({"REF003"})
"""The codes of warnings that look at names in all files: a part in which one stands is not alone."""


class Stamp(NamedTuple):
    """By what a file is known to be the same without reading it: bytes, nanoseconds, and which file it is."""

    size: int
    modified: int
    changed: int
    inode: int


class KeptFile(NamedTuple):
    """An included file: its content, and in which part it is. Without a stamp where it was too fresh to trust one."""

    name: str
    real: str
    sha256: str
    stamp: Stamp | None
    part: int


class Part(NamedTuple):
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


class Kept(NamedTuple):
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
    body = json.dumps(kept, separators=(",", ":"))
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
    return f"{crc32(body.encode('utf-8', 'surrogatepass')):08x}"


def _kept(raw: _Raw) -> Kept:
    """Values as they were: JSON has made each a list of its fields."""
    key, (stamp, meta), files, parts, prints, findings, unmanaged, cases, applied_policy = raw
    return Kept(
        key,
        Seen(tuple(stamp), tuple(meta)),
        tuple(
            [KeptFile(name, real, digest, stamp and Stamp(*stamp), part) for name, real, digest, stamp, part in files]
        ),
        tuple(
            [
                Part(alone, tuple(declared), things, tuple(teams), tuple(bought))
                for alone, declared, things, teams, bought in parts
            ]
        ),
        Prints(*prints),
        tuple((part, _finding(finding)) for part, finding in findings),
        tuple(map(_thing, unmanaged)),
        cases,
        applied_policy,
    )


def _thing(raw: _Raw) -> Thing:
    return tuple((kind, name) for kind, name in raw)


def _finding(raw: _Raw) -> Finding:
    code, severity, message, at, hint, source, related, things, instead = raw
    return Finding(
        code,
        Severity(severity),
        message,
        at and Location(*at),
        hint,
        source,
        tuple(Related(Location(*place), said) for place, said in related),
        _thing(things),
        instead,
    )
