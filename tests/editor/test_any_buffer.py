"""Every request succeeds on any buffer, however broken."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.editing.canonical import NotFormatted
from seatsync.editing.occurrences import occurrences
from seatsync.editing.schema_nodes import SymbolKind
from seatsync.lsp.completions import completions
from seatsync.lsp.diagnostics import Places, fixes, reports
from seatsync.lsp.formatting import formatting_edits
from seatsync.lsp.hover import hover
from seatsync.lsp.positions import UNITS, Units, applied
from seatsync.lsp.renaming import RenameRefused, rename
from seatsync.lsp.rule_expressions import hover_at
from seatsync.lsp.symbols import definitions, references, symbol_at
from seatsync.lsp.workspace import Workspace, recovered
from tests.commands.running import write
from tests.editor.repository import FILES as REPOSITORY
from tests.editor.repository import make, reread, today, workspace_on
from tests.reading.corpora import NAUGHTY_STRINGS, YAML_SUITE, needs

RULES = """\
rules:
  POLICY101: {each: seat, must: "!(person.external && product == 'Vault') || until != null", message: lent}
  POLICY102:
    each: team
    must: >-
      secondary_admins.exists(a, a == 'ben@acme.example') ||
      members.size() < 10
    message: "a deputy"
    passes: [{members: [ana@acme.example]}]
"""
FILES = {**REPOSITORY, "seatsync.yaml": REPOSITORY["seatsync.yaml"] + RULES}
NAMES = sorted(FILES)


@pytest.fixture(name="workspace", scope="module")
def _workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("any")
    write(root, FILES)
    return workspace_on(root.resolve())


def ask_everything(workspace: Workspace, name: str, text: str, at: int, new: str = "new") -> None:
    """Send every request at an offset of a changed document."""
    opened = next(each for each in workspace.documents.values() if each.real.endswith(f"/{name}"))
    workspace.update(opened.uri, opened.real, text, 2)
    root = workspace.root_of(opened.real)
    assert root is not None
    reread(workspace, root)
    document = workspace.document(opened.uri)
    if document is None:
        return
    reports(document.view, workspace.units)
    known = document.readable
    completions(document.name, document.text, at, known)
    hover_at(document.name, document.text.text, at)
    found = symbol_at(document.name, document.text, at, known.declaration)
    with suppress(NotFormatted):
        applied(document.text, formatting_edits(document.name, document.text))
    list(fixes(document.name, document.text.range(0, len(text)), document.view, workspace.units, today))
    if found is None or known.declaration is None:
        return
    hover(found.symbol, known.declaration, document.view.day)
    places = Places(document.view, workspace.units)
    for place in (*definitions(found.symbol, known.declaration), *references(found.symbol, document.view)):
        places.range(place)
    with suppress(RenameRefused):
        rename(found.symbol, new, document.view, workspace.units, today)


def put_back(workspace: Workspace) -> None:
    for document in list(workspace.documents.values()):
        name = next(name for name in NAMES if document.real.endswith(f"/{name}"))
        workspace.update(document.uri, document.real, FILES[name], 1)


PIECES = st.one_of(
    st.sampled_from(
        ["", "\n", "  ", "- ", "[", "]", "{", "}", ": ", "#", '"', "'", "|", "\t", "\r", "\0", "\ud800", "&a"]
    ),
    st.sampled_from(["ana@acme.example", "design", "AutoCAD", "teams:", "users: {", "😀", "\u2028", "\x85", "\ufeff"]),
    st.text(max_size=5),
)


@given(
    st.sampled_from(NAMES),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.2), PIECES), max_size=3),
    st.floats(0, 1),
    st.sampled_from(UNITS),
    st.text(max_size=4),
)
def test_random_changes(
    workspace: Workspace, name: str, changes: list[tuple[float, float, str]], at: float, units: Units, new: str
) -> None:
    put_back(workspace)
    workspace.units = units
    text = FILES[name]
    for place, length, piece in changes:
        start = int(place * len(text))
        text = text[:start] + piece + text[start + int(length * 40) :]
    ask_everything(workspace, name, text, int(at * len(text)), new)


@needs(YAML_SUITE)
@pytest.mark.parametrize("name", ["teams/site.yaml", "seatsync.yaml", "more.csv"])
def test_the_official_suite(workspace: Workspace, name: str) -> None:
    for path in sorted(YAML_SUITE.glob("*/in.yaml")):
        put_back(workspace)
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        ask_everything(workspace, name, text, len(text) // 2)


@needs(NAUGHTY_STRINGS)
def test_naughty_strings(workspace: Workspace) -> None:
    for number, text in enumerate(json.loads(NAUGHTY_STRINGS.read_text(encoding="utf-8"))[::3]):
        put_back(workspace)
        whole = FILES["teams/site.yaml"].replace("site", text).replace("eli@acme.example", text)
        ask_everything(workspace, "teams/site.yaml", whole, whole.find(text) + number % 5, text)


def test_every_prefix_of_a_file(workspace: Workspace) -> None:
    """A buffer is typed character by character."""
    for name in ("teams/design.yaml", "more.csv", "seatsync.yaml"):
        put_back(workspace)
        for length in range(0, len(FILES[name]), 3):
            ask_everything(workspace, name, FILES[name][:length], length)


def test_everything_is_gone(workspace: Workspace, tmp_path: Path) -> None:
    put_back(workspace)
    document = workspace.documents[next(iter(workspace.documents))]
    assert workspace.document("file:///nowhere") is None
    workspace.update("file:///nowhere/x.yaml", "/nowhere/x.yaml", "users:", 1)
    assert workspace.document("file:///nowhere/x.yaml") is None
    workspace.close("file:///nowhere/x.yaml")
    workspace.close("file:///nowhere/x.yaml")
    (tmp_path / "seatsync.yaml").mkdir()
    workspace.update((tmp_path / "a.yaml").as_uri(), str(tmp_path / "a.yaml"), "", 1)
    assert workspace.document((tmp_path / "a.yaml").as_uri()) is None
    assert document.version == 1


def test_files_that_vanish_meanwhile(tmp_path: Path) -> None:
    view = make(tmp_path)
    for name in ("teams/site.yaml", "more.csv", "seatsync.yaml"):
        (tmp_path / name).unlink()
    assert (view.text("teams/site.yaml"), view.tree("teams/site.yaml"), view.text("../x")) == ("", None, "")
    assert [occurrence.at.file for occurrence in occurrences(view, SymbolKind.TEAM)] == [
        "people.yaml",
        "teams/design.yaml",
        "subscriptions.yaml",
        "subscriptions.yaml",
    ]
    assert recovered(view, ({},), today) is view
