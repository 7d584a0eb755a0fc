"""The project file: where a repository is, which account it is for, what it includes, its policy and its portal."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from seatsync.clock import time_zone
from seatsync.declaration.changing.change_record import must_be_whole
from seatsync.declaration.declared import Project
from seatsync.declaration.fields import Diagnostics, Fields
from seatsync.declaration.files import LEADS_NOWHERE, PROJECT_FILE, Files, Folder, Unreadable, is_there
from seatsync.declaration.policy_fields import count_of, read_policy, texts
from seatsync.declaration.project_values import (
    EACH,
    REDIRECT,
    DirectorySync,
    OwnRule,
    Portal,
    TeamAdmin,
)
from seatsync.errors import FileProblem, ProjectNotFound
from seatsync.finding import Finding, Severity, in_order
from seatsync.reading import schema, yaml_file
from seatsync.reading.plain_text import decode, shown
from seatsync.reading.tree import YamlList, YamlMap
from seatsync.secret import has_secret

# The portal

_PORTAL = frozenset(("exports", "directory_sync", "import_from", "max_age", "team_admin", "insights"))
_SYNCED = frozenset(("groups",))
_TEAM_ADMIN = frozenset(("client_id", "write", "teams", "pkce", "redirect"))
_AGE = re.compile(r"(0|[1-9][0-9]{0,3})d")


def _portal(fields: Fields) -> Portal | None:
    """Return the portal in the fields of a project file, None without the key; unreadable fields have their defaults.

    An empty section counts as a portal, because it is safer: no step is carried out without a person.
    """
    if "portal" not in fields.node:
        return None
    default = Portal()
    portal = Fields.under(fields.node, "portal", fields.diagnostics, _PORTAL)
    age = _AGE.fullmatch(portal.text("max_age") or "")
    return Portal(
        exports=_exports(portal),
        directory_sync=tuple(_directory_sync(portal)),
        import_from=count_of(portal, "import_from", default.import_from),
        max_age=default.max_age if age is None else int(age[1]),
        team_admin=_team_admin(portal),
        insights=portal.flag("insights"),
    )


def _directory_sync(portal: Fields) -> Iterator[DirectorySync]:
    """Yield the teams with directory sync; an entry with unreadable patterns counts without them, which is safer."""
    teams = portal.mapping("directory_sync", "team")
    entries = Fields(teams, portal.diagnostics, teams.keys())
    for team in sorted(teams):
        if isinstance(teams[team], YamlMap):
            entry = Fields(entries.mapping(team), portal.diagnostics, _SYNCED)
            groups = texts(entry, "groups")
            if entry.node.get("groups") == []:
                hint = "write external, or patterns of the names of synced groups"
                portal.diagnostics.report_shape(entry.node.value_at("groups"), "groups must not be empty", hint)
            yield DirectorySync(team, () if entry.broken else groups)
        elif entries.text(team) is not None:
            yield DirectorySync(team)


def _team_admin(portal: Fields) -> TeamAdmin | None:
    """Return the use of the Team Admin API, None without a readable app; an unreadable `write` is False."""
    if portal.node.get("team_admin") is None:
        return None
    fields = Fields.under(portal.node, "team_admin", portal.diagnostics, _TEAM_ADMIN)
    named = fields.mapping("teams", "team")
    ids = Fields(named, fields.diagnostics, named.keys())
    found = {team: number for team in sorted(named) if (number := ids.text(team)) is not None}
    _report_shared_ids(named, found, fields.diagnostics)
    app = fields.text("client_id")
    if app is None:
        return None
    redirect = fields.text("redirect") or REDIRECT
    return TeamAdmin(app, fields.flag("write"), tuple(found.items()), fields.flag("pkce"), redirect)


def _report_shared_ids(named: YamlMap, found: Mapping[str, str], diagnostics: Diagnostics) -> None:
    """Report teams with the id of another one: the steps of one team would be carried out in the other."""
    owners: dict[str, str] = {}
    for team, number in found.items():
        owner = owners.setdefault(number, team)
        if owner != team:
            message = f"{shown(team)} and {shown(owner)} have the same id {shown(number)}"
            diagnostics.report_conflict(
                named.value_at(team), message, "give each team the id that the vendor has for it"
            )


def _exports(portal: Fields) -> tuple[str, ...]:
    if isinstance(portal.node.get("exports"), YamlList):
        return tuple(item for item in portal.listing("exports") if isinstance(item, str))
    text = portal.text("exports")
    return () if text is None else (text,)


# Rates and own rules

_MOST_TOKENS = 10**6
_RULE = frozenset(("each", "must", "message", "severity", "passes", "fails"))
_OWN_CODE = re.compile(r"POLICY1[0-9]{2}")


def _rates(fields: Fields) -> tuple[tuple[str, Decimal], ...]:
    node = fields.mapping("rates", "product")
    rates = Fields(node, fields.diagnostics, node.keys())
    return tuple((name, tokens) for name in node if (tokens := rates.amount(name, _MOST_TOKENS)) is not None)


def _rules(fields: Fields) -> tuple[OwnRule, ...]:
    """Return the project's own rules that are complete, sorted by code."""
    node = fields.mapping("rules")
    found = (_rule(node, code, fields.diagnostics) for code in sorted(node) if _OWN_CODE.fullmatch(code))
    return tuple(rule for rule in found if rule is not None)


def _rule(node: YamlMap, code: str, diagnostics: Diagnostics) -> OwnRule | None:
    fields = Fields.under(node, code, diagnostics, _RULE)
    fields.need("each", "must", "message")
    each, must, message = fields.choice("each", EACH), fields.text("must"), fields.text("message")
    severity = fields.choice("severity", tuple(map(str, Severity))) or Severity.ERROR
    passes, fails = (
        tuple(item for item in fields.listing(key) if isinstance(item, YamlMap)) for key in ("passes", "fails")
    )
    if fields.broken or each is None or must is None or message is None:
        return None
    return OwnRule(code, each, must, message, Severity(severity), passes, fails, fields.node, node.key_at(code))


def _as_written(rules: tuple[OwnRule, ...], raw: bytes) -> tuple[OwnRule, ...]:
    """Return rules with the texts of their expressions in the project file."""
    text = str(decode(raw, PROJECT_FILE))
    return tuple(rule._replace(written=text[slice(*rule.node.span_of("must"))]) for rule in rules)


# The project file

PROJECT = frozenset(("version", "account", "target", "timezone", "include", "portal", "policy", "rates", "rules"))


def find_root(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, that holds a project file.

    Raises `ProjectNotFound` if none does, `FileProblem` if a folder on the way cannot be looked into.
    """
    try:
        here = Path(os.path.realpath(start))  # `resolve` treats a loop of links differently in each Python
    except (OSError, ValueError) as error:  # a path that the system cannot represent
        raise ProjectNotFound(str(start)) from error
    for folder in (here, *here.parents):
        if is_there(folder / PROJECT_FILE):
            return folder
    raise ProjectNotFound(str(start))


def read_project(root: Path, files: Files | None = None) -> tuple[Project | None, list[Finding]]:
    """Return the project of a repository, None if the project file is invalid, and its findings.

    The project file is read from the folder, or from `files` if given. Raises `ProjectNotFound` if there is none,
    `FileProblem` if it cannot be read, and `UnfinishedChange` if a change of the folder's files was interrupted.
    """
    diagnostics = Diagnostics()
    files = files or Folder(root)
    if isinstance(files, Folder):
        must_be_whole(root)
    raw = _text_of(root, files)
    node, findings = yaml_file.read(raw, PROJECT_FILE)
    diagnostics.findings += findings
    if node is None and findings:
        return None, diagnostics.findings
    diagnostics.add_schema_findings(schema.check(node, "project", PROJECT_FILE))
    project = _project(root, node, diagnostics) if isinstance(node, YamlMap) else None
    if project is not None and project.rules:
        project = project._replace(rules=_as_written(project.rules, raw))
    return project, in_order(diagnostics.findings)


@lru_cache(maxsize=256)
def is_zone(name: str) -> bool:
    """Return True if a name is that of a time zone."""
    try:
        time_zone(name)
    except LookupError:
        return False
    return True


def _targets(fields: Fields) -> dict[str, str]:
    """Return the URLs of targets by name; one that has no name is under "". Report secrets in them."""
    named = isinstance(fields.node.get("target"), YamlMap)
    node = fields.mapping("target", "target") if named else fields.node
    within = Fields(node, fields.diagnostics, node.keys()) if named else fields
    found = {}
    for key in node if named else ("target",):
        url = within.text(key)
        if url is not None and has_secret(url):
            fields.diagnostics.report_secret(node.value_at(key), "`target`")
        if url is not None:
            found[key if named else ""] = url
    return found


def zone_of(fields: Fields) -> str | None:
    """Return the field `timezone`; report an unknown time zone."""
    name = fields.text("timezone")
    if name is None or is_zone(name):
        return name
    message = f"{shown(name)} is not a time zone"
    fields.diagnostics.report_shape(
        fields.node.value_at("timezone"), message, "use a name such as Europe/Lisbon or UTC"
    )
    return None


def _text_of(root: Path, files: Files) -> bytes:
    path = ""
    try:
        path = files.inside(PROJECT_FILE)
        return files.content(path)
    except Unreadable as problem:
        file, why = str(root / PROJECT_FILE), str(problem)
        if isinstance(problem.__cause__, FileNotFoundError):
            if path == f"{files.top}/{PROJECT_FILE}":
                raise ProjectNotFound(str(root)) from problem
            why = LEADS_NOWHERE
        raise FileProblem(file, why) from problem


def _project(root: Path, node: YamlMap, diagnostics: Diagnostics) -> Project:
    fields = Fields(node, diagnostics, PROJECT)
    include = fields.listing("include")
    targets = _targets(fields)
    return Project(
        root=root,
        node=node,
        account=fields.text("account") or "",
        target=next(iter(targets.values())) if len(targets) == 1 else None,
        targets=tuple((name, url) for name, url in targets.items() if name),
        include=tuple(item for item in include if isinstance(item, str)),
        timezone=zone_of(fields),
        policy=read_policy(fields),
        portal=_portal(fields),
        rates=_rates(fields),
        rules=_rules(fields),
    )
