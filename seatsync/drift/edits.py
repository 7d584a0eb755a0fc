"""Collects the edits that write facts of the portal to the files, and the facts that cannot be written."""

from __future__ import annotations

from dataclasses import dataclass, field

from seatsync.account.actions.step import Facts
from seatsync.account.model import Account
from seatsync.drift.facts import Fact
from seatsync.editing.changeset import ChangeSet
from seatsync.editing.operations import Path
from seatsync.reading.tree import YamlMap


@dataclass(slots=True)
class Edits(ChangeSet[Fact]):
    """As `ChangeSet`; `portal` is the present account, `shown` maps identities to addresses as written."""

    today: str = field(kw_only=True)
    portal: Account = field(kw_only=True)
    shown: dict[str, str] = field(kw_only=True)
    met: set[str] = field(default_factory=set)

    def add_person(self, fact: Fact | None, node: YamlMap, path: Path, user: str) -> None:
        """Add a person to a list in the file of `node`."""
        self.add_item(fact, node.file, path, self.written(user, node))

    def written(self, user: str, node: YamlMap) -> str:
        """Return a person's address as written; also declare a person who is not declared yet."""
        shown = self.shown.get(user, user)
        if user not in self.declared.users and user not in self.met:
            self.met.add(user)
            person = self.portal.users.get(user)
            names = {} if person is None else {"first_name": person.first_name, "last_name": person.last_name}
            value = Facts(tuple((name, text) for name, text in names.items() if text))
            self.set(None, self._people_file(node), ("users", shown), value)
        return shown

    def _people_file(self, node: YamlMap) -> str:
        """Return the file for a new person: that of `node` if it declares people, else that of the first person."""
        files = [person.section.file for person in self.declared.users.values() if person.section is not None]
        return node.file if node.file in files or not files else files[0]
