"""Expressions compiled and evaluated, with the reference implementation of CEL for Python."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from seatsync.expressions.tokens import Loop, Problem, Token, check_limits, loops_of, names_of, tokens_of
from seatsync.expressions.variables import VARIABLES, Each, Kind
from seatsync.reading.plain_text import most_similar

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
_ERROR = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*?)(?=\n |\nERROR: | \[[A-Z_]+\]$|\Z)", re.DOTALL)
_STATUS = re.compile(r"^[A-Z_]+: | \[[A-Z_]+\]$")
_UNDECLARED = re.compile(r"undeclared reference to '(.+)' \(in container '.*'\)")
_OVERLOAD = re.compile(r"found no matching overload for '(.+)' applied to '(.+)'")
_EXPECTING = re.compile(r" expecting \{.*\}", re.DOTALL)
_HINTS = (
    ("'= '", "equality is =="),
    ("'='", "equality is =="),
    ("operand of a select", "functions are called with parentheses: size()"),
)
_PLAIN_TEXT = re.compile(r"""'[^'\\]+'|"[^"\\]+\"""")
_NO_OVERLOAD = re.compile(r"found : (?:\(.*?\)\.)?([^\s()]+)\(")
_NO_VALUE = re.compile(r'No value with name "(.+)" found')


class MissingExtra(Exception):
    """The library is not installed."""


class Unknown(NamedTuple):
    """The result of an evaluation that needs the value of a variable which nobody knows."""

    variable: str


class Failed(NamedTuple):
    """The result of an evaluation that has no value: the reason, such as a division by zero."""

    reason: str


Result: TypeAlias = bool | Unknown | Failed


def reason_of(result: Result) -> tuple[str, str]:
    """Return why a result is neither true nor false: the reason of a failure, and the variable that is unknown."""
    if isinstance(result, Failed):
        return result.reason, ""
    return "", result.variable if isinstance(result, Unknown) else ""


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
            return Failed("its macros compare too many items of long lists")
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
        return tuple(_problems(str(error), each, source))
    if result != "BOOL":
        message = f"the expression is {_WORDS.get(result, result)}, not true or false"
        return (Problem(message, 0, len(source), "compare it with something"),)
    tokens = tokens_of(source)
    wrong = tuple(_impossible(each, tokens))
    if wrong:
        return wrong
    known = {variable.name for variable in VARIABLES[each]}
    used = dict.fromkeys(name for token in names_of(tokens) if (name := _declared(token.text, known)) is not None)
    return Expression(evaluating.compile(source).eval, tuple(used), loops_of(tokens))


_WORDS = {"STRING": "a text", "INT": "a number", "DOUBLE": "a number", "DYN": "of an unknown type"}


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
        total += rounds * (len(loop.body) + lists) + _work(loops_of(loop.body), values, rounds)
    return total


def _failed(text: str) -> Unknown | Failed:
    """Return the result for an error of the library."""
    unknown = _NO_VALUE.search(text)
    if unknown is not None:
        return Unknown(unknown[1])
    if "Iteration budget" in text:
        return Failed(f"its macros go through {MOST_ITEMS:,} items or more")
    reason = _STATUS.sub("", _STATUS.sub("", text))
    if "null_type" in reason:
        used = _NO_OVERLOAD.search(reason)
        return Failed("a value is null" if used is None else f"{used[1].strip('_')} is applied to null")
    return Failed(f"{reason[:1].lower()}{reason[1:]}")


def _problems(text: str, each: Each, source: str) -> Iterator[Problem]:
    """Yield the mistakes that the library reports, at their places."""
    found = _ERROR.findall(text)
    if not found:
        message = "the expression is nested too deeply" if "recursion" in text else _STATUS.sub("", text)
        yield Problem(message, 0, len(source), "split the rule into several")
        return
    for line, column, message in found:
        if int(line) < 1:
            yield Problem("the expression is nested too deeply", 0, len(source), "split the rule into several")
            return
        yield _problem(message.strip(), _offset(source, int(line), int(column)), each, source)


def _offset(source: str, line: int, column: int) -> int:
    """Return the offset of a line and column of the library, which counts lines that end with LF."""
    start = 0
    for _ in range(line - 1):
        start = source.find("\n", start) + 1
    return min(start + column - 1, len(source))


def _problem(message: str, at: int, each: Each, source: str) -> Problem:
    tokens = tokens_of(source)
    undeclared = _UNDECLARED.fullmatch(message)
    if undeclared is not None:
        return _unknown_name(undeclared[1], at, each, source)
    token = next((token for token in tokens if token.start <= at < token.end), None)
    start, end = (at, min(at + 1, len(source))) if token is None else (token.start, token.end)
    overload = _OVERLOAD.fullmatch(message)
    if overload is not None:
        operator = overload[1].strip("_").replace("?_:", "? :")
        types = overload[2].replace("wrapper(string)", "string or null").replace("wrapper(int)", "int or null")
        types = types.replace("wrapper(double)", "double or null")
        hint = "write numbers compared with amounts with a decimal point: 100.0" if "double" in types else ""
        return Problem(f"{operator} cannot be applied to {types}", start, end, hint)
    text = _EXPECTING.sub("", message.removeprefix("Syntax error: "))
    if "'<EOF>'" in text and "mismatched" in text:
        return Problem("the expression ends too early", max(at - 1, 0), len(source))
    hint = next((hint for part, hint in _HINTS if part in text), "")
    return Problem(f"not an expression: {text}", start, end, hint)


def _unknown_name(name: str, at: int, each: Each, source: str) -> Problem:
    """Return the mistake for a variable or function that does not exist."""
    tokens = tokens_of(source)
    called = next((token for token in tokens if token.end == at and token.text == name), None)
    if called is not None:
        return Problem(f"there is no function {name}", called.start, called.end)
    whole = next((token for token in names_of(tokens) if token.start <= at < token.end), None)
    start = at if whole is None else whole.start
    end = min(start + len(name), len(source))
    near = most_similar(name, [variable.name for variable in VARIABLES[each]])
    hint = f"did you mean {near}?" if near else "the page about rules lists the variables"
    return Problem(f"a rule about a {each} has no variable {name}", start, end, hint, near or "")


def _impossible(each: Each, tokens: list[Token]) -> Iterator[Problem]:
    """Yield comparisons of a variable with a text that it never is."""
    vocabularies = {variable.name: variable.values for variable in VARIABLES[each] if variable.values}
    for name in names_of(tokens):
        values = vocabularies.get(name.text)
        text = _compared(name, tokens) if values else None
        if values and text is not None and text.text[1:-1] not in values:
            near = most_similar(text.text[1:-1], list(values))
            hint = f"did you mean '{near}'?" if near else f"it is one of {', '.join(values)}"
            yield Problem(f"{name.text} is never {text.text}", text.start, text.end, hint)


def _compared(name: Token, tokens: list[Token]) -> Token | None:
    """Return the plain text that a name is compared with by `==` or `!=`, or that is looked for in it."""
    first = next(index for index, token in enumerate(tokens) if token.start == name.start)
    last = next(index for index, token in enumerate(tokens) if token.end == name.end)
    around = ((last + 1, last + 2, ("==", "!=")), (first - 1, first - 2, ("==", "!=", "in")))
    for operator, other, operators in around:
        if min(operator, other) >= 0 and max(operator, other) < len(tokens) and tokens[operator].text in operators:
            return tokens[other] if _PLAIN_TEXT.fullmatch(tokens[other].text) else None
    return None
