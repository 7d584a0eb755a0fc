"""The usual command lines understood at once: click takes longer to import than most commands run.

What is not usual (help, a slip, an option written in another way than the manual has it) is left to click, which says
what is wrong. What is understood here, click would understand alike.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from seatsync.cli_options import Argument, Option
from seatsync.cli_settings import EVERYWHERE, MODULES
from seatsync.cli_table import ACCOUNT, EDIT, HELP, MAIN_JOB, Entry

_COMMANDS = {entry.name: entry for entry in (*MAIN_JOB, *HELP) if entry.name != "completion"}
_GROUPS = {
    "account": {entry.name: entry for entry in ACCOUNT},
    "edit": {entry.name: entry for entry in EDIT},
}

_DIGITS = 10
"""Digits of a number that is not looked at here."""


class Understood(NamedTuple):
    """A command line: the command's module and what its `run` gets; and the settings that stand in the line."""

    module: str
    options: dict[str, Any]
    settings: dict[str, Any]


class _Unusual(Exception):
    """A line for click."""


def understood(words: Sequence[str], environment: Mapping[str, str]) -> Understood | None:
    """What a command line says; None where click is to tell."""
    left = list(reversed(words))
    settings: dict[str, Any] = {}
    try:
        name = _name(left, settings, folders=True)
        commands, room = _COMMANDS, ""
        if name in _GROUPS:
            commands, room = _GROUPS[name], f"{name}."
            name = _name(left, settings, folders=False)
        entry = commands.get(name)
        if entry is None:
            return None
        options = _values(entry, left, settings, environment)
    except _Unusual:
        return None
    return Understood(f"{room}{MODULES.get(name, name)}", options, settings)


def _next(left: list[str]) -> str:
    """The next word as the value of an option."""
    if not left or left[-1].startswith("-"):
        raise _Unusual
    return left.pop()


def _name(left: list[str], settings: dict[str, Any], *, folders: bool) -> str:
    """The name of a command, after what may stand before it."""
    while left:
        word = left.pop()
        if word in EVERYWHERE:
            name, value = EVERYWHERE[word]
            settings[name] = value
        elif word == "-C" and folders:
            settings["folders"] = (*settings.get("folders", ()), _next(left))
        else:
            return word
    raise _Unusual


def _values(entry: Entry, left: list[str], settings: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """What the `run` of a command gets, from the words after its name."""
    options = {name: each for each in entry.parameters if isinstance(each, Option) for name in each.written}
    arguments = [each for each in entry.parameters if isinstance(each, Argument)]
    given: dict[str, Any] = {}
    plain: list[str] = []
    while left:
        word = left.pop()
        if word in EVERYWHERE:
            name, value = EVERYWHERE[word]
            settings[name] = value
        elif word.startswith("-"):
            _take(options, word, left, given)
        else:
            plain.append(word)
    if len(plain) > len(arguments) or "" in plain or any(each.many or each.choices for each in arguments):
        raise _Unusual
    given |= {each.name: word for each, word in zip(arguments, plain, strict=False)}
    return {each.name: _value(each, given, environment) for each in entry.parameters}


def _take(options: Mapping[str, Option], word: str, left: list[str], given: dict[str, Any]) -> None:
    """Take an option, and the word that is its value."""
    name, equals, value = word.partition("=")
    option = options.get(name)
    if option is None or (option.flag and equals) or (option.name in given and not option.multiple):
        raise _Unusual
    if option.flag:
        given[option.name] = True
        return
    if option.alone is not None and not equals:
        raise _Unusual  # what follows may be its value or not
    value = value if equals else _next(left)
    if not value:
        raise _Unusual
    if option.multiple:
        given.setdefault(option.name, []).append(value)
    else:
        given[option.name] = value


def _value(each: Option | Argument, given: Mapping[str, Any], environment: Mapping[str, str]) -> object:
    """What a parameter is: as given, else as the environment has it, else as it is by default."""
    value = given.get(each.name)
    if isinstance(each, Argument):
        if value is None and each.required:
            raise _Unusual
        return value
    if each.flag:
        return value is True
    if each.multiple:
        if value is None and each.envvar is not None and environment.get(each.envvar):
            raise _Unusual  # several in one
        return tuple(value or ())
    if value is None and each.envvar is not None:
        value = environment.get(each.envvar) or None
    if value is None:
        if each.required:
            raise _Unusual
        return each.default
    return _read(each, value)


def _read(option: Option, text: str) -> str | int:
    """The value that a text stands for."""
    if option.numbers is not None:
        least, most = option.numbers
        if not (text.isascii() and text.isdigit() and len(text) < _DIGITS):
            raise _Unusual
        if int(text) < least or (most is not None and int(text) > most):
            raise _Unusual
        return int(text)
    try:
        return text if option.read is None else option.read(text)
    except ValueError as error:
        raise _Unusual from error
