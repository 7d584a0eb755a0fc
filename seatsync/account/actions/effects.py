"""Parts of effects: the rows that appear and disappear, and refusals in words.

Parents appear before children and disappear after them, so that an `Account` or a store with foreign keys can carry out
one row after another.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias
from unicodedata import normalize

from seatsync.account.model import Account, Change, Contract, Group, Scope, Team, User, Value, user_values


class Refused(NamedTuple):
    """A step that the rules of the account do not allow now: a public code (STEP001 …) and the reason in a sentence."""

    code: str
    message: str


Answer: TypeAlias = tuple[Change, ...] | Refused
"""The result of an effect: the rows that change, in an order in which they can be carried out, or a refusal."""


def refused(message: str) -> Refused:
    """Return a refusal because the precondition of a step does not hold."""
    return Refused("STEP001", message)


def place(scope: Scope) -> str:
    """Return a scope as it reads inside a sentence."""
    return str(scope) if scope.name else "the account"


def heading(what: object) -> str:
    """Return a scope, or other words, as the beginning of a sentence."""
    words = str(what)
    return words[:1].upper() + words[1:]


def counted(number: int, word: str, words: str = "") -> str:
    """Return a number of things: "1 seat", "3 seats"; `words` if more than one are not called so."""
    return f"{number} {word}" if number == 1 else f"{number} {words or word + 's'}"


def shown(account: Account, user: str) -> str:
    """Return the address of a person as it was first written."""
    known = account.users.get(user)
    return known.email if known is not None else user


def wrong_text(name: str, text: object, *, empty: bool) -> str:
    """Return what is wrong with a text to be stored, or nothing. No store takes NUL or half a surrogate pair."""
    if not isinstance(text, str):
        return f"{name} must be text"
    if not text:
        return "" if empty else f"{name} is empty"
    if text.isascii():
        return f"{name} has a NUL character" if "\0" in text else ""
    if normalize("NFC", text) != text:
        return f"{name} is not written in Unicode's composed form (NFC)"
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        return f"{name} has a character that is half of a surrogate pair"
    return ""


def added(table: str, *key: str, values: tuple[Value, ...] = ()) -> Change:
    """Return a row that appears."""
    return Change(table, key, None, values)


def gone(table: str, *key: str, values: tuple[Value, ...] = ()) -> Change:
    """Return a row that disappears, with the values it had."""
    return Change(table, key, values, None)


def arrival(account: Account, user: str, person: User, scope: Scope) -> Iterator[Change]:
    """Yield the rows by which a person joins a scope; `person` is added if the account does not know them yet."""
    if user not in account.users:
        yield added("user", user, values=user_values(person))
    yield added(f"{scope.kind}_member", scope.name, user)


def departure(account: Account, user: str, scope: Scope) -> Iterator[Change]:
    """Yield the rows by which a person leaves a scope with all they hold there; with the last one, the account too."""
    yield from taken_back(holdings(account, scope, user, user))
    if account.scopes_of(user) == {scope}:
        yield gone("user", user, values=user_values(account.users[user]))


def holdings(account: Account, scope: Scope, holder: str, user: str) -> Iterator[Change]:
    """Yield membership, role and holdings of `holder` in a scope as rows that appear for `user`."""
    if scope.kind == "team":
        yield from _held_in_team(account.teams[scope.name], scope.name, holder, user)
    else:
        yield from _held_in_contract(account.contracts[scope.name], scope.name, holder, user)


def taken_back(rows: Iterable[Change]) -> Iterator[Change]:
    """Return rows that appear as rows that disappear, children first."""
    return (row.reversed() for row in reversed(tuple(rows)))


def group_rows(team: str, name: str, group: Group) -> Iterator[Change]:
    """Yield a group as rows that appear, parents first."""
    yield added("team_group", team, name)
    yield from (added("group_seat", team, name, product) for product in sorted(group.products))
    yield from (added("group_member", team, name, user) for user in sorted(group.members))


def _held_in_team(team: Team, name: str, holder: str, user: str) -> Iterator[Change]:
    yield added("team_member", name, user)
    role = team.menu_roles().get(holder)
    if role is not None:
        yield added("team_admin", name, user, values=(role,))
    for product, holders in sorted(team.seats.items()):
        if holder in holders:
            yield added("team_seat", name, product, user)
    for group_name, group in sorted(team.groups.items()):
        if holder in group.members:
            yield added("group_member", name, group_name, user)


def _held_in_contract(contract: Contract, number: str, holder: str, user: str) -> Iterator[Change]:
    yield added("contract_member", number, user)
    for table, relation in (("contract_seat", contract.seats), ("contract_service", contract.services)):
        for name, holders in sorted(relation.items()):
            if holder in holders:
                yield added(table, number, name, user)
    if holder in contract.support:
        yield added("contract_support", number, user)
