"""The repository of most language server tests, and a workspace with its files open."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from seatsync.editing.occurrences import Symbol
from seatsync.lsp.positions import Text
from seatsync.lsp.symbols import symbol_at
from seatsync.lsp.workspace import View, Workspace, read
from tests.commands.running import write

DAY = "2026-06-15"

FILES = {
    "seatsync.yaml": """\
version: 1
account: acme
include: [people.yaml, more.csv, teams/*.yaml, subscriptions.yaml, contracts.yaml]
policy:
  protected: {users: [ana@acme.example], teams: [design]}
  suppress:
    - {code: SEAT006, team: design, group: cad, reason: "she draws, too"}
    - {code: ROLE003, subscription: "574-1", contract: "1100", product: AutoCAD, reason: "none"}
""",
    "people.yaml": """\
# Everyone, by address.
users:
  ana@acme.example: {first_name: Ana, last_name: Silva}   # the boss
  ben@acme.example: {first_name: Ben, previous_emails: [benny@acme.example]}
  "cho@acme.example":
    first_name: Cho
    seats:
      design: [AutoCAD, {product: Revit, until: 2026-12-31}]
""",
    "more.csv": """\
email,first_name,team,product
dee@acme.example,Dee,design,AutoCAD
"eli@acme.example",Eli,site,
""",
    "teams/design.yaml": """\
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [BEN@acme.example, {user: cho@acme.example, until: 2026-12-31}]
    groups:
      cad: {members: [dee@acme.example], products: [Revit]}   # everyone who draws
    seats:
      AutoCAD:
        - ben@acme.example
        # a comment in between
        - ana@acme.example
""",
    "teams/site.yaml": """\
teams:
  site:
    primary_admin: ben@acme.example
    secondary_admins: [ana@acme.example]
    groups: {cad: {members: [eli@acme.example]}}
""",
    "subscriptions.yaml": """\
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 5, channel: reseller,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
  "574-2": {team: design, product: Revit, offering: flex, tokens: 100, channel: store,
            contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2026-12-31}
""",
    "contracts.yaml": """\
contracts:
  "1100":
    contract_manager: ana@acme.example
    software_coordinator: ben@acme.example
    license_type: maintenance
    channel: store
    products:
      AutoCAD 2019: {seats: 5, serial: "123-45678901", users: [dee@acme.example]}
    services: {Rendering: [dee@acme.example]}
    support: [dee@acme.example]
""",
}


def today(zone: str) -> str:
    return DAY


def make(root: Path, changed: Mapping[str, str] | None = None) -> View:
    """Write the repository with some files changed, and read it."""
    write(root, {**FILES, **(changed or {})})
    return read(root.resolve(), {}, today)


def workspace_on(root: Path) -> Workspace:
    """Return a workspace in which every file of a repository is open."""
    workspace = Workspace(today)
    for path in sorted(root.rglob("*")):
        if path.is_file():
            workspace.update(path.as_uri(), str(path), path.read_bytes().decode(), 1)
    return workspace


def reread(workspace: Workspace, root: Path) -> None:
    """Read a repository with the open documents as they are."""
    unsaved = workspace.unsaved()
    workspace.store(root, workspace.read(root, unsaved), unsaved)


def marked(text: str) -> tuple[str, int]:
    """Return a text without its `|` marker, and the offset of the marker."""
    at = text.index("|")
    return text[:at] + text[at + 1 :], at


def symbol_in(view: View, name: str, needle: str) -> Symbol:
    """Return the symbol at the start of a text in a file."""
    text = Text(view.text(name), "utf-16")
    found = symbol_at(name, text, text.text.index(needle), view.declaration)
    assert found is not None
    return found.symbol
