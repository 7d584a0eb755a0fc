"""Our values in the words of the language server protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lsprotocol import types

from seatsync.editor.completions import Offer, Offers
from seatsync.editor.fixes import Fix
from seatsync.editor.places import Edit, Position, Range
from seatsync.editor.renaming import Edits
from seatsync.editor.reports import Places, Report
from seatsync.editor.shapes import Kind
from seatsync.finding import Location, Severity

Uris = Callable[[str], str]
"""The URI of a file of the repository, by its name."""

SOURCE = "seatsync"
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}
_KINDS = {
    Kind.TEAM: types.CompletionItemKind.Class,
    Kind.GROUP: types.CompletionItemKind.Class,
    "key": types.CompletionItemKind.Property,
    "word": types.CompletionItemKind.EnumMember,
}


def ours(position: types.Position) -> Position:
    """A position of theirs."""
    return Position(position.line, position.character)


def our_range(at: types.Range) -> Range:
    """A range of theirs."""
    return Range(ours(at.start), ours(at.end))


def theirs(at: Range) -> types.Range:
    """A range of ours."""
    start, end = (types.Position(edge.line, edge.character) for edge in (at.start, at.end))
    return types.Range(start, end)


def diagnostics(reports: Iterable[Report], uris: Uris) -> list[types.Diagnostic]:
    """What is wrong in one file."""
    return [
        types.Diagnostic(
            theirs(report.at),
            report.message,
            _SEVERITIES[report.finding.severity],
            report.finding.code,
            source=SOURCE,
            related_information=[
                types.DiagnosticRelatedInformation(types.Location(uris(other.name), theirs(other.at)), other.message)
                for other in report.related
            ],
        )
        for report in reports
    ]


def completion_list(offers: Offers) -> types.CompletionList:
    """What may be written, in our order."""
    items = [_item(offer, number) for number, offer in enumerate(offers.offers)]
    return types.CompletionList(is_incomplete=not offers.all_of_them, items=items)


def _item(offer: Offer, number: int) -> types.CompletionItem:
    return types.CompletionItem(
        offer.label,
        kind=_KINDS.get(offer.sort, types.CompletionItemKind.Value),
        detail=offer.detail or None,
        sort_text=f"{number:04}",
        filter_text=offer.looked_for,
        text_edit=text_edit(offer.edit),
    )


def text_edit(edit: Edit) -> types.TextEdit:
    """One edit."""
    return types.TextEdit(theirs(edit.at), edit.new)


def workspace_edit(edits: Edits, uris: Uris) -> types.WorkspaceEdit:
    """Edits of several files."""
    return types.WorkspaceEdit({uris(name): [text_edit(edit) for edit in changes] for name, changes in edits.items()})


def location(uris: Uris, at: Location, places: Places) -> types.Location:
    """A place in a file."""
    return types.Location(uris(at.file), theirs(places.range(at)))


def action(fix: Fix, uri: str) -> types.CodeAction:
    """A quick fix."""
    return types.CodeAction(
        fix.title,
        types.CodeActionKind.QuickFix,
        is_preferred=True,
        edit=types.WorkspaceEdit({uri: [text_edit(fix.edit)]}),
    )
