"""Findings, the results of checks with their location, and how they are sorted."""

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


class Finding(NamedTuple):
    """One problem, or a fact worth knowing.

    `things` are the subjects, for `suppress` entries to match: pairs such as ("team", "design"), ("user",
    "ana@acme.example"), ("product", "AutoCAD"), ("subscription", …), ("contract", …), ("group", …). `source` is the
    origin of the rule ("S1"), `hint` how to fix the problem. `replacement` is the text that fixes it in place of that
    at `location`, "" if unknown. The text at the location of a `secret` finding is never shown.
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


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings sorted by location (those without one first), code and message, without duplicates."""
    nowhere = Location("", 0, 0, 0, 0)
    return sorted(dict.fromkeys(findings), key=lambda f: (f.location or nowhere, f.code, f.message))


def has_errors(findings: Iterable[Finding], *, strict: bool = False) -> bool:
    """Return True if any finding is an error or, with `strict`, a warning."""
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return any(f.severity in failing for f in findings)
