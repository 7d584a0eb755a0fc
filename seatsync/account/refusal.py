"""What the engine answers when a step must not be done, and how a sentence names the people in it."""

from typing import NamedTuple, TypeAlias

from seatsync.account.model import Account, Change, Scope


class Refused(NamedTuple):
    """A step that the account's rules do not allow now: a public code (STEP001 …) and one sentence that says why."""

    code: str
    message: str


Answer: TypeAlias = tuple[Change, ...] | Refused
"""What an effect gives: the rows that change, in an order in which they can be carried out, or a refusal."""


def refused(message: str) -> Refused:
    """The precondition of the step does not hold."""
    return Refused("STEP001", message)


def place(scope: Scope) -> str:
    """A scope inside a sentence."""
    return str(scope) if scope.name else "the account"


def heading(what: object) -> str:
    """A scope (or other words) at the beginning of a sentence."""
    words = str(what)
    return words[:1].upper() + words[1:]


def counted(number: int, word: str) -> str:
    """A number of things: "1 seat", "3 seats"."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def shown(account: Account, user: str) -> str:
    """A person as their address was first written."""
    known = account.users.get(user)
    return known.email if known is not None else user
