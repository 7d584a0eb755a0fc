"""REF001: what is named is declared."""

from collections.abc import Iterator
from typing import NamedTuple

from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredTeam, Mention, People
from seatsync.finding import Finding, Location, Severity
from seatsync.rules.suggestions import Suggester


class _Named(NamedTuple):
    """A person named where nobody of that identity is declared."""

    user: str
    written: str
    at: Location


def declared_names(declared: Declaration, day: str) -> Iterator[Finding]:
    """Every person and team that is named somewhere is declared.

    What: Whoever gets a role, a seat, a service or a place in a group stands under `users`, or in the CSV of people.
    The team that a subscription, a person's `seats` or a row of the CSV names stands under `teams`. The nearest
    declared name is suggested, where one is near.

    Why: A misspelt address would invite a stranger, and a misspelt team would take its seats nowhere.

    Source: the configuration's own

    Wrong:
        users:
          ana@acme.example: {first_name: Ana, last_name: Silva}
          ben@acme.example: {first_name: Ben, last_name: Otto}
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [bne@acme.example]

    Right:
        users:
          ana@acme.example: {first_name: Ana, last_name: Silva}
          ben@acme.example: {first_name: Ben, last_name: Otto}
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
    """
    if declared.whole("users"):
        yield from _unknown_persons(declared)
    if declared.whole("teams"):
        yield from _unknown_teams(declared)


def _unknown_persons(declared: Declaration) -> Iterator[Finding]:
    undeclared = list(_undeclared_persons(declared))
    if not undeclared:
        return
    suggester = Suggester(declared.users.keys())
    moved = {mention.user: user.email for _, user in declared.moved() for mention in user.previous}
    for named in undeclared:
        meant = suggester.nearest(named.user)
        hint, instead = "declare them under `users`, or correct the address", ""
        if named.user in moved:
            instead = moved[named.user]
            hint = f"this is a previous address of {instead}; write the new one"
        elif meant is not None:
            instead = declared.shown(meant)
            hint = f"did you mean {instead}?"
        yield _finding(f"{named.written} is not declared", named.at, hint, ("user", named.user), instead)


def _unknown_teams(declared: Declaration) -> Iterator[Finding]:
    suggester = Suggester(declared.teams.keys())
    renamed = {old: team.name for team in declared.teams.values() for old in team.renamed_from}
    for name, at in _undeclared_teams(declared):
        meant = suggester.nearest(name)
        hint, instead = "declare it under `teams`, or correct the name", ""
        if name in renamed:
            instead = renamed[name]
            hint = f"team {instead} was renamed from it; write the new name"
        elif meant is not None:
            instead = meant
            hint = f"did you mean {meant}?"
        yield _finding(f"team {name} is not declared", at, hint, ("team", name), instead)


def _finding(message: str, at: Location, hint: str, thing: tuple[str, str], instead: str) -> Finding:
    return Finding("REF001", Severity.ERROR, message, at, hint=hint, things=(thing,), instead=instead)


def _undeclared_teams(declared: Declaration) -> Iterator[tuple[str, Location]]:
    """Every mention of a team that nobody declares."""
    for sub in declared.subscriptions.values():
        if sub.team is not None and sub.team not in declared.teams:
            yield sub.team, sub.node.value_at("team")
    for stray in declared.stray_teams:
        yield stray.name, stray.at


def _undeclared_persons(declared: Declaration) -> Iterator[_Named]:
    """Every mention of a person that nobody declares."""
    for mention in _single_mentions(declared):
        if mention.user not in declared.users:
            yield _Named(mention.user, mention.written, mention.at)
    is_declared = declared.users.__contains__
    for people in _lists(declared):
        if all(map(is_declared, people.ids)):
            continue
        missing = set(people.ids).difference(declared.users)
        for index, user in people.items():
            if user in missing:
                yield _Named(user, people.written(index), people.at(index))


def _single_mentions(declared: Declaration) -> Iterator[Mention]:
    mentions = [team.primary for team in declared.teams.values()]
    mentions += [sub.contract_manager for sub in declared.subscriptions.values()]
    for contract in declared.contracts.values():
        mentions += [contract.contract_manager, contract.coordinator]
    return (mention for mention in mentions if mention is not None)


def _lists(declared: Declaration) -> Iterator[People]:
    for team in declared.teams.values():
        yield from _lists_of_team(team)
    for contract in declared.contracts.values():
        yield from _lists_of_contract(contract)


def _lists_of_team(team: DeclaredTeam) -> Iterator[People]:
    yield team.secondary
    yield team.sso_admins
    for group in team.groups.values():
        yield group.members
    yield from team.seats.values()
    yield team.members


def _lists_of_contract(contract: DeclaredContract) -> Iterator[People]:
    yield from contract.users.values()
    yield from contract.services.values()
    yield contract.support
    yield contract.members
