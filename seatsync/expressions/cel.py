"""Expressions compiled and evaluated, with the reference implementation of CEL for Python."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from seatsync.expressions.mistakes import impossible, mistakes, reason
from seatsync.expressions.tokens import Loop, Problem, Token, check_limits, loops_of, names_of, tokens_of
from seatsync.expressions.variables import VARIABLES, Each, Kind

if TYPE_CHECKING:
    from cel_expr_python import cel

EXTRA = "policy"
"""The extra that contains the library."""

MOST_ITEMS = 10_000
"""The items that all macros of one evaluation go through together; the library ends an evaluation with so many."""

_FIRST_SECONDS, _SECONDS_EACH = 2.0, 0.001
_MOST_WORK = 5_000_000
_NULLABLE: Mapping[Kind, str] = {
    "string?": "google.protobuf.StringValue",
    "int?": "google.protobuf.Int64Value",
    "double?": "google.protobuf.DoubleValue",
}
_NO_VALUE = re.compile(r'No value with name "(.+)" found')


class MissingExtra(Exception):
    """The library is not installed."""


class Unknown(NamedTuple):
    """The result of an evaluation that needs the value of a variable which nobody knows."""

    variable: str


class Failed(NamedTuple):
    """The result of an evaluation that has no value: the reason, such as a division by zero, and what helps."""

    reason: str
    remedy: str = "test first that the value is there, and not null or 0"


Result: TypeAlias = bool | Unknown | Failed


def reason_of(result: Result) -> tuple[str, str, str]:
    """Return why a result is neither true nor false: a failure, what helps, and the variable that is unknown."""
    if isinstance(result, Failed):
        return result.reason, result.remedy, ""
    return "", "", result.variable if isinstance(result, Unknown) else ""


def is_available() -> bool:
    """Return True if the library is installed."""
    try:
        _library()
    except MissingExtra:
        return False
    return True


@cache
def _library() -> Any:  # noqa: ANN401 - a compiled module
    try:
        from cel_expr_python import cel  # noqa: PLC0415 - in an extra, and slow to import
    except ImportError as error:
        raise MissingExtra from error
    return cel


@cache
def _environments(each: Each) -> "tuple[cel.Env, cel.Env]":
    """Return the environments to check an expression with, and to evaluate it.

    The library checks the use of values that can be null only for wrappers, but takes no Python values for those.
    """
    cel = _library()
    checked: dict[str, Any] = {}
    evaluated: dict[str, Any] = {}
    for name, kind, _, _ in VARIABLES[each]:
        nullable = _NULLABLE.get(kind)
        checked[name] = cel.Type(nullable or _spelled(kind))
        evaluated[name] = checked[name] if nullable is None else cel.Type.DYN
    return cel.NewEnv(variables=checked), cel.NewEnv(variables=evaluated)


def _spelled(kind: str) -> str:
    """Return a type as the library writes it: `list<string>`."""
    return kind.replace("(", "<").replace(")", ">")


_SHORTER = "go through shorter lists, or write a rule for each person or seat, which needs none"


class Watch:
    """The time that the evaluations of one rule take together."""

    def __init__(self) -> None:
        self._began = monotonic()

    def is_over(self, done: int) -> bool:
        """Return True if a number of evaluations took far longer than any useful rule."""
        return monotonic() - self._began > _FIRST_SECONDS + _SECONDS_EACH * done


class Expression:
    """A compiled expression. `variables` are the names of those that it uses."""

    __slots__ = ("_evaluate", "_loops", "variables")

    def __init__(self, evaluate: Callable[..., Any], variables: tuple[str, ...], loops: list[Loop]) -> None:
        self._evaluate = evaluate
        self._loops = loops
        self.variables = variables

    def result(self, values: Mapping[str, Any]) -> Result:
        """Evaluate with values of its variables; the value of one that is left out is unknown."""
        if self._loops and _work(self._loops, values) > _MOST_WORK:
            return Failed("its macros compare too many items of long lists", _SHORTER)
        try:
            found = self._evaluate(data=values).value()
        except RuntimeError as error:
            return _failed(str(error))
        return found if found is True or found is False else _failed(str(found))


def compiled(each: Each, source: str) -> Expression | tuple[Problem, ...]:
    """Compile an expression for rules about a thing, or return what is wrong. Raises MissingExtra."""
    problems = tuple(check_limits(source))
    if problems:
        return problems
    checking, evaluating = _environments(each)
    try:
        result = checking.compile(source).return_type().name()
    except RuntimeError as error:
        return tuple(mistakes(str(error), each, source))
    if result != "BOOL":
        message = f"the expression is {_WORDS.get(result.partition('<')[0], result)}, not true or false"
        return (Problem(message, 0, len(source), "compare it with something"),)
    tokens = tokens_of(source)
    wrong = (*impossible(each, tokens), *_patterns(tokens))
    if wrong:
        return wrong
    known = {variable.name for variable in VARIABLES[each]}
    used = dict.fromkeys(name for token in names_of(tokens) if (name := _declared(token.text, known)) is not None)
    return Expression(evaluating.compile(source).eval, tuple(used), loops_of(tokens))


_WORDS = {
    "STRING": "a text",
    "INT": "a number",
    "DOUBLE": "a number",
    "LIST": "a list",
    "MAP": "a map",
    "NULL": "null",
    "DYN": "of an unknown type",
}
"""The types of the library, without those of items, in words."""


def _declared(name: str, known: Iterable[str]) -> str | None:
    """Return the variable that a dotted name begins with."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name or None


def _work(loops: Iterable[Loop], values: Mapping[str, Any], times: int = 1) -> int:
    """Return an upper bound of the work of an evaluation: items compared and tokens evaluated."""
    sizes = {name: len(value) for name, value in values.items() if isinstance(value, list | dict)}
    longest = max(sizes.values(), default=0)
    inner = {each.macro.start for loop in loops for each in loops_of(loop.body)}
    total = 0
    for loop in loops:
        if loop.macro.start in inner:
            continue
        items = sizes.get(loop.over or "", max(longest, len(loop.body)))
        rounds = min(times * items, MOST_ITEMS)
        lists = sum(sizes.get(token.text, 0) for token in names_of(loop.body))
        if loop.macro.text == "filter":
            lists += items  # every item that is found is added to a new copy of the list
        total += rounds * (len(loop.body) + lists) + _work(loops_of(loop.body), values, rounds)
    return total


def _failed(text: str) -> Unknown | Failed:
    """Return the result for an error of the library."""
    unknown = _NO_VALUE.search(text)
    if unknown is not None:
        return Unknown(unknown[1])
    if "Iteration budget" in text:
        return Failed(f"its macros go through {MOST_ITEMS:,} items or more", _SHORTER)
    return Failed(reason(text))


def _patterns(tokens: Sequence[Token]) -> Iterator[Problem]:
    """Yield the regular expressions, written as texts, that are none."""
    for function, token in zip(tokens, tokens[2:], strict=False):
        if function.text == "matches" and token.kind == "text":
            try:
                found = _environments("plan")[1].compile(f"''.matches({token.text})").eval(data={}).value()
            except RuntimeError as error:
                found = error
            if not isinstance(found, bool):
                yield Problem(reason(str(found)), token.start, token.end, "the syntax is that of RE2")
