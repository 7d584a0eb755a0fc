"""The language server: pygls requests are dispatched to the other modules of this package.

With `messages`, the only module that imports pygls. It computes nothing itself, and reads documents through
`Workspace` alone.
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
from seatsync.declaration.files import PROJECT_FILE
from seatsync.editing.canonical import NotFormatted
from seatsync.lsp import protocol
from seatsync.lsp.completions import completions
from seatsync.lsp.diagnostics import Places, fixes, reports
from seatsync.lsp.formatting import formatting_edits
from seatsync.lsp.hover import hover
from seatsync.lsp.messages import AnsweringProtocol, converter
from seatsync.lsp.planner import Planner
from seatsync.lsp.positions import UNITS
from seatsync.lsp.reader import Reader
from seatsync.lsp.renaming import RenameRefused, check_renamable, rename
from seatsync.lsp.rule_expressions import hover_at
from seatsync.lsp.symbols import SymbolSpan, definitions, references, symbol_at
from seatsync.lsp.workspace import ProjectDocument, View, Workspace

PAUSE: Final = 0.15
"""Seconds without typing after which the files are read again."""

_REQUEST_FAILED: Final = -32803  # the protocol's RequestFailed: a valid request that is refused
_CONTENT_MODIFIED: Final = -32801  # the protocol's ContentModified
_WATCH_GLOB: Final = "**/*.{yaml,yml,csv,db}"


def serve(
    today: Callable[[str], str],
    planner: Planner,
    input_stream: BinaryIO | None = None,
    output_stream: BinaryIO | None = None,
) -> None:
    """Serve one editor until it exits, over standard input and output unless other streams are given.

    `today` returns the current day in a time zone.
    """
    log = logging.getLogger("pygls")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    server = LanguageServer(
        "seatsync",
        __version__,
        text_document_sync_kind=types.TextDocumentSyncKind.Full,
        protocol_cls=AnsweringProtocol,
        converter_factory=converter,
    )
    Session(server, Workspace(today), planner).listen()
    server.start_io(input_stream, output_stream)


class Session:
    """The connection to one editor: its workspace, and the diagnostics published to it."""

    def __init__(self, server: LanguageServer, workspace: Workspace, planner: Planner) -> None:
        self._server, self._workspace, self._planner = server, workspace, planner
        self._reader = Reader(workspace)
        self._published: dict[Path, set[str]] = {}
        self._scheduled: dict[Path, asyncio.Task[None]] = {}
        self._keys = True

    def listen(self) -> None:
        """Register a handler for every supported request and notification."""
        on = self._on
        on(types.INITIALIZE, self._start)
        on(types.INITIALIZED, self._watch)
        on(types.TEXT_DOCUMENT_DID_OPEN, self._on_open)
        on(types.TEXT_DOCUMENT_DID_CHANGE, self._on_change)
        on(types.TEXT_DOCUMENT_DID_SAVE, self._on_save)
        on(types.TEXT_DOCUMENT_DID_CLOSE, self._on_close)
        on(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self._on_files_changed)
        triggers = types.CompletionOptions(trigger_characters=[" ", "@", "[", "{", ".", '"', "'"])
        on(types.TEXT_DOCUMENT_COMPLETION, self._complete, triggers)
        on(types.TEXT_DOCUMENT_HOVER, self._hover)
        on(types.TEXT_DOCUMENT_DEFINITION, self._definition)
        on(types.TEXT_DOCUMENT_REFERENCES, self._references)
        on(types.TEXT_DOCUMENT_PREPARE_RENAME, self._prepare_rename)
        on(types.TEXT_DOCUMENT_RENAME, self._rename, types.RenameOptions(prepare_provider=True))
        kinds = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
        on(types.TEXT_DOCUMENT_CODE_ACTION, self._fix, kinds)
        on(types.TEXT_DOCUMENT_FORMATTING, self._format)
        on(types.TEXT_DOCUMENT_CODE_LENS, self._lenses, types.CodeLensOptions())

    def _on(self, feature: str, handler: Callable[..., Any], options: object = None) -> None:
        # A partial, because pygls sets attributes on handlers, which bound methods do not allow.
        self._server.feature(feature, options)(partial(handler))

    # Initialisation

    def _start(self, params: types.InitializeParams) -> None:
        encoding = self._server.workspace.position_encoding
        self._workspace.units = next((units for units in UNITS if units == encoding), self._workspace.units)
        options = params.initialization_options
        self._keys = not (isinstance(options, dict) and options.get("keys") is False)

    async def _watch(self, _: types.InitializedParams) -> None:
        """Register for changes of files on disk, if the editor supports it."""
        workspace = self._server.client_capabilities.workspace
        watching = None if workspace is None else workspace.did_change_watched_files
        if watching is None or not watching.dynamic_registration:
            return
        options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(_WATCH_GLOB)])
        watch = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        await self._server.client_register_capability_async(types.RegistrationParams([watch]))

    # Documents

    def _on_open(self, params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        self._update(document.uri, document.text, document.version, 0)

    def _on_change(self, params: types.DidChangeTextDocumentParams) -> None:
        if params.content_changes:
            document = params.text_document
            self._update(document.uri, params.content_changes[-1].text, document.version, PAUSE)

    def _update(self, uri: str, text: str, version: int, pause: float) -> None:
        path = _path(uri)
        if path is not None:
            self._workspace.update(uri, path, text, version)
            self._schedule(self._workspace.root_of(path), pause)

    def _on_save(self, params: types.DidSaveTextDocumentParams) -> None:
        self._file_changed(params.text_document.uri)
        self._forget_plans()

    def _on_close(self, params: types.DidCloseTextDocumentParams) -> None:
        self._workspace.close(params.text_document.uri)
        self._file_changed(params.text_document.uri)

    def _on_files_changed(self, params: types.DidChangeWatchedFilesParams) -> None:
        for change in params.changes:
            if not change.uri.endswith(".db"):
                self._file_changed(change.uri)
        self._forget_plans()

    def _forget_plans(self) -> None:
        """Forget the plans, and let the editor ask for them again if it can."""
        self._planner.forget()
        workspace = self._server.client_capabilities.workspace
        if workspace is not None and workspace.code_lens is not None and workspace.code_lens.refresh_support:
            self._server.workspace_code_lens_refresh(None)

    def _file_changed(self, uri: str) -> None:
        """Schedule the repository of a changed, new or deleted file; for a project file, also the one it made."""
        path = _path(uri)
        if path is not None:
            self._schedule(self._workspace.root_of(path), 0)
            for known in self._published:
                if Path(path) == known / PROJECT_FILE:
                    self._schedule(known, 0)

    # Findings

    def _schedule(self, root: Path | None, pause: float) -> None:
        """Schedule a read of a repository after `pause` seconds, in place of one that is already scheduled."""
        if root is None:
            return
        self._workspace.stale.add(root)
        if root in self._scheduled:
            self._scheduled[root].cancel()
        self._scheduled[root] = asyncio.get_running_loop().create_task(self._check(root, pause))

    async def _check(self, root: Path, pause: float) -> None:
        try:
            await asyncio.sleep(pause)
            views = await self._reader.fresh(root)
            self._publish(root, views.exact if views and self._workspace.has_open_documents(root) else None)
        except Exception as error:  # noqa: BLE001 - nothing awaits this task, so an error would be lost
            what = f"seatsync: internal error ({type(error).__name__}: {error}); please report this"
            self._server.window_log_message(types.LogMessageParams(types.MessageType.Error, what))

    def _publish(self, root: Path, view: View | None) -> None:
        """Publish the diagnostics of a repository, with empty lists for files that no longer have any."""
        found = {} if view is None else reports(view, self._workspace.units)
        diagnostics = {
            self._workspace.uri(root, name): protocol.diagnostics(each, self._uris(root))
            for name, each in found.items()
        }
        open_here = () if view is None else self._workspace.uris(view)
        for uri in sorted({*diagnostics, *self._published.get(root, ()), *open_here}):
            document = self._workspace.documents.get(uri)
            version = None if document is None else document.version
            params = types.PublishDiagnosticsParams(uri, diagnostics.get(uri, []), version)
            self._server.text_document_publish_diagnostics(params)
        self._published[root] = set(diagnostics)

    def _uris(self, root: Path) -> Callable[[str], str]:
        return lambda name: self._workspace.uri(root, name)

    # Requests

    async def _document(self, uri: str, *, fresh: bool) -> ProjectDocument | None:
        """Return a document with its repository: with everything typed so far if `fresh`, else as it was read last."""
        opened = self._workspace.documents.get(uri)
        root = None if opened is None else self._workspace.root_of(opened.real)
        if root is not None:
            await (self._reader.fresh(root) if fresh else self._reader.any(root))
        return self._workspace.document(uri)

    async def _complete(self, params: types.CompletionParams) -> types.CompletionList | None:
        document = await self._document(params.text_document.uri, fresh=False)
        if document is None:
            return None
        offset = document.text.offset(protocol.position_from_lsp(params.position))
        found = completions(document.name, document.text, offset, document.readable, keys=self._keys)
        return protocol.completion_list(found)

    async def _hover(self, params: types.HoverParams) -> types.Hover | None:
        document, found = await self._found(params)
        if document is None:
            return None
        if found is None:
            offset = document.text.offset(protocol.position_from_lsp(params.position))
            about = hover_at(document.name, document.text.text, offset)
        else:
            declared = document.readable.declaration
            markdown = None if declared is None else hover(found.symbol, declared, document.view.day)
            about = None if markdown is None else (markdown, found.start, found.end)
        if about is None:
            return None
        content = types.MarkupContent(types.MarkupKind.Markdown, about[0])
        return types.Hover(content, protocol.range_to_lsp(document.text.range(*about[1:])))

    async def _definition(self, params: types.DefinitionParams) -> list[types.Location]:
        document, found = await self._found(params)
        declared = None if document is None else document.view.declaration
        if document is None or found is None or declared is None:
            return []
        places = Places(document.view, self._workspace.units)
        uris = self._uris(document.view.root)
        return [protocol.location(uris, at, places) for at in definitions(found.symbol, declared)]

    async def _references(self, params: types.ReferenceParams) -> list[types.Location]:
        document, found = await self._found(params)
        if document is None or found is None:
            return []
        places = Places(document.view, self._workspace.units)
        uris = self._uris(document.view.root)
        return [protocol.location(uris, at, places) for at in references(found.symbol, document.view)]

    async def _prepare_rename(self, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        document, found = await self._found(params)
        if document is None or found is None:
            return None
        try:
            check_renamable(found.symbol, document.view)
        except RenameRefused as refused:
            raise JsonRpcException(str(refused), _REQUEST_FAILED) from refused
        return types.PrepareRenamePlaceholder(
            protocol.range_to_lsp(document.text.range(found.start, found.end)), found.symbol.name
        )

    async def _rename(self, params: types.RenameParams) -> types.WorkspaceEdit | None:
        document, found = await self._found(params)
        if document is None or found is None:
            raise JsonRpcException("there is no name to rename at this position", _REQUEST_FAILED)
        units, today = self._workspace.units, self._workspace.today
        try:
            edits = await asyncio.to_thread(rename, found.symbol, params.new_name, document.view, units, today)
        except RenameRefused as refused:
            raise JsonRpcException(str(refused), _REQUEST_FAILED) from refused
        if document.view.root in self._workspace.stale:
            raise JsonRpcException("the files changed meanwhile; try again", _CONTENT_MODIFIED)
        return protocol.workspace_edit(edits, self._uris(document.view.root))

    async def _fix(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        document = await self._document(params.text_document.uri, fresh=True)
        if document is None:
            return []
        at = protocol.range_from_lsp(params.range)
        units, today = self._workspace.units, self._workspace.today
        found = await asyncio.to_thread(lambda: list(fixes(document.name, at, document.view, units, today)))
        if document.view.root in self._workspace.stale:
            return []
        return [protocol.action(fix, self._uris(document.view.root)) for fix in found]

    async def _format(self, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        document = await self._document(params.text_document.uri, fresh=False)
        if document is None:
            return []
        try:
            of_fleet = document.view.is_fleet
            edits = await asyncio.to_thread(formatting_edits, document.name, document.text, of_fleet=of_fleet)
        except NotFormatted as problem:
            raise JsonRpcException(f"{document.name} {problem}", _REQUEST_FAILED) from problem
        now = self._workspace.documents.get(params.text_document.uri)
        if now is None or now.text != document.text.text:
            return []
        return [protocol.text_edit(edit) for edit in edits]

    async def _lenses(self, params: types.CodeLensParams) -> list[types.CodeLens]:
        document = await self._document(params.text_document.uri, fresh=False)
        plan = None if document is None else await self._planner.plan(document.view.root, document.view.day)
        if document is None or plan is None:
            return []
        unsaved = self._workspace.unsaved_names(document.view)
        titles = (*plan.titles, "What is not saved is not planned.") if unsaved else plan.titles
        lines = {} if document.name in unsaved else plan.lines.get(document.name, {})
        return [protocol.lens(line, text) for line, text in (*((1, title) for title in titles), *lines.items())]

    async def _found(self, params: Any) -> tuple[ProjectDocument | None, SymbolSpan | None]:  # noqa: ANN401 - any positional request
        """Return the document of a request, and the symbol at its position."""
        document = await self._document(params.text_document.uri, fresh=True)
        if document is None:
            return None, None
        offset = document.text.offset(protocol.position_from_lsp(params.position))
        return document, symbol_at(document.name, document.text, offset, document.view.declaration)


def _path(uri: str) -> str | None:
    """Return the path of a `file:` URI; None for other URIs and for paths that cannot exist."""
    path = to_fs_path(uri)
    if path is None or "\0" in path:
        return None
    try:
        path.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return None
    return path
