"""Reader of the section `users` of a fragment: people by e-mail address, with their seats."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from sys import intern
from typing import Literal

from seatsync.declaration.declared import DeclaredUser, Mention
from seatsync.declaration.draft import Draft, PendingAssignment
from seatsync.declaration.fields import Fields, days_of
from seatsync.declaration.names import nfc
from seatsync.finding import Location
from seatsync.reading.tree import YamlList, YamlMap
from seatsync.reading.words import shown

USER = frozenset(("first_name", "last_name", "seats", "previous_emails"))
USER_NOW = USER | {"status", "invited_at", "invitations"}
_NAMES = frozenset(("first_name", "last_name"))
_HELD = frozenset(("product", "from", "until"))
_STATUSES: tuple[Literal["active", "pending"], ...] = ("active", "pending")


def read_users(section: YamlMap, draft: Draft, known: frozenset[str] = USER) -> None:
    """Add people to a draft; a duplicate is reported and not read."""
    diagnostics, users = draft.diagnostics, draft.declaration.users
    for written in section:
        user = diagnostics.identity(written)
        if user is None:
            diagnostics.report_address(written, section.key_at(written))
            diagnostics.unread.add("users")
        elif is_new(user, written, section.key_at, draft):
            users[user] = _user(section, written, user, draft, known)


def is_new(user: str, written: str, at: Callable[[str], Location], draft: Draft) -> bool:
    """Return True if a person is not declared yet. Report a second declaration, and a claim as an old address."""
    first = draft.declaration.users.get(user)
    if first is not None:
        same = "" if first.email == written else f": {shown(first.email)} is the same person"
        draft.diagnostics.report_duplicate(at(written), f"{shown(written)} is declared twice{same}", first.at)
        return False
    old = draft.old_addresses.get(user)
    if old is not None:
        message = f"{shown(written)} is both declared and listed in `previous_emails`"
        draft.diagnostics.report_duplicate(at(written), message, old, "listed here")
    return True


def _user(section: YamlMap, written: str, user: str, draft: Draft, known: frozenset[str]) -> DeclaredUser:
    fields = Fields.under(section, written, draft.diagnostics, known)
    first, last = fields.text("first_name"), fields.text("last_name")
    declared = DeclaredUser(written, first and intern(first), last and intern(last), section)
    if fields.node.keys() <= _NAMES:  # the usual case
        if section[written] is fields.node:
            section[written] = None  # frees the mapping, which takes more memory than the person
        return declared
    _seats(fields, user, written, draft)
    return declared._replace(
        previous=_previous(fields, user, section.key_at(written), draft),
        status=fields.choice("status", _STATUSES) or "active",
        invited_at=fields.moment("invited_at"),
        invitations=fields.number("invitations") or 1,
    )


def _seats(fields: Fields, user: str, written: str, draft: Draft) -> None:
    """Add the seats in a person's own entry, which are grouped by team."""
    teams = fields.mapping("seats", "team")
    within = Fields(teams, draft.diagnostics, teams.keys())
    for team in teams:
        at = partial(teams.key_at, team)
        products = within.listing(team)
        for index in range(len(products)):
            held = _held(products, index, user, written, draft)
            if held is not None:
                draft.pending.append(PendingAssignment(team, at, *held))


def _held(products: YamlList, index: int, user: str, written: str, draft: Draft) -> tuple[str, Mention] | None:
    """Return the product of an entry of such a list and the mention of the person, None if it is unreadable."""
    item = products[index]
    if isinstance(item, str):
        return nfc(item), Mention(user, written, products.item_at(index))
    if not isinstance(item, YamlMap):
        return None
    entry = Fields(item, draft.diagnostics, _HELD)
    product = entry.name("product")
    days = days_of(entry)
    return None if product is None else (product, Mention(user, written, item.value_at("product"), days))


def _previous(fields: Fields, user: str, own: Location, draft: Draft) -> tuple[Mention, ...]:
    """Return the valid old addresses of a person, whose entry is at `own`."""
    node = fields.listing("previous_emails")
    found: dict[str, Mention] = {}
    for index, item in enumerate(node):
        if not isinstance(item, str):
            continue
        at = node.item_at(index)
        old = draft.diagnostics.identity(item)
        if old is None:
            draft.diagnostics.report_address(item, at)
        elif old not in found and _is_free(old, Mention(user, item, at), own, draft):
            found[old] = Mention(old, item, at)
            draft.old_addresses[old] = at
    return tuple(found.values())


def _is_free(old: str, claim: Mention, own: Location, draft: Draft) -> bool:
    """Return True if an old address is neither declared nor claimed yet; otherwise report it."""
    declared = draft.declaration.users.get(old)
    if declared is not None or old == claim.user:
        message = f"{shown(claim.written)} is both declared and listed in `previous_emails`"
        draft.diagnostics.report_duplicate(claim.at, message, declared.at if declared else own, "declared here")
        return False
    if old in draft.old_addresses:
        message = f"{shown(claim.written)} is listed in `previous_emails` twice"
        draft.diagnostics.report_duplicate(claim.at, message, draft.old_addresses[old], "listed here")
        return False
    return True
