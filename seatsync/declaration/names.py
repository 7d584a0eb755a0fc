"""Normalisation of names. Names are equal if they are identical in NFC."""

from __future__ import annotations

from unicodedata import normalize

from seatsync.declaration.notes import Diagnostics
from seatsync.reading.tree import YamlList, YamlMap
from seatsync.reading.words import shown


def nfc(text: str) -> str:
    """Return a name in NFC."""
    return text if text.isascii() else normalize("NFC", text)


def normalise_keys(parent: YamlMap, key: str, node: YamlMap, what: str, diagnostics: Diagnostics) -> YamlMap:
    """Replace the mapping `node` under `key` of `parent` by one with keys in NFC, and return it.

    A key that equals an earlier one in NFC is reported as declared twice and dropped. `what` names the kind of thing.
    """
    if all(map(str.isascii, node)):
        return node
    fresh = YamlMap(node.file, node.lines)
    first: dict[str, str] = {}
    for rank, (written, value) in enumerate(node.items()):
        name = nfc(written)
        if name in first:
            message = f"{what} {shown(name)} is declared twice, in two spellings of the same characters"
            diagnostics.report_duplicate(
                node.key_at(written), message, node.key_at(first[name]), things=((what, name),)
            )
            continue
        first[name] = written
        fresh[name] = value
        fresh.marks.extend(node.marks[4 * rank : 4 * rank + 4])
    parent[key] = fresh
    return fresh


def normalise_items(node: YamlList) -> YamlList:
    """Convert the text items of a list to NFC in place, and return it."""
    for index, item in enumerate(node):
        if isinstance(item, str) and not item.isascii():
            node[index] = nfc(item)
    return node


def most_similar(unknown: str, among: list[str]) -> str | None:
    """Return the word most similar to an unknown one, None if none is similar."""
    from difflib import get_close_matches  # noqa: PLC0415 - slow to import, and few files have an unknown key

    return next(iter(get_close_matches(unknown, among, 1)), None)
