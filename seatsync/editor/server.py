"""The language server: what pygls hears is asked of the other modules here, and their answers go back over it.

The only module that knows pygls. Nothing is computed here, and no document is read but by the desk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from seatsync import __version__
from seatsync.declaration.including import PROJECT_FILE
from seatsync.editor import answers
from seatsync.editor.completions import completions
from seatsync.editor.definitions import definitions, references
from seatsync.editor.desk import Desk, Where
from seatsync.editor.fixes import fixes
from seatsync.editor.hover import hover
from seatsync.editor.places import UNITS
from seatsync.editor.renaming import RenameRefused, may_rename, rename
from seatsync.editor.reports import Places, reports
from seatsync.editor.things import Found, thing_at
from seatsync.editor.view import View

PAUSE: Final = 0.15
"""For how many seconds nothing must be typed before the files are read again."""

_REFUSED: Final = -32803  # RequestFailed: the request is right, and the answer is no
_WATCHED: Final = "**/*.{yaml,yml,csv}"


def serve(today: Callable[[str], str], heard: BinaryIO | None = None, said: BinaryIO | None = None) -> None:
    """Answer one editor until it leaves. `today`: which day it is in a time zone.

    It is heard and answered over standard input and output, or over other streams.
    """
    log = logging.getLogger("pygls")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    server = LanguageServer("seatsync", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
    Session(server, Desk(today)).listen()
    server.start_io(heard, said)


class Session:
    """One editor: its documents, and what it was told."""

    def __init__(self, server: LanguageServer, desk: Desk) -> None:
        self._server, self._desk = server, desk
        self._told: dict[Path, set[str]] = {}
        self._waiting: dict[Path, asyncio.Task[None]] = {}
        self._keys = True

    def listen(self) -> None:
        """Take up every request and notification that is answered."""
        on = self._on
        on(types.INITIALIZE, self._start)
        on(types.INITIALIZED, self._watch)
        on(types.TEXT_DOCUMENT_DID_OPEN, self._opened)
        on(types.TEXT_DOCUMENT_DID_CHANGE, self._changed)
        on(types.TEXT_DOCUMENT_DID_SAVE, self._saved)
        on(types.TEXT_DOCUMENT_DID_CLOSE, self._closed)
        on(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self._on_disk)
        triggers = types.CompletionOptions(trigger_characters=[" ", "@", "[", "{"])
        on(types.TEXT_DOCUMENT_COMPLETION, self._complete, triggers)
        on(types.TEXT_DOCUMENT_HOVER, self._hover)
        on(types.TEXT_DOCUMENT_DEFINITION, self._define)
        on(types.TEXT_DOCUMENT_REFERENCES, self._refer)
        on(types.TEXT_DOCUMENT_PREPARE_RENAME, self._prepare_rename)
        on(types.TEXT_DOCUMENT_RENAME, self._rename, types.RenameOptions(prepare_provider=True))
        kinds = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
        on(types.TEXT_DOCUMENT_CODE_ACTION, self._fix, kinds)

    def _on(self, feature: str, handler: Callable[..., Any], options: object = None) -> None:
        # A partial, because pygls leaves its marks on what it is given, which methods do not take.
        self._server.feature(feature, options)(partial(handler))

    # Beginning

    def _start(self, params: types.InitializeParams) -> None:
        encoding = self._server.workspace.position_encoding
        self._desk.units = next((units for units in UNITS if units == encoding), self._desk.units)
        options = params.initialization_options
        self._keys = not (isinstance(options, dict) and options.get("keys") is False)

    async def _watch(self, _: types.InitializedParams) -> None:
        """Ask to be told of files that change on the disk, where the editor does that."""
        workspace = self._server.client_capabilities.workspace
        watching = None if workspace is None else workspace.did_change_watched_files
        if watching is None or not watching.dynamic_registration:
            return
        options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(_WATCHED)])
        watch = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        await self._server.client_register_capability_async(types.RegistrationParams([watch]))

    # Documents

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        self._put(document.uri, document.text, document.version, 0)

    def _changed(self, params: types.DidChangeTextDocumentParams) -> None:
        if params.content_changes:
            document = params.text_document
            self._put(document.uri, params.content_changes[-1].text, document.version, PAUSE)

    def _put(self, uri: str, text: str, version: int, pause: float) -> None:
        path = _path(uri)
        if path is not None:
            self._desk.put(uri, path, text, version)
            self._later(self._desk.root_of(path), pause)

    def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        self._look_again(params.text_document.uri)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        self._desk.take_away(params.text_document.uri)
        self._look_again(params.text_document.uri)

    def _on_disk(self, params: types.DidChangeWatchedFilesParams) -> None:
        for change in params.changes:
            self._look_again(change.uri)

    def _look_again(self, uri: str) -> None:
        """A file may be another now, or there or gone: also the project file, by which a repository is one."""
        path = _path(uri)
        if path is not None:
            self._later(self._desk.root_of(path), 0)
            for known in self._told:
                if Path(path) == known / PROJECT_FILE:
                    self._later(known, 0)

    # Findings

    def _later(self, root: Path | None, pause: float) -> None:
        """Read a repository again after a pause in which nothing else comes."""
        if root is None:
            return
        self._desk.stale.add(root)
        if root in self._waiting:
            self._waiting[root].cancel()
        self._waiting[root] = asyncio.get_running_loop().create_task(self._check(root, pause))

    async def _check(self, root: Path, pause: float) -> None:
        try:
            await asyncio.sleep(pause)
            unsaved = self._desk.unsaved()
            view = await asyncio.to_thread(self._desk.read, root, unsaved)
            self._desk.keep(root, view, unsaved)
            self._tell(root, view if self._desk.has_open(root) else None)
        except Exception as error:  # noqa: BLE001 - nobody waits for this task: without a word it would seem to work
            what = f"seatsync: this should not have happened ({type(error).__name__}: {error}); please report this"
            self._server.window_log_message(types.LogMessageParams(types.MessageType.Error, what))

    def _tell(self, root: Path, view: View | None) -> None:
        """Publish what is wrong in a repository; where nothing is any more, that."""
        found = {} if view is None else reports(view, self._desk.units)
        told = {self._desk.uri(root, name): answers.diagnostics(said, self._uris(root)) for name, said in found.items()}
        open_here = () if view is None else self._desk.uris(view)
        for uri in sorted({*told, *self._told.get(root, ()), *open_here}):
            document = self._desk.documents.get(uri)
            version = None if document is None else document.version
            said = types.PublishDiagnosticsParams(uri, told.get(uri, []), version)
            self._server.text_document_publish_diagnostics(said)
        self._told[root] = set(told)

    def _uris(self, root: Path) -> Callable[[str], str]:
        return lambda name: self._desk.uri(root, name)

    # Requests

    def _complete(self, params: types.CompletionParams) -> types.CompletionList | None:
        where = self._desk.where(params.text_document.uri, fresh=False)
        if where is None:
            return None
        offset = where.text.offset(answers.ours(params.position))
        known = self._desk.known(where.view)
        return answers.completion_list(completions(where.name, where.text, offset, known, keys=self._keys))

    def _hover(self, params: types.HoverParams) -> types.Hover | None:
        where, found = self._found(params)
        if where is None or found is None:
            return None
        declared = self._desk.known(where.view).declaration
        said = None if declared is None else hover(found.thing, declared, where.view.day)
        if said is None:
            return None
        content = types.MarkupContent(types.MarkupKind.Markdown, said)
        return types.Hover(content, answers.theirs(where.text.range(found.start, found.end)))

    def _define(self, params: types.DefinitionParams) -> list[types.Location]:
        where, found = self._found(params)
        declared = None if where is None else where.view.declaration
        if where is None or found is None or declared is None:
            return []
        places = Places(where.view, self._desk.units)
        uris = self._uris(where.view.root)
        return [answers.location(uris, at, places) for at in definitions(found.thing, declared)]

    def _refer(self, params: types.ReferenceParams) -> list[types.Location]:
        where, found = self._found(params)
        if where is None or found is None:
            return []
        places = Places(where.view, self._desk.units)
        uris = self._uris(where.view.root)
        return [answers.location(uris, at, places) for at in references(found.thing, where.view)]

    def _prepare_rename(self, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        where, found = self._found(params)
        if where is None or found is None:
            return None
        try:
            may_rename(found.thing, where.view)
        except RenameRefused as refused:
            raise JsonRpcException(str(refused), _REFUSED) from refused
        return types.PrepareRenamePlaceholder(
            answers.theirs(where.text.range(found.start, found.end)), found.thing.name
        )

    def _rename(self, params: types.RenameParams) -> types.WorkspaceEdit | None:
        where, found = self._found(params)
        if where is None or found is None:
            raise JsonRpcException("nothing that has a name stands here", _REFUSED)
        try:
            edits = rename(found.thing, params.new_name, where.view, self._desk.units, self._desk.today)
        except RenameRefused as refused:
            raise JsonRpcException(str(refused), _REFUSED) from refused
        return answers.workspace_edit(edits, self._uris(where.view.root))

    def _fix(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        where = self._desk.where(params.text_document.uri)
        if where is None:
            return []
        at = answers.our_range(params.range)
        found = fixes(where.name, at, where.view, self._desk.units, self._desk.today)
        return [answers.action(fix, params.text_document.uri) for fix in found]

    def _found(self, params: Any) -> tuple[Where | None, Found | None]:  # noqa: ANN401 - one of pygls' kinds
        """The document of a request, and the thing at its position."""
        where = self._desk.where(params.text_document.uri)
        if where is None:
            return None, None
        offset = where.text.offset(answers.ours(params.position))
        return where, thing_at(where.name, where.text, offset, where.view.declaration)


def _path(uri: str) -> str | None:
    """The path of a file by its URI; None where it names no file, or one that no file can have."""
    path = to_fs_path(uri)
    if path is None or "\0" in path:
        return None
    try:
        path.encode()
    except UnicodeEncodeError:  # half a character
        return None
    return path
