"""Declaration of a person who is named somewhere, for the quick fix of REF001."""

from __future__ import annotations

from dataclasses import dataclass

from seatsync.account.actions.spec import Facts
from seatsync.declaration.declared import Declaration
from seatsync.declaration.files import PROJECT_FILE, is_csv
from seatsync.editing.canonical import kept_canonical
from seatsync.editing.changeset import ChangeSet
from seatsync.finding import Finding
from seatsync.lsp.outline import unquoted
from seatsync.lsp.positions import Edit, Text, edits_between
from seatsync.lsp.symbols import person, symbol_at
from seatsync.lsp.workspace import View
from seatsync.reading.plain_text import text_of_table
from seatsync.staffing.proposal import home_of


@dataclass(frozen=True, slots=True)
class NewPerson:
    """The edits of a file that declare a person, by the address as it is written."""

    email: str
    file: str
    edits: list[Edit]


def new_person(finding: Finding, text: Text, view: View) -> NewPerson | None:
    """Return the declaration of the person whom a finding in a text misses; None if it misses none."""
    declared = view.declaration
    if finding.code != "REF001" or finding.location is None or declared is None:
        return None
    user = next((name for kind, name in finding.things if kind == "user"), None)
    if user is None or person(user, declared) != user:  # a previous address
        return None
    place = text.range_of(finding.location)
    start, end = text.offset(place.start), text.offset(place.end)
    found = symbol_at(finding.location.file, text, start, declared)
    within = None if found is None else declared.teams.get(found.symbol.within or "")
    email = unquoted(text.text[start:end])
    home = home_of(declared, within) or finding.location.file
    return None if home == PROJECT_FILE else _in(home, email, declared, view, text)


def _in(file: str, email: str, declared: Declaration, view: View, like: Text) -> NewPerson | None:
    """Return the declaration of a person in a file; None if its layout does not allow it."""
    changes: ChangeSet[str] = ChangeSet(declared, None)
    if is_csv(file):
        changes.add_row(file, {"email": email})
    else:
        changes.set(None, file, ("users", email), Facts(()))
    for changed in changes.contents(view.files)[0].values():
        new = kept_canonical(file, changed.old, changed.new)
        return NewPerson(email, file, edits_between(Text(view.text(file), like.units), text_of_table(new)))
    return None
