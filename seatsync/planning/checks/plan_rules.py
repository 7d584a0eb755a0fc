"""The project's own rules about plans: judged on each step, or on the whole plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from seatsync.account.attributes import AUTOMATIC_ROUTES
from seatsync.account.email import identity
from seatsync.declaration.declared import Declaration
from seatsync.declaration.project_values import Each, OwnRule
from seatsync.expressions.cel import Expression, Watch, compiled, reason_of
from seatsync.finding import Finding
from seatsync.planning.checks.access_checks import things_of
from seatsync.planning.difference.uncertain import uncertain
from seatsync.planning.plan import Plan, PlannedStep

_ROLES = "roles"
"""The kind of fact of a team on which it depends who may perform a step."""
_PURCHASES = "subscriptions"
"""The kind of fact of a team on which it depends what it costs."""


class _Unknown:
    """The value of a variable that nobody knows."""


_UNKNOWN = _Unknown()


class _Told(NamedTuple):
    """What all subjects are told: the plan, the declaration, and the teams whose roles a mirror does not know."""

    plan: Plan
    declared: Declaration
    unknown_roles: frozenset[str]


_Value: TypeAlias = Callable[[Any, _Told], Any]
"""Return the value of a variable of a step or of the plan."""


def own_findings(rules: Iterable[OwnRule], declared: Declaration, plan: Plan) -> Iterator[Finding]:
    """Yield the findings of rules about a plan that no `suppress` entry silences."""
    entries = declared.project.policy.suppress
    told = _Told(plan, declared, _unknown_roles(plan))
    for rule in rules:
        for finding in _judge(rule, told):
            if not any(entry.covers(finding, plan.at) for entry in entries):
                yield finding


def _unknown_roles(plan: Plan) -> frozenset[str]:
    """Return the teams whose roles are unknown, by the names before and after the plan."""
    renamed = uncertain(plan.unknown, (), (planned.step for planned in plan.steps))
    kinds = renamed.kinds.union((each.team, each.fact) for each in plan.unknown)
    return frozenset(team for team, fact in kinds if fact == _ROLES)


def _judge(rule: OwnRule, told: _Told) -> Iterator[Finding]:
    expression = compiled(rule.each, rule.must)
    if not isinstance(expression, Expression):
        return  # reported before there was a plan
    getters = [(name, _VALUES[rule.each][name]) for name in expression.variables]
    plan = told.plan
    subjects: Iterable[PlannedStep | Plan] = plan.steps if rule.each == "step" else (plan,)
    watch = Watch()
    for done, subject in enumerate(subjects):
        if watch.is_over(done):
            yield rule.too_slow(done, len(plan.steps))
            return
        values = {name: value(subject, told) for name, value in getters}
        result = expression.result({name: value for name, value in values.items() if value is not _UNKNOWN})
        if result is True:
            continue
        if isinstance(subject, PlannedStep):
            yield _of_step(rule.finding(subject.reason or rule.at, _things(subject), *reason_of(result)), subject)
        else:
            yield rule.finding(rule.at, (), *reason_of(result))


def _of_step(finding: Finding, planned: PlannedStep) -> Finding:
    """Return a finding that names the step, if the step has no place in the files, as in an undo."""
    if planned.reason is not None:
        return finding
    return finding._replace(message=f"step {planned.id} ({planned.step.action}): {finding.message}")


def _things(planned: PlannedStep) -> tuple[tuple[str, str], ...]:
    """Return what a finding about a step concerns: also its subscription."""
    key = planned.step.get("subscription")
    people = dict(things_of(planned.step))
    if "user" in people:
        people["user"] = identity(people["user"]) or people["user"]
    return (*people.items(), *((("subscription", key),) if isinstance(key, str) else ()))


def _scope(kind: str) -> _Value:
    return lambda planned, _: planned.step.scope.name if planned.step.scope.kind == kind else None


def _argument(name: str) -> _Value:
    def value(planned: PlannedStep, _: _Told) -> str | None:
        found = planned.step.get(name)
        return found if isinstance(found, str) else None

    return value


def _person(name: str) -> _Value:
    def value(planned: PlannedStep, _: _Told) -> str | None:
        found = planned.step.get(name)
        return (identity(found) or found) if isinstance(found, str) else None

    return value


def _if_known(value: _Value) -> _Value:
    """Return a value that is unknown where a mirror does not know who has which role in the team of the step."""

    def known(planned: PlannedStep, told: _Told) -> Any:  # noqa: ANN401 - of any variable
        scope = planned.step.scope
        return _UNKNOWN if scope.kind == "team" and scope.name in told.unknown_roles else value(planned, told)

    return known


def _people(planned: PlannedStep) -> list[str]:
    return [identity(who) or who for who in planned.performers]


def _actor(_: object, told: _Told) -> str | None:
    actor = told.plan.actor
    return None if actor is None else identity(actor) or actor


def _kinds(kind: str) -> _Value:
    return lambda plan, _: sum(planned.kind == kind for planned in plan.steps)


def _scopes(kind: str) -> _Value:
    return lambda plan, _: _distinct(each.step.scope.name for each in plan.steps if each.step.scope.kind == kind)


def _cost_change(plan: Plan, _: _Told) -> Any:  # noqa: ANN401 - or unknown
    """Return what the plan changes a year by currency; unknown where no source shows what is bought."""
    if any(each.fact == _PURCHASES for each in plan.unknown):
        return _UNKNOWN
    return {it.currency: float(it.bought[1] - it.bought[0]) for it in plan.cost}


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


_ALWAYS: dict[str, _Value] = {
    "today": lambda _, told: told.plan.at,
    "account": lambda _, told: told.plan.account,
    "email_domains": lambda _, told: list(told.declared.project.policy.email_domains),
    "actor": _actor,
}
_STEP: dict[str, _Value] = {
    **_ALWAYS,
    "action": lambda planned, _: planned.step.action,
    "kind": lambda planned, _: planned.kind,
    "channel": lambda planned, _: planned.channel,
    "route": lambda planned, _: planned.route,
    "team": _scope("team"),
    "contract": _scope("contract"),
    "user": _person("user"),
    "to": _argument("to"),
    "group": _argument("group"),
    "product": _argument("product"),
    "service": _argument("service"),
    "subscription": _argument("subscription"),
    "performers": _if_known(lambda planned, _: _people(planned)),
    "allowed": _if_known(lambda planned, _: planned.allowed),
    "codes": lambda planned, _: list(planned.codes),
}
_PLAN: dict[str, _Value] = {
    **_ALWAYS,
    "steps": lambda plan, _: len(plan.steps),
    "add": _kinds("add"),
    "change": _kinds("change"),
    "remove": _kinds("remove"),
    "manual": lambda plan, _: sum(planned.route not in AUTOMATIC_ROUTES for planned in plan.steps),
    "actions": lambda plan, _: _distinct(planned.step.action for planned in plan.steps),
    "teams": _scopes("team"),
    "contracts": _scopes("contract"),
    "cost_change": _cost_change,
    "allow": lambda plan, _: list(plan.allow),
    "unknown": lambda plan, _: len(plan.unknown),
}
_VALUES: Mapping[Each, dict[str, _Value]] = {"step": _STEP, "plan": _PLAN}
