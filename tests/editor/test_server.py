"""The language server over its protocol."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from seatsync.lsp import workspace
from tests.commands.running import Run, replace_in, write
from tests.editor.client import SEATSYNC, Editor, editor
from tests.editor.repository import FILES

EXAMPLES = Path(__file__).parents[2] / "examples"
Play: TypeAlias = Callable[[Editor], Coroutine[Any, Any, None]]


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    root = tmp_path.resolve() / "a folder"
    write(root, FILES)
    return root


def play(root: Path, what: Play, **more: Any) -> None:  # noqa: ANN401 - what `editor` takes
    """Run a function in an editor with an open folder."""

    async def whole() -> None:
        async with editor(None, root, **more) as opened:
            await what(opened)

    asyncio.run(whole())


def said(told: Sequence[types.Diagnostic]) -> list[str]:
    return [f"{each.range.start.line + 1} {each.code} {each.message.splitlines()[0]}" for each in told]


def no_errors(told: dict[str, Sequence[types.Diagnostic]]) -> bool:
    return not any(each.severity == types.DiagnosticSeverity.Error for said in told.values() for each in said)


def at(text: str, needle: str) -> tuple[int, int]:
    """Return the line and character of a text in which every character is one unit."""
    before = text[: text.index(needle)]
    return before.count("\n"), len(before) - before.rfind("\n") - 1


@pytest.mark.parametrize("example", sorted(path.parent.name for path in EXAMPLES.glob("*/seatsync.yaml")))
def test_the_same_findings_as_validate(run: Run, example: str) -> None:
    root = EXAMPLES / example
    run("-C", str(root), "validate", "--at", "2026-06-15", "--format", "json")
    severities = {"error": 1, "warning": 2, "info": 3}

    def place(finding: dict[str, Any]) -> list[Any]:
        edges = [finding[name] - 1 for name in ("line", "column", "end_line", "end_column")]
        return [(root / finding["file"]).as_uri(), *edges, finding["message"]]

    expected = [
        [
            *place({**each, "message": f"{each['message']}\n{each['hint']}" if each["hint"] else each["message"]}),
            each["code"],
            severities[each["severity"]],
            [place(other) for other in each["related"]],
        ]
        for each in json.loads(run.out)["findings"]
    ]

    def edges(where: types.Range) -> list[int]:
        return [where.start.line, where.start.character, where.end.line, where.end.character]

    async def look(e: Editor) -> None:
        e.open("seatsync.yaml")
        await e.diagnostics("seatsync.yaml")
        await e.until(lambda told: {at for at, *_ in expected} <= told.keys())  # one file after another
        found = [
            [
                uri,
                *edges(each.range),
                each.message,
                each.code,
                each.severity,
                [[r.location.uri, *edges(r.location.range), r.message] for r in each.related_information or ()],
            ]
            for uri, told in e.told.items()
            for each in told
        ]
        assert sorted(found, key=str) == sorted(expected, key=str)

    play(root, look)


def test_findings_come_and_go_while_typing(root: Path) -> None:
    async def look(e: Editor) -> None:
        e.open("people.yaml")
        assert said(await e.diagnostics("people.yaml")) == []
        # A person who is named in other files is removed: the findings are in those files, which are not open.
        e.type("people.yaml", FILES["people.yaml"].replace("ben@", "zoe@"))
        await e.until(lambda told: bool(told.get(e.uri("teams/site.yaml"))))
        assert said(e.told[e.uri("teams/site.yaml")]) == ["3 REF001 ben@acme.example is not declared"]
        e.type("people.yaml", "users: [")
        await e.until(lambda told: any("YAML001" in line for line in said(told[e.uri("people.yaml")])))
        assert said(e.told[e.uri("people.yaml")]) == [
            "1 YAML001 not well-formed YAML: while parsing a flow node, did not find expected node content"
        ]
        await e.until(lambda told: told[e.uri("teams/site.yaml")] == ())
        # The file on disk is read again after the document is closed without saving.
        e.close("people.yaml")
        e.open("seatsync.yaml")
        await e.until(lambda told: told[e.uri("people.yaml")] == () and e.uri("seatsync.yaml") in told)
        e.close("seatsync.yaml")
        await e.until(no_errors)

    play(root, look)


def test_diagnostics_are_those_of_the_newest_version(root: Path) -> None:
    async def look(e: Editor) -> None:
        e.open("people.yaml")
        for number in range(20):
            e.type("people.yaml", FILES["people.yaml"] + f"  x{number}: \n")
        await e.until(lambda told: bool(told.get(e.uri("people.yaml"))))
        assert said(e.told[e.uri("people.yaml")]) == ["9 SCHEMA001 'x19' is not an e-mail address"]

    play(root, look)


def test_files_that_change_on_the_disk(root: Path) -> None:
    watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
    able = types.ClientCapabilities(workspace=types.WorkspaceClientCapabilities(did_change_watched_files=watching))

    async def look(e: Editor) -> None:
        e.open("people.yaml")
        await e.diagnostics("people.yaml")
        replace_in(root / "teams/site.yaml", "ben@", "bne@")
        tell = e.client.workspace_did_change_watched_files
        change = types.FileEvent(e.uri("teams/site.yaml"), types.FileChangeType.Changed)
        tell(types.DidChangeWatchedFilesParams([change]))
        await e.until(lambda told: bool(told.get(e.uri("teams/site.yaml"))))
        e.save("people.yaml")
        replace_in(root / "teams/site.yaml", "bne@", "ben@")
        tell(types.DidChangeWatchedFilesParams([change, types.FileEvent("untitled:1", types.FileChangeType.Changed)]))
        await e.until(no_errors)
        # Without the project file there is no repository.
        replace_in(root / "teams/site.yaml", "ben@", "bne@")
        tell(types.DidChangeWatchedFilesParams([change]))
        await e.until(lambda told: bool(told[e.uri("teams/site.yaml")]))
        (root / "seatsync.yaml").unlink()
        tell(types.DidChangeWatchedFilesParams([types.FileEvent(e.uri("seatsync.yaml"), types.FileChangeType.Deleted)]))
        await e.until(no_errors)
        assert await e.client.text_document_hover_async(types.HoverParams(**e.at("people.yaml", 2, 4))) is None

    play(root, look, capabilities=able)


UNITS = [
    (types.PositionEncodingKind.Utf16, 22),
    (types.PositionEncodingKind.Utf32, 21),
    (types.PositionEncodingKind.Utf8, 24),
]


@pytest.mark.parametrize(("units", "character"), UNITS)
def test_positions_in_the_units_of_the_editor(root: Path, units: types.PositionEncodingKind, character: int) -> None:
    able = types.ClientCapabilities(general=types.GeneralClientCapabilities(position_encodings=[units]))
    text = "teams:\n  😀: {primary_admin: zoe@acme.example}\n"

    async def look(e: Editor) -> None:
        e.open("teams/site.yaml", text)
        told = await e.diagnostics("teams/site.yaml")
        (unknown,) = [each for each in told if each.code == "REF001"]
        assert unknown.range.start == types.Position(1, character)
        assert unknown.range.end == types.Position(1, character + len("zoe@acme.example"))
        answer = await e.client.text_document_hover_async(
            types.HoverParams(**e.at("teams/site.yaml", 1, character + 3))
        )
        assert answer is not None
        assert answer.range == unknown.range

    play(root, look, capabilities=able)


async def complete(e: Editor, name: str, line: int, character: int) -> types.CompletionList | None:
    answer = await e.client.text_document_completion_async(types.CompletionParams(**e.at(name, line, character)))
    assert answer is None or isinstance(answer, types.CompletionList)
    return answer


def test_completion(root: Path) -> None:
    async def look(e: Editor) -> None:
        e.open("teams/site.yaml")
        await e.diagnostics("teams/site.yaml")
        # The file is broken while it is edited, and is the only one that declares its group.
        text = FILES["teams/site.yaml"].replace("[ana@acme.example]", "[an")
        e.type("teams/site.yaml", text)
        found = await complete(e, "teams/site.yaml", 3, len("    secondary_admins: [an"))
        assert found is not None
        assert found.items[0] == types.CompletionItem(
            "ana@acme.example",
            kind=types.CompletionItemKind.Value,
            detail="Ana Silva",
            sort_text="0000",
            filter_text="ana@acme.example Ana Silva",
            text_edit=types.TextEdit(types.Range(types.Position(3, 23), types.Position(3, 25)), "ana@acme.example"),
        )
        await e.until(lambda told: bool(told[e.uri("teams/site.yaml")]))
        e.open("seatsync.yaml", "policy:\n  suppress:\n    - {team: ")
        known = await complete(e, "seatsync.yaml", 2, 13)
        assert known is not None
        assert await complete(e, "elsewhere.yaml", 0, 0) is None

    play(root, look)


def test_without_keys_where_another_server_offers_them(root: Path) -> None:
    async def look(e: Editor) -> None:
        e.open("teams/site.yaml", "teams:\n  site:\n    \n")
        found = await complete(e, "teams/site.yaml", 2, 4)
        assert found is not None
        assert found.items == ()

    play(root, look, options={"keys": False})


def test_hover_and_definition(root: Path) -> None:
    line, character = at(FILES["teams/design.yaml"], "BEN@")

    async def look(e: Editor) -> None:
        e.open("teams/design.yaml")
        where = e.at("teams/design.yaml", line, character + 2)
        answer = await e.client.text_document_hover_async(types.HoverParams(**where))
        assert answer is not None
        assert isinstance(answer.contents, types.MarkupContent)
        assert answer.contents.kind == types.MarkupKind.Markdown
        assert answer.contents.value.startswith("`ben@acme.example` Ben, declared in `people.yaml:4`\n")
        places = await e.client.text_document_definition_async(types.DefinitionParams(**where))
        ben = types.Range(types.Position(3, 2), types.Position(3, 18))
        assert places == [types.Location(e.uri("people.yaml"), ben)]
        context = types.ReferenceContext(include_declaration=True)
        found = await e.client.text_document_references_async(types.ReferenceParams(context=context, **where))
        assert found is not None
        assert [each.uri.rpartition("/")[2] for each in found] == [
            "people.yaml",
            "design.yaml",
            "design.yaml",
            "site.yaml",
            "subscriptions.yaml",
            "contracts.yaml",
        ]
        nothing = e.at("teams/design.yaml", 0, 0)
        assert await e.client.text_document_hover_async(types.HoverParams(**nothing)) is None
        assert not await e.client.text_document_definition_async(types.DefinitionParams(**nothing))
        assert not await e.client.text_document_references_async(types.ReferenceParams(context=context, **nothing))
        e.open("contracts.yaml")
        service = e.at("contracts.yaml", *at(FILES["contracts.yaml"], "Rendering"))
        assert await e.client.text_document_hover_async(types.HoverParams(**service)) is None
        stranger = "teams: {x: {groups: {g: {members: [zoe@elsewhere.example], products: [Maya]}}}}"
        e.type("teams/design.yaml", stranger)
        for needle in ("zoe", "Maya", "g:"):
            there = e.at("teams/design.yaml", *at(stranger, needle))
            await e.client.text_document_hover_async(types.HoverParams(**there))

    play(root, look)


def test_rename(root: Path) -> None:
    line, character = at(FILES["subscriptions.yaml"], "design")

    async def look(e: Editor) -> None:
        e.open("subscriptions.yaml")
        where = e.at("subscriptions.yaml", line, character)
        ready = await e.client.text_document_prepare_rename_async(types.PrepareRenameParams(**where))
        name = types.Range(types.Position(line, character), types.Position(line, character + 6))
        assert ready == types.PrepareRenamePlaceholder(name, "design")
        ask = e.client.text_document_rename_async
        edit = await ask(types.RenameParams(new_name="studio", **where))
        assert edit is not None
        assert edit.changes is not None
        assert [uri.rpartition("a%20folder/")[2] for uri in edit.changes] == [
            "seatsync.yaml",
            "people.yaml",
            "more.csv",
            "teams/design.yaml",
            "subscriptions.yaml",
        ]
        assert edit.changes[e.uri("teams/design.yaml")] == (
            types.TextEdit(types.Range(types.Position(1, 2), types.Position(1, 8)), "studio"),
            types.TextEdit(types.Range(types.Position(11, 0), types.Position(11, 0)), "    renamed_from: design\n"),
        )
        with pytest.raises(JsonRpcException, match=r"^'site' is taken by the team at teams/site"):
            await ask(types.RenameParams(new_name="site", **where))
        nowhere = e.at("subscriptions.yaml", 0, 3)
        with pytest.raises(JsonRpcException, match=r"^there is no name to rename at this position$"):
            await ask(types.RenameParams(new_name="site", **nowhere))
        assert await e.client.text_document_prepare_rename_async(types.PrepareRenameParams(**nowhere)) is None
        product = e.at("subscriptions.yaml", *at(FILES["subscriptions.yaml"], "Revit"))
        with pytest.raises(JsonRpcException, match=r"^a product cannot be renamed"):
            await e.client.text_document_prepare_rename_async(types.PrepareRenameParams(**product))

    play(root, look)


def test_quick_fix(root: Path) -> None:
    text = FILES["teams/site.yaml"].replace("ben@", "bne@")

    async def look(e: Editor) -> None:
        e.open("teams/site.yaml", text)
        (wrong,) = await e.diagnostics("teams/site.yaml")
        document = types.TextDocumentIdentifier(e.uri("teams/site.yaml"))
        about = types.CodeActionContext([wrong])
        actions = await e.client.text_document_code_action_async(types.CodeActionParams(document, wrong.range, about))
        instead = types.TextEdit(wrong.range, "ben@acme.example")
        after_ben = types.Position(4, 0)  # the file is in canonical order
        new = types.TextEdit(types.Range(after_ben, after_ben), "  bne@acme.example: {}\n")
        people = e.uri("people.yaml")
        offered = [
            ("Change to 'ben@acme.example'", True, {document.uri: (instead,)}),
            ("Declare 'bne@acme.example' in 'people.yaml'", False, {people: (new,)}),
        ]
        assert actions == tuple(
            types.CodeAction(
                title, types.CodeActionKind.QuickFix, is_preferred=preferred, edit=types.WorkspaceEdit(changes)
            )
            for title, preferred, changes in offered
        )
        e.type("teams/site.yaml", FILES["teams/site.yaml"])
        await e.until(lambda told: not told[document.uri])
        assert not await e.client.text_document_code_action_async(
            types.CodeActionParams(replace_uri(document), wrong.range, about)
        )

    play(root, look)


def replace_uri(document: types.TextDocumentIdentifier) -> types.TextDocumentIdentifier:
    return types.TextDocumentIdentifier(f"{document.uri}.not")


def test_documents_that_belong_to_no_repository(tmp_path: Path) -> None:
    async def look(e: Editor) -> None:
        e.open("a.yaml", "users: {")
        for uri in ("untitled:Untitled-1", "file:///nowhere/%00/x.yaml"):
            item = types.TextDocumentItem(uri, "yaml", 1, "users: {")
            e.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
            closing = types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))
            e.client.text_document_did_close(closing)
        assert await complete(e, "a.yaml", 0, 3) is None
        assert e.told == {}
        assert e.messages == []

    play(tmp_path.resolve(), look)


def test_fault_is_reported(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("of ours")

    monkeypatch.setattr(workspace, "read", fail)

    async def look(e: Editor) -> None:
        e.open("people.yaml")
        await e.until(lambda _: bool(e.messages))
        assert e.messages == [
            "seatsync: internal error (ValueError: of ours); please report this",
        ]

    play(root, look)


def test_when_its_editor_leaves_it_ends_without_a_word(root: Path) -> None:
    sent: list[dict[str, object]] = [
        {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}},
        {"id": 2, "method": "shutdown"},
        {"method": "exit"},
    ]
    bodies = [json.dumps({"jsonrpc": "2.0", **message}).encode() for message in sent]
    heard = b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies)
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent)}
    ended = subprocess.run(SEATSYNC, input=heard, capture_output=True, cwd=root, env=environment, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize("uri", ["file:///a%00b.yaml", "file:///a/\ud800.yaml", "untitled:Untitled-1", "", "::"])
def test_an_address_that_no_file_can_have(root: Path, uri: str) -> None:
    async def look(e: Editor) -> None:
        document = types.TextDocumentItem(uri, "yaml", 1, "users:")
        e.client.text_document_did_open(types.DidOpenTextDocumentParams(document))
        e.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
        e.open("teams/site.yaml")
        await e.diagnostics("teams/site.yaml")
        assert e.messages == []

    play(root, look)


def test_as_an_editor_starts_it(root: Path) -> None:
    """The server runs as a program over standard input and output."""

    async def look() -> None:
        async with editor(SEATSYNC, root) as e:
            assert e.capabilities is not None
            assert e.capabilities.position_encoding == types.PositionEncodingKind.Utf16
            e.open("teams/site.yaml", FILES["teams/site.yaml"].replace("ben@", "bne@"))
            assert said(await e.diagnostics("teams/site.yaml")) == ["3 REF001 bne@acme.example is not declared"]

    asyncio.run(look())
