"""Reading of `fleet.yaml`: the file and the folders that it matches, to a fleet and findings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from seatsync.declaration.fields import Diagnostics, Fields, nfc
from seatsync.declaration.files import Files, Folder, Unreadable, folders, is_csv, is_there, printable
from seatsync.errors import FileProblem, FleetNotFound
from seatsync.finding import Finding, Location, has_errors, in_order
from seatsync.fleet.account_rows import add_csv
from seatsync.fleet.declared_fleet import Fleet, FleetAccount, matches_any
from seatsync.fleet.gathered import Gathered, exactly, is_outside, not_a_project
from seatsync.reading import schema, yaml_file
from seatsync.reading.plain_text import most_similar, shown
from seatsync.reading.tree import YamlList, YamlMap
from seatsync.secret import has_secret

FLEET_FILE: Final = "fleet.yaml"
STORE: Final = "sqlite:///.seatsync/fleet.db"
"""The store of a fleet that names none."""

_KEYS: Final = frozenset(("version", "accounts", "store", "defaults", "labels"))
_WILDCARDS: Final = frozenset("*?[")
_DEFAULTS: Final = frozenset(("target", "revision", "labels"))


def find_fleet(start: Path) -> Path:
    """Return the path of the nearest fleet file, from a folder upwards. Raises `FleetNotFound` if there is none."""
    here = Path(os.path.realpath(start))
    for folder in (here, *here.parents):
        if is_there(folder / FLEET_FILE):
            return folder / FLEET_FILE
    raise FleetNotFound(str(start))


def read_fleet(path: Path, files: Files | None = None) -> tuple[Fleet | None, list[Finding]]:
    """Return the fleet in a file, None if anything is wrong with it, and the findings.

    Accounts are not read, only their folders are looked for, and nothing is fetched. `files` are those of the folder
    that contains it, by default as they are on disk. Raises `FileProblem` if the file cannot be read.
    """
    files = files or Folder(path.parent)
    try:
        raw = files.content(files.inside(path.name))
    except Unreadable as problem:
        raise FileProblem(str(path), str(problem)) from problem
    diagnostics = Diagnostics()
    node, findings = yaml_file.read(raw, path.name)
    diagnostics.findings += findings
    if node is not None or not findings:
        diagnostics.add_schema_findings(schema.check(node, "fleet", path.name))
    fleet = _fleet(path, node, files, diagnostics) if isinstance(node, YamlMap) else None
    found = in_order(diagnostics.findings)
    return None if has_errors(found) else fleet, found


def _fleet(path: Path, node: YamlMap, files: Files, diagnostics: Diagnostics) -> Fleet:
    fields = Fields(node, diagnostics, _KEYS)
    nothing = Fields(YamlMap(path.name), diagnostics, _DEFAULTS)
    defaults = Fields.under(node, "defaults", diagnostics, _DEFAULTS) if "defaults" in node else nothing
    for key, of in (("store", fields), ("target", defaults)):
        if has_secret(of.text(key) or ""):
            diagnostics.report_secret(of.node.value_at(key), f"`{key}`")
    gathered = Gathered(files, diagnostics, defaults.text("target"), defaults.text("revision"))
    entries = list(_entries(fields))
    for entry, at in entries:
        if is_csv(entry):
            add_csv(entry, at, gathered)
        else:
            _add_folders(entry, at, gathered)
    if not gathered.accounts and not diagnostics.findings:
        hint = "name folders of projects, or a CSV with accounts"
        diagnostics.report_shape(node.value_at("accounts"), "the fleet has no accounts", hint)
    accounts = sorted(_labelled(fields, defaults, gathered), key=lambda account: account.name)
    tables = tuple(entry for entry, _ in entries if is_csv(entry))
    return Fleet(path.parent, path.name, tuple(accounts), fields.text("store") or STORE, tables)


def _entries(fields: Fields) -> Iterator[tuple[str, Location]]:
    """Yield the entries of `accounts`, with their locations."""
    value = fields.node.get("accounts")
    if isinstance(value, YamlList):
        for index, item in enumerate(value):
            if isinstance(item, str) and value.item_at(index) not in fields.diagnostics.schema_locations:
                yield item, value.item_at(index)
    elif (text := fields.text("accounts")) is not None:
        yield text, fields.node.value_at("accounts")


def _add_folders(pattern: str, at: Location, gathered: Gathered) -> None:
    """Add the account of each folder that a pattern matches, or report what is wrong with the folder."""
    literal = is_outside(pattern) or not set(pattern) & _WILDCARDS
    matches = [exactly(gathered.files, pattern)] if literal else folders(gathered.files, pattern)
    if not matches:
        hint = "correct it, or remove it until there are projects; a pattern matches folders, not files"
        gathered.diagnostics.report_shape(at, f"pattern {shown(pattern)} matches no folder", hint)
    for match in matches:
        name, problem = printable(match.name), match.problem or not_a_project(gathered.files, match)
        if problem or match.real is None:
            _report(name, problem, at, gathered)
            continue
        own = nfc(printable(Path(match.real if name == "." else name).name))
        gathered.add(FleetAccount(own, name, Path(match.real), target=gathered.target_of(own)), at, is_pattern=True)


def _report(folder: str, problem: str, at: Location, gathered: Gathered) -> None:
    """Report a folder; several folders of one pattern are reported at one place."""
    hint = "create one with `seatsync init`, or correct the pattern" if problem.startswith("has no ") else ""
    gathered.diagnostics.report_shape(at, f"folder {shown(folder)} {problem}", hint)


# Labels


def _labelled(fields: Fields, defaults: Fields, gathered: Gathered) -> Iterator[FleetAccount]:
    """Yield the accounts with all their labels: the defaults, then their own, then those by name."""
    diagnostics = fields.diagnostics
    whole = not diagnostics.findings  # otherwise a name may be that of an account that could not be read
    by_name = fields.mapping("labels", "account")
    within = Fields(by_name, diagnostics, by_name.keys())
    named = [(pattern, _texts(within, pattern)) for pattern in by_name]
    for pattern, _ in named:
        if whole and not any(matches_any(name, [pattern]) for name in gathered.accounts):
            near = most_similar(pattern, list(gathered.accounts))
            hint = f"did you mean {shown(near)}?" if near else "name an account, or write a pattern of names"
            message = f"no account of the fleet is called {shown(pattern)}"
            diagnostics.report_shape(by_name.key_at(pattern), message, hint, near or "")
    common = _texts(defaults, "labels")
    for name, (account, _) in gathered.accounts.items():
        labels = {**common, **dict(account.labels)}
        for pattern, texts in named:
            if matches_any(name, [pattern]):
                labels |= texts
        yield replace(account, labels=tuple(sorted(labels.items())))


def _texts(fields: Fields, key: str) -> dict[str, str]:
    """Return a mapping of texts; without those that are no texts, which the schema reports."""
    return {label: value for label, value in fields.mapping(key).items() if isinstance(value, str)}
