"""A repository read and checked, and excerpts of its files."""

import os
import re
from collections.abc import Callable, Iterable, Sized
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple, Protocol

from seatsync.commands.shared.console import Console, Outputs, deliver
from seatsync.declaration.declared import Declaration
from seatsync.declaration.files import Files, Folder, Unreadable
from seatsync.declaration.load import load
from seatsync.declaration.project import find_root
from seatsync.declaration.project_values import OwnRule
from seatsync.finding import Finding, Location
from seatsync.reading.plain_text import text_of_table
from seatsync.reading.workbook import is_workbook
from seatsync.reporting.escape import number_of
from seatsync.reporting.findings.findings_text import LineOf
from seatsync.reporting.formats import INSTEAD, RenderOptions
from seatsync.reporting.terminal import Paint
from seatsync.rules import Silenced, check
from seatsync.secret import masked_line

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # line breaks of YAML
_RARE_BREAKS = "\r\x85\u2028\u2029"
_CACHED = 4  # files; findings are sorted by file
_LARGEST = 1 << 24  # bytes; larger files are not excerpted


def excerpts(root: Path, findings: Iterable[Finding]) -> LineOf:
    """Return `lines_in` for the files of a folder."""
    return lines_in(Folder(root), findings)


def lines_in(files: Files, findings: Iterable[Finding]) -> LineOf:
    """Return a function from a location to its line, or None; it reads only regular files of the repository.

    Secrets named by the findings and likely passwords are masked.
    """
    lines_of = lru_cache(_CACHED)(partial(_lines, files))
    secrets = [each.location for each in findings if each.secret and each.location is not None]

    def line_of(location: Location) -> str | None:
        lines = lines_of(location.file)
        if not 0 < location.line <= len(lines):
            return None
        return masked_line(_without(secrets, location, lines[location.line - 1]))

    return line_of


def _without(secrets: Iterable[Location], location: Location, line: str) -> str:
    """Mask the secrets in a line with one asterisk per character, to keep the columns."""
    for secret in secrets:
        if secret.file == location.file and secret.line <= location.line <= secret.end_line:
            start = secret.column - 1 if secret.line == location.line else 0
            end = secret.end_column - 1 if secret.end_line == location.line else len(line)
            line = f"{line[:start]}{'*' * (end - start)}{line[end:]}"
    return line


def no_line(_: Location) -> str | None:
    """Return None, for findings whose files are not available."""
    return None


def _lines(files: Files, name: str) -> list[str]:
    try:
        data = files.content(files.inside(name))
    except Unreadable:
        return []
    table = name.lower().endswith((".csv", ".xlsx"))
    if len(data) > _LARGEST or (table and is_workbook(data)):
        return []
    text = text_of_table(data) if table else data.decode("utf-8-sig", "replace")
    return _LINE_BREAK.split(text) if any(map(text.__contains__, _RARE_BREAKS)) else text.split("\n")


class Repository(NamedTuple):
    """A repository with its findings; `declaration` is None if it cannot be read."""

    root: Path
    declaration: Declaration | None
    findings: tuple[Finding, ...]
    silenced: tuple[Silenced, ...]
    line_of: LineOf

    @property
    def own_rules(self) -> tuple[OwnRule, ...]:
        """The project's own rules."""
        return () if self.declaration is None else self.declaration.project.rules


def read_repository(
    console: Console, directory: str | None, day: str | None, prepare: Callable[[Path], None] | None = None
) -> Repository:
    """Read the repository that contains a folder (None: the working folder), and check every rule on the day.

    `prepare` is called with its root first: commands that write files use it to finish an interrupted change. Other
    commands fail on such a change.
    """
    root = find_root(console.directory(directory))
    if prepare is not None:
        prepare(root)
    with console.phase("read", "reading the files") as work:
        loaded = load(root, progress=work.reached)
    declaration = loaded.declaration
    if declaration is None:
        return Repository(root, None, tuple(loaded.findings), (), excerpts(root, loaded.findings))
    clock = console.clock(day, declaration.project.timezone or "UTC")
    with console.phase("rules", "checking the rules") as work:
        checked = check(declaration, clock.day, loaded.findings, work.reached)
    return Repository(root, declaration, checked.findings, checked.suppressed, excerpts(root, checked.findings))


def below_top(root: Path) -> str:
    """Return a project folder relative to the top of its git repository, if any: `""` or `"config/"`."""
    root = root.resolve()
    below = root.relative_to(git_top(root) or root).as_posix()
    return "" if below == "." else f"{below}/"


def git_top(folder: Path) -> Path | None:
    """Return the top of the git repository that contains a real folder; None outside of one."""
    return next((above for above in (folder, *folder.parents) if os.path.lexists(above / ".git")), None)


def show_findings(repository: Repository, where: Outputs, console: Console, *, strict: bool = False) -> None:
    """Write the findings; with `-v`, also list suppressed ones on standard error."""
    below = below_top(repository.root)

    def render(form: str, paint: Paint) -> str:
        rendering = RenderOptions(
            repository.line_of, paint, console.verbose, strict, below=below, rules=repository.own_rules
        )
        text = INSTEAD[form](repository.findings, rendering)
        if text or form != "text" or repository.declaration is None:
            return text
        return paint.green("Nothing wrong") + f": {contents(repository.declaration)}.\n"

    deliver(where, render, console)
    show_suppressed(repository, console)


def show_suppressed(repository: Repository, console: Console) -> None:
    """With `-v`, list the findings suppressed by the policy, with reasons."""
    if console.verbose:
        for silenced in repository.silenced:
            finding, entry = silenced.finding, silenced.by
            until = f" until {entry.until}" if entry.until is not None else ""
            console.info(f"suppressed{until} ({entry.reason}): {finding.location}: {finding.code} {finding.message}")


class _Countable(Protocol):
    """A declaration or an account."""

    @property
    def teams(self) -> Sized: ...
    @property
    def contracts(self) -> Sized: ...
    @property
    def users(self) -> Sized: ...
    @property
    def subscriptions(self) -> Sized: ...


def contents(of: _Countable, nothing: str = "nothing declared") -> str:
    """Return a summary of a declaration or account: `2 teams, 14 people, 3 subscriptions`."""
    counts = [
        number_of(len(of.teams), "team"),
        number_of(len(of.contracts), "contract"),
        number_of(len(of.users), "person", "people"),
        number_of(len(of.subscriptions), "subscription"),
    ]
    return ", ".join(count for count in counts if not count.startswith("0 ")) or nothing
