"""Mistakes in expressions in plain words, at their places, from what the library says about them."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from seatsync.expressions.functions import FUNCTIONS
from seatsync.expressions.tokens import MACROS, Problem, Token, names_of, tokens_of
from seatsync.expressions.variables import VARIABLES, Each
from seatsync.reading.plain_text import most_similar

_ERROR = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*?)(?=\n |\nERROR: | \[[A-Z_]+\]$|\Z)", re.DOTALL)
_STATUS = re.compile(r"^[A-Z_]+: | \[[A-Z_]+\]$")
_UNDECLARED = re.compile(r"undeclared reference to '(.+)' \(in container '.*'\)")
_OVERLOAD = re.compile(r"found no matching overload for '(.+)' applied to '(.+)'")
_NO_PART = re.compile(r"expression of type '(.+)' cannot be the operand of a select operation")
_UNEXPECTED = re.compile(r"(?:extraneous|mismatched) input '(.*)' expecting .*", re.DOTALL)
_NO_TOKEN = re.compile(r"token recognition error at: '(.*?) *'", re.DOTALL)
_NO_OVERLOAD = re.compile(r"found : (?:\(.*?\)\.)?([^\s()]+)\(")
_PLAIN_TEXT = re.compile(r"""'[^'\\]+'|"[^"\\]+\"""")
_SYNTAX = "Syntax error: "
_TYPES: Final = (
    ("wrapper(string)", "text or null"),
    ("wrapper(int)", "number or null"),
    ("wrapper(double)", "amount or null"),
    ("list(string)", "list of texts"),
    ("map(string, double)", "amount by currency"),
    ("string", "text"),
    ("int", "number"),
    ("double", "amount"),
    ("bool", "true or false"),
)
_OPERATORS = {"=": "==", "and": "&&", "or": "||", "not": "!", "&": "&&", "|": "||", "is": "=="}
_FUNCTIONS = {"len": "size", "length": "size", "count": "size", "any": "exists", "startswith": "startsWith"}


def reason(text: str) -> str:
    """Return why an evaluation failed, from the error of the library."""
    said = _STATUS.sub("", _STATUS.sub("", text))
    if "null_type" in said:
        used = _NO_OVERLOAD.search(said)
        return "a value is null" if used is None else f"{used[1].strip('_')} is applied to null"
    return f"{said[:1].lower()}{said[1:]}"


def mistakes(text: str, each: Each, source: str) -> Iterator[Problem]:
    """Yield the mistakes that the library reports, at their places; of several in the syntax only the first."""
    found = _ERROR.findall(text)
    if any("recursion" in said for said in ([message for _, _, message in found] or [text])):
        yield Problem("the expression is nested too deeply", 0, len(source), "split the rule into several")
        return
    found = [place for place in found if int(place[0]) > 0]
    if not found:
        yield Problem(reason(text), 0, len(source))
        return
    for line, column, message in [place for place in found if _is_macro(place[2])] or found:
        yield _problem(message.strip(), _offset(source, int(line), int(column)), each, source)
        if message.startswith(_SYNTAX):
            return


def _is_macro(message: str) -> bool:
    """Return True for a macro with too few parts, from which the other mistakes may follow."""
    undeclared = _UNDECLARED.fullmatch(message.strip())
    return undeclared is not None and undeclared[1] in MACROS


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
    index = next((index for index, token in enumerate(tokens) if token.start <= at < token.end), None)
    start, end = (at, min(at + 1, len(source))) if index is None else (tokens[index].start, tokens[index].end)
    overload, no_part = _OVERLOAD.fullmatch(message), _NO_PART.fullmatch(message)
    if overload is not None:
        operator = overload[1].strip("_").replace("?_:", "? :")
        hint = "write numbers beside amounts with a decimal point: 100.0" if "double" in message else ""
        return Problem(f"{operator} cannot be applied to {_in_words(overload[2])}", start, end, hint)
    if no_part is not None:
        name = tokens[index + 1].text if index is not None and index + 1 < len(tokens) else ""
        hint = f"functions are called with parentheses: {name}()" if name in FUNCTIONS else ""
        return Problem(f"a {_in_words(no_part[1])} has no part {name}", start, end, hint)
    return _syntax_problem(message.removeprefix(_SYNTAX), Token("sign", source[start:end], start), tokens, source)


def _in_words(types: str) -> str:
    """Return types of the library, such as `(string, int)` or `string.(int)`, in words: `text and number`."""
    for name, words in _TYPES:
        types = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", words, types)
    return types.replace(".(", ", ").strip("()").replace(", ", " and ")


def _syntax_problem(message: str, token: Token, tokens: list[Token], source: str) -> Problem:
    """Return the mistake for a token where it cannot stand."""
    unexpected, no_token = _UNEXPECTED.fullmatch(message), _NO_TOKEN.fullmatch(message)
    if unexpected is not None and unexpected[1] == "<EOF>":
        return Problem("the expression ends too early", max(token.start - 1, 0), len(source))
    if no_token is not None and no_token[1][:1] in ("'", '"'):
        return Problem("the text has no end", token.start, len(source), "end it with the quote that begins it")
    word = source[token.start : token.end]
    before = next((other.text for other in reversed(tokens) if other.end <= token.start), "")
    operator = _OPERATORS.get(word) or _OPERATORS.get(before)
    hint = f"{word if word in _OPERATORS else before} is written {operator}" if operator is not None else ""
    if word == "," and not hint:
        hint = "a list is written in square brackets: ['a', 'b']"
    if unexpected is None and no_token is None:
        return Problem(f"not an expression: {message}", token.start, token.end, hint)
    return Problem(f"{word} cannot stand here", token.start, token.end, hint)


def _unknown_name(name: str, at: int, each: Each, source: str) -> Problem:
    """Return the mistake for a variable or function that does not exist, or a macro with too few parts."""
    tokens = tokens_of(source)
    called = next((token for token in tokens if token.end == at and token.text == name), None)
    if called is not None and name in MACROS:
        message = f"{name} needs a name for the item and a condition"
        return Problem(message, called.start, called.end, f"such as {FUNCTIONS[name].call}")
    if called is not None:
        hint, near = advice(_FUNCTIONS.get(name.lower(), name), FUNCTIONS, f"there are {', '.join(FUNCTIONS)}")
        return Problem(f"there is no function {name}", called.start, called.end, hint, near)
    whole = next((token for token in names_of(tokens) if token.start <= at < token.end), None)
    start = at if whole is None else whole.start
    end = min(start + len(name), len(source))
    known = [variable.name for variable in VARIABLES[each]]
    hint, near = advice(name, known, "the page about rules lists the variables")
    return Problem(f"a rule about a {each} has no variable {name}", start, end, hint, near)


def advice(unknown: str, known: Iterable[str], otherwise: str, quote: str = "") -> tuple[str, str]:
    """Return the hint about an unknown word, and the most similar known one; `otherwise` and "" if none is similar."""
    near = most_similar(unknown, list(known)) or ""
    return f"did you mean {quote}{near}{quote}?" if near else otherwise, near


def impossible(each: Each, tokens: list[Token]) -> Iterator[Problem]:
    """Yield comparisons of a variable with a text that it never is."""
    vocabularies = {variable.name: variable.values for variable in VARIABLES[each] if variable.values}
    for name in names_of(tokens):
        values = vocabularies.get(name.text)
        text = _compared(name, tokens) if values else None
        if values and text is not None and text.text[1:-1] not in values:
            hint, _ = advice(text.text[1:-1], values, f"it is one of {', '.join(values)}", quote="'")
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
