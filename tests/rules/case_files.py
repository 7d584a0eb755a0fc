"""Case files: configurations as data, with marks for the expected findings.

A case is one fragment, or a mapping of file names to their text. A mark `#! CODE@COLUMN` at the end of a line expects a
finding there (the column is optional; several are separated by spaces). A case may start with `# at: DATE` (default:
2026-06-15), and with `# policy: {…}`, `# portal: {…}`, `# rules: {…}` and `# include: […]` (default: every file), which
are copied to the project file together with their marks. Findings of severity info count only if the case marks their
code. A case without `users:` gets the eight people of `PEOPLE`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from seatsync.declaration.load import load
from seatsync.finding import Finding, Severity
from seatsync.rules import check

HERE = Path(__file__).parent
PEOPLE = "users:\n" + "".join(
    f"  {name.lower()}@acme.example: {{first_name: {name}, last_name: Doe}}\n"
    for name in ("Ana", "Ben", "Cho", "Dee", "Eli", "Fay", "Gus", "Hal")
)
PROJECT = "seatsync.yaml"
DAY = "2026-06-15"

_MARKS = re.compile(r"[ ]*#! *(?P<marks>[A-Z0-9@ ]+)$")
_SETTING = re.compile(r"^# (?P<line>(?:policy|portal|rules):.*)$", re.MULTILINE)
_INCLUDE = re.compile(r"^# (?P<line>include:.*)$", re.MULTILINE)
_AT = re.compile(r"^# at: (?P<day>\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mark:
    """One expected finding."""

    file: str
    line: int
    code: str
    column: int | None


@dataclass(frozen=True, slots=True)
class Case:
    """A configuration with marks, and the day to check it on."""

    name: str
    files: dict[str, str]
    day: str = DAY

    @property
    def marks(self) -> list[Mark]:
        return [mark for file, text in self.files.items() for mark in marks_of(file, text)]


def case_of(name: str, content: str | dict[str, str]) -> Case:
    """Return a case from its content in a case file."""
    files = {"account.yaml": content} if isinstance(content, str) else dict(content)
    text = "\n".join(files.values())
    if not re.search(r"^users:", text, re.MULTILINE) and not any(file.endswith(".csv") for file in files):
        files["people.yaml"] = PEOPLE
    include, day = _INCLUDE.search(text), _AT.search(text)
    settings = "\n".join(found["line"] for found in _SETTING.finditer(text))
    included = include["line"] if include else f"include: [{', '.join(files)}]"
    head = f"version: 1\naccount: acme\n{included}\n{settings}\n"
    return Case(name, {PROJECT: head, **files}, day["day"] if day else DAY)


def whole_files() -> dict[str, str]:
    """Return the files of the repository that breaks every rule, by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted((HERE / "whole").glob("*.yaml"))}


def own_cases() -> Iterator[tuple[str, str, Case]]:
    """Yield code, kind (`passes` or `fails`) and case from every case file beside this module."""
    for path in sorted(HERE.glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for kind in ("passes", "fails"):
            for name, case in content[kind].items():
                yield path.stem, kind, case_of(name, case)


def marks_of(file: str, text: str) -> Iterator[Mark]:
    """Yield the marks of a file; those after a comment such as `# policy:` belong to the project file."""
    for number, line in enumerate(text.splitlines(), start=1):
        found = _MARKS.search(line)
        if found is None or (file != PROJECT and (_SETTING.match(line) or _INCLUDE.match(line))):
            continue
        for mark in found["marks"].split():
            code, _, column = mark.partition("@")
            yield Mark(file, number, code, int(column) if column else None)


def write(case: Case, folder: Path) -> Path:
    """Write the case as a repository; marks are removed from CSV files, which have no comments."""
    for file, text in case.files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        bare = "".join(_MARKS.sub("", line) + "\n" for line in text.splitlines()) if file.endswith(".csv") else text
        path.write_text(bare, encoding="utf-8", newline="")
    return folder


def findings_of(case: Case, folder: Path) -> list[Finding]:
    """Return all findings of a case, from reading and from the rules."""
    loaded = load(write(case, folder))
    if loaded.declaration is None:
        return loaded.findings
    return list(check(loaded.declaration, case.day, loaded.findings).findings)


def difference(case: Case, findings: list[Finding]) -> list[str]:
    """Return one line for each missing and each surplus finding."""
    marks = case.marks
    marked = {mark.code for mark in marks}
    findings = [finding for finding in findings if finding.severity is not Severity.INFO or finding.code in marked]
    bare = {(mark.file, mark.line, mark.code) for mark in marks if mark.column is None}
    expected = Counter((mark.file, mark.line, mark.code, mark.column) for mark in marks)
    found = Counter(_key(finding, bare) for finding in findings)
    missing, surplus = expected - found, found - expected
    messages = {_key(finding, bare): f"{finding.message} ({finding.location})" for finding in findings}
    return [f"missing: {_shown(*key)}" for key in missing] + [
        f"surplus: {_shown(*key)}: {messages[key]}" for key in surplus
    ]


def _key(finding: Finding, bare: set[tuple[str, int, str]]) -> tuple[str, int, str, int | None]:
    at = finding.location
    if at is None:
        return ("", 0, finding.code, None)
    column = None if (at.file, at.line, finding.code) in bare else at.column
    return (at.file, at.line, finding.code, column)


def _shown(file: str, line: int, code: str, column: int | None) -> str:
    return f"{file}:{line} {code}" + (f"@{column}" if column else "")
