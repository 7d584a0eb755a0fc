"""A client of language servers over standard streams; every wait has a timeout."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any, BinaryIO, TypeVar

from lsprotocol import types
from pygls.io_ import StdoutWriter, run_async
from pygls.lsp.client import LanguageClient

from seatsync.lsp.planner import Planner
from seatsync.lsp.server import serve
from tests.editor.repository import today

_REPOSITORY = Path(__file__).parents[2]
_SECONDS = 60.0  # a server that hangs must fail the test, not block the run
_Answer = TypeVar("_Answer")


@dataclass(slots=True)
class Editor:
    """A connected client. `told` holds the last published diagnostics by document URI."""

    client: LanguageClient
    root: Path
    told: dict[str, Sequence[types.Diagnostic]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    refreshes: int = 0
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    capabilities: types.ServerCapabilities | None = None

    def uri(self, name: str) -> str:
        """Return the URI of a file, by its path relative to the open folder."""
        return (self.root / name).as_uri()

    def open(self, name: str, text: str | None = None) -> None:
        """Open a document with the text on disk, or with other text."""
        if text is None:
            text = (self.root / name).read_bytes().decode()
        item = types.TextDocumentItem(self.uri(name), "yaml", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        self.versions[name] = 1

    def type(self, name: str, text: str, where: types.Range | None = None) -> None:
        """Replace the text of a range, or of the whole document."""
        self.versions[name] += 1
        document = types.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name))
        change: types.TextDocumentContentChangeEvent
        if where is None:
            change = types.TextDocumentContentChangeWholeDocument(text)
        else:
            change = types.TextDocumentContentChangePartial(where, text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    def close(self, name: str) -> None:
        """Close a document."""
        document = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document))

    def save(self, name: str) -> None:
        """Notify the server that a document was saved."""
        document = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(document))

    async def until(self, is_so: Callable[[dict[str, Sequence[types.Diagnostic]]], bool]) -> None:
        """Wait until the published diagnostics are as expected."""
        async with self.news:
            await within(self.news.wait_for(lambda: is_so(self.told)))

    async def diagnostics(self, name: str) -> Sequence[types.Diagnostic]:
        """Return the first published diagnostics of a document."""
        await self.until(lambda told: self.uri(name) in told)
        return self.told[self.uri(name)]

    def at(self, name: str, line: int, character: int) -> dict[str, Any]:
        """Return the parameters of most requests: a document and a position, from zero."""
        return {
            "text_document": types.TextDocumentIdentifier(self.uri(name)),
            "position": types.Position(line, character),
        }


async def within(what: Awaitable[_Answer]) -> _Answer:
    """Await an answer; fail on timeout."""
    return await asyncio.wait_for(what, _SECONDS)


@asynccontextmanager
async def editor(
    command: Sequence[str] | None,
    root: Path,
    options: object = None,
    capabilities: types.ClientCapabilities | None = None,
    settings: dict[str, Any] | None = None,
) -> AsyncIterator[Editor]:
    """Connect a client with an open folder to a server, and shut the server down afterwards.

    The server is a program or, without a command, ours in a thread of this process.
    """
    client = LanguageClient("an-editor", "1")
    seen = Editor(client, root)
    _listen(client, seen, settings or {})
    async with _server(client, command, root):
        folder = types.WorkspaceFolder(root.as_uri(), root.name)
        about = types.InitializeParams(
            capabilities=capabilities or types.ClientCapabilities(),
            root_uri=root.as_uri(),
            workspace_folders=[folder],
            initialization_options=options,
        )
        seen.capabilities = (await within(client.initialize_async(about))).capabilities
        client.initialized(types.InitializedParams())
        try:
            yield seen
        finally:
            await within(client.shutdown_async(None))
            client.exit(None)


@asynccontextmanager
async def _server(client: LanguageClient, command: Sequence[str] | None, root: Path) -> AsyncIterator[None]:
    if command is not None:
        await client.start_io(command[0], *command[1:], cwd=root, env={**os.environ, "PYTHONPATH": str(_REPOSITORY)})
        yield
        await within(client.stop())  # type: ignore[no-untyped-call]  # it has no types
        return
    hears, says = _pipe()
    heard, said = _pipe()
    thread = Thread(target=serve, args=(today, Planner(PLAN), hears, said))
    thread.start()
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), heard
    )
    client.protocol.set_writer(StdoutWriter(says))
    listening = asyncio.create_task(run_async(Event(), reader, client.protocol, logging.getLogger("tests")))
    try:
        yield
    finally:
        await within(asyncio.to_thread(thread.join))
        await within(listening)
        transport.close()
        says.close()
        hears.close()


def _pipe() -> tuple[BinaryIO, BinaryIO]:
    """Return the read and the write end of a pipe."""
    out, into = os.pipe()
    return os.fdopen(out, "rb"), os.fdopen(into, "wb")


def _listen(client: LanguageClient, seen: Editor, settings: dict[str, Any]) -> None:
    async def _told(params: types.PublishDiagnosticsParams) -> None:
        async with seen.news:
            seen.told[params.uri] = params.diagnostics
            seen.news.notify_all()

    async def _logged(params: types.LogMessageParams | types.ShowMessageParams) -> None:
        async with seen.news:
            seen.messages.append(params.message)
            seen.news.notify_all()

    def _asked(params: types.ConfigurationParams) -> list[Any]:
        return [settings.get(item.section or "", {}) for item in params.items]

    async def _refresh(_: None) -> None:
        async with seen.news:
            seen.refreshes += 1
            seen.news.notify_all()

    def _register(params: types.RegistrationParams) -> None:
        return None

    client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(_told)
    client.feature(types.WINDOW_LOG_MESSAGE)(_logged)
    client.feature(types.WINDOW_SHOW_MESSAGE)(partial(_logged))
    client.feature(types.WORKSPACE_CONFIGURATION)(_asked)
    client.feature(types.CLIENT_REGISTER_CAPABILITY)(_register)
    client.feature(types.WORKSPACE_CODE_LENS_REFRESH)(_refresh)


PLAN = (sys.executable, "-m", "seatsync", "lsp", "--plan-of")
SEATSYNC = (sys.executable, "-m", "seatsync", "lsp", "--at", "2026-06-15")
