"""What a check says and where: the values that `validate` and `plan` collect, sort and show."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How much a finding weighs; only errors fail a run (warnings too with `--strict`)."""

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
    """Another place that a finding speaks of."""

    location: Location
    message: str


class Finding(NamedTuple):
    """One thing that is wrong or worth knowing.

    `things` names what it is about, so that a `suppress` entry can find it: pairs such as ("team", "design"),
    ("user", "ana@acme.example"), ("product", "AutoCAD"), ("subscription", …), ("contract", …), ("group", …).
    `source` says where the rule comes from ("S1"), `hint` how to mend it. `instead` is what was probably meant by the
    text at `location`, where that is known: with it there, the finding would be gone. What stands at the place of a
    finding that is `secret` is shown nowhere.
    """

    code: str
    severity: Severity
    message: str
    location: Location | None = None
    hint: str = ""
    source: str = ""
    related: tuple[Related, ...] = ()
    things: tuple[tuple[str, str], ...] = ()
    instead: str = ""
    secret: bool = False


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Sorted by file and place, then by code; findings without a place come first. Exact doubles are dropped."""
    nowhere = Location("", 0, 0, 0, 0)
    return sorted(dict.fromkeys(findings), key=lambda f: (f.location or nowhere, f.code, f.message))


def has_errors(findings: Iterable[Finding], *, strict: bool = False) -> bool:
    """Whether a run with these findings has failed; `strict` counts warnings too."""
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return any(f.severity in failing for f in findings)
