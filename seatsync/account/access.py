"""Access: the people who may perform a step, and the teams and contracts that a person can see, by the current state.

Roles of the team concerned: primary, secondary and SSO admin. Of the subscription or contract concerned: contract
manager and software coordinator. Pending people count. The owner of the account is not one of its people and is never
listed: callers decide what the owner may do. `refusal` is the decision of targets.
"""

from collections.abc import Iterable, Iterator

from seatsync.account.actions.effects import Refused, refused
from seatsync.account.actions.spec import ADMINS, MANAGER, Performers, Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.attributes import ROLE_TITLES, Role
from seatsync.account.email import identity
from seatsync.account.history import PORTAL
from seatsync.account.model import Account, Scope, Subscription, Team


def performers(account: Account, step: Step) -> list[str]:
    """Return the sorted identities of those who may perform a step in the account as it is."""
    spec = ACTIONS.get(step.action)
    if spec is None:
        return []
    rule = spec.performers
    if rule.special is not None:
        return sorted(set(rule.special(account, step)))
    if rule.anywhere:
        return sorted(_in_any_scope(account, step, rule))
    if step.scope.kind == "contract":
        return sorted(_of_contract(account, step.scope.name, rule.contract))
    if rule.team == MANAGER:
        return [sub.contract_manager for sub in _subscription(account, step)]
    team = account.teams.get(step.scope.name) if step.scope.kind == "team" else None
    if team is None:
        return []
    return sorted(_of_team(team, rule.team))


def refusal(account: Account, step: Step, actor: str | None) -> Refused | None:
    """Return a refusal if an actor may not carry out a step that the engine allows, else None.

    The owner (None) may carry out any step except a purchase, and a change made in the portal (`PORTAL`) is only
    recorded.
    """
    spec = ACTIONS.get(step.action)
    if spec is not None and spec.channel == "purchase":
        return refused("A purchase is recorded with its order, not carried out as a step.")
    if actor is None or actor == PORTAL:
        return None
    allowed = performers(account, step)
    if identity(actor) in allowed:
        return None
    return Refused("ACCESS001", f"{actor} may not do this; {', '.join(allowed) or 'nobody'} may ({who(step)}).")


def sees(account: Account, actor: str | None, scope: Scope) -> bool:
    """Return True if somebody (None: the owner) sees a team or contract with everything in it.

    The account as such is visible to its people and its contract managers.
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
    """Return True if somebody (None: the owner) sees a subscription: its manager and the admins of its team do."""
    sub = account.subscriptions.get(key)
    if actor is None or sub is None:
        return actor is None
    return actor == sub.contract_manager or (sub.team is not None and sees(account, actor, Scope("team", sub.team)))


def visible_scopes(account: Account, actor: str | None) -> list[Scope]:
    """Return the teams and contracts that somebody (None: the owner) sees, sorted."""
    teams = [Scope("team", name) for name in account.teams]
    contracts = [Scope("contract", number) for number in account.contracts]
    return sorted(scope for scope in (*teams, *contracts) if sees(account, actor, scope))


def who(step: Step) -> str:
    """Return in words who may perform a step in any account: "primary, secondary or SSO admin of team design"."""
    spec = ACTIONS.get(step.action)
    if spec is None:
        return "nobody"
    rule = spec.performers
    if rule.words:
        return rule.words.format(scope=step.scope, origin=_text(step, "from"), subscription=_text(step, "subscription"))
    if rule.anywhere:
        return _words_anywhere(rule)
    if step.scope.kind == "contract":
        return f"{_words(rule.contract)} of {step.scope}" if rule.contract else "nobody"
    if rule.team == MANAGER:
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


def _in_any_scope(account: Account, step: Step, rule: Performers) -> set[str]:
    user = _person(step, "user")
    found = {user} if rule.themselves and user in account.users else set()
    for scope in sorted(account.scopes_of(user)):
        if scope.kind == "team":
            found.update(_of_team(account.teams[scope.name], rule.team))
        else:
            found |= _of_contract(account, scope.name, rule.contract)
    return found


def _subscription(account: Account, step: Step) -> list[Subscription]:
    sub = account.subscriptions.get(_text(step, "subscription"))
    return [] if sub is None else [sub]


def _words(roles: tuple[Role, ...]) -> str:
    """Return roles in words: "primary, secondary or SSO admin", "contract manager or software coordinator"."""
    names = [ROLE_TITLES[role].removesuffix(" admin") for role in roles]
    text = " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return f"{text} admin" if roles[0] in ADMINS else text


def _words_anywhere(rule: Performers) -> str:
    parts = []
    if rule.team:
        parts = [f"{_words(rule.team)} of a team they are in", f"{_words(rule.contract)} of a contract they are in"]
    return ", or ".join([*parts, "the person themselves"] if rule.themselves else parts)


def _person(step: Step, name: str) -> str:
    return identity(_text(step, name)) or ""


def _text(step: Step, name: str) -> str:
    value = step.get(name)
    return value if isinstance(value, str) else ""
