"""What a step does, in words: one sentence an action, without its scope, which stands beside or above it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from seatsync.account.actions import Facts, Plain, Step
from seatsync.account.things import Scope
from seatsync.reporting.escape import quoted, visible


def sentence(step: Step) -> str:
    """A step as an imperative: `make ben@acme.example secondary admin`."""
    return _SENTENCES[step.action](step)


def place(scope: Scope) -> str:
    """Where a step happens: `team design`, `contract 110001234567`, `the whole account`."""
    return "the whole account" if scope.kind == "account" else f"{scope.kind} {quoted(scope.name)}"


def described(step: Step, within: Scope | None = None) -> str:
    """A step with its place: `team design: make ben@acme.example secondary admin`.

    The place goes unsaid where it is the whole account, or that of the text around it (`within`).
    """
    if step.scope.kind == "account" or step.scope == within:
        return sentence(step)
    return f"{place(step.scope)}: {sentence(step)}"


def thing(parts: Sequence[tuple[str, str]]) -> str:
    """A thing by its names: `team design, user zoe@acme.example, product Revit`."""
    return ", ".join(f"{visible(kind)} {quoted(name)}" for kind, name in parts)


def people(names: Sequence[str], most: int = 3) -> str:
    """Names joined by `or`; of many only the first few, and how many more there are."""
    shown = [visible(name) for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} or {len(names) - most} more"
    return " or ".join((", ".join(shown[:-1]), shown[-1])) if len(shown) > 1 else "".join(shown)


def _named(step: Step, argument: str) -> str:
    value = step.get(argument)
    return quoted(value) if isinstance(value, str) else "?"


def _filled(pattern: str) -> Callable[[Step], str]:
    """A sentence whose gaps are the step's arguments."""
    names = [piece.partition("}")[0] for piece in pattern.split("{")[1:]]
    return lambda step: pattern.format_map({name: _named(step, name) for name in names})


def _invite(step: Step) -> str:
    full = _full_name(step)
    return f"invite {_named(step, 'user')}" + (f" ({full})" if full else "")


def _rename_person(step: Step) -> str:
    return f"change the name of {_named(step, 'user')} to {_full_name(step) or 'nothing'}"


def _full_name(step: Step) -> str:
    names = (step.get("first_name"), step.get("last_name"))
    return " ".join(visible(name) for name in names if isinstance(name, str) and name)


def _holder(step: Step) -> str:
    return f"group {_named(step, 'group')}" if step.get("user") is None else _named(step, "user")


def _sso(step: Step) -> str:
    sso = step.get("sso")
    if not isinstance(sso, Facts):
        return "remove the SSO configuration"
    return f"configure SSO: {_facts(sso)}"


def _manager(step: Step) -> str:
    if step.get("subscription") is None:
        return f"make {_named(step, 'user')} contract manager"
    return f"make {_named(step, 'user')} contract manager of subscription {_named(step, 'subscription')}"


def _seats_to_buy(step: Step) -> str:
    what = "product" if step.get("subscription") is None else "subscription"
    verb = "buy" if step.get("now") is None else "order for"
    return f"{verb} {what} {_named(step, what)}: {_difference(step.get('now'), step.get('wanted'))}"


def _renewal(step: Step) -> str:
    what = "the contract" if step.get("subscription") is None else f"subscription {_named(step, 'subscription')}"
    return f"renew {what}: {_difference(step.get('now'), step.get('wanted'))}"


def _subscription_to_buy(step: Step) -> str:
    return f"buy subscription {_named(step, 'subscription')}: {_difference(step.get('now'), step.get('wanted'))}"


def _contract_to_buy(step: Step) -> str:
    return f"buy the contract: {_difference(step.get('now'), step.get('wanted'))}"


def _difference(now: Plain, wanted: Plain) -> str:
    """Two sides of a purchase: `seats 25 -> 30`; of something new, what it is to be."""
    new = dict(wanted.items) if isinstance(wanted, Facts) else {"": wanted}
    old = dict(now.items) if isinstance(now, Facts) else {"": now}
    if all(value is None for value in old.values()):
        return _bought(new)
    return ", ".join(
        f"{visible(name)} {_plain(old.get(name))} -> {_plain(value)}".strip()
        for name, value in new.items()
        if value != old.get(name)
    )


def _bought(facts: Mapping[str, Plain]) -> str:
    """Something new: `5 seats of AutoCAD, single-user, from the store, 2026-01-01 to 2026-12-31`."""
    left = {name: value for name, value in facts.items() if value is not None and name not in _SAID_ELSEWHERE}
    count = [_counted(left.pop(unit), unit) for unit in ("seats", "tokens") if unit in left]
    product = [f"of {_plain(left.pop('product'))}"] if "product" in left else []
    kind = [_plain(left.pop(name)) for name in ("offering", "license_type", "deployment") if name in left]
    channel = {"store": "from the store", "reseller": "from a reseller"}.get(str(left.get("channel")))
    if channel is not None:
        del left["channel"]
    term = [f"{_plain(left.pop('starts'))} to {_plain(left.pop('ends'))}"] if {"starts", "ends"} <= left.keys() else []
    first = [" ".join([*count, *product])] if count or product else []
    rest = [f"{visible(name.replace('_', ' '))} {_plain(value)}".strip() for name, value in left.items()]
    return ", ".join([*first, *kind, *([channel] if channel is not None else []), *rest, *term])


def _counted(value: Plain, unit: str) -> str:
    return f"{_plain(value)} {unit.removesuffix('s') if value == 1 else unit}"


_SAID_ELSEWHERE = frozenset({"team", "contract_manager"})  # the scope, and whose purchase it is


def _facts(facts: Facts) -> str:
    return ", ".join(f"{visible(name)} {_plain(value)}".strip() for name, value in facts.items if value is not None)


def _plain(value: Plain) -> str:
    if value is None:
        return "none"
    if isinstance(value, str | int):
        return quoted(str(value))
    return _facts(value) if isinstance(value, Facts) else " and ".join(quoted(item) for item in value)


_SENTENCES: dict[str, Callable[[Step], str]] = {
    "user.invite": _invite,
    "user.resend_invitation": _filled("invite {user} again"),
    "user.update": _rename_person,
    "user.change_email": _filled("change the address of {user} to {to}"),
    "user.redirect_invitation": _filled("send the invitation of {user} to {to} instead"),
    "user.remove": _filled("remove {user}"),
    "group.create": _filled("create group {group}"),
    "group.delete": _filled("delete group {group}"),
    "group.rename": _filled("rename group {group} to {to}"),
    "group.add_member": _filled("add {user} to group {group}"),
    "group.remove_member": _filled("take {user} out of group {group}"),
    "seat.assign": lambda step: f"assign {_named(step, 'product')} to {_holder(step)}",
    "seat.unassign": lambda step: f"take {_named(step, 'product')} from {_holder(step)}",
    "admin.assign_secondary": _filled("make {user} secondary admin"),
    "admin.assign_sso": _filled("make {user} SSO admin"),
    "admin.revoke": _filled("take the admin role from {user}"),
    "admin.change_primary": _filled("make {user} primary admin"),
    "sso.configure": _sso,
    "team.create": _filled("create the team with {primary_admin} as primary admin"),
    "team.rename": _filled("rename the team to {to}"),
    "team.delete": lambda _: "delete the team",
    "subscription.assign": _filled("put subscription {subscription} into the team"),
    "subscription.move": _filled("move subscription {subscription} here from team {from}"),
    "contract_manager.transfer": _manager,
    "coordinator.assign": _filled("make {user} software coordinator"),
    "coordinator.change": _filled("make {user} software coordinator"),
    "service.assign": _filled("give {user} the service {service}"),
    "service.unassign": _filled("take the service {service} from {user}"),
    "support.assign": _filled("give {user} support benefits"),
    "support.unassign": _filled("take support benefits from {user}"),
    "purchase.seats": _seats_to_buy,
    "purchase.renewal": _renewal,
    "purchase.subscription": _subscription_to_buy,
    "purchase.contract": _contract_to_buy,
    # What no plan has, but an account's log:
    "account.load": _filled("loaded account {account}"),
    "account.accept": _filled("accepted the invitation of {user}"),
}
