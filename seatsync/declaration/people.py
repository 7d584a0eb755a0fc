"""The section `users` and the rows of the CSV, added to the draft of a declaration."""

from collections.abc import Callable, Iterable
from sys import intern
from typing import Literal, NamedTuple, cast

from seatsync.account.attributes import MenuRole
from seatsync.clock import NEVER, Days
from seatsync.declaration.declared import (
    ROLE_LISTS,
    Declaration,
    DeclaredTeam,
    DeclaredUser,
    UndeclaredGroup,
    UndeclaredTeam,
)
from seatsync.declaration.fields import Diagnostics, Fields, UniqueNames, is_day, nfc
from seatsync.declaration.mentions import Mention, People
from seatsync.declaration.named_lists import expand_mentions
from seatsync.finding import Location
from seatsync.reading.people_csv import NO_DAYS, Cell, PersonRow
from seatsync.reading.plain_text import shown
from seatsync.reading.tree import YamlList, YamlMap


class Assigned(NamedTuple):
    """An assignment in people's entries or CSV rows: a product, a place in a group, a role, or else a membership."""

    team: str
    product: str | None = None
    group: str | None = None
    role: MenuRole | None = None


class Draft:
    """Builder of a declaration.

    `pending` are assigned to their teams by `finish`, because a later file may declare the team. `name_rows` maps a
    person and a column of names or languages to the CSV row that has it first, if that is not their first row.
    `also_in_yaml` are persons with a CSV row who are also declared in YAML. `in_lists` are the roles and places in
    groups of CSV rows, which rows of one person repeat.
    """

    def __init__(self, declaration: Declaration, diagnostics: Diagnostics) -> None:
        self.declaration = declaration
        self.diagnostics = diagnostics
        self.old_addresses: dict[str, Location] = {}
        self.teams = UniqueNames("team")
        self.lists = UniqueNames("list")
        self.pending: dict[Assigned, list[Mention]] = {}
        self.name_rows: dict[tuple[str, str], PersonRow] = {}
        self.also_in_yaml: set[str] = set()
        self.in_lists: set[tuple[str, str, str, Days | None]] = set()

    def finish(self) -> Declaration:
        """Expand named lists, assign what is pending to the teams, and return the complete declaration."""
        mentioning = [people for people in self.declaration.people() if people.lists]
        if mentioning or self.declaration.lists:
            expand_mentions(mentioning, self.declaration, self.diagnostics)
        teams = self.declaration.teams
        for (name, product, group, role), mentions in self.pending.items():
            team = teams.get(name)
            if team is None:
                undeclared = (UndeclaredTeam(name, self._team_at(name, each), product, each.user) for each in mentions)
                self.declaration.undeclared_teams.extend(undeclared)
            elif product is not None:
                team.by_user[product] = mentions
            elif group is not None:
                self._add_to_group(team, group, mentions)
            elif role is not None:
                teams[name] = _with_role(team, role, mentions)
            else:
                team.rows.extend(mentions)
        self.declaration.complete = self.diagnostics.complete
        self.declaration.unread |= self.diagnostics.unread
        return self.declaration

    def _team_at(self, team: str, mention: Mention) -> Location:
        """Return the location of the team's name in a CSV row, or among the seats in a person's own entry."""
        if isinstance(mention.place, Cell):
            return mention.place._replace(column="team").at
        section = self.declaration.users[mention.user].section or YamlMap()
        return cast("YamlMap", cast("YamlMap", section[mention.written])["seats"]).key_at(team)

    def _add_to_group(self, team: DeclaredTeam, name: str, mentions: list[Mention]) -> None:
        """Add members from CSV rows to a group of a team."""
        group = team.groups.get(name)
        if group is not None:
            broken = group.broken | {"members"} if _any_invalid(mentions) else group.broken
            team.groups[name] = group._replace(members=group.members.with_rows(mentions), broken=broken)
            return
        undeclared = (UndeclaredGroup(name, team.name, mention.at, mention.user) for mention in mentions)
        self.declaration.undeclared_groups.extend(undeclared)


def _with_role(team: DeclaredTeam, role: MenuRole, mentions: list[Mention]) -> DeclaredTeam:
    """Return a team with further people in a role, from CSV rows."""
    if _any_invalid(mentions):
        team = team._replace(broken=team.broken | {ROLE_LISTS[role]})
    if role == "secondary":
        return team._replace(secondary=team.secondary.with_rows(mentions))
    if role == "sso":
        return team._replace(sso_admins=team.sso_admins.with_rows(mentions))
    external = People(YamlList(team.node.file), []) if team.external is None else team.external
    return team._replace(external=external.with_rows(mentions))


def _any_invalid(mentions: list[Mention]) -> bool:
    return any(mention.days == NEVER for mention in mentions)


def read_rows(rows: Iterable[PersonRow], draft: Draft) -> None:
    """Add rows to a draft.

    Rows of one person are merged, also across files. A person who is declared in YAML as well is reported.
    """
    diagnostics = draft.diagnostics
    for row in rows:
        user = diagnostics.identity(row.email)
        if user is None:
            diagnostics.report_address(row.email, row.at("email"))
            diagnostics.unread.add("users")
        elif _declare(user, row, draft):
            if row.previous:
                _add_previous(user, row, draft)
            if row.team is not None:
                _assign(user, row, row.team, draft)


def _declare(user: str, row: PersonRow, draft: Draft) -> bool:
    """Declare the person of a row, or merge the row into earlier ones. Return False if a YAML file declares them."""
    users = draft.declaration.users
    first = users.get(user)
    if first is None or first.section is not None:
        if user in draft.also_in_yaml or not is_new(user, row.email, lambda _: row.at("email"), draft):
            draft.also_in_yaml.add(user)
            return False
        users[user] = DeclaredUser(row.email, row.first_name, row.last_name, row=row, language=row.language)
        return True
    if (row.first_name, row.last_name, row.language) != (first.first_name, first.last_name, first.language):
        users[user] = first._replace(
            first_name=_merged_name("first_name", row, user, first, draft),
            last_name=_merged_name("last_name", row, user, first, draft),
            language=_merged_name("language", row, user, first, draft),
        )
    return True


def _merged_name(column: str, row: PersonRow, user: str, person: DeclaredUser, draft: Draft) -> str | None:
    """Return the name or language from the first row that has one. A row with a different one is reported."""
    name: str | None = getattr(row, column)
    before: str | None = getattr(person, column)
    if before is None:
        if name is not None:
            draft.name_rows[user, column] = row
        return name
    first = draft.name_rows.get((user, column), person.row)
    if name is not None and name != before and first is not None:
        what = "language" if column == "language" else "name"
        message = f"{shown(row.email)} has two {what}s: {shown(before)} and {shown(name)}"
        hint = f"use the same {what} in all rows"
        draft.diagnostics.report_duplicate(row.at(column), message, first.at(column), "first named here", hint=hint)
    return before


def _assign(user: str, row: PersonRow, team: str, draft: Draft) -> None:
    """Add the seat, the place in a group and the role in a team that a row declares, or else the membership."""
    name, days = nfc(team), None if row.days is NO_DAYS else _days(row, draft.diagnostics)
    role = None if row.role == "member" else row.role
    if row.product is not None:
        _add(user, row, "product", Assigned(name, nfc(row.product)), days, draft)
    if row.group is not None:
        group = nfc(row.group)
        if _is_first((user, name, f"group {group}", days), draft):
            _add(user, row, "group", Assigned(name, group=group), days, draft)
    if role is not None and _is_first((user, name, role, days), draft):
        _add(user, row, "role", Assigned(name, role=role), days, draft)
    if row.product is None and row.group is None and role is None:
        _add(user, row, "email", Assigned(name), days, draft)


def _add(user: str, row: PersonRow, column: str, assigned: Assigned, days: Days | None, draft: Draft) -> None:
    until = row.cell("until") if days is not None and days[1] is not None else None
    mention = Mention(user, row.email, row.cell(column), days, until)
    known = draft.pending.get(assigned)
    if known is None:
        draft.pending[assigned] = [mention]
    else:
        known.append(mention)


def _is_first(place: tuple[str, str, str, Days | None], draft: Draft) -> bool:
    """Return True if no earlier row gives the person this role or place in a group."""
    first = place not in draft.in_lists
    draft.in_lists.add(place)
    return first


def _days(row: PersonRow, diagnostics: Diagnostics) -> Days:
    """Return the days of a row that has some. Invalid days are reported, and are `NEVER`."""
    starts, ends = row.days
    wrong = [(column, text) for column, text in (("from", starts), ("until", ends)) if text and not is_day(text)]
    for column, text in wrong:
        diagnostics.report_day(text, row.at(column))
    if not wrong and starts and ends and ends < starts:
        message = f"`until` ({ends}) is before `from` ({starts})"
        diagnostics.report_conflict(row.at("until"), message, "correct one of the two days")
        return NEVER
    return NEVER if wrong else row.days


def _add_previous(user: str, row: PersonRow, draft: Draft) -> None:
    """Add the previous addresses of a row to its person, unless an earlier row has them."""
    at = row.at("previous_emails")
    for written in row.previous:
        person = draft.declaration.users[user]
        old = draft.diagnostics.identity(written)
        if old is None:
            draft.diagnostics.report_address(written, at)
        elif old not in {mention.user for mention in person.previous}:
            claim = Mention(user, written, at)
            if _is_free(old, claim, person.at, draft):
                draft.declaration.users[user] = person._replace(previous=(*person.previous, Mention(old, written, at)))
                draft.old_addresses[old] = at


USER = frozenset(("first_name", "last_name", "language", "seats", "previous_emails"))
USER_NOW = USER | {"status", "invited_at", "invitations"}
_NAMES = frozenset(("first_name", "last_name", "language"))
_STATUSES: tuple[Literal["active", "pending"], ...] = ("active", "pending")


def read_users(section: YamlMap, draft: Draft, known: frozenset[str] = USER) -> None:
    """Add people to a draft; a duplicate is reported and not read."""
    diagnostics, users = draft.diagnostics, draft.declaration.users
    for written in section:
        user = diagnostics.identity(written)
        if user is None:
            diagnostics.report_address(written, section.key_at(written))
            diagnostics.unread.add("users")
        elif is_new(user, written, section.key_at, draft):
            users[user] = _user(section, written, user, draft, known)


def is_new(user: str, written: str, at: Callable[[str], Location], draft: Draft) -> bool:
    """Return True if a person is not declared yet. Report a second declaration, and a claim as an old address."""
    first = draft.declaration.users.get(user)
    if first is not None:
        same = "" if first.email == written else f": {shown(first.email)} is the same person"
        draft.diagnostics.report_duplicate(at(written), f"{shown(written)} is declared twice{same}", first.at)
        return False
    old = draft.old_addresses.get(user)
    if old is not None:
        message = f"{shown(written)} is both declared and listed in `previous_emails`"
        draft.diagnostics.report_duplicate(at(written), message, old, "listed here")
    return True


def _user(section: YamlMap, written: str, user: str, draft: Draft, known: frozenset[str]) -> DeclaredUser:
    fields = Fields.under(section, written, draft.diagnostics, known)
    first, last = fields.text("first_name"), fields.text("last_name")
    declared = DeclaredUser(written, first and intern(first), last and intern(last), section)
    if "language" in fields.node:
        declared = declared._replace(language=fields.text("language"))
    if fields.node.keys() <= _NAMES:  # the usual case
        if section[written] is fields.node:
            section[written] = None  # frees the mapping, which takes more memory than the person
        return declared
    _seats(fields, user, written, draft)
    return declared._replace(
        previous=_previous(fields, user, section.key_at(written), draft),
        status=fields.choice("status", _STATUSES) or "active",
        invited=(fields.moment("invited_at"), fields.number("invitations") or 1),
    )


def _seats(fields: Fields, user: str, written: str, draft: Draft) -> None:
    """Add the seats in a person's own entry, which are grouped by team."""
    teams = fields.mapping("seats", "team")
    within = Fields(teams, draft.diagnostics, teams.keys())
    for team in teams:
        products = within.products(team)
        for index, product in products.items():
            mention = Mention(user, written, products.at(index), products.days.get(index), products.until(index))
            draft.pending.setdefault(Assigned(team, product), []).append(mention)


def _previous(fields: Fields, user: str, own: Location, draft: Draft) -> tuple[Mention, ...]:
    """Return the valid old addresses of a person, whose entry is at `own`."""
    node = fields.listing("previous_emails")
    found: dict[str, Mention] = {}
    for index, item in enumerate(node):
        if not isinstance(item, str):
            continue
        at = node.item_at(index)
        old = draft.diagnostics.identity(item)
        if old is None:
            draft.diagnostics.report_address(item, at)
        elif old not in found and _is_free(old, Mention(user, item, at), own, draft):
            found[old] = Mention(old, item, at)
            draft.old_addresses[old] = at
    return tuple(found.values())


def _is_free(old: str, claim: Mention, own: Location, draft: Draft) -> bool:
    """Return True if an old address is neither declared nor claimed yet; otherwise report it."""
    declared = draft.declaration.users.get(old)
    if declared is not None or old == claim.user:
        message = f"{shown(claim.written)} is both declared and listed in `previous_emails`"
        draft.diagnostics.report_duplicate(claim.at, message, declared.at if declared else own, "declared here")
        return False
    if old in draft.old_addresses:
        message = f"{shown(claim.written)} is listed in `previous_emails` twice"
        draft.diagnostics.report_duplicate(claim.at, message, draft.old_addresses[old], "listed here")
        return False
    return True
