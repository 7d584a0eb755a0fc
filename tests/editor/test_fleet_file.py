"""The file of a fleet in an editor: findings, keys, fixes and formatting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from tests.editor.client import Editor, editor
from tests.editor.test_formatting import request
from tests.editor.test_plan_lenses import lenses
from tests.editor.test_server import said
from tests.fleet.fleets import write

FLEET = "accounts: [customers/*/, more.csv]\ndefaults: {labels: {tier: standard}}\n"
ROWS = "account,folder\nbolt,more/bolt\n"


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    return write(tmp_path.resolve(), {"fleet.yaml": FLEET, "more.csv": ROWS, "customers/acme/": "", "more/bolt/": ""})


def play(root: Path, what: Callable[[Editor], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        async with editor(None, root) as opened:
            await what(opened)

    asyncio.run(whole())


def test_findings_come_and_go_while_typing(root: Path) -> None:
    async def look(e: Editor) -> None:
        e.open("fleet.yaml")
        assert said(await e.diagnostics("fleet.yaml")) == []
        e.type("fleet.yaml", FLEET.replace("defaults", "defalts").replace("customers/*/", "custmers/*/"))
        await e.until(lambda told: len(told[e.uri("fleet.yaml")]) > 1)
        assert said(e.told[e.uri("fleet.yaml")]) == [
            "1 SCHEMA001 pattern 'custmers/*/' matches no folder",
            "2 SCHEMA001 unknown key 'defalts' in the file; did you mean 'defaults'?",
        ]
        e.type("fleet.yaml", FLEET)
        await e.until(lambda told: not told[e.uri("fleet.yaml")])

    play(root, look)


def test_a_csv_of_accounts(root: Path) -> None:
    async def look(e: Editor) -> None:
        e.open("more.csv", ROWS.replace("more/bolt", "more/blot"))
        await e.until(lambda told: bool(told.get(e.uri("more.csv"))))
        assert said(e.told[e.uri("more.csv")]) == ["2 SCHEMA001 folder 'more/blot' does not exist"]

    play(root, look)


def test_a_project_below_the_fleet_is_a_project(root: Path) -> None:
    async def look(e: Editor) -> None:
        e.open("customers/acme/seatsync.yaml", "version: 1\nacount: acme\n")
        await e.until(lambda told: bool(told.get(e.uri("customers/acme/seatsync.yaml"))))
        [message] = said(e.told[e.uri("customers/acme/seatsync.yaml")])
        assert message == "2 SCHEMA001 unknown key 'acount' in the file; did you mean 'account'?"

    play(root, look)


def test_keys_are_completed_and_a_slip_is_fixed(root: Path) -> None:
    async def look(e: Editor) -> None:
        e.open("fleet.yaml", "accounts: [customers/*/]\n\n")
        found = await e.client.text_document_completion_async(types.CompletionParams(**e.at("fleet.yaml", 1, 0)))
        assert isinstance(found, types.CompletionList)
        assert [item.label for item in found.items] == ["version", "store", "defaults", "labels"]
        e.type("fleet.yaml", "accounts: [customers/*/]\ndefaults: {}\nlables: {}\n")
        where = types.Range(types.Position(2, 0), types.Position(2, 0))
        asked = types.CodeActionParams(
            types.TextDocumentIdentifier(e.uri("fleet.yaml")), where, types.CodeActionContext([])
        )
        [fix] = await e.client.text_document_code_action_async(asked) or []
        assert fix.title == "Change to 'labels'"

    play(root, look)


def test_formatting_and_lenses(root: Path) -> None:
    async def look(e: Editor) -> None:
        e.open("fleet.yaml", "labels: {acme: {tier: gold}}\naccounts:   [more.csv, customers/*/]\n")
        edits = await e.client.text_document_formatting_async(request(e, "fleet.yaml")) or []
        assert "accounts: [more.csv, customers/*/]\n" in [edit.new_text for edit in edits]
        assert await lenses(e, "fleet.yaml") == []

    play(root, look)


def test_a_fragment_with_the_name_of_a_fleet(root: Path) -> None:
    write(root, {"seatsync.yaml": "version: 1\naccount: acme\ninclude: [fleet.yaml]\n", "fleet.yaml": "users: {}\n"})

    async def look(e: Editor) -> None:
        e.open("fleet.yaml", "users: {}\n\n")
        assert said(await e.diagnostics("fleet.yaml")) == []
        found = await e.client.text_document_completion_async(types.CompletionParams(**e.at("fleet.yaml", 1, 0)))
        assert isinstance(found, types.CompletionList)
        assert [item.label for item in found.items] == ["lists", "teams", "subscriptions", "contracts"]

    play(root, look)
