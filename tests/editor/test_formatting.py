from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from seatsync.lsp import server
from seatsync.lsp.formatting import formatting_edits
from seatsync.lsp.positions import Edit, Text, applied
from tests.commands.running import Run, write
from tests.editor.client import Editor, editor
from tests.editor.repository import FILES

UNTIDY = """\
teams:
    site:   # the yard
        secondary_admins: [ cho@acme.example,
            ana@acme.example ]
        primary_admin: ben@acme.example
"""
TIDY = """\
teams:
  site:     # the yard
    primary_admin: ben@acme.example
    secondary_admins: [ana@acme.example, cho@acme.example]
"""


def after(name: str, text: str) -> str:
    places = Text(text, "utf-16")
    return applied(places, formatting_edits(name, places))


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".yaml")])
def test_as_fmt_writes_it(tmp_path: Path, run: Run, name: str) -> None:
    write(tmp_path, FILES)
    assert run("-C", str(tmp_path), "fmt") == 0
    assert after(name, FILES[name]) == (tmp_path / name).read_bytes().decode()


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("teams/site.yaml", UNTIDY, TIDY),
        ("teams/site.yaml", TIDY, TIDY),
        ("teams/site.yaml", UNTIDY.replace("\n", "\r\n"), TIDY.replace("\n", "\r\n")),
        ("teams/site.yaml", UNTIDY.replace("\n", "\r"), TIDY),
        ("teams/site.yaml", "\ufeff" + UNTIDY, TIDY),
        ("teams/site.yaml", "", ""),
        ("teams/site.yaml", UNTIDY + "  [", UNTIDY + "  ["),
        ("teams/site.yaml", UNTIDY + "color: red\n", UNTIDY + "color: red\n"),
        ("teams/site.yaml", "users: {\ud800: {}}\n", "users: {\ud800: {}}\n"),
        ("more.csv", "email , team\n", "email , team\n"),
    ],
)
def test_new_texts(name: str, text: str, expected: str) -> None:
    assert after(name, text) == expected


def test_only_changed_lines_are_edited() -> None:
    text = Text(TIDY.replace("ana@acme.example, cho@", "cho@acme.example, ana@"), "utf-16")
    (edit,) = formatting_edits("teams/site.yaml", text)
    assert (edit.at.start.line, edit.at.end.line) == (3, 3)


ASKED = types.FormattingOptions(tab_size=8, insert_spaces=False)


def request(e: Editor, name: str) -> types.DocumentFormattingParams:
    return types.DocumentFormattingParams(types.TextDocumentIdentifier(e.uri(name)), ASKED)


def play(root: Path, text: str, name: str = "teams/site.yaml") -> list[types.TextEdit]:
    async def whole() -> list[types.TextEdit]:
        async with editor(None, root) as e:
            e.open(name, text)
            return list(await e.client.text_document_formatting_async(request(e, name)) or ())

    return asyncio.run(whole())


def test_request(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    (edit,) = play(tmp_path.resolve(), TIDY.replace("ana@acme.example, cho@", "cho@acme.example, ana@"))
    assert (edit.range.start.line, edit.new_text.count("ana@")) == (3, 1)
    assert play(tmp_path.resolve(), TIDY) == []
    assert play(tmp_path.resolve(), UNTIDY, "elsewhere.yaml") == []


def test_layout_that_cannot_be_formatted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, FILES)
    monkeypatch.setattr("seatsync.editing.canonical._as_lines", lambda *_: "teams: {}\n")
    with pytest.raises(JsonRpcException, match=r"^teams/site.yaml has a layout that cannot be formatted without"):
        play(tmp_path.resolve(), TIDY)


def test_document_that_changes_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, FILES)
    root = tmp_path.resolve()

    async def whole() -> None:
        async with editor(None, root) as e:
            e.open("teams/site.yaml", UNTIDY)
            loop = asyncio.get_running_loop()

            def slow(name: str, text: Text, *, of_fleet: bool) -> list[Edit]:
                asyncio.run_coroutine_threadsafe(type_and_wait(), loop).result()
                return formatting_edits(name, text, of_fleet=of_fleet)

            async def type_and_wait() -> None:
                e.type("teams/site.yaml", TIDY)
                where = types.HoverParams(**e.at("teams/site.yaml", 0, 0))
                await e.client.text_document_hover_async(where)  # answered after the change was received

            monkeypatch.setattr(server, "formatting_edits", slow)
            assert not await e.client.text_document_formatting_async(request(e, "teams/site.yaml"))

    asyncio.run(whole())
