"""Refusals of the engine, and the parts of their sentences: scopes, people, numbers."""

from typing import NamedTuple, TypeAlias
from unicodedata import normalize

from seatsync.account.model import Account, Change, Scope


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


def counted(number: int, word: str) -> str:
    """Return a number of things: "1 seat", "3 seats"."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


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
