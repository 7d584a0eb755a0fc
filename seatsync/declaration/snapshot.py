"""Reader of snapshots: the state of an account in one file."""

from __future__ import annotations

import os
from pathlib import Path

from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.declaration.as_account import as_account
from seatsync.declaration.declared import Declaration, Policy, Project
from seatsync.declaration.draft import Draft
from seatsync.declaration.fields import Fields
from seatsync.declaration.files import Unreadable, content
from seatsync.declaration.fragment import SECTIONS, read_fragment
from seatsync.declaration.notes import Diagnostics
from seatsync.declaration.project import zone_of
from seatsync.declaration.state import dated_entries, violations
from seatsync.declaration.users import USER_NOW
from seatsync.errors import FileProblem
from seatsync.finding import Finding, has_errors, in_order
from seatsync.reading import schema, yaml_file
from seatsync.reading.collector import collector_paused
from seatsync.reading.tree import YamlMap

SNAPSHOT = SECTIONS | {"account", "lineage", "serial", "timezone"}


def load_snapshot(path: Path) -> tuple[Account | None, list[Finding]]:
    """Return the account in a snapshot, with lineage, serial and invitations, and the findings.

    The account is None if there are errors. People in no team and no contract are ignored. Raises `FileProblem` if the
    file cannot be read.
    """
    try:
        text = content(os.path.realpath(path))
    except Unreadable as problem:
        raise FileProblem(str(path), str(problem)) from problem
    except (OSError, ValueError) as error:
        raise FileProblem(str(path), "is not a valid path on this system") from error
    return read_snapshot(text, str(path))


def read_snapshot(text: bytes, file: str) -> tuple[Account | None, list[Finding]]:
    """Return the account and findings of a snapshot's bytes; `file` is its name in findings."""
    diagnostics = Diagnostics()
    with collector_paused():
        node, findings = yaml_file.read(text, file)
        diagnostics.findings += findings
        if not findings or node is not None:
            diagnostics.add_schema_findings(schema.check(node, "snapshot", file))
        account = _account(node, diagnostics) if isinstance(node, YamlMap) else None
    return account, in_order(diagnostics.findings)


def _account(node: YamlMap, diagnostics: Diagnostics) -> Account | None:
    fields = Fields(node, diagnostics, SNAPSHOT)
    name, zone = fields.text("account") or "", zone_of(fields)
    project = Project(Path(), node, name, None, (), zone, Policy())
    draft = Draft(Declaration(project), diagnostics)
    read_fragment(node, draft, SNAPSHOT, USER_NOW)
    declaration = draft.finish()
    if not has_errors(diagnostics.findings):  # skip consequential errors
        diagnostics.findings += [*violations(declaration), *dated_entries(declaration)]
    if has_errors(diagnostics.findings):
        return None
    account = as_account(declaration, Clock.at("2000-01-01"))  # no entry has days, so any day gives the same result
    account.lineage, account.serial = fields.text("lineage"), fields.number("serial")
    return account
