"""Findings, the results of checks with their location, and how they are sorted."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """The severity of a finding. Errors fail a run, with `--strict` warnings too."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Location(NamedTuple):
    """A span in a file. Lines and columns start at 1 and count code points; the end column is one after the last."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Related(NamedTuple):
    """Another location that a finding refers to."""

    location: Location
    message: str


class Cause(NamedTuple):
    """The cause that many findings of a code may have, and the words for it: `before`, their number, and `after`.

    If the findings have a `kind`, the number of each follows.
    """

    before: str
    after: str
    kind: str = ""


class Finding(NamedTuple):
    """One problem, or a fact worth knowing.

    `things` are the subjects, for `suppress` entries to match: pairs such as ("team", "design"), ("user",
    "ana@acme.example"), ("product", "AutoCAD"), ("subscription", …), ("contract", …), ("group", …). `source` is the
    origin of the rule ("S1"), `hint` how to fix the problem. `replacement` is the text that fixes it in place of that
    at `location`, "" if unknown. The text at the location of a `secret` finding is never shown. Many findings
    of one `cause`, or with one message, are shown as one. `passing`: it may be gone when the same is done again, as
    something was only busy or away.
    """

    code: str
    severity: Severity
    message: str
    location: Location | None = None
    hint: str = ""
    source: str = ""
    related: tuple[Related, ...] = ()
    things: tuple[tuple[str, str], ...] = ()
    replacement: str = ""
    secret: bool = False
    cause: Cause | None = None
    passing: bool = False


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings sorted by location (those without one first), code and message, without duplicates."""
    nowhere = Location("", 0, 0, 0, 0)
    return sorted(dict.fromkeys(findings), key=lambda f: (f.location or nowhere, f.code, f.message))


SEPARATE = 5
"""The largest number of findings with one cause that are shown one by one, and of places shown for one finding."""


def in_bulk(findings: Iterable[Finding]) -> list[Finding]:
    """Return sorted findings with more than `SEPARATE` of one cause combined into one, at the place of the first.

    The others are related places. The combined finding is about the things that all are about, so that it is the same
    finding when some of them are gone.
    """
    found = list(findings)
    by_cause: dict[object, list[Finding]] = {}
    for finding in found:
        if finding.location is not None:
            by_cause.setdefault(_key(finding), []).append(finding)
    shown = []
    for finding in found:
        alike = by_cause.get(_key(finding), []) if finding.location is not None else []
        if len(alike) <= SEPARATE:
            shown.append(finding)
        elif alike[0] is finding:
            shown.append(_combined(alike))
    return shown


def _key(finding: Finding) -> tuple[object, ...]:
    return finding.code, finding.severity, finding.message if finding.cause is None else finding.cause[:2]


def _combined(alike: list[Finding]) -> Finding:
    first, *others = alike
    shared = [related for related in first.related if all(related in other.related for other in others)]
    places = [
        Related(other.location, "also here" if other.message == first.message else other.message)
        for other in others
        if other.location is not None
    ]
    things = [thing for thing in first.things if all(thing in other.things for other in others)]
    return first._replace(
        message=_message(alike),
        hint=first.hint if all(other.hint == first.hint for other in others) else "",
        related=(*shared, *places),
        things=tuple(things),
        replacement="",
        cause=None,
    )


def _message(alike: list[Finding]) -> str:
    cause = alike[0].cause
    if cause is None:
        return f"{alike[0].message} ({len(alike)} places)"
    kinds = Counter(finding.cause.kind for finding in alike if finding.cause is not None and finding.cause.kind)
    counted = [f"{kind} ({count})" for kind, count in kinds.most_common()] if len(kinds) > 1 else list(kinds)
    more = [f"{len(counted) - SEPARATE} more"] if len(counted) > SEPARATE else []
    of_kinds = f": {', '.join([*counted[:SEPARATE], *more])}" if counted else ""
    return f"{cause.before}{len(alike)}{cause.after}{of_kinds}"


def has_errors(findings: Iterable[Finding], *, strict: bool = False) -> bool:
    """Return True if any finding is an error or, with `strict`, a warning."""
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return any(f.severity in failing for f in findings)
