"""Who may do what, and who sees what: the table of the roles, read against the state that a step meets.

Roles of the team concerned: primary, secondary and SSO admin. Of the subscription or contract concerned: contract
manager and software coordinator. People who have not accepted their invitation yet count. The account's owner is no
person of it and is not listed: whether a step may be done by the owner is the caller's affair.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple, TypeAlias

from seatsync.account.actions import Facts, Step
from seatsync.account.email import identity
from seatsync.account.model import Account, Contract, Scope, Subscription, Team

Role: TypeAlias = Literal["primary", "secondary", "sso", "manager", "coordinator"]

_ADMINS: tuple[Role, ...] = ("primary", "secondary", "sso")
_KEEPERS: tuple[Role, ...] = ("manager", "coordinator")
_PRIMARY: tuple[Role, ...] = ("primary",)
_MANAGER: tuple[Role, ...] = ("manager",)


class Rule(NamedTuple):
    """Who may do an action: `team` and `contract` are the roles that may do it there.

    `anywhere`: an action on the whole account; the roles count in every scope that the person of the step is in.
    `self`: the person of the step may do it too.
    """

    team: tuple[Role, ...] = ()
    contract: tuple[Role, ...] = ()
    anywhere: bool = False
    self: bool = False


RULES: dict[str, Rule] = {
    "user.invite": Rule(_ADMINS, _KEEPERS),
    "user.resend_invitation": Rule(_ADMINS, _KEEPERS, anywhere=True),
    "user.update": Rule(_ADMINS, _KEEPERS, anywhere=True, self=True),
    "user.change_email": Rule(anywhere=True, self=True),
    "user.redirect_invitation": Rule(_ADMINS, _KEEPERS, anywhere=True),
    "user.remove": Rule(_ADMINS, _KEEPERS),
    "group.create": Rule(_ADMINS),
    "group.delete": Rule(_ADMINS),
    "group.rename": Rule(_ADMINS),
    "group.add_member": Rule(_ADMINS),
    "group.remove_member": Rule(_ADMINS),
    "seat.assign": Rule(_ADMINS, _KEEPERS),
    "seat.unassign": Rule(_ADMINS, _KEEPERS),
    "admin.assign_secondary": Rule(_ADMINS),
    "admin.assign_sso": Rule(_PRIMARY),
    "admin.revoke": Rule(_ADMINS),
    "admin.change_primary": Rule(_ADMINS),
    "sso.configure": Rule(("primary", "sso")),
    "team.create": Rule(_MANAGER),  # of anything in the account: the one who becomes primary admin
    "team.rename": Rule(_PRIMARY),
    "team.delete": Rule(_PRIMARY),
    "subscription.assign": Rule(_MANAGER),
    "subscription.move": Rule(_MANAGER),  # who is also primary or secondary admin of one of the two teams
    "contract_manager.transfer": Rule(_MANAGER, _MANAGER),
    "coordinator.assign": Rule(contract=_MANAGER),
    "coordinator.change": Rule(contract=_MANAGER),
    "service.assign": Rule(contract=_KEEPERS),
    "service.unassign": Rule(contract=_KEEPERS),
    "support.assign": Rule(contract=_KEEPERS),
    "support.unassign": Rule(contract=_KEEPERS),
    "purchase.seats": Rule(_MANAGER, _MANAGER),
    "purchase.renewal": Rule(_MANAGER, _MANAGER),
    "purchase.subscription": Rule(_MANAGER),  # the one that the purchase names
    "purchase.contract": Rule(contract=_MANAGER),  # likewise
}
"""The table, by action. Where a contract manager acts in a team, it is the one of the subscription concerned."""


def performers(account: Account, step: Step) -> list[str]:
    """The identities of those who may do a step in the account as it is, sorted; nobody for what cannot be read."""
    rule = RULES.get(step.action)
    if rule is None:
        return []
    special = _SPECIAL.get(step.action)
    if special is not None:
        return sorted(set(special(account, step)))
    if rule.anywhere:
        return sorted(_in_any_scope(account, step, rule))
    if step.scope.kind == "contract":
        return sorted(_of_contract(account, step.scope.name, rule.contract))
    if rule.team == _MANAGER:
        return [sub.contract_manager for sub in _subscription(account, step)]
    team = account.teams.get(step.scope.name) if step.scope.kind == "team" else None
    if team is None:
        return []
    return sorted(_of_team(team, rule.team))


def sees(account: Account, actor: str | None, scope: Scope) -> bool:
    """Whether someone (None: the owner) sees a team or contract, with all that is in it.

    The account as such is seen by whoever is in it or manages something of it.
    """
    if actor is None:
        return True
    if scope.kind == "team":
        team = account.teams.get(scope.name)
        return team is not None and team.role_of(actor) is not None
    if scope.kind == "contract":
        contract = account.contracts.get(scope.name)
        return contract is not None and actor in {contract.contract_manager, contract.coordinator}
    return actor in account.users or any(sub.contract_manager == actor for sub in account.subscriptions.values())


def sees_subscription(account: Account, actor: str | None, key: str) -> bool:
    """Whether someone (None: the owner) sees a subscription: its contract manager, and the admins of its team."""
    sub = account.subscriptions.get(key)
    if actor is None or sub is None:
        return actor is None
    return actor == sub.contract_manager or (sub.team is not None and sees(account, actor, Scope("team", sub.team)))


def visible_scopes(account: Account, actor: str | None) -> list[Scope]:
    """The teams and contracts that someone (None: the owner) sees, sorted."""
    teams = [Scope("team", name) for name in account.teams]
    contracts = [Scope("contract", number) for number in account.contracts]
    return sorted(scope for scope in (*teams, *contracts) if sees(account, actor, scope))


def who(step: Step) -> str:
    """Who may do a step, in words, whatever the account: "primary, secondary or SSO admin of team design"."""
    rule = RULES.get(step.action)
    if rule is None:
        return "nobody"
    if step.action in _SPECIAL_WORDS:
        return _SPECIAL_WORDS[step.action].format(
            scope=step.scope, origin=_text(step, "from"), subscription=_text(step, "subscription")
        )
    if rule.anywhere:
        return _words_anywhere(rule)
    if step.scope.kind == "contract":
        return f"{_words(rule.contract)} of {step.scope}" if rule.contract else "nobody"
    if rule.team == _MANAGER:
        return f"contract manager of subscription {_text(step, 'subscription')}"
    return f"{_words(rule.team)} of {step.scope}" if rule.team else "nobody"


def _of_team(team: Team, roles: Iterable[Role]) -> Iterator[str]:
    if "primary" in roles:
        yield team.primary
    yield from (user for user, role in team.admins.items() if role in roles)


def _of_contract(account: Account, number: str, roles: Iterable[Role]) -> set[str]:
    contract = account.contracts.get(number)
    if contract is None:
        return set()
    holders: dict[Role, str] = {"manager": contract.contract_manager, "coordinator": contract.coordinator}
    return {user for role, user in holders.items() if role in roles}


def _in_any_scope(account: Account, step: Step, rule: Rule) -> set[str]:
    user = _person(step, "user")
    found = {user} if rule.self and user in account.users else set()
    for scope in sorted(account.scopes_of(user)):
        if scope.kind == "team":
            found.update(_of_team(account.teams[scope.name], rule.team))
        else:
            found |= _of_contract(account, scope.name, rule.contract)
    return found


def _maker(account: Account, step: Step) -> Iterator[str]:
    """The contract manager who makes a team is the one who becomes its primary admin: nobody does it for another."""
    maker = _person(step, "primary_admin")
    things: list[Subscription | Contract] = [*account.subscriptions.values(), *account.contracts.values()]
    if any(thing.contract_manager == maker for thing in things):
        yield maker


def _mover(account: Account, step: Step) -> Iterator[str]:
    for sub in _subscription(account, step):
        teams = (account.teams.get(step.scope.name), account.teams.get(_text(step, "from")))
        if any(team is not None and team.role_of(sub.contract_manager) in {"primary", "secondary"} for team in teams):
            yield sub.contract_manager


def _buyer(account: Account, step: Step) -> Iterator[str]:
    wanted = step.get("wanted")
    manager = wanted.get("contract_manager") if isinstance(wanted, Facts) else None
    user = identity(manager) if isinstance(manager, str) else None
    if user is not None:
        yield user


def _subscription(account: Account, step: Step) -> list[Subscription]:
    sub = account.subscriptions.get(_text(step, "subscription"))
    return [] if sub is None else [sub]


_SPECIAL: dict[str, Callable[[Account, Step], Iterator[str]]] = {
    "team.create": _maker,
    "subscription.move": _mover,
    "purchase.subscription": _buyer,
    "purchase.contract": _buyer,
}

_SPECIAL_WORDS = {
    "team.create": "contract manager of any subscription or contract, who becomes its primary admin",
    "subscription.move": (
        "contract manager of subscription {subscription}, who is also primary or secondary admin "
        "of team {origin} or of {scope}"
    ),
    "purchase.subscription": "the contract manager named in the purchase",
    "purchase.contract": "the contract manager named in the purchase",
}

_ROLE_WORDS: dict[Role, str] = {
    "primary": "primary",
    "secondary": "secondary",
    "sso": "SSO",
    "manager": "contract manager",
    "coordinator": "software coordinator",
}


def _words(roles: tuple[Role, ...]) -> str:
    """Roles in words: "primary, secondary or SSO admin", "contract manager or software coordinator"."""
    names = [_ROLE_WORDS[role] for role in roles]
    text = " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return f"{text} admin" if roles[0] in _ADMINS else text


def _words_anywhere(rule: Rule) -> str:
    parts = []
    if rule.team:
        parts = [f"{_words(rule.team)} of a team they are in", f"{_words(rule.contract)} of a contract they are in"]
    return ", or ".join([*parts, "the person themselves"] if rule.self else parts)


def _person(step: Step, name: str) -> str:
    return identity(_text(step, name)) or ""


def _text(step: Step, name: str) -> str:
    value = step.get(name)
    return value if isinstance(value, str) else ""
