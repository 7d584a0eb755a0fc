"""ROLE: admins of teams and contract managers of subscriptions."""

from collections.abc import Iterator
from typing import NamedTuple

from seatsync.account.attributes import ROLE_TITLES, Sso
from seatsync.declaration.declared import Declaration, DeclaredSubscription, DeclaredTeam
from seatsync.declaration.mentions import Mention, People
from seatsync.declaration.pools import has_entries
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.reading.plain_text import listed


def one_primary(declared: Declaration, day: str) -> Iterator[Finding]:
    """A team has exactly one primary admin.

    What: A team's `primary_admin` names its primary admin. Without this field, the contract manager of the team's
    subscriptions is the primary admin, if they all have the same one. Otherwise `primary_admin` is required.

    Why: The vendor makes the buyer the primary admin by default. With several buyers there is no default.

    Source: S1

    Wrong:
        teams:
          build:
            secondary_admins: [cho@acme.example]
        subscriptions:
          "574-2": {team: build, product: Revit, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2045-12-31}
          "574-3": {team: build, product: Maya, offering: single-user, seats: 1, channel: store,
                    contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2045-12-31}

    Right:
        teams:
          build:
            primary_admin: ana@acme.example
            secondary_admins: [cho@acme.example]
        subscriptions:
          "574-2": {team: build, product: Revit, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2045-12-31}
          "574-3": {team: build, product: Maya, offering: single-user, seats: 1, channel: store,
                    contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2045-12-31}
    """
    if not declared.whole("subscriptions"):
        return
    bought: dict[str | None, list[DeclaredSubscription]] = {}
    for sub in declared.subscriptions.values():
        bought.setdefault(sub.team, []).append(sub)
    # A subscription whose team is invalid or undeclared may belong to this team; it has a finding of its own.
    astray = any(name is not None and name not in declared.teams for name in bought)
    astray = astray or any("team" in sub.broken for sub in bought.get(None, ()))
    for team in declared.teams.values():
        if team.primary is None and "primary_admin" not in team.broken:
            subscriptions = bought.get(team.name, [])
            managers = _managers(declared, subscriptions)
            if len(managers) > 1 or not (managers or subscriptions or astray):
                yield _no_primary(declared, team, managers)


def one_role(declared: Declaration, day: str) -> Iterator[Finding]:
    """A person is at most one of primary, secondary, SSO admin and external user in one team.

    What: On any day, a person is listed only once in the fields `primary_admin`, `secondary_admins`, `sso_admins` and
    `external_users` of a team. The finding is placed at the second entry, in this order of the fields.

    Why: In the vendor's portal, a person has one role in a team.

    Source: S0 S1

    Wrong:
        teams:
          design:
            secondary_admins: [ben@acme.example, ana@acme.example]

    Right:
        teams:
          design:
            secondary_admins: [ben@acme.example]
    """
    for team in declared.teams.values():
        entries: dict[str, list[_Entry]] = {}
        for entry in _role_entries(team, day):
            entries.setdefault(entry.user, []).append(entry)
        for user, roles in entries.items():
            if len(roles) > 1 and user in declared.users:
                first, second, *more = roles
                differ = first.role != second.role
                held = f"{first.role} and {second.role}" if differ else f"listed twice as {first.role}"
                yield Finding(
                    "ROLE002",
                    Severity.ERROR,
                    f"{declared.shown(user)} is {held} of team {team.name}",
                    second.at,
                    hint="keep one of the two entries",
                    source="S0 S1",
                    related=(
                        *second.related,
                        *(related for other in (first, *more) for related in (_here(other), *other.related)),
                    ),
                    things=(("team", team.name), ("user", user)),
                )


def no_secondary(declared: Declaration, day: str) -> Iterator[Finding]:
    """A team has at least one secondary admin.

    What: At least one entry of `secondary_admins` is valid on the day. If the policy sets `min_secondary_admins`,
    POLICY002 is reported instead.

    Why: Only a secondary admin can become primary admin. Without one, nobody can assign seats while the primary admin
    is ill or after they leave.

    Source: S4

    Wrong:
        teams:
          build:
            primary_admin: ana@acme.example

    Right:
        teams:
          build:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
    """
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

    Why: Only the contract manager pays, renews and is notified of renewals. Every subscription in the account has one,
    so its declaration needs one too.

    Source: S1

    Wrong:
        subscriptions:
          "574-2": {team: design, product: Revit, offering: single-user, seats: 1, channel: store,
                    starts: 2026-01-01, ends: 2045-12-31}

    Right:
        subscriptions:
          "574-2": {team: design, product: Revit, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2045-12-31}
    """
    for sub in declared.subscriptions.values():
        if sub.contract_manager is None and "contract_manager" not in sub.broken:
            yield Finding(
                "ROLE004",
                Severity.ERROR,
                f"subscription {sub.id} has no contract manager",
                sub.at,
                hint="add `contract_manager:` with the address of the buyer",
                source="S1",
                things=(("subscription", sub.id), *((("team", sub.team),) if sub.team is not None else ())),
            )


def no_sso(declared: Declaration, day: str) -> Iterator[Finding]:
    """A team with SSO admins has an SSO configuration.

    What: A team with an entry of `sso_admins` that is valid on the day has an `sso` section.

    Why: SSO admins manage single sign-on. Without a configuration there is nothing to manage; usually the section was
    forgotten.

    Source: S1

    Wrong:
        teams:
          design:
            sso_admins: [cho@acme.example]

    Right:
        teams:
          design:
            sso_admins: [cho@acme.example]
            sso: {domains: [acme.example], metadata_url: "https://idp.acme.example/saml"}
    """
    for team in declared.teams.values():
        if has_entries(team.sso_admins, day) and not isinstance(team.sso, Sso) and "sso" not in team.broken:
            yield Finding(
                "ROLE005",
                Severity.WARNING,
                f"team {team.name} has SSO admins, but no SSO configuration",
                team.node.value_at("sso_admins") if "sso_admins" in team.node else team.sso_admins.at(0),
                hint="add `sso:` with its domains and metadata_url, or make them secondary admins",
                source="S1",
                things=(("team", team.name),),
            )


class _Entry(NamedTuple):
    """A person in a role. Its location is computed on access."""

    user: str
    role: str
    where: Mention | tuple[People, int]

    @property
    def at(self) -> Location:
        return self.where.at if isinstance(self.where, Mention) else self.where[0].at(self.where[1])

    @property
    def related(self) -> tuple[Related, ...]:
        return () if isinstance(self.where, Mention) else self.where[0].related(self.where[1])


def _here(entry: _Entry) -> Related:
    return Related(entry.at, f"{entry.role} here")


def _role_entries(team: DeclaredTeam, day: str) -> Iterator[_Entry]:
    """Yield the entries valid on a day: primary, secondary, SSO, external; a default primary has none."""
    if team.primary is not None:
        yield _Entry(team.primary.user, "primary admin", team.primary)
    for role, people in team.role_lists():
        for index, user in people.distinct(day):
            yield _Entry(user, ROLE_TITLES[role], (people, index))


def _managers(declared: Declaration, subscriptions: list[DeclaredSubscription]) -> dict[str, Mention]:
    """Return the declared contract managers, each with their first mention; REF001 reports undeclared ones."""
    found: dict[str, Mention] = {}
    for sub in subscriptions:
        if sub.contract_manager is not None and sub.contract_manager.user in declared.users:
            found.setdefault(sub.contract_manager.user, sub.contract_manager)
    return found


def _no_primary(declared: Declaration, team: DeclaredTeam, candidates: dict[str, Mention]) -> Finding:
    names = [declared.shown(user) for user in sorted(candidates)]
    message = f"team {team.name} has no primary admin, and no subscription to derive one from"
    hint = "add `primary_admin:` with one address"
    if names:
        message = f"team {team.name} has no primary admin, and its subscriptions have several managers: {listed(names)}"
        hint = f"add `primary_admin:` with one of them, such as {names[0]}"
    return Finding(
        "ROLE001",
        Severity.ERROR,
        message,
        team.at,
        hint=hint,
        source="S1",
        related=tuple(Related(mention.at, "contract manager here") for mention in candidates.values()),
        things=(("team", team.name),),
    )
