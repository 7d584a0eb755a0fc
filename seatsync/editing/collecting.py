"""Operations on the files of a repository, collected, each for what it is about; and what could not be done so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Generic, TypeVar

from seatsync.account.actions import Facts
from seatsync.declaration.declared import Declaration, Mention, People, lasts
from seatsync.declaration.files import Files, Unreadable
from seatsync.declaration.names import nfc
from seatsync.declaration.transaction import Changed
from seatsync.editing.operations import (
    AddItem,
    EditRefused,
    Operation,
    Path,
    Plain,
    RemoveItem,
    RemoveKey,
    SetKey,
)
from seatsync.editing.rows import without
from seatsync.editing.text import edited
from seatsync.finding import Location
from seatsync.reading.tree import Node, YamlList, YamlMap

About = TypeVar("About")


@dataclass(frozen=True, slots=True)
class Edit(Generic[About]):
    """An operation on a file (its name in the repository). `about` None: what another one makes needed."""

    file: str
    operation: Operation
    about: About | None


@dataclass(frozen=True, slots=True)
class Left(Generic[About]):
    """What is not done, and why, in words that follow what it is."""

    about: About
    why: str


@dataclass(slots=True)
class Collected(Generic[About]):
    """The operations so far, and what is left. `day`: only entries that count on it are taken out; None: all.

    `rows` and `cells` are places in CSV files: whole rows to be taken out, and cells to be emptied.
    """

    declared: Declaration
    day: str | None
    edits: list[Edit[About]] = field(default_factory=list)
    left: list[Left[About]] = field(default_factory=list)
    sizes: dict[tuple[str, Path], int] = field(default_factory=dict)
    rows: set[Location] = field(default_factory=set)
    cells: set[Location] = field(default_factory=set)

    def leave(self, about: About, why: str) -> None:
        """Leave something."""
        self.left.append(Left(about, why))

    def set(self, about: About | None, file: str, path: Path, value: Plain) -> None:
        """Give a key a value."""
        self.edits.append(Edit(file, SetKey(path, value), about))

    def remove(self, about: About, file: str, path: Path) -> None:
        """Take a key out."""
        self.edits.append(Edit(file, RemoveKey(path), about))

    def add_item(self, about: About | None, file: str, path: Path, item: str | Facts) -> None:
        """Put something into a list."""
        self.edits.append(Edit(file, AddItem(path, item), about))

    def remove_person(self, about: About, people: People | None, path: Path, user: str) -> None:
        """Take every entry of a person out of a list."""
        for index, named in people.items() if people is not None else ():
            if people is not None and named == user and self._counts(people.days.get(index)):
                self.remove_item(about, people.node, path, index)

    def remove_item(self, about: About, node: YamlList, path: Path, index: int) -> None:
        """Take an item out of a list."""
        self.edits.append(Edit(node.file, RemoveItem(path, index), about))
        self.sizes[node.file, path] = len(node)

    def remove_by_user(self, about: About, mentions: Iterable[Mention], team: str, product: str) -> None:
        """Take out the seats of a product that a person's own entry gives them in a team; what a CSV says is left."""
        for mention in mentions:
            person = self.declared.users[mention.user]
            if not self._counts(mention.days):
                continue
            if person.section is None:
                self.leave(about, in_csv(mention.at.file))
                return
            path = ("users", person.email, "seats", team)
            node = _at(person.section, *path[1:])
            for index, item in enumerate(node if isinstance(node, YamlList) else ()):
                held = item.get("product") if isinstance(item, YamlMap) else item
                at = None if not isinstance(node, YamlList) else node.item_at(index)
                if isinstance(node, YamlList) and nfc(str(held)) == product and _covers(at, mention):
                    self.remove_item(about, node, path, index)

    def by_file(self) -> dict[str, list[Edit[About]]]:
        """The operations by file. A list of holders that nobody is left in goes with its key."""
        found: dict[str, list[Edit[About]]] = {}
        emptied = {place for place, size in self.sizes.items() if _is_roster(place[1]) and self._gone(place) == size}
        for edit in dict.fromkeys(self.edits):
            place = (edit.file, edit.operation.path)
            if place in emptied and isinstance(edit.operation, RemoveItem):
                edit = Edit(edit.file, RemoveKey(edit.operation.path), edit.about)  # noqa: PLW2901 - it takes its place
            found.setdefault(edit.file, []).append(edit)
        return found

    def contents(self, files: Files) -> tuple[dict[FilePath, Changed], dict[str, list[Edit[About]]], dict[str, str]]:
        """The files as they are to be, by real path; the edits in them by name; and why some take none, by name."""
        contents: dict[FilePath, Changed] = {}
        done: dict[str, list[Edit[About]]] = {}
        refused: dict[str, str] = {}
        wished = self.by_file()
        for file in dict.fromkeys((*wished, *sorted({at.file for at in self.rows | self.cells}))):
            wanted = wished.get(file, [])
            try:
                place = files.inside(file)
                old = files.content(place)
                new = self._edited(old, file, wanted)
            except (EditRefused, Unreadable) as problem:
                refused[file] = f"{file} {problem}"
                continue
            contents[FilePath(place)] = Changed(old, new)
            done[file] = wanted
        return contents, done, refused

    def _edited(self, old: bytes, file: str, wanted: list[Edit[About]]) -> bytes:
        if wanted:
            return edited(old, file, list(dict.fromkeys(edit.operation for edit in wanted)))
        lines = {row.line for row in self.rows if row.file == file}
        return without(old, file, lines, {cell for cell in self.cells if cell.file == file and cell.line not in lines})

    def _counts(self, days: tuple[str | None, str | None] | None) -> bool:
        return self.day is None or lasts(days, self.day)

    def _gone(self, place: tuple[str, Path]) -> int:
        """How many items are taken out of a list for good; none where others come in."""
        there = [edit.operation for edit in self.edits if (edit.file, edit.operation.path) == place]
        if any(isinstance(operation, AddItem) for operation in there):
            return -1
        return len({operation.index for operation in there if isinstance(operation, RemoveItem)})


def in_csv(file: str) -> str:
    """Why something is left that stands in a CSV."""
    return f"is declared in {file}, and a CSV is not edited"


def _is_roster(path: Path) -> bool:
    """Whether a list stands under the name of a product, service or team, which says nothing without the list."""
    return len(path) == 4 and path[2] in {"seats", "services"}  # noqa: PLR2004 - section, thing, field, name


def _covers(at: object, mention: Mention) -> bool:
    """Whether a mention stands in an item (of a mapping, its product does)."""
    place = (getattr(at, "line", 0), getattr(at, "column", 0))
    end = (getattr(at, "end_line", 0), getattr(at, "end_column", 0))
    return place <= (mention.at.line, mention.at.column) <= end


def _at(node: Node, *names: str) -> Node:
    for name in names:
        if not isinstance(node, YamlMap):
            return None
        node = next((child for key, child in node.items() if nfc(key) == nfc(name)), None)
    return node
