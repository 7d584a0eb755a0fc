"""ROLE001 to ROLE005: who administers a team, and who manages its subscriptions."""

from collections.abc import Iterator
from typing import NamedTuple

from seatsync.account.facets import Sso
from seatsync.declaration.declared import Declaration, DeclaredSubscription, DeclaredTeam, Mention, People, lasts
from seatsync.declaration.pools import has_entries
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.reading.words import listed


def one_primary(declared: Declaration, day: str) -> Iterator[Finding]:
    """A team has exactly one primary admin.

    What: The primary admin is the one that `primary_admin` names. Without the field it is the contract manager of the
    team's subscriptions, if that is one person. If it is nobody, or there are several, the team has to say.

    Why: By default the vendor makes whoever buys the primary admin. Two buyers leave it open who that is.

    Source: S1

    Wrong:
        teams:
          design:
            secondary_admins: [cho@acme.example]
        subscriptions:
          "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2045-12-31}
          "574-2": {team: design, product: Revit, offering: single-user, seats: 1, channel: store,
                    contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2045-12-31}

    Right:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [cho@acme.example]
        subscriptions:
          "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2045-12-31}
          "574-2": {team: design, product: Revit, offering: single-user, seats: 1, channel: store,
                    contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2045-12-31}
    """
    if not declared.whole("subscriptions"):
        return
    bought: dict[str | None, list[DeclaredSubscription]] = {}
    for sub in declared.subscriptions.values():
        bought.setdefault(sub.team, []).append(sub)
    # A subscription whose team is refused or not declared has a finding of its own: it may be this team's.
    astray = any(name is not None and name not in declared.teams for name in bought)
    astray = astray or any("team" in sub.broken for sub in bought.get(None, ()))
    for team in declared.teams.values():
        if team.primary is None and "primary_admin" not in team.broken:
            subscriptions = bought.get(team.name, [])
            managers = _managers(declared, subscriptions)
            if len(managers) > 1 or not (managers or subscriptions or astray):
                yield _no_primary(declared, team, managers)


def one_role(declared: Declaration, day: str) -> Iterator[Finding]:
    """A person has at most one of primary, secondary and SSO admin in one team.

    What: Nobody stands in two of the fields `primary_admin`, `secondary_admins` and `sso_admins` of a team on the same
    day, nor twice in one of them. The finding stands at the second mention, in this order of the fields.

    Why: The account's role menu has one entry for a person in a team.

    Source: S0 S1

    Wrong:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example, ana@acme.example]

    Right:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
    """
    for team in declared.teams.values():
        entries: dict[str, list[_Entry]] = {}
        for entry in _role_entries(team, day):
            entries.setdefault(entry.user, []).append(entry)
        for user, roles in entries.items():
            if len(roles) > 1 and user in declared.users:
                first, second, *more = roles
                twice = f"twice {second.role}" if first.role == second.role else f"{first.role} and {second.role}"
                yield Finding(
                    "ROLE002",
                    Severity.ERROR,
                    f"{declared.shown(user)} is {twice} of team {team.name}",
                    second.at,
                    hint="keep one of the two entries",
                    source="S0 S1",
                    related=tuple(Related(other.at, f"{other.role} here") for other in (first, *more)),
                    things=(("team", team.name), ("user", user)),
                )


def no_secondary(declared: Declaration, day: str) -> Iterator[Finding]:
    """A team has a secondary admin, so that somebody backs up the primary.

    What: At least one entry of `secondary_admins` holds on the day. Where the policy asks for a number of secondary
    admins, POLICY002 speaks instead.

    Why: Only a secondary admin can become primary. When the primary admin is ill or gone, a team without one has
    nobody who can hand out a seat.

    Source: S4

    Wrong:
        teams:
          design:
            primary_admin: ana@acme.example

    Right:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
    """
    if declared.project.policy.min_secondary_admins > 0:
        return
    for team in declared.teams.values():
        if not has_entries(team.secondary, day) and "secondary_admins" not in team.broken:
            yield Finding(
                "ROLE003",
                Severity.WARNING,
                f"team {team.name} has no secondary admin, so nobody backs up its primary admin",
                team.at,
                hint="name somebody under `secondary_admins`",
                source="S4",
                things=(("team", team.name),),
            )


def no_manager(declared: Declaration, day: str) -> Iterator[Finding]:
    """A subscription has exactly one contract manager.

    What: Every entry under `subscriptions` has a `contract_manager`.

    Why: The contract manager alone pays, renews and hears of renewals. The account always knows who that is, so the
    files have to know it too.

    Source: S1

    Wrong:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
        subscriptions:
          "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                    starts: 2026-01-01, ends: 2045-12-31}

    Right:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
        subscriptions:
          "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2045-12-31}
    """
    for sub in declared.subscriptions.values():
        if sub.contract_manager is None and "contract_manager" not in sub.broken:
            yield Finding(
                "ROLE004",
                Severity.ERROR,
                f"subscription {sub.id} names no contract manager",
                sub.at,
                hint="add `contract_manager:` with the address of whoever bought it",
                source="S1",
                things=(("subscription", sub.id), *((("team", sub.team),) if sub.team is not None else ())),
            )


def no_sso(declared: Declaration, day: str) -> Iterator[Finding]:
    """A team with SSO admins has an SSO configuration.

    What: Where an entry of `sso_admins` holds on the day, the team has an `sso` section.

    Why: SSO admins look after single sign-on. Without a configuration there is nothing for them to look after, and
    mostly the section was forgotten.

    Source: S1

    Wrong:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
            sso_admins: [cho@acme.example]

    Right:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
            sso_admins: [cho@acme.example]
            sso: {domains: [acme.example], metadata_url: "https://idp.acme.example/saml"}
    """
    for team in declared.teams.values():
        if has_entries(team.sso_admins, day) and not isinstance(team.sso, Sso) and "sso" not in team.broken:
            yield Finding(
                "ROLE005",
                Severity.WARNING,
                f"team {team.name} has SSO admins, but no SSO configuration",
                team.node.value_at("sso_admins"),
                hint="add `sso:` with its domains and metadata_url, or make them secondary admins",
                source="S1",
                things=(("team", team.name),),
            )


class _Entry(NamedTuple):
    """A person in a role. The place is made when it is asked for."""

    user: str
    role: str
    where: Mention | tuple[People, int]

    @property
    def at(self) -> Location:
        return self.where.at if isinstance(self.where, Mention) else self.where[0].at(self.where[1])


def _role_entries(team: DeclaredTeam, day: str) -> Iterator[_Entry]:
    """The role entries that hold on a day, in the order primary, secondary, SSO. A defaulted primary takes no part."""
    if team.primary is not None:
        yield _Entry(team.primary.user, "primary admin", team.primary)
    for role, people in (("secondary admin", team.secondary), ("SSO admin", team.sso_admins)):
        for index, user in people.items():
            if lasts(people.days.get(index), day):
                yield _Entry(user, role, (people, index))


def _managers(declared: Declaration, subscriptions: list[DeclaredSubscription]) -> dict[str, Mention]:
    """The contract managers, each with their first mention; those who are not declared are REF001's business."""
    found: dict[str, Mention] = {}
    for sub in subscriptions:
        if sub.contract_manager is not None and sub.contract_manager.user in declared.users:
            found.setdefault(sub.contract_manager.user, sub.contract_manager)
    return found


def _no_primary(declared: Declaration, team: DeclaredTeam, candidates: dict[str, Mention]) -> Finding:
    names = [declared.shown(user) for user in sorted(candidates)]
    message = f"team {team.name} names no primary admin, and has no subscription whose contract manager would be it"
    hint = "add `primary_admin:` with one address"
    if names:
        message = (
            f"team {team.name} names no primary admin, and its subscriptions have several managers: {listed(names)}"
        )
        hint = f"add `primary_admin:` with one of them, such as {names[0]}"
    return Finding(
        "ROLE001",
        Severity.ERROR,
        message,
        team.at,
        hint=hint,
        source="S1",
        related=tuple(Related(mention.at, "a contract manager") for mention in candidates.values()),
        things=(("team", team.name),),
    )
