"""Conversion between the values of this package and the types of the language server protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lsprotocol import types

from seatsync.editing.schema_nodes import SymbolKind
from seatsync.finding import Location, Severity
from seatsync.lsp.completions import Candidate, Candidates
from seatsync.lsp.diagnostics import Fix, Places, Report
from seatsync.lsp.positions import Edit, Position, Range
from seatsync.lsp.renaming import Edits

Uris = Callable[[str], str]
"""A function from the name of a file in the repository to its URI."""

SOURCE = "seatsync"
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}
_KINDS = {
    SymbolKind.LIST: types.CompletionItemKind.Class,
    SymbolKind.TEAM: types.CompletionItemKind.Class,
    SymbolKind.GROUP: types.CompletionItemKind.Class,
    "key": types.CompletionItemKind.Property,
    "word": types.CompletionItemKind.EnumMember,
    "variable": types.CompletionItemKind.Variable,
    "function": types.CompletionItemKind.Function,
}


def position_from_lsp(position: types.Position) -> Position:
    """Return a position of the protocol as ours."""
    return Position(position.line, position.character)


def range_from_lsp(at: types.Range) -> Range:
    """Return a range of the protocol as ours."""
    return Range(position_from_lsp(at.start), position_from_lsp(at.end))


def range_to_lsp(at: Range) -> types.Range:
    """Return a range of ours as the protocol's."""
    start, end = (types.Position(edge.line, edge.character) for edge in (at.start, at.end))
    return types.Range(start, end)


def diagnostics(reports: Iterable[Report], uris: Uris) -> list[types.Diagnostic]:
    """Return the diagnostics of one file."""
    return [
        types.Diagnostic(
            range_to_lsp(report.at),
            report.message,
            _SEVERITIES[report.finding.severity],
            report.finding.code,
            source=SOURCE,
            related_information=[
                types.DiagnosticRelatedInformation(
                    types.Location(uris(other.name), range_to_lsp(other.at)), other.message
                )
                for other in report.related
            ],
        )
        for report in reports
    ]


def completion_list(candidates: Candidates) -> types.CompletionList:
    """Return completion items that editors keep in the order of the candidates."""
    items = [_item(candidate, number) for number, candidate in enumerate(candidates.candidates)]
    return types.CompletionList(is_incomplete=not candidates.complete, items=items)


def _item(candidate: Candidate, number: int) -> types.CompletionItem:
    return types.CompletionItem(
        candidate.label,
        kind=_KINDS.get(candidate.kind, types.CompletionItemKind.Value),
        detail=candidate.detail or None,
        sort_text=f"{number:04}",
        filter_text=candidate.filter_text,
        text_edit=text_edit(candidate.edit),
    )


def text_edit(edit: Edit) -> types.TextEdit:
    """Return an edit of one range."""
    return types.TextEdit(range_to_lsp(edit.at), edit.new)


def workspace_edit(edits: Edits, uris: Uris) -> types.WorkspaceEdit:
    """Return edits of several files."""
    return types.WorkspaceEdit({uris(name): [text_edit(edit) for edit in changes] for name, changes in edits.items()})


def location(uris: Uris, at: Location, places: Places) -> types.Location:
    """Return a location in a file."""
    return types.Location(uris(at.file), range_to_lsp(places.range(at)))


def action(fix: Fix, uris: Uris) -> types.CodeAction:
    """Return a quick fix as a code action."""
    edit = workspace_edit(fix.edits, uris)
    return types.CodeAction(fix.title, types.CodeActionKind.QuickFix, is_preferred=fix.preferred, edit=edit)


def lens(line: int, title: str) -> types.CodeLens:
    """Return a text above a line, counted from one. It has no command, so that nothing happens on a click."""
    at = types.Position(line - 1, 0)
    return types.CodeLens(types.Range(at, at), types.Command(title, ""))
