"""The operations that write the portal's facts back into the files, and the facts that have to be left."""

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
    """As `ChangeSet`; `portal` is the account as it is now, and `shown` has addresses as written, by identity."""

    today: str = field(kw_only=True)
    portal: Account = field(kw_only=True)
    shown: dict[str, str] = field(kw_only=True)
    met: set[str] = field(default_factory=set)

    def add_person(self, fact: Fact | None, node: YamlMap, path: Path, user: str) -> None:
        """Put a person into a list of the thing that `node` is in."""
        self.add_item(fact, node.file, path, self.written(user, node))

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
