"""The CSV of accounts: the columns that it may have, and the account of each row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from seatsync.declaration.fields import nfc
from seatsync.declaration.files import Unreadable, printable
from seatsync.finding import Location, has_errors
from seatsync.fleet.checkout import problem_of_revision, problem_of_url
from seatsync.fleet.declared_fleet import FleetAccount, GitSource
from seatsync.fleet.gathered import OUTSIDE, Gathered, exactly, is_outside, not_a_project
from seatsync.reading.plain_text import shown
from seatsync.reading.tabular import Columns, Row, Table, read_table
from seatsync.secret import has_secret

COLUMNS: Final = ("account", "folder", "git", "revision", "target")
"""The columns that are not labels."""

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {name: (name,) for name in COLUMNS}
_LABEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LONGEST: Final = 2048
_LONGEST_LABEL: Final = 256
_THE_COLUMNS: Final = "use the columns account, folder or git and revision, target; every other column is a label"


def add_csv(file: str, entry: Location, gathered: Gathered) -> None:
    """Add the accounts of a CSV, and report what is wrong with its rows."""
    diagnostics = gathered.diagnostics
    try:
        raw = gathered.files.content(gathered.files.inside(file))
    except Unreadable as problem:
        diagnostics.report_shape(entry, f"file {shown(file)} {OUTSIDE if is_outside(file) else problem}")
        return
    table = read_table(raw, printable(file), COLUMNS)
    if not has_errors(table.findings):
        columns = table.columns(_FIELDS, ("account",), _THE_COLUMNS)
        labels = dict(_label_columns(table, columns))
        if "account" in columns.column_of:
            for row in table.rows():
                _add_row(row, columns.column_of, labels, table, gathered)
    diagnostics.findings += table.findings


def _label_columns(table: Table, columns: Columns) -> Iterator[tuple[int, str]]:
    """Yield the columns that are labels, and report those that cannot be."""
    seen: set[str] = set()
    absent = [name for name in COLUMNS if name not in columns.column_of]
    for index in columns.unknown:
        label, at = table.header.cells[index].strip(), table.header.at(index)
        near = next((name for name in absent if _is_slip(label.lower(), name)), None)
        if label in seen:
            table.report(f"column {shown(label)} occurs twice", at, "remove one of the two")
        elif near is not None:
            table.report(f"unknown column {shown(label)}; did you mean {shown(near)}?", at, _THE_COLUMNS)
        elif not _LABEL.fullmatch(label):
            what = f"{shown(label)} cannot be the name of a label" if label else "a column has no name"
            table.report(what, at, "use letters, digits, `.`, `_` and `-`")
        else:
            yield index, label
        seen.add(label)


def _is_slip(written: str, name: str) -> bool:
    """Return True if one letter of a name is missing, added or wrong, or two neighbours are swapped."""
    same = next((at for at, pair in enumerate(zip(written, name, strict=False)) if len(set(pair)) > 1), len(name))
    one, other = written[same:], name[same:]
    swapped = one[:2] == other[1::-1] and one[2:] == other[2:]
    return swapped or one[1:] == other or one == other[1:] or one[1:] == other[1:]


class _Texts(NamedTuple):
    """The cells of a row that are not labels, completed by the defaults."""

    account: str
    folder: str
    git: str
    revision: str
    target: str


def _add_row(row: Row, column_of: Mapping[str, int], labels: Mapping[int, str], table: Table, found: Gathered) -> None:
    """Add the account of a row, or report its problems."""
    cells = {name: row.cells[index].strip() for name, index in column_of.items()}
    name, git = nfc(cells["account"]), cells.get("git", "")
    revision = cells.get("revision") or (found.revision or "" if git else "")
    target = cells.get("target") or found.target_of(name) or ""
    texts = _Texts(name, cells.get("folder", ""), git, revision, target)
    values = {index: row.cells[index].strip() for index in labels}
    match = exactly(found.files, texts.folder) if texts.folder and not git else None
    problems = [(column_of.get(column, column_of["account"]), what, hint) for column, what, hint in _problems(texts)]
    problems += [(index, *each) for index, text in values.items() for each in _problems_of_text(text, _LONGEST_LABEL)]
    if match is not None and (wrong := match.problem or not_a_project(found.files, match)):
        problems.append((column_of["folder"], f"folder {shown(texts.folder)} {wrong}", ""))
    for index, problem, hint in problems:
        table.report(problem, row.at(index), hint)
    if problems:
        return
    source = " ".join(filter(None, (git, revision, texts.folder)))
    account = FleetAccount(
        name,
        source,
        None if match is None or match.real is None else Path(match.real),
        GitSource(git, revision, texts.folder) if git else None,
        target or None,
        tuple(sorted((label, values[index]) for index, label in labels.items() if values[index])),
    )
    found.add(account, row.at(column_of["account"]))


def _problems(texts: _Texts) -> Iterator[tuple[str, str, str]]:
    """Yield the problems of a row: the column, the problem and the remedy."""
    for column, text in texts._asdict().items():
        for problem, hint in _problems_of_text(text, _LONGEST):
            yield column, problem, hint
    if not texts.account:
        yield "account", "the name of the account is missing", ""
    if has_secret(texts.target):
        yield "target", "the target contains a password", "remove it: passwords come from the environment or a file"
    if texts.git:
        yield from _problems_of_git(texts)
    elif not texts.folder:
        yield "account", f"account {shown(texts.account)} has neither a folder nor a git repository", _THE_COLUMNS
    elif texts.revision:
        yield "revision", "a revision needs a git repository", "write its URL in the column `git`"


def _problems_of_git(texts: _Texts) -> Iterator[tuple[str, str, str]]:
    if problem := problem_of_url(texts.git):
        yield "git", *problem
    if not texts.revision:
        hint = "write a branch, tag or full commit id, or `revision` in the defaults of the fleet"
        yield "revision", f"account {shown(texts.account)} has a git repository and no revision", hint
    elif problem := problem_of_revision(texts.revision):
        yield "revision", *problem
    if texts.folder and is_outside(texts.folder):
        yield "folder", f"folder {shown(texts.folder)} is outside of its repository", "use a path below its top folder"
    if not texts.target or (texts.target.lower().startswith("sqlite:///") and not texts.target.startswith("////", 7)):
        what = "needs a target outside of its checkout, which is only a cache"
        yield "target", f"account {shown(texts.account)} {what}", "use postgresql://… or sqlite:////PATH"


def _problems_of_text(text: str, longest: int) -> Iterator[tuple[str, str]]:
    if len(text) > longest:
        yield f"a cell must have at most {longest} characters, not {len(text)}", ""
    elif not text.isprintable():
        yield "a cell must not contain line breaks, tabs or other control characters", ""
