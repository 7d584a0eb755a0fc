"""The cases written beside the project's own rules, and whether the rules say of them what is expected."""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from seatsync.declaration.project_values import OwnRule
from seatsync.expressions.cel import Expression, Result, compiled, reason_of
from seatsync.expressions.variables import DEFAULTS, VARIABLES
from seatsync.finding import Location
from seatsync.reading.tree import YamlList, YamlMap


class CaseResult(NamedTuple):
    """A case: which of the `passes` or `fails` of its rule, its values, and what is wrong, nothing if it is right."""

    kind: Literal["passes", "fails"]
    number: int
    at: Location
    values: YamlMap
    wrong: str


class RuleResult(NamedTuple):
    """A rule, and its cases in the order of the file."""

    rule: OwnRule
    cases: tuple[CaseResult, ...]


def run_cases(rules: tuple[OwnRule, ...]) -> tuple[RuleResult, ...]:
    """Return the results of all cases of rules without mistakes."""
    return tuple(RuleResult(rule, tuple(_cases(rule))) for rule in rules)


def _cases(rule: OwnRule) -> Iterator[CaseResult]:
    expression = compiled(rule.each, rule.must)
    if not isinstance(expression, Expression):
        raise TypeError(rule.code)
    kinds: tuple[tuple[Literal["passes", "fails"], tuple[YamlMap, ...]], ...] = (
        ("passes", rule.passes),
        ("fails", rule.fails),
    )
    for kind, cases in kinds:
        listed = rule.node.get(kind)
        for number, case in enumerate(cases, 1):
            at = listed.item_at(number - 1) if isinstance(listed, YamlList) else rule.at
            yield CaseResult(kind, number, at, case, _wrong(kind, expression.result(values_in(rule, case))))


def _wrong(kind: str, result: Result) -> str:
    """Return what is wrong with the result of a case, nothing if it is the expected one."""
    failed, _, unknown = reason_of(result)
    if failed or unknown:
        return f"cannot be judged: {failed or unknown}"
    if result is (kind == "passes"):
        return ""
    return "breaks the rule, but should pass" if kind == "passes" else "keeps the rule, but should fail"


def values_in(rule: OwnRule, case: YamlMap) -> dict[str, Any]:
    """Return the values of all variables in a case; those that it leaves out have the default of their type."""
    found = {}
    for variable in VARIABLES[rule.each]:
        value: Any = case.get(variable.name, DEFAULTS[variable.type])
        if variable.type == "double?" and value is not None:
            value = float(value)
        elif variable.type == "map(string, double)":
            value = {key: float(amount) for key, amount in value.items()}
        found[variable.name] = value
    return found
