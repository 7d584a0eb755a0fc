"""Formatting of open documents: the edits by which `seatsync fmt` would change them."""

from __future__ import annotations

from seatsync.declaration.files import PROJECT_FILE, is_csv
from seatsync.editing.canonical import Kind, formatted
from seatsync.lsp.positions import Edit, Text, edits_between


def formatting_edits(name: str, text: Text, *, of_fleet: bool = False) -> list[Edit]:
    """Return the edits that put a file into canonical form; none for a CSV and for a file with errors.

    `of_fleet`: it is the file of a fleet, not one of a repository. Raises `NotFormatted` for an unsupported layout.
    """
    if is_csv(name):
        return []
    raw = text.text.encode("utf-8", "surrogatepass")
    kind: Kind = "fleet" if of_fleet else "project" if name == PROJECT_FILE else "fragment"
    result = formatted(raw, name, kind)
    return edits_between(text, result.decode()) if isinstance(result, bytes) else []
