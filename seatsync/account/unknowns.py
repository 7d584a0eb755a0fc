"""Facts that a target does not know: those that no source shows, and the values that are assumed in place of others.

Plans have no steps about either.
"""

from typing import NamedTuple

from seatsync.account.actions.spec import Plain


class Unknown(NamedTuple):
    """A kind of fact of a team that no source shows, such as `groups`, and the source that would: `groups export`."""

    team: str
    fact: str
    source: str


class Assumed(NamedTuple):
    """A fact that no source shows, and its value, which is the declared one or a guess.

    `things` name what it is about: (("subscription", "574-1"),), or (("team", "design"), ("group", "cad")); nothing for
    the account. People are named by their addresses as written. `fact` is named like the key that declares it.
    """

    things: tuple[tuple[str, str], ...]
    fact: str
    value: Plain
