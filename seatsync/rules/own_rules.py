"""The project's own rules (POLICY100 to POLICY199): their expressions checked, and judged on the declaration."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from seatsync.declaration.declared import Declaration, Project
from seatsync.declaration.fragment import SECTIONS
from seatsync.declaration.project_values import OwnRule
from seatsync.errors import how_to_install
from seatsync.expressions.cel import EXTRA, Expression, Watch, compiled, is_available, reason_of
from seatsync.expressions.mistakes import advice
from seatsync.expressions.variables import TITLES, VARIABLES, Kind, Variable
from seatsync.finding import Finding, Location, Severity
from seatsync.reading.plain_text import kind_of, shown
from seatsync.reading.tree import YamlMap
from seatsync.rules.own_subjects import Facts
from seatsync.rules.own_values import values_of

_AT_A_TIME = 1000
_PARTS = 100


def own_findings(
    declared: Declaration, day: str, progress: Callable[[int, int], None] = lambda _, __: None
) -> Iterator[Finding]:
    """Yield the findings of the project's own rules about the declaration.

    A mistake in any rule is a finding at its place (SCHEMA003), and nothing is judged then; nor if a part of the
    declaration could not be read.
    """
    rules = declared.project.rules
    mistakes = list(mistakes_of(declared.project))
    yield from mistakes
    if mistakes or not declared.whole(*SECTIONS):
        return
    facts = Facts(declared, day)
    judged = [rule for rule in rules if not rule.on_plan]
    for number, rule in enumerate(judged):
        for part, findings in _judge(rule, facts):
            yield from findings
            progress(number * _PARTS + part, len(judged) * _PARTS)


def mistakes_of(project: Project) -> Iterator[Finding]:
    """Yield the mistakes in the expressions and the cases of the rules of a project, at their places."""
    rules = project.rules
    if rules and not is_available():
        message = "rules need the package cel-expr-python, which is not installed"
        yield _mistake(message, project.node.key_at("rules"), how_to_install(EXTRA))
        return
    for rule in rules:
        found = compiled(rule.each, rule.must)
        for problem in () if isinstance(found, Expression) else found:
            yield _mistake(problem.message, rule.place(problem.start, problem.end), problem.hint, problem.replacement)
        for case in (*rule.passes, *rule.fails):
            yield from _case_mistakes(rule, case)


def _mistake(message: str, at: Location, hint: str, replacement: str = "") -> Finding:
    return Finding("SCHEMA003", Severity.ERROR, message, at, hint, replacement=replacement)


def _case_mistakes(rule: OwnRule, case: YamlMap) -> Iterator[Finding]:
    variables = {variable.name: variable for variable in VARIABLES[rule.each]}
    for name, value in case.items():
        variable = variables.get(name)
        if variable is None:
            hint, near = advice(name, variables, "the page about rules lists the variables")
            message = f"a rule about a {rule.each} has no variable {shown(name)}"
            yield _mistake(message, case.key_at(name), hint, near)
        elif not _fits(value, variable.type):
            message = f"{name} needs: {TITLES[variable.type]}; here is {kind_of(value)}"
            yield _mistake(message, case.value_at(name), "")
        elif variable.values:
            yield from _not_in_vocabulary(variable, case)


def _not_in_vocabulary(variable: Variable, case: YamlMap) -> Iterator[Finding]:
    """Yield a mistake for each text in a case that the variable never is."""
    value = case[variable.name]
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str) and text not in variable.values:
            hint, _ = advice(text, variable.values, f"it is one of {', '.join(variable.values)}")
            yield _mistake(f"{variable.name} is never {shown(text)}", case.value_at(variable.name), hint)


def _fits(value: object, kind: Kind) -> bool:
    if value is None:
        return kind.endswith("?")
    if kind == "list(string)":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind == "map(string, double)":
        return isinstance(value, dict) and all(
            _fits(amount, "double?") and amount is not None for amount in value.values()
        )
    if kind == "double?":
        return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    plain = {"string": str, "string?": str, "int": int, "int?": int, "bool": bool}[kind]
    return isinstance(value, plain) and isinstance(value, bool) == (plain is bool)


def _judge(rule: OwnRule, facts: Facts) -> Iterator[tuple[int, list[Finding]]]:
    """Yield a finding for each subject of which the rule is not true, some at a time, with the part that is done."""
    expression = compiled(rule.each, rule.must)
    if not isinstance(expression, Expression):
        return
    value_of = values_of(rule.each)
    getters = [(name, value_of[name]) for name in expression.variables]
    subjects, found, watch = list(facts.subjects(rule.each)), list[Finding](), Watch()
    for index, subject in enumerate(subjects):
        result = expression.result({name: value(subject, facts) for name, value in getters})
        if result is not True:
            finding = rule.finding(subject.at, subject.things, *reason_of(result))
            found.append(finding._replace(related=(*subject.related, *finding.related)))
        if watch.is_over(index):
            yield _PARTS, [*found, rule.too_slow(index + 1, len(subjects))]
            return
        if not index % _AT_A_TIME:
            yield index * _PARTS // len(subjects), found
            found = []
    yield _PARTS, found
