"""Readable messages for schema violations: the errors of `jsonschema` in plain words, one per cause.

Imported only for invalid documents, as importing `jsonschema` takes longer than validating most files. The schemas use
no `anyOf` and no `oneOf`, so that each error is a cause of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, Final, TypeAlias

from jsonschema import Draft202012Validator
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extractOne

from seatsync.reading.plain_text import kind_of, listed, plain, shown
from seatsync.reading.slips import addresses_in, dates_in, how_to_write, odd_character, only_one

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indexes from the root to a value."""

_MAX_ERRORS: Final = 10_000
_MIN_SIMILARITY: Final = 75  # the minimum similarity, of 100, for a suggestion
_TYPES: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "nothing",
}
_GLUED: Final = re.compile(r"\w+:[\S\u00a0]")
_FORMATS: Final = {
    "email": "an e-mail address",
    "date": "a date such as 2027-03-31",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A schema violation, at a value or, with `at_key`, at the last key of the path.

    `replacement` is the key or text that was probably meant.
    """

    path: Path
    at_key: bool
    message: str
    hint: str = ""
    replacement: str = ""


@dataclass(frozen=True, slots=True)
class _SchemaError:
    """An error of `jsonschema`: a value, the schema keyword that it violates, and the value of that keyword."""

    keyword: str
    wanted: Any
    value: Any
    path: Path
    schema: Mapping[str, Any]
    is_name: bool
    message: str


def problems(document: object, schema: Mapping[str, Any]) -> list[Problem]:
    """Return all violations of a schema in a document."""
    found: list[Problem] = []
    suggestions: dict[Path, set[str]] = {}  # by mapping: the suggestions for its unknown keys
    missing: dict[Path, list[_SchemaError]] = {}
    for error in map(_schema_error, islice(Draft202012Validator(schema).iter_errors(document), _MAX_ERRORS)):
        if error.keyword == "required":
            missing.setdefault(error.path, []).append(error)
        elif error.keyword == "additionalProperties":
            for key, near in _unknown_keys(error).items():
                suggestions.setdefault(error.path, set()).add(near)
                found.append(_unknown_key(error, key, near))
        else:
            found.append(_wrong_value(error))
    for path, errors in missing.items():
        found += _missing_keys(errors, suggestions.get(path, set()))
    return found


def _schema_error(error: Any) -> _SchemaError:  # noqa: ANN401 - typed as if its attributes could be unset
    is_name = "propertyNames" in error.relative_schema_path
    path = tuple(error.absolute_path)
    return _SchemaError(
        error.validator, error.validator_value, error.instance, path, error.schema, is_name, error.message
    )


def unexplained(path: Iterable[str | int], message: str) -> Problem:
    """Return a violation with the message of the fast validator, if `jsonschema` finds none."""
    return Problem(tuple(path), at_key=False, message=plain(message))


def _unknown_keys(error: _SchemaError) -> dict[str, str]:
    """Return the unknown keys of a mapping, each with the most similar known key or "", preferably an absent one."""
    known = list(error.schema["properties"])
    absent = [key for key in known if key not in error.value]
    return {key: nearest(key, absent) or nearest(key, known) for key in error.value if key not in known}


def _unknown_key(error: _SchemaError, key: str, near: str) -> Problem:
    suggestion = f"; did you mean {shown(near)}?" if near else ""
    known = list(error.schema["properties"])
    hint = f"use one of the keys {listed(known, 'or')}"
    if key.isdecimal() and "amount" in known:  # {amount: 1.935,00}
        hint = "write the amount with a decimal point, as 1935.00; a comma ends it"
    if (odd := odd_character(key)) is not None:
        hint = f"{odd.problem} in it: {odd.hint}"
    message = f"unknown key {shown(key)} in {_subject(error)}{suggestion}"
    instead = near if near not in error.value else ""  # a key must not occur twice
    return Problem((*error.path, key), at_key=True, message=message, hint=hint, replacement=instead)


def _missing_keys(errors: list[_SchemaError], suggestions: set[str]) -> Iterator[Problem]:
    """Yield one problem for all missing keys of a mapping, except those that are present but misspelt."""
    wanted = dict.fromkeys(key for error in errors for key in error.wanted)
    keys = [shown(key) for key in wanted if key not in errors[0].value and key not in suggestions]
    if keys:
        word = "key" if len(keys) == 1 else "keys"
        path = errors[0].path
        at_key = bool(path) and isinstance(path[-1], str)
        yield Problem(path, at_key=at_key, message=f"{_subject(errors[0])} lacks the {word} {listed(keys)}")


def _wrong_value(error: _SchemaError) -> Problem:
    text = _MESSAGES.get(error.keyword, _other)(error)
    if error.is_name:
        return Problem((*error.path, error.value), at_key=True, message=f"a name in {_subject(error)} {text}")
    message, near = f"{_subject(error)} {text}", _suggestion(error)
    hint = f"did you mean {shown(near)}?" if near else _advice(error)
    return Problem(error.path, at_key=False, message=message, hint=hint, replacement=near)


def _subject(error: _SchemaError) -> str:
    """Return the subject of an error: `team design`, `primary_admin`, `an entry of secondary_admins`, `the file`."""
    if not error.path:
        return "the file"
    *above, last = error.path
    if isinstance(last, int):
        holder = next((step for step in reversed(above) if isinstance(step, str)), "the file")
        return f"an entry of {plain(holder)}"
    title = error.schema.get("title", last)
    return plain(last) if title == last else f"{title} {plain(last)}"


def _type(error: _SchemaError) -> str:
    wanted = error.schema.get("errorMessage", f"must be {_wanted(error.schema)}")
    return f"{wanted}, not {kind_of(error.value)}"


def _wanted(schema: Mapping[str, Any]) -> str:
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    text = _FORMATS.get(schema.get("format", ""), _TYPES["string"])
    return listed([text if name == "string" else _TYPES[name] for name in types if name != "null"], "or")


def _enum(error: _SchemaError) -> str:
    values = [plain(str(value)) for value in error.wanted if value is not None]
    one_of = "one of " if len(values) > 1 else ""
    wanted = error.schema.get("errorMessage", f"must be {one_of}{', '.join(values)}")
    return f"{wanted}, not {_value(error.value)}"


def _const(error: _SchemaError) -> str:
    return f"must be {plain(str(error.wanted))}, not {_value(error.value)}"


def _minimum(error: _SchemaError) -> str:
    return f"must be at least {error.wanted}, not {_value(error.value)}"


def _maximum(error: _SchemaError) -> str:
    return f"must be at most {error.wanted}, not {_value(error.value)}"


def _min_length(_error: _SchemaError) -> str:
    return "must not be empty"


def _max_length(error: _SchemaError) -> str:
    return f"must have at most {error.wanted} characters, not {len(error.value)}"


def _pattern(error: _SchemaError) -> str:
    return f"{error.schema['errorMessage']}, not {_value(error.value)}"


def _not(_error: _SchemaError) -> str:
    return "must not contain line breaks, tabs or other control characters"


def _other(error: _SchemaError) -> str:
    return f"is invalid: {plain(error.message)}"


def _value(value: object) -> str:
    return shown(value) if isinstance(value, str) else kind_of(value).removeprefix("the number ")


_MESSAGES: Final[dict[str, Callable[[_SchemaError], str]]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minimum": _minimum,
    "maximum": _maximum,
    "minLength": _min_length,
    "minProperties": _min_length,
    "maxLength": _max_length,
    "pattern": _pattern,
    "not": _not,
}


def _suggestion(error: _SchemaError) -> str:
    """Return the allowed word that was probably meant, or an empty text."""
    if error.keyword != "enum" or not isinstance(error.value, str):
        return ""
    return nearest(error.value, [name for name in error.wanted if isinstance(name, str)])


def _advice(error: _SchemaError) -> str:
    """Return a hint for a value of the wrong type, or an empty text."""
    value, kind = error.value, error.schema.get("format", "")
    if error.keyword != "type" or "errorMessage" in error.schema:
        return ""
    if kind == "email" and isinstance(value, list) and value:
        return only_one(str(error.path[-1])) if len(value) > 1 else "write it without the brackets"
    if kind == "date" and dates_in(str(value)):
        return how_to_write(str(value))
    if "object" in error.schema["type"] and isinstance(value, str) and (glued := _GLUED.match(value)):
        odd = odd_character(value, glued.end() - 1)
        return "a colon after a key needs a space" if odd is None else f"{odd.problem} in it: {odd.hint}"
    if "string" in error.schema["type"] and isinstance(value, (bool, int, Decimal)) and "format" not in error.schema:
        return "put it in quotes to make it text"
    if "array" in error.schema["type"] and isinstance(value, str):
        return f"write it as a list: [{plain(', '.join(addresses_in(value.lstrip('-').replace(' -', ' '))) or value)}]"
    return ""


def nearest(word: str, words: list[str]) -> str:
    """Return the most similar of some words, or an empty text if none is similar."""
    found = extractOne(word[:100].lower(), words, scorer=ratio, score_cutoff=_MIN_SIMILARITY)
    return found[0] if found else ""
