"""Reader of the section `teams` of a fragment."""

from __future__ import annotations

from seatsync.account.facets import Sso
from seatsync.declaration.claims import UniqueNames
from seatsync.declaration.declared import OMITTED, DeclaredGroup, DeclaredTeam, Omitted
from seatsync.declaration.draft import Draft
from seatsync.declaration.fields import Fields
from seatsync.declaration.notes import Diagnostics
from seatsync.reading.tree import YamlList, YamlMap
from seatsync.secret import has_secret

TEAM = frozenset(
    ("primary_admin", "secondary_admins", "sso_admins", "sso", "groups", "seats", "members", "renamed_from"),
)
GROUP = frozenset(("members", "products", "renamed_from"))
SSO = frozenset(("domains", "metadata_url"))


def read_teams(section: YamlMap, draft: Draft) -> None:
    """Add teams, whose names are in NFC, to a draft; a duplicate is reported and not read."""
    for name in section:
        if draft.teams.declare(name, section.key_at(name), draft.diagnostics):
            team = _team(section, name, draft)
            draft.declaration.teams[name] = team


def _team(section: YamlMap, name: str, draft: Draft) -> DeclaredTeam:
    fields = Fields.under(section, name, draft.diagnostics, TEAM)
    return DeclaredTeam(
        name=name,
        at=section.key_at(name),
        primary=fields.person("primary_admin"),
        secondary=fields.people("secondary_admins"),
        sso_admins=fields.people("sso_admins"),
        sso=_sso(fields),
        groups=_groups(fields, draft.diagnostics),
        seats=fields.rosters("seats", "product"),
        members=fields.people("members"),
        by_user={},
        rows=[],
        renamed_from=_old_names(fields, draft.teams),
        node=fields.node,
        broken=frozenset(fields.broken),
    )


def _groups(fields: Fields, diagnostics: Diagnostics) -> dict[str, DeclaredGroup]:
    node = fields.mapping("groups", "group")
    unique_names = UniqueNames("group")
    groups = {}
    for name in node:
        unique_names.declare(name, node.key_at(name), diagnostics)
        groups[name] = _group(node, name, unique_names, diagnostics)
    return groups


def _group(node: YamlMap, name: str, unique_names: UniqueNames, diagnostics: Diagnostics) -> DeclaredGroup:
    fields = Fields.under(node, name, diagnostics, GROUP)
    return DeclaredGroup(
        name=name,
        at=node.key_at(name),
        members=fields.people("members"),
        products=fields.names("products"),
        renamed_from=_old_names(fields, unique_names),
        node=fields.node,
        broken=frozenset(fields.broken),
    )


def _old_names(fields: Fields, unique_names: UniqueNames) -> tuple[str, ...]:
    """Return the old names that a team or group claims (one, or a list of them, newest first)."""
    if not isinstance(fields.node.get("renamed_from"), YamlList):
        old = fields.name("renamed_from")
        claims = [] if old is None else [(old, fields.node.value_at("renamed_from"))]
    else:
        names = fields.names("renamed_from")
        claims = [(name, names.item_at(index)) for index, name in enumerate(names) if isinstance(name, str)]
    return tuple(old for old, at in claims if unique_names.claim(old, at, fields.diagnostics))


def _sso(fields: Fields) -> Sso | Omitted | None:
    if "sso" not in fields.node:
        return OMITTED
    node = fields.mapping("sso")
    if "sso" in fields.broken:
        return OMITTED
    if fields.node["sso"] is None:
        return None
    facts = Fields(node, fields.diagnostics, SSO)
    domains, url = facts.names("domains"), facts.text("metadata_url")
    if url is not None and has_secret(url):
        fields.diagnostics.report_secret(facts.node.value_at("metadata_url"), "`metadata_url`")
    if facts.broken:
        fields.broken.add("sso")
    return Sso(tuple(item for item in domains if isinstance(item, str)), url)
