"""Which files have to do with each other: through the people, teams and purchases that they and the account name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from seatsync.account.model import Account, Contract
from seatsync.converged.graph import Graph
from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredTeam, Mention, People


class Links:
    """Files (by number) linked with all they declare and name, and with all that the account has of it.

    People, teams, subscriptions and contracts that a file declares are one with it: they have its number. What only
    the account has gets a number of its own.
    """

    def __init__(self, names: Sequence[str], declared: Declaration, account: Account) -> None:
        self.files = {name: number for number, name in enumerate(names)}
        self._graph = Graph(len(names))
        self.users = {user: self.files[person.file] for user, person in declared.users.items()}
        self.teams = {name: self.files[team.at.file] for name, team in declared.teams.items()}
        self.subscriptions = {key: self.files[sub.at.file] for key, sub in declared.subscriptions.items()}
        self.contracts = {number: self.files[contract.at.file] for number, contract in declared.contracts.items()}
        # Rows of one person may stand in several files, of which only the first is remembered.
        self._graph.link(number for name, number in self.files.items() if name.lower().endswith(".csv"))
        self._declared(declared)
        self._account(account)

    def root(self, number: int) -> int:
        """The number that stands for all that is linked."""
        return self._graph.root(number)

    def _declared(self, declared: Declaration) -> None:
        for name, team in declared.teams.items():
            mentions = [*_by_user(team), *([team.primary] if team.primary is not None else [])]
            places = {self.files[mention.at.file] for mention in mentions}
            people = chain((mention.user for mention in mentions), *(listed.ids for listed in _lists(team)))
            self._graph.link({self.teams[name], *places, *self._people(people)})
        for key, sub in declared.subscriptions.items():
            manager = [sub.contract_manager.user] if sub.contract_manager is not None else []
            team_of = [_number(sub.team, self.teams, self._graph)] if sub.team is not None else []
            self._graph.link({self.subscriptions[key], *team_of, *self._people(manager)})
        for number, contract in declared.contracts.items():
            self._graph.link({self.contracts[number], *self._people(_of_contract(contract))})

    def _account(self, account: Account) -> None:
        for name, team in account.teams.items():
            people = self._people(chain(team.members, (team.primary,), team.admins))
            self._graph.link({_number(name, self.teams, self._graph), *people})
        for key, sub in account.subscriptions.items():
            team_of = [_number(sub.team, self.teams, self._graph)] if sub.team is not None else []
            own = _number(key, self.subscriptions, self._graph)
            self._graph.link({own, *team_of, *self._people((sub.contract_manager,))})
        for number, contract in account.contracts.items():
            own = _number(number, self.contracts, self._graph)
            self._graph.link({own, *self._people(_in_contract(contract))})

    def _people(self, users: Iterable[str]) -> set[int]:
        """The numbers of some people; who is not known yet gets one."""
        users = set(users)
        found = set(map(self.users.get, users))
        if None in found:
            return {_number(user, self.users, self._graph) for user in users}
        return {number for number in found if number is not None}


def _number(name: str, known: dict[str, int], graph: Graph) -> int:
    number = known.get(name)
    if number is None:
        number = known[name] = graph.node()
    return number


def _by_user(team: DeclaredTeam) -> Iterator[Mention]:
    yield from chain(team.rows, *team.by_user.values())


def _lists(team: DeclaredTeam) -> Iterator[People]:
    yield team.secondary
    yield team.sso_admins
    yield from (group.members for group in team.groups.values())
    yield from team.seats.values()
    yield team.members


def _of_contract(contract: DeclaredContract) -> Iterator[str]:
    for mention in (contract.contract_manager, contract.coordinator):
        if mention is not None:
            yield mention.user
    for people in (*contract.users.values(), *contract.services.values(), contract.support, contract.members):
        yield from people.ids


def _in_contract(contract: Contract) -> Iterator[str]:
    yield contract.contract_manager
    yield contract.coordinator
    yield from contract.members
