"""The policy of a project, and the overrides of teams and contracts: `prune` and `ignore`."""

from __future__ import annotations

import re
from typing import TypeVar

from seatsync.declaration.fields import Diagnostics, Fields, nfc
from seatsync.declaration.project_values import Exempt, Freeze, Ignore, Policy, Reclaim, Suppress
from seatsync.reading.plain_text import listed, shown
from seatsync.reading.tree import YamlList, YamlMap

POLICY = frozenset(
    (
        *("max_removals", "min_secondary_admins", "email_domains", "protected", "prune", "ignore", "suppress"),
        *("expiry_notice", "max_invitations", "unread", "usage_retention", "reclaim", "freeze"),
    ),
)
PRUNABLE = frozenset(("seats", "admins", "groups", "leavers", "members", "teams"))
PRUNABLE_IN_SCOPE = PRUNABLE - {"teams"}
"""What a team or contract may name under `prune`."""

IGNORABLE_IN_SCOPE = frozenset(("users", "groups", "products"))
"""What a team or contract may name under `ignore`."""

NOT_SUPPRESSIBLE = ("YAML", "SCHEMA", "REF")
"""Families of findings that cannot be suppressed."""

_USERS_AND_TEAMS = frozenset(("users", "teams"))
THINGS = ("team", "user", "group", "product", "subscription", "contract")
_SUPPRESS = frozenset(("code", "reason", "until", *THINGS))
_Default = TypeVar("_Default", int, int | str)
_PERCENTAGE = re.compile(r"(?:100|[1-9]?[0-9])%")


def read_policy(fields: Fields) -> Policy:
    """Return the policy in the fields of a project file; unreadable fields have their defaults."""
    default = Policy()
    if fields.node.get("policy") is None:
        return default
    policy = Fields.under(fields.node, "policy", fields.diagnostics, POLICY)
    protected = Fields(policy.mapping("protected"), policy.diagnostics, _USERS_AND_TEAMS)
    return Policy(
        max_removals=_limit(policy, default.max_removals),
        min_secondary_admins=count_of(policy, "min_secondary_admins", default.min_secondary_admins),
        email_domains=_domains(policy),
        protected_users=_people(protected),
        protected_teams=texts(protected, "teams"),
        prune=read_prune(policy, PRUNABLE, default.prune),
        ignore=read_ignore(policy, frozenset(Ignore._fields)),
        suppress=_suppressions(policy),
        expiry_notice=count_of(policy, "expiry_notice", default.expiry_notice),
        unread=tuple(item for item in policy.listing("unread") if isinstance(item, str)),
        max_invitations=count_of(policy, "max_invitations", default.max_invitations),
        usage_retention=count_of(policy, "usage_retention", default.usage_retention),
        reclaim=_reclaim(policy),
        freeze=_freezes(policy),
    )


def user_pattern(text: str) -> str:
    """Return a pattern of e-mail addresses in the normal form of identities."""
    return nfc(nfc(text).casefold())


def texts(fields: Fields, key: str) -> tuple[str, ...]:
    """Return the texts of a list, in NFC."""
    return tuple(item for item in fields.names(key) if isinstance(item, str))


def count_of(policy: Fields, key: str, default: _Default) -> int | _Default:
    """Return a number, the default if it is absent or unreadable."""
    value = policy.number(key)
    return default if value is None else value


def _limit(policy: Fields, default: int | str) -> int | str:
    if isinstance(policy.node.get("max_removals"), str):
        text = policy.text("max_removals")
        return text if text is not None and _PERCENTAGE.fullmatch(text) else default
    return count_of(policy, "max_removals", default)


_Prune = TypeVar("_Prune", frozenset[str], None)


def read_prune(fields: Fields, kinds: frozenset[str], default: _Prune) -> frozenset[str] | _Prune:
    """Return the known kinds under `prune`, the default without the key."""
    return kinds.intersection(texts(fields, "prune")) if "prune" in fields.node else default


def read_ignore(fields: Fields, known: frozenset[str]) -> Ignore:
    """Return the patterns under `ignore`; `known` are the kinds of things that it may name."""
    ignored = Fields(fields.mapping("ignore"), fields.diagnostics, known)
    found = {kind: texts(ignored, kind) for kind in Ignore._fields if kind in known}
    found["users"] = tuple(map(user_pattern, found["users"]))
    return Ignore(**found)


def _domains(policy: Fields) -> tuple[str, ...]:
    """Return the domains in ASCII, as in identities. Empty if one of them is unreadable."""
    node = policy.listing("email_domains")
    domains = []
    for index, item in enumerate(node):
        someone = policy.diagnostics.identity(f"x@{item}") if isinstance(item, str) else None
        if someone is not None:
            domains.append(someone.partition("@")[2])
            continue
        policy.broken.add("email_domains")
        if isinstance(item, str):
            policy.diagnostics.report_shape(
                node.item_at(index), f"{shown(item)} is not the domain of an e-mail address"
            )
    return () if "email_domains" in policy.broken else tuple(domains)


def _people(protected: Fields) -> tuple[str, ...]:
    return tuple(user for _, user in protected.people("users").items())


def _suppressions(policy: Fields) -> tuple[Suppress, ...]:
    node = policy.listing("suppress")
    entries = (_suppression(item, policy.diagnostics) for item in node if isinstance(item, YamlMap))
    return tuple(entry for entry in entries if entry is not None)


def _suppression(node: YamlMap, diagnostics: Diagnostics) -> Suppress | None:
    """Return an entry; None if it is incomplete or its code cannot be suppressed."""
    entry = Fields(node, diagnostics, _SUPPRESS)
    code, reason, until = entry.text("code"), entry.text("reason"), entry.day("until")
    if code is not None and code.startswith(NOT_SUPPRESSIBLE):
        diagnostics.report_shape(
            node.value_at("code"), f"{code} cannot be suppressed", "fix the problem that it reports"
        )
        return None
    things = []
    for kind in THINGS:
        value = _thing(entry, kind)
        if value is not None:
            things.append((kind, value))
    if code is None or reason is None or entry.broken:
        return None
    return Suppress(code, tuple(things), reason, until)


def _thing(entry: Fields, kind: str) -> str | None:
    if kind == "user":
        mention = entry.person(kind)
        return mention.user if mention else None
    return entry.text(kind) if kind in {"subscription", "contract"} else entry.name(kind)


def _freezes(policy: Fields) -> tuple[Freeze, ...]:
    node = policy.listing("freeze")
    entries = (_freeze(item, policy.diagnostics) for item in node if isinstance(item, YamlMap))
    return tuple(entry for entry in entries if entry is not None)


def _freeze(node: YamlMap, diagnostics: Diagnostics) -> Freeze | None:
    """Return an entry, None if it is incomplete."""
    entry = Fields(node, diagnostics, frozenset(("from", "until", "reason")))
    (starts, ends), reason = entry.term("from", "until"), entry.text("reason")
    if entry.broken or starts is None or ends is None or reason is None:
        return None
    return Freeze(starts, ends, reason)


_EXEMPT = ("user", "group", "product", "team")


def _reclaim(policy: Fields) -> Reclaim:
    fields, default = Fields(policy.mapping("reclaim"), policy.diagnostics, frozenset(("days", "exempt"))), Reclaim()
    node = fields.listing("exempt")
    entries = (_exemption(node, index, policy.diagnostics) for index in range(len(node)))
    return Reclaim(count_of(fields, "days", default.days), tuple(entry for entry in entries if entry is not None))


def _exemption(node: YamlList, index: int, diagnostics: Diagnostics) -> Exempt | None:
    """Return an exemption from reclaim; None if it is incomplete. Report one that names nothing."""
    item = node[index]
    if not isinstance(item, YamlMap):
        return None
    entry = Fields(item, diagnostics, frozenset(("until", "reason", *_EXEMPT)))
    reason, until = entry.text("reason"), entry.day("until")
    things = tuple((kind, value) for kind in _EXEMPT if (value := _thing(entry, kind)) is not None)
    if reason is None or entry.broken:
        return None
    if not things:
        hint = f"add one or more of the keys {listed(_EXEMPT)}"
        diagnostics.report_shape(node.item_at(index), "an exemption that names nothing exempts nothing", hint)
        return None
    return Exempt(things, until, reason)
