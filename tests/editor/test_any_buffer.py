"""Whatever is typed: every question is answered, and nothing fails."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.editor.completions import completions
from seatsync.editor.definitions import definitions, references
from seatsync.editor.desk import Desk
from seatsync.editor.fixes import fixes
from seatsync.editor.hover import hover
from seatsync.editor.places import UNITS, Units
from seatsync.editor.renaming import RenameRefused, rename
from seatsync.editor.reports import Places, reports
from seatsync.editor.shapes import Kind
from seatsync.editor.things import mentions, thing_at
from seatsync.editor.view import mended
from tests.commands.running import write
from tests.editor.repository import FILES, desk_on, make, today
from tests.reading.corpora import NAUGHTY_STRINGS, YAML_SUITE, needs

NAMES = sorted(FILES)


@pytest.fixture(name="desk", scope="module")
def _desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    root = tmp_path_factory.mktemp("any")
    write(root, FILES)
    return desk_on(root.resolve())


def ask_everything(desk: Desk, name: str, text: str, at: int, new: str = "new") -> None:
    """Every question there is, at an offset of a document that is now like this."""
    document = next(each for each in desk.documents.values() if each.real.endswith(f"/{name}"))
    desk.put(document.uri, document.real, text, 2)
    root = desk.root_of(document.real)
    assert root is not None
    desk.stale.add(root)
    where = desk.where(document.uri)
    if where is None:
        return
    reports(where.view, desk.units)
    known = desk.known(where.view)
    completions(where.name, where.text, at, known)
    found = thing_at(where.name, where.text, at, known.declaration)
    list(fixes(where.name, where.text.range(0, len(text)), where.view, desk.units, today))
    if found is None or known.declaration is None:
        return
    hover(found.thing, known.declaration, where.view.day)
    places = Places(where.view, desk.units)
    for place in (*definitions(found.thing, known.declaration), *references(found.thing, where.view)):
        places.range(place)
    with suppress(RenameRefused):
        rename(found.thing, new, where.view, desk.units, today)


def put_back(desk: Desk) -> None:
    for document in list(desk.documents.values()):
        name = next(name for name in NAMES if document.real.endswith(f"/{name}"))
        desk.put(document.uri, document.real, FILES[name], 1)


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
    desk: Desk, name: str, changes: list[tuple[float, float, str]], at: float, units: Units, new: str
) -> None:
    put_back(desk)
    desk.units = units
    text = FILES[name]
    for place, length, piece in changes:
        start = int(place * len(text))
        text = text[:start] + piece + text[start + int(length * 40) :]
    ask_everything(desk, name, text, int(at * len(text)), new)


@needs(YAML_SUITE)
@pytest.mark.parametrize("name", ["teams/site.yaml", "seatsync.yaml", "more.csv"])
def test_the_official_suite(desk: Desk, name: str) -> None:
    for path in sorted(YAML_SUITE.glob("*/in.yaml")):
        put_back(desk)
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        ask_everything(desk, name, text, len(text) // 2)


@needs(NAUGHTY_STRINGS)
def test_naughty_strings(desk: Desk) -> None:
    for number, text in enumerate(json.loads(NAUGHTY_STRINGS.read_text(encoding="utf-8"))[::3]):
        put_back(desk)
        whole = FILES["teams/site.yaml"].replace("site", text).replace("eli@acme.example", text)
        ask_everything(desk, "teams/site.yaml", whole, whole.find(text) + number % 5, text)


def test_every_prefix_of_a_file(desk: Desk) -> None:
    """As it is when somebody types it."""
    for name in ("teams/design.yaml", "more.csv"):
        put_back(desk)
        for length in range(0, len(FILES[name]), 3):
            ask_everything(desk, name, FILES[name][:length], length)


def test_everything_is_gone(desk: Desk, tmp_path: Path) -> None:
    put_back(desk)
    document = desk.documents[next(iter(desk.documents))]
    assert desk.where("file:///nowhere") is None
    desk.put("file:///nowhere/x.yaml", "/nowhere/x.yaml", "users:", 1)
    assert desk.where("file:///nowhere/x.yaml") is None
    desk.take_away("file:///nowhere/x.yaml")
    desk.take_away("file:///nowhere/x.yaml")
    (tmp_path / "seatsync.yaml").mkdir()
    desk.put((tmp_path / "a.yaml").as_uri(), str(tmp_path / "a.yaml"), "", 1)
    assert desk.where((tmp_path / "a.yaml").as_uri()) is None
    assert document.version == 1


def test_files_that_vanish_meanwhile(tmp_path: Path) -> None:
    view = make(tmp_path)
    for name in ("teams/site.yaml", "more.csv", "seatsync.yaml"):
        (tmp_path / name).unlink()
    assert (view.text("teams/site.yaml"), view.tree("teams/site.yaml"), view.text("../x")) == ("", None, "")
    assert [mention.at.file for mention in mentions(view, Kind.TEAM)] == [
        "people.yaml",
        "teams/design.yaml",
        "subscriptions.yaml",
        "subscriptions.yaml",
    ]
    assert mended(view, ({},), today) is view
