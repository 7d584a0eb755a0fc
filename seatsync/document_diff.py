"""Compares nested plain documents field by field, for people; the only module that uses deepdiff."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:  # slow to import, and most documents are equal
    from deepdiff.model import DiffLevel

Kind: TypeAlias = Literal["add", "change", "remove"]
Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"

_NO_PAIRS = 0
"""Share of changed items above which deepdiff does not pair items of lists, which takes quadratic time.

Without pairs, items are added or removed, never changed.
"""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A changed field, or an added or removed item of a list.

    `path` contains the keys from the top of the document, without positions in lists. `old` is None for an addition,
    `new` for a removal.
    """

    path: tuple[str, ...]
    kind: Kind
    old: Any
    new: Any


def field_changes(old: Json, new: Json) -> list[FieldChange]:
    """Return the changes between two documents, sorted by path.

    Items of lists are added or removed. A list that only differs in its order is changed as a whole.
    """
    if old == new and _same_types(old, new):
        return []
    from deepdiff import DeepDiff  # noqa: PLC0415 - see above

    found = DeepDiff(
        old,
        new,
        view="tree",
        verbose_level=2,
        ignore_order=True,
        report_repetition=True,
        cutoff_intersection_for_pairs=_NO_PAIRS,
        threshold_to_diff_deeper=0,
        ignore_private_variables=False,  # keys that begin with two underscores are ordinary here
        hasher=_hash,
    )
    changes = [change for kind, levels in found.items() for level in levels for change in _changes(kind, level)]
    changes += _reordered(old, new, (), frozenset(change.path for change in changes))
    return sorted(changes, key=lambda change: (change.path, _RANKS[change.kind], _text(change.old), _text(change.new)))


_RANKS = {"remove": 0, "change": 1, "add": 2}


def _changes(kind: str, level: DiffLevel) -> Iterator[FieldChange]:
    path = tuple(key for key in level.path(output_format="list") if isinstance(key, str))
    if kind == "repetition_change":
        count = level.additional["repetition"]
        more = count["new_repeat"] - count["old_repeat"]
        change = FieldChange(path, "add", None, level.t1) if more > 0 else FieldChange(path, "remove", level.t1, None)
        yield from [change] * abs(more)
    elif kind.endswith("_added"):
        yield FieldChange(path, "add", None, level.t2)
    elif kind.endswith("_removed"):
        yield FieldChange(path, "remove", level.t1, None)
    else:
        yield FieldChange(path, "change", level.t1, level.t2)


def _reordered(
    old: Json, new: Json, path: tuple[str, ...], changed: Container[tuple[str, ...]]
) -> Iterator[FieldChange]:
    """Yield the lists in mappings that have the same items in another order, unless the list itself is `changed`."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in (key for key in old if key in new):
            yield from _reordered(old[key], new[key], (*path, key), changed)
    elif isinstance(old, list) and isinstance(new, list) and path not in changed and _text(old) != _text(new):
        yield FieldChange(path, "change", old, new)


def _hash(text: str) -> str:
    """Hash text that may contain lone surrogates, which the hash function of deepdiff refuses."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _same_types(old: Json, new: Json) -> bool:
    """Return True if two equal documents also agree in what is a number and what is true or false."""
    return _text(old) == _text(new)


def _text(value: Json) -> str:
    if isinstance(value, dict):
        return f"{{{','.join(f'{key!r}:{_text(value[key])}' for key in sorted(value))}}}"
    return f"[{','.join(map(_text, value))}]" if isinstance(value, list) else repr(value)
