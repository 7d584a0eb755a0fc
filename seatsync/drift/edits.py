"""Operations on files, collected: each for the fact it writes back, beside the facts that have to be left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from seatsync.account.actions import Facts
from seatsync.account.model import Account
from seatsync.declaration.declared import Declaration, Mention, People, lasts
from seatsync.declaration.names import nfc
from seatsync.drift.facts import Fact
from seatsync.editing.operations import AddItem, Operation, Path, Plain, RemoveItem, RemoveKey, SetKey
from seatsync.reading.tree import Node, YamlList, YamlMap


@dataclass(frozen=True, slots=True)
class Edit:
    """An operation on a file (its name in the repository), for a fact. `fact` None: what another one makes needed."""

    file: str
    operation: Operation
    fact: Fact | None


@dataclass(frozen=True, slots=True)
class Left:
    """A fact that is not written back, and why, in words that follow what it is."""

    fact: Fact
    why: str


@dataclass(slots=True)
class Edits:
    """The operations so far, and what is left. `shown` has addresses as written, by identity."""

    declared: Declaration
    portal: Account
    day: str
    shown: dict[str, str]
    edits: list[Edit] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    sizes: dict[tuple[str, Path], int] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)

    def leave(self, fact: Fact, why: str) -> None:
        """Leave a fact."""
        self.left.append(Left(fact, why))

    def set(self, fact: Fact | None, file: str, path: Path, value: Plain) -> None:
        """Give a key a value."""
        self.edits.append(Edit(file, SetKey(path, value), fact))

    def remove(self, fact: Fact, file: str, path: Path) -> None:
        """Take a key out."""
        self.edits.append(Edit(file, RemoveKey(path), fact))

    def add_person(self, fact: Fact | None, node: YamlMap, path: Path, user: str) -> None:
        """Put a person into a list of the thing that `node` is in."""
        self.edits.append(Edit(node.file, AddItem(path, self.written(user, node)), fact))

    def add_text(self, fact: Fact, file: str, path: Path, text: str) -> None:
        """Put a name into a list."""
        self.edits.append(Edit(file, AddItem(path, text), fact))

    def remove_person(self, fact: Fact, people: People | None, path: Path, user: str) -> None:
        """Take every entry of a person that counts on the day out of a list."""
        for index, named in people.items() if people is not None else ():
            if people is not None and named == user and lasts(people.days.get(index), self.day):
                self.remove_item(fact, people.node, path, index)

    def remove_item(self, fact: Fact, node: YamlList, path: Path, index: int) -> None:
        """Take an item out of a list."""
        self.edits.append(Edit(node.file, RemoveItem(path, index), fact))
        self.sizes[node.file, path] = len(node)

    def remove_by_user(self, fact: Fact, mentions: Iterable[Mention], team: str, product: str) -> None:
        """Take out the seats of a product that a person's own entry, or a CSV, gives them in a team."""
        for mention in mentions:
            person = self.declared.users[mention.user]
            if not lasts(mention.days, self.day):
                continue
            if person.section is None:
                self.leave(fact, f"is declared in {mention.at.file}, and a CSV is not edited")
                return
            path = ("users", person.email, "seats", team)
            node = _at(person.section, *path[1:])
            for index, item in enumerate(node if isinstance(node, YamlList) else ()):
                held = item.get("product") if isinstance(item, YamlMap) else item
                at = None if not isinstance(node, YamlList) else node.item_at(index)
                if isinstance(node, YamlList) and nfc(str(held)) == product and _covers(at, mention):
                    self.remove_item(fact, node, path, index)

    def written(self, user: str, node: YamlMap) -> str:
        """A person's address as it is written; somebody who is not declared yet is, too."""
        shown = self.shown.get(user, user)
        if user not in self.declared.users and user not in self.met:
            self.met.add(user)
            person = self.portal.users.get(user)
            names = {} if person is None else {"first_name": person.first_name, "last_name": person.last_name}
            value = Facts(tuple((name, text) for name, text in names.items() if text))
            self.set(None, self._people_file(node), ("users", shown), value)
        return shown

    def _people_file(self, node: YamlMap) -> str:
        """Where people are declared: in the file of the thing they come to, if any are, else where the first one is."""
        files = [person.section.file for person in self.declared.users.values() if person.section is not None]
        return node.file if node.file in files or not files else files[0]

    def by_file(self) -> dict[str, list[Edit]]:
        """The operations by file. A list of holders that nobody is left in goes with its key."""
        found: dict[str, list[Edit]] = {}
        emptied = {place for place, size in self.sizes.items() if _is_roster(place[1]) and self._gone(place) == size}
        for edit in dict.fromkeys(self.edits):
            place = (edit.file, edit.operation.path)
            if place in emptied and isinstance(edit.operation, RemoveItem):
                edit = Edit(edit.file, RemoveKey(edit.operation.path), edit.fact)  # noqa: PLW2901 - it takes its place
            found.setdefault(edit.file, []).append(edit)
        return found

    def _gone(self, place: tuple[str, Path]) -> int:
        """How many items are taken out of a list for good; none where others come in."""
        there = [edit.operation for edit in self.edits if (edit.file, edit.operation.path) == place]
        if any(isinstance(operation, AddItem) for operation in there):
            return -1
        return len({operation.index for operation in there if isinstance(operation, RemoveItem)})


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
