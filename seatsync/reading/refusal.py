"""Why a document is refused: the verdicts of `jsonschema`, in plain words and one for each cause.

Imported only where a document was refused: importing `jsonschema` takes longer than most files take to check.
The schemas are written so that a value has one way to be right (no `anyOf`, no `oneOf`): each verdict is a cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeAlias

from jsonschema import Draft202012Validator
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extractOne

from seatsync.reading.words import kind_of, listed, plain, shown

Path: TypeAlias = tuple[str | int, ...]
"""The keys and indexes that lead to a value."""

_MAX_ERRORS: Final = 10_000
_ALIKE: Final = 75  # points of a hundred from which one name may be meant by another
_TYPES: Final = {
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "nothing",
}
_FORMATS: Final = {
    "email": "an e-mail address",
    "date": "a date such as 2027-03-31",
    "date-time": "an instant such as 2026-11-20T09:00:00Z",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a document: at a value or, with `at_key`, at the key that the path ends with."""

    path: Path
    at_key: bool
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What `jsonschema` says of one value: the schema's keyword that refuses it, and what that keyword wants."""

    keyword: str
    wanted: Any
    value: Any
    path: Path
    schema: Mapping[str, Any]
    of_a_name: bool
    message: str


def problems(document: object, schema: Mapping[str, Any]) -> list[Problem]:
    """Everything a schema finds wrong with a document."""
    found: list[Problem] = []
    meant: dict[Path, set[str]] = {}  # by mapping: the keys that its unknown ones may be meant to be
    lacking: dict[Path, list[_Verdict]] = {}
    for error in map(_verdict, islice(Draft202012Validator(schema).iter_errors(document), _MAX_ERRORS)):
        if error.keyword == "required":
            lacking.setdefault(error.path, []).append(error)
        elif error.keyword == "additionalProperties":
            for key, near in _unknown_keys(error).items():
                meant.setdefault(error.path, set()).add(near)
                found.append(_unknown_key(error, key, near))
        else:
            found.append(_wrong_value(error))
    for path, errors in lacking.items():
        found += _missing_keys(errors, meant.get(path, set()))
    return found


def _verdict(error: Any) -> _Verdict:  # noqa: ANN401 - its parts may be unset, say its types; they are not
    of_a_name = "propertyNames" in error.relative_schema_path
    path = tuple(error.absolute_path)
    return _Verdict(
        error.validator, error.validator_value, error.instance, path, error.schema, of_a_name, error.message
    )


def unexplained(path: Iterable[str | int], message: str) -> Problem:
    """A refusal of the fast validator in its own words, for where `jsonschema` finds nothing."""
    return Problem(tuple(path), at_key=False, message=plain(message))


def _unknown_keys(error: _Verdict) -> dict[str, str]:
    """The keys that a mapping must not have, each with the known one most like it (or ""), best one it has not yet."""
    known = list(error.schema["properties"])
    absent = [key for key in known if key not in error.value]
    return {key: nearest(key, absent) or nearest(key, known) for key in error.value if key not in known}


def _unknown_key(error: _Verdict, key: str, near: str) -> Problem:
    meant = f"; did you mean {shown(near)}?" if near else ""
    hint = f"it may have the keys {listed(list(error.schema['properties']))}"
    return Problem(
        (*error.path, key), at_key=True, message=f"unknown key {shown(key)} in {_subject(error)}{meant}", hint=hint
    )


def _missing_keys(errors: list[_Verdict], meant: set[str]) -> Iterator[Problem]:
    """One problem for all keys that a mapping lacks; a key that stands there misspelt is reported as that."""
    wanted = dict.fromkeys(key for error in errors for key in error.wanted)
    keys = [shown(key) for key in wanted if key not in errors[0].value and key not in meant]
    if keys:
        word = "key" if len(keys) == 1 else "keys"
        path = errors[0].path
        at_key = bool(path) and isinstance(path[-1], str)
        yield Problem(path, at_key=at_key, message=f"{_subject(errors[0])} lacks the {word} {listed(keys)}")


def _wrong_value(error: _Verdict) -> Problem:
    says = _SAYS.get(error.keyword, _as_it_is)(error)
    if error.of_a_name:
        return Problem((*error.path, error.value), at_key=True, message=f"a name in {_subject(error)} {says}")
    return Problem(error.path, at_key=False, message=f"{_subject(error)} {says}", hint=_advice(error))


def _subject(error: _Verdict) -> str:
    """What an error is about: `team design`, `primary_admin`, `an entry of secondary_admins`, `the file`."""
    if not error.path:
        return "the file"
    *above, last = error.path
    if isinstance(last, int):
        holder = next((step for step in reversed(above) if isinstance(step, str)), "the file")
        return f"an entry of {plain(holder)}"
    title = error.schema.get("title", last)
    return plain(last) if title == last else f"{title} {plain(last)}"


def _type(error: _Verdict) -> str:
    wanted = error.schema.get("errorMessage", f"must be {_wanted(error.schema)}")
    return f"{wanted}, not {kind_of(error.value)}"


def _wanted(schema: Mapping[str, Any]) -> str:
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    text = _FORMATS.get(schema.get("format", ""), _TYPES["string"])
    return listed([text if name == "string" else _TYPES[name] for name in types if name != "null"], "or")


def _enum(error: _Verdict) -> str:
    values = [plain(str(value)) for value in error.wanted if value is not None]
    one_of = "one of " if len(values) > 1 else ""
    wanted = error.schema.get("errorMessage", f"must be {one_of}{', '.join(values)}")
    return f"{wanted}, not {_value(error.value)}"


def _const(error: _Verdict) -> str:
    return f"must be {plain(str(error.wanted))}, not {_value(error.value)}"


def _minimum(error: _Verdict) -> str:
    return f"must be at least {error.wanted}, not {_value(error.value)}"


def _maximum(error: _Verdict) -> str:
    return f"must be at most {error.wanted}, not {_value(error.value)}"


def _min_length(_error: _Verdict) -> str:
    return "must not be empty"


def _max_length(error: _Verdict) -> str:
    return f"must have at most {error.wanted} characters, not {len(error.value)}"


def _pattern(error: _Verdict) -> str:
    return f"{error.schema['errorMessage']}, not {_value(error.value)}"


def _not(_error: _Verdict) -> str:
    return "must not hold line breaks, tabs or other control characters"


def _as_it_is(error: _Verdict) -> str:
    return f"is not right: {plain(error.message)}"


def _value(value: object) -> str:
    return shown(value) if isinstance(value, str) else kind_of(value).removeprefix("the number ")


_SAYS: Final[dict[str, Callable[[_Verdict], str]]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minimum": _minimum,
    "maximum": _maximum,
    "minLength": _min_length,
    "maxLength": _max_length,
    "pattern": _pattern,
    "not": _not,
}


def _advice(error: _Verdict) -> str:
    """How to write what was probably meant."""
    value = error.value
    if error.keyword == "enum" and isinstance(value, str):
        near = nearest(value, [name for name in error.wanted if isinstance(name, str)])
        return f"did you mean {shown(near)}?" if near else ""
    if error.keyword != "type" or "errorMessage" in error.schema:
        return ""
    if "string" in error.schema["type"] and isinstance(value, (bool, int, float)) and "format" not in error.schema:
        return "put it in quotes to make it text"
    if "array" in error.schema["type"] and isinstance(value, str):
        return f"write it as a list: [{plain(value)}]"
    return ""


def nearest(word: str, words: list[str]) -> str:
    """The most similar of some words, or "" if none is similar."""
    found = extractOne(word[:100].lower(), words, scorer=ratio, score_cutoff=_ALIKE)
    return found[0] if found else ""
