"""The plan that follows, as code lenses."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from seatsync.lsp.plan_lenses import AccountFile
from seatsync.lsp.planner import Planner
from tests.commands.running import Run, replace_in, write
from tests.editor.client import PLAN, Editor, editor, within
from tests.editor.repository import DAY, FILES

SITE = (
    FILES["teams/site.yaml"]
    .replace("[ana@acme.example]", "[ana@acme.example, cho@acme.example]")
    .replace("[eli@acme.example]", "[]")
)
TARGET = "account: acme\ntarget: file:before\n"


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    """Write a repository that differs from its account by one admin and one member of a group."""
    write(tmp_path / "before", FILES)
    changed = {
        "seatsync.yaml": FILES["seatsync.yaml"].replace("account: acme\n", TARGET) + "  max_removals: 100%\n",
        "teams/site.yaml": SITE,
    }
    write(tmp_path, {**FILES, **changed})
    return tmp_path.resolve()


def play(root: Path, what: Callable[[Editor], Coroutine[Any, Any, None]], **more: Any) -> None:  # noqa: ANN401 - what `editor` takes
    async def whole() -> None:
        async with editor(None, root, **more) as opened:
            await what(opened)

    asyncio.run(whole())


async def lenses(e: Editor, name: str) -> list[str]:
    document = types.TextDocumentIdentifier(e.uri(name))
    found = await within(e.client.text_document_code_lens_async(types.CodeLensParams(document)))
    return [f"{lens.range.start.line + 1} {lens.command.title}" for lens in found or () if lens.command is not None]


SUMMARY = "1 Plan: 2 to add, 0 to change, 1 to remove."
UNSAVED = "1 What is not saved is not planned."
STEPS = [
    "4 + team site: invite cho@acme.example (Cho), and 1 more step",
    "5 - team site: take eli@acme.example out of group cad",
]


def test_steps_stand_above_the_lines_that_ask_for_them(root: Path) -> None:
    async def look(e: Editor) -> None:
        for name in ("teams/site.yaml", "teams/design.yaml", "people.yaml", "more.csv"):
            e.open(name)
        assert await lenses(e, "teams/site.yaml") == [SUMMARY, *STEPS]
        assert await lenses(e, "teams/design.yaml") == [SUMMARY]
        assert await lenses(e, "people.yaml") == [SUMMARY]
        assert await lenses(e, "more.csv") == [SUMMARY]
        assert await lenses(e, "elsewhere.yaml") == []

    play(root, look)


def test_only_saved_files_are_planned(root: Path) -> None:
    async def look(e: Editor) -> None:
        e.open("teams/site.yaml")
        e.open("teams/design.yaml")
        assert await lenses(e, "teams/site.yaml") == [SUMMARY, *STEPS]
        e.type("teams/site.yaml", FILES["teams/site.yaml"])
        assert await lenses(e, "teams/site.yaml") == [SUMMARY, UNSAVED]
        assert await lenses(e, "teams/design.yaml") == [SUMMARY, UNSAVED]
        (root / "teams/site.yaml").write_text(FILES["teams/site.yaml"])
        e.save("teams/site.yaml")
        assert await lenses(e, "teams/site.yaml") == ["1 Nothing to change: the account is as declared."]

    play(root, look)


def test_editor_is_told_to_ask_again(root: Path) -> None:
    lens = types.CodeLensWorkspaceClientCapabilities(refresh_support=True)
    able = types.ClientCapabilities(workspace=types.WorkspaceClientCapabilities(code_lens=lens))

    async def look(e: Editor) -> None:
        e.open("teams/site.yaml")
        await e.diagnostics("teams/site.yaml")
        e.save("teams/site.yaml")
        await e.until(lambda _: e.refreshes == 1)
        store = types.FileEvent(e.uri(".seatsync/account.db"), types.FileChangeType.Changed)
        e.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([store]))
        await e.until(lambda _: e.refreshes == 2)

    play(root, look, capabilities=able)


def test_plan_that_cannot_be_applied(root: Path) -> None:
    replace_in(root / "seatsync.yaml", "100%", "0")

    async def look(e: Editor) -> None:
        e.open("people.yaml")
        assert await lenses(e, "people.yaml") == [
            f"{SUMMARY} It cannot be applied: 1 error.",
            "1 GUARD001 the plan removes 1 of 2 memberships, more than max_removals (0) allows",
        ]

    play(root, look)


def test_file_that_is_no_account(root: Path) -> None:
    replace_in(root / "seatsync.yaml", "file:before", "file:people.yaml")

    async def look(e: Editor) -> None:
        e.open("teams/site.yaml")
        (only,) = await lenses(e, "teams/site.yaml")
        problem = f"{root}/people.yaml:1:1: SCHEMA001 the file lacks the key 'account'; fix the files"
        assert only == f"1 No plan: file:people.yaml: {problem}"

    play(root, look)


def test_store_that_changes(root: Path, run: Run) -> None:
    replace_in(root / "seatsync.yaml", "file:before", "sqlite:///account.db")
    url = f"sqlite:///{root / 'account.db'}"
    assert run("account", "create", "--name", "acme", "--target", url) == 0

    async def look(e: Editor) -> None:
        e.open("teams/site.yaml")
        empty = await lenses(e, "teams/site.yaml")
        assert run("account", "load", str(root / "before"), "--target", url, "--at", DAY) == 0
        assert await lenses(e, "teams/site.yaml") == [SUMMARY, *STEPS] != empty

    play(root, look)


def test_stamp_of_an_account(tmp_path: Path) -> None:
    store = tmp_path / "account.db"
    nothing = AccountFile.at(store)
    store.write_bytes(b"1")
    seen = AccountFile.at(store)
    assert (nothing.is_current(), seen.is_current()) == (False, True)
    log = tmp_path / "account.db-wal"
    log.write_bytes(b"log")
    assert not seen.is_current()
    seen = AccountFile.at(store)
    os.utime(log, ns=(1, 1))  # written again from its beginning, its size unchanged
    assert not seen.is_current()


def test_stamp_of_a_repository(tmp_path: Path) -> None:
    """It changes with any of its files, and with no other."""
    write(
        tmp_path, {"seatsync.yaml": "version: 1\naccount: acme\ninclude: [teams/*.yaml]\n", "teams/a.yaml": "users: {}"}
    )
    seen = AccountFile.at(tmp_path)
    write(tmp_path, {"notes.txt": "x"})
    assert seen.is_current()
    write(tmp_path, {"teams/a.yaml": "teams: {}  # longer"})
    assert not seen.is_current()
    seen = AccountFile.at(tmp_path)
    write(tmp_path, {"teams/b.yaml": "users: {}"})
    assert not seen.is_current()
    (tmp_path / "seatsync.yaml").unlink()
    assert AccountFile.at(tmp_path).is_current()  # as an empty folder


def test_plan_that_is_being_made_is_made_again(root: Path, tmp_path: Path) -> None:
    """A process that never ends is stopped when files change."""
    script = tmp_path / "slow.py"
    first = tmp_path / "first"
    script.write_text(
        f"import pathlib, time\nfirst = pathlib.Path({str(first)!r})\n"
        "if not first.exists():\n    first.touch()\n    time.sleep(600)\nprint('null')\n"
    )

    async def look() -> None:
        planner = Planner((PLAN[0], str(script)))
        asked = asyncio.create_task(planner.plan(root, DAY))
        given_up = asyncio.create_task(planner.plan(root, DAY))
        async with asyncio.timeout(60):
            while not first.exists():  # noqa: ASYNC110 - another process makes it
                await asyncio.sleep(0.01)
        given_up.cancel()
        planner.forget()
        async with asyncio.timeout(60):
            assert await asked is None
        assert given_up.cancelled()

    asyncio.run(look())
