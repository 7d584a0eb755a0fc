"""What a target knows from where: its sources, facts that none of them shows, and values assumed in their place.

Plans have no steps about unknown and assumed facts.
"""

from typing import NamedTuple

from seatsync.account.actions.spec import Plain


class Unknown(NamedTuple):
    """A kind of fact of a team that no source shows, such as `groups`, and the source that would: `groups export`."""

    team: str
    fact: str
    source: str


class Seen(NamedTuple):
    """A source of what a target knows, and the instant or the day at which it was true, None if that is unknown."""

    source: str
    at: str | None


class Assumed(NamedTuple):
    """A fact that no source shows, and its value, which is the declared one or a guess.

    `things` name what it is about: (("subscription", "574-1"),), or (("team", "design"), ("group", "cad")); nothing for
    the account. People are named by their addresses as written. `fact` is named like the key that declares it.
    `instead_of` is the guess from which a declared value differs, None if it does not: no step changes one into the
    other, as nobody knows which of them the account has.
    """

    things: tuple[tuple[str, str], ...]
    fact: str
    value: Plain
    instead_of: Plain = None
