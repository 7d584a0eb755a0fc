"""A set of operations on the files of a repository, applied to their text in memory.

The result is read again, and must equal the data after the operations; otherwise the edit is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Generic, TypeVar

from seatsync.account.actions.spec import Facts
from seatsync.clock import lasts
from seatsync.declaration.changing.transaction import Changed
from seatsync.declaration.declared import Declaration, DeclaredUser
from seatsync.declaration.fields import nfc
from seatsync.declaration.files import Files, Kind, Unreadable, is_csv
from seatsync.declaration.load import included_by
from seatsync.declaration.mentions import Mention, People, Products
from seatsync.editing.csv_rows import AddRow, EditRows, RowOperation, with_rows_edited
from seatsync.editing.operations import (
    AddItem,
    EditRefused,
    ListOperation,
    Operation,
    Path,
    Plain,
    RemoveItem,
    RemoveKey,
    SetItem,
    SetKey,
    apply_operations,
)
from seatsync.editing.splices import Splicer, spliced
from seatsync.editing.text_style import style_of
from seatsync.editing.yaml_text import read_back, renamed
from seatsync.finding import Finding, Location
from seatsync.reading.plain_text import decode
from seatsync.reading.tree import Node, YamlList, YamlMap

_BOM = b"\xef\xbb\xbf"


def edited(
    raw: bytes, file: str, operations: Sequence[Operation], names: Mapping[Location, str] | None = None
) -> bytes:
    """Return the bytes of a file after operations, which know it with new `names` in their places already.

    Raises `EditRefused`.
    """
    mark = _BOM if raw.startswith(_BOM) else b""
    text = decode(raw, file)
    if isinstance(text, Finding):
        raise EditRefused("cannot be read")
    if names:
        text = renamed(text, file, names)
    for batch in _rounds(operations):
        try:
            text = _after(text, file, batch)
        except EditRefused:
            parts = _split_by_container(batch)
            if len(parts) == 1:
                raise
            for part in parts:  # operations refused together may succeed one after another
                text = _after(text, file, part)
    return mark + text.encode()


def _after(text: str, file: str, batch: Sequence[Operation]) -> str:
    """Return the text after the operations of one round."""
    document = read_back(text, file)
    intended = apply_operations(document, batch)
    changed = spliced(text, Splicer(text, document, style_of(text, document)).splices(batch))
    if read_back(changed, file) != intended:
        raise EditRefused("has a layout that cannot be edited without other changes")
    return changed


def _split_by_container(batch: Sequence[Operation]) -> list[list[Operation]]:
    """Return single operations, but those on the same list together."""
    parts: dict[tuple[bool, Path], list[Operation]] = {}
    for operation in batch:
        parts.setdefault((isinstance(operation, ListOperation), operation.path), []).append(operation)
    return list(parts.values())


def _rounds(operations: Sequence[Operation]) -> list[list[Operation]]:
    """Return operations in rounds that can be applied at once: no container of a round lies inside another.

    Operations on the same list share a round. Every operation goes into the earliest round that allows it.
    """
    rounds: list[_Round] = []
    for operation in operations:
        path = operation.path[:-1] if isinstance(operation, SetKey | RemoveKey) else operation.path
        above = {path[:length] for length in range(len(path))}
        chosen = len(rounds)
        while chosen and not (path in rounds[chosen - 1].above or above & rounds[chosen - 1].taken):
            chosen -= 1
        same = next((number for number, other in enumerate(rounds) if operation.path in other.lists), None)
        if isinstance(operation, ListOperation) and same is not None:
            chosen = same
        if chosen == len(rounds):
            rounds.append(_Round())
        rounds[chosen].operations.append(operation)
        rounds[chosen].taken.add(path)
        rounds[chosen].above.update(above)
        if isinstance(operation, ListOperation):
            rounds[chosen].lists.add(path)
    return [each.operations for each in rounds]


@dataclass(slots=True)
class _Round:
    """Operations applied at once: the containers they change, the ancestors of these, and the lists among them."""

    operations: list[Operation] = field(default_factory=list)
    taken: set[Path] = field(default_factory=set)
    above: set[Path] = field(default_factory=set)
    lists: set[Path] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Overlay:
    """An implementation of `declaration.files.Files`: `under`, with the contents in `changed` by real path."""

    under: Files
    changed: Mapping[str, bytes]

    @property
    def top(self) -> str:
        """The real path of the folder."""
        return self.under.top

    def inside(self, name: str) -> str:
        """Return the real path of a name in the folder."""
        return self.under.inside(name)

    def content(self, path: str) -> bytes:
        """Return the bytes of a file."""
        return self.changed[path] if path in self.changed else self.under.content(path)

    def names(self, folder: str) -> list[tuple[str, Kind]]:
        """Return the names in a folder, with their kinds."""
        return self.under.names(folder)

    def kind(self, path: str) -> Kind | None:
        """Return the kind of file at a path; None if there is none."""
        return self.under.kind(path)

    def is_folder(self, link: str) -> bool:
        """Return True if a link leads to a folder."""
        return self.under.is_folder(link)

    def real(self, path: str) -> str:
        """Return the path with every link resolved."""
        return self.under.real(path)


Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Edit(Generic[Subject]):
    """An operation on a file, named as in the repository. `subject` is None if it is needed by another edit."""

    file: str
    operation: Operation
    subject: Subject | None


@dataclass(frozen=True, slots=True)
class Skipped(Generic[Subject]):
    """A subject that was skipped. `why` completes a sentence that starts with it."""

    subject: Subject
    why: str


@dataclass(slots=True)
class ChangeSet(Generic[Subject]):
    """The collected operations, and the skipped subjects.

    Only entries in effect on `day` are removed; all of them if it is None. `names` are new names by file and place.
    `rows` are the operations on CSV files, in their order: each on all CSV files of the project, unless it names a
    place in one. `leaving` are the people who leave every named list.
    """

    declared: Declaration
    day: str | None
    edits: list[Edit[Subject]] = field(default_factory=list)
    skipped: list[Skipped[Subject]] = field(default_factory=list)
    sizes: dict[tuple[str, Path], int] = field(default_factory=dict)
    names: dict[str, dict[Location, str]] = field(default_factory=dict)
    rows: list[RowOperation] = field(default_factory=list)
    leaving: set[str] = field(default_factory=set)

    def skip(self, subject: Subject, why: str) -> None:
        """Skip a subject."""
        self.skipped.append(Skipped(subject, why))

    def set(self, subject: Subject | None, file: str, path: Path, value: Plain) -> None:
        """Set a key to a value."""
        self.edits.append(Edit(file, SetKey(path, value), subject))

    def remove(self, subject: Subject, file: str, path: Path) -> None:
        """Remove a key."""
        self.edits.append(Edit(file, RemoveKey(path), subject))

    def add_item(self, subject: Subject | None, file: str, path: Path, item: str | Facts) -> None:
        """Add an item to a list."""
        self.edits.append(Edit(file, AddItem(path, item), subject))

    def set_item(self, subject: Subject | None, file: str, path: Path, index: int, item: str | Facts) -> None:
        """Replace an item of a list."""
        self.edits.append(Edit(file, SetItem(path, index, item), subject))

    def rename(self, at: Location, name: str) -> None:
        """Replace the name at a place in a YAML file. Paths of other changes of the file must have the new name."""
        self.names.setdefault(at.file, {})[at] = name

    def edit_rows(self, where: Mapping[str, str], cells: Mapping[str, str], at: Location | None = None) -> None:
        """Set cells of every row of a CSV that has the cells `where`, or of the row at `at`; see `csv_rows`."""
        self.rows.append(EditRows(tuple(where.items()), tuple(cells.items()), at))

    def remove_rows(self, where: Mapping[str, str]) -> None:
        """Remove every row of a CSV that has the cells `where`."""
        self.rows.append(EditRows(tuple(where.items())))

    def set_cell(self, at: Location, column: str, text: str) -> None:
        """Set the cell in a column of the row at a location, which may be that of any of its cells."""
        self.edit_rows({}, {column: text}, at)

    def add_row(self, file: str, cells: Mapping[str, str]) -> None:
        """Append a row to a CSV, with texts by column."""
        self.rows.append(AddRow(file, tuple(cells.items())))

    def remove_person(self, subject: Subject, people: People | None, path: Path, user: str) -> None:
        """Remove every entry of a person from a list in YAML; those in a CSV are skipped."""
        self.remove_items(subject, people, path, user)
        for row in people.rows if people is not None else ():
            if row.user == user and self._counts(row.days):
                self.skip(subject, csv_not_edited(row.at.file))

    def remove_items(self, subject: Subject, people: People | None, path: Path, user: str) -> None:
        """Remove every item of a person from a list in YAML; those through a named list are skipped."""
        if people is not None:
            for index, named in people.items():
                if named != user or not self._counts(people.days.get(index)):
                    continue
                if index < len(people.node):
                    self.remove_item(subject, people.node, path, index)
                elif (through := people.through(index)) is not None and user not in self.leaving:
                    at = through.person(index).at
                    self.skip(subject, f"is declared through list {through.name} ({at.file}:{at.line})")

    def remove_product(self, subject: Subject, products: Products, path: Path, product: str) -> None:
        """Remove every entry of a product from the list of a group."""
        for index, named in products.items():
            if named == product and self._counts(products.days.get(index)):
                self.remove_item(subject, products.node, path, index)

    def leave_lists(self, user: str) -> None:
        """Remove a person from every named list, so that no mention of a list stands for them."""
        self.leaving.add(user)
        for name, named in self.declared.lists.items():
            for index, listed in named.members.items():
                if listed == user and index < len(named.members.node):
                    self.remove_item(None, named.members.node, ("lists", name, "members"), index)

    def remove_item(self, subject: Subject | None, node: YamlList, path: Path, index: int) -> None:
        """Remove an item from a list."""
        self.edits.append(Edit(node.file, RemoveItem(path, index), subject))
        self.sizes[node.file, path] = len(node)

    def remove_by_user(self, subject: Subject, mentions: Iterable[Mention], team: str) -> None:
        """Remove seats in a team from the entries of people; seats in a CSV are skipped."""
        for mention in mentions:
            person = self.declared.users[mention.user]
            if not self._counts(mention.days):
                continue
            if person.section is None:
                self.skip(subject, csv_not_edited(mention.at.file))
                return
            found = item_by_user(person, mention, team)
            if found is not None:
                self.remove_item(subject, found[0], ("users", person.email, "seats", team), found[1])

    def by_file(self) -> dict[str, list[Edit[Subject]]]:
        """Return the operations by file. A list of holders that becomes empty is removed with its key."""
        found: dict[str, list[Edit[Subject]]] = {}
        emptied = {
            place
            for place, size in self.sizes.items()
            if _is_keyed_list(place[1]) and self._removed_count(place) == size
        }
        for edit in dict.fromkeys(self.edits):
            place = (edit.file, edit.operation.path)
            if place in emptied and isinstance(edit.operation, RemoveItem):
                edit = Edit(edit.file, RemoveKey(edit.operation.path), edit.subject)  # noqa: PLW2901 - replaces the item's edit
            found.setdefault(edit.file, []).append(edit)
        return found

    def contents(self, files: Files) -> tuple[dict[FilePath, Changed], dict[str, list[Edit[Subject]]], dict[str, str]]:
        """Return the new files by real path, their edits by name, and the reasons of refused files by name."""
        contents: dict[FilePath, Changed] = {}
        done: dict[str, list[Edit[Subject]]] = {}
        refused: dict[str, str] = {}
        by_file = self.by_file()
        for file in dict.fromkeys((*by_file, *self.names, *self._csv_files(files))):
            wanted = by_file.get(file, [])
            try:
                place = files.inside(file)
                old = files.content(place)
                if wanted or file in self.names:
                    operations = list(dict.fromkeys(edit.operation for edit in wanted))
                    new = edited(old, file, operations, self.names.get(file))
                else:
                    new = with_rows_edited(old, file, self._rows_of(file))
            except (EditRefused, Unreadable) as problem:
                refused[file] = f"{file} {problem}"
                continue
            contents[FilePath(place)] = Changed(old, new)
            done[file] = wanted
        return contents, done, refused

    def _csv_files(self, files: Files) -> list[str]:
        """Return the CSV files that have operations."""
        found = included_by(self.declared.project, files)[0] if self.rows else []
        return [file.name for file in found if is_csv(file.name) and self._rows_of(file.name)]

    def _rows_of(self, file: str) -> list[RowOperation]:
        """Return the operations on a CSV."""
        return [
            row
            for row in self.rows
            if file == (row.file if isinstance(row, AddRow) else file if row.at is None else row.at.file)
        ]

    def _counts(self, days: tuple[str | None, str | None] | None) -> bool:
        return self.day is None or lasts(days, self.day)

    def _removed_count(self, place: tuple[str, Path]) -> int:
        """Return the number of items removed from a list; -1 if any are added."""
        there = [edit.operation for edit in self.edits if (edit.file, edit.operation.path) == place]
        if any(isinstance(operation, AddItem) for operation in there):
            return -1
        return len({operation.index for operation in there if isinstance(operation, RemoveItem)})


def csv_not_edited(file: str) -> str:
    """Return the reason why a subject declared in a CSV is skipped."""
    return f"is declared in {file}, and a CSV is not edited"


def _is_keyed_list(path: Path) -> bool:
    """Return True if a list is the value of a product, service or team name, which is meaningless without it."""
    return len(path) == 4 and path[2] in {"seats", "services"}  # noqa: PLR2004 - section, thing, field, name


def item_by_user(person: DeclaredUser, mention: Mention, team: str) -> tuple[YamlList, int] | None:
    """Return the list of seats of a team in a person's entry, and the index of the item with a mention."""
    node = node_at(person.section, person.email, "seats", team)
    if isinstance(node, YamlList):
        place = (mention.at.line, mention.at.column)
        for index in range(len(node)):
            at = node.item_at(index)
            if (at.line, at.column) <= place <= (at.end_line, at.end_column):
                return node, index
    return None


def node_at(node: Node, *names: str) -> Node:
    """Return the node below keys; None if there is none."""
    for name in names:
        if not isinstance(node, YamlMap):
            return None
        node = next((child for key, child in node.items() if nfc(key) == nfc(name)), None)
    return node
