"""Reader of the rows of a CSV of people. The rows of one person are merged by e-mail address."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from seatsync.declaration.declared import DeclaredUser, Mention
from seatsync.declaration.draft import Draft, PendingAssignment
from seatsync.declaration.names import nfc
from seatsync.declaration.users import is_new
from seatsync.reading.people_csv import PersonRow
from seatsync.reading.words import shown


def read_rows(rows: Iterable[PersonRow], draft: Draft) -> None:
    """Add rows to a draft.

    Rows of one person are merged, also across files. A person who is declared in YAML as well is reported.
    """
    diagnostics = draft.diagnostics
    for row in rows:
        user = diagnostics.identity(row.email)
        if user is None:
            diagnostics.report_address(row.email, row.at("email"))
            diagnostics.unread.add("users")
        elif _declare(user, row, draft) and row.team is not None:
            draft.pending.append(_pending_assignment(user, row, row.team))


def _declare(user: str, row: PersonRow, draft: Draft) -> bool:
    """Declare the person of a row, or merge the row into earlier ones. Return False if a YAML file declares them."""
    users = draft.declaration.users
    first = users.get(user)
    if first is None or first.section is not None:
        if user in draft.also_in_yaml or not is_new(user, row.email, lambda _: row.at("email"), draft):
            draft.also_in_yaml.add(user)
            return False
        users[user] = first = DeclaredUser(row.email, row=row)
    first_name, last_name = _name("first_name", row, user, draft), _name("last_name", row, user, draft)
    if (first_name, last_name) != (first.first_name, first.last_name):
        users[user] = first._replace(first_name=first_name, last_name=last_name)
    return True


def _name(column: str, row: PersonRow, user: str, draft: Draft) -> str | None:
    """Return the name from the first row that has one. A row with a different name is reported."""
    name: str | None = getattr(row, column)
    key = (user, column)
    first = draft.name_rows.get(key) if name is None else draft.name_rows.setdefault(key, row)
    if first is None:
        return None
    before: str = getattr(first, column)
    if name is not None and name != before:
        message = f"{shown(row.email)} has two names: {shown(before)} and {shown(name)}"
        hint = "use the same name in all rows"
        draft.diagnostics.report_duplicate(row.at(column), message, first.at(column), "first named here", hint=hint)
    return before


def _pending_assignment(user: str, row: PersonRow, team: str) -> PendingAssignment:
    """Return the seat or membership in a team that a row declares."""
    if row.product is None:
        return PendingAssignment(nfc(team), partial(row.at, "team"), None, Mention(user, row.email, row.at("email")))
    return PendingAssignment(
        nfc(team), partial(row.at, "team"), nfc(row.product), Mention(user, row.email, row.at("product"))
    )
