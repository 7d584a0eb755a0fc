"""Completion and hover in the expressions of a project's own rules: variables, functions, known words in quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from seatsync.declaration.files import PROJECT_FILE
from seatsync.editing.operations import Path
from seatsync.editing.schema_nodes import ITEM, SymbolKind
from seatsync.expressions.functions import FUNCTIONS, Function, Receiver
from seatsync.expressions.variables import TITLES, VARIABLES, Kind, Variable
from seatsync.lsp.outline import CursorContext, block_scalar_at, context_at, unquoted
from seatsync.reporting.escape import code, prose

_EACH: Final = re.compile(r"each[\"']?[ \t]*:[ \t]*[\"']?([a-z]+)")
_NEAR: Final = 4
"""The most mentions of `each:` that are tried on either side of a position."""
_IN_WORD: Final = re.compile(r"[A-Za-z0-9_.]")
_COMPARED: Final = re.compile(r"([a-z_][a-z_.]*)\s*(?:[=!]=\s*|in\s+\[[^\]]*)$")
"""A variable and the operator before a quoted text that it is compared with."""

_NAMES: Final = {
    "product": SymbolKind.PRODUCT,
    "person.products": SymbolKind.PRODUCT,
    "team": SymbolKind.TEAM,
    "group": SymbolKind.GROUP,
    "subscription": SymbolKind.SUBSCRIPTION,
    "contract": SymbolKind.CONTRACT,
    "service": SymbolKind.SERVICE,
    "person.email": SymbolKind.PERSON,
    "primary_admin": SymbolKind.PERSON,
    "contract_manager": SymbolKind.PERSON,
    "software_coordinator": SymbolKind.PERSON,
    "user": SymbolKind.PERSON,
    "actor": SymbolKind.PERSON,
}
"""The kind of name that a variable holds."""

_REST_OF_QUOTED: Final = re.compile(r"([^\"'&|=!()\[\],\r\n]*)[\"']")
_CASES: Final = (("passes", ITEM), ("fails", ITEM))

_RECEIVERS: Final[Mapping[Kind, Receiver | None]] = {
    "string": "text",
    "string?": "text",
    "int": None,
    "int?": None,
    "double?": None,
    "bool": None,
    "list(string)": "list",
    "map(string, double)": "list",
}
"""What a variable of a type is as the receiver of functions."""

WordKind: TypeAlias = Literal["variable", "function"]


@dataclass(frozen=True, slots=True)
class Place:
    """A position in an expression: the variables that its rule knows, and the dotted word around the offset.

    In a quoted text, `compared` is the variable it is compared with, and the word is what the quotes contain.
    """

    variables: Mapping[str, Variable]
    word: str
    start: int
    end: int
    quoted: bool = False
    compared: str = ""

    def compared_with(self) -> SymbolKind | None:
        """Return the kind of names that the text in quotes is compared with; None if it is none, or not in quotes."""
        return _NAMES.get(self.compared)


@dataclass(frozen=True, slots=True)
class Word:
    """A word that can be written at a place: the text to insert, in place of the word there after `skip` letters."""

    label: str
    kind: WordKind
    detail: str
    new: str
    skip: int = 0


def place_at(file: str, text: str, offset: int) -> Place | None:
    """Return the place in an expression at an offset; None outside of expressions."""
    if file != PROJECT_FILE:
        return None
    context = block_scalar_at(text, offset) or context_at(text, offset)
    if context is None or not _is_expression(context.path):
        return None
    variables = _variables(text, context.path[:2], offset)
    before = _before(text, offset, context)
    inside = _open_quote(before)
    if inside is not None:
        typed = before[inside + 1 :]
        found = _COMPARED.search(before[:inside])
        compared = "" if found is None else found[1]
        rest = _REST_OF_QUOTED.match(text, offset)
        end = offset if rest is None else rest.end(1)
        return Place(variables, typed, offset - len(typed), end, quoted=True, compared=compared)
    start = end = offset
    while start > 0 and _IN_WORD.match(text, start - 1):
        start -= 1
    while end < len(text) and _IN_WORD.match(text, end):
        end += 1
    return Place(variables, text[start:end], start, end)


def variables_at(file: str, text: str, context: CursorContext, offset: int) -> list[Variable] | None:
    """Return the variables that the case of a rule at a position can set; None if there is no key of a case."""
    path = context.path
    if file != PROJECT_FILE or not context.key or path[:1] != ("rules",) or path[2:] not in _CASES:
        return None
    return list(_variables(text, path[:2], offset).values())


def _is_expression(path: Path) -> bool:
    return path[:1] == ("rules",) and path[2:3] == ("must",)


def _variables(text: str, rule: Path, offset: int) -> Mapping[str, Variable]:
    """Return the variables of the rule at a path by its nearest `each:`; all variables if it has none yet."""
    mentions = list(_EACH.finditer(text))
    before = [found for found in mentions if found.start() <= offset][-_NEAR:]
    after = [found for found in mentions if found.start() > offset][:_NEAR]
    for found in (*reversed(before), *after):
        context = context_at(text, found.start(1))
        if context is not None and context.path == (*rule, "each"):
            each = next((each for each in VARIABLES if each == found[1]), None)
            if each is not None:
                return _by_name(VARIABLES[each])
    return _by_name(variable for table in VARIABLES.values() for variable in table)


def _by_name(variables: Iterable[Variable]) -> dict[str, Variable]:
    return {variable.name: variable for variable in variables}


def _before(text: str, offset: int, context: CursorContext) -> str:
    """Return the expression before an offset, on its line; a quoted scalar without quotes and escapes."""
    if context.raw[:1] in {'"', "'"}:
        return unquoted(text[context.start : offset])
    start = max(text.rfind("\n", 0, offset) + 1, context.start if context.path[3:] == () and not context.key else 0)
    return text[start:offset]


def _open_quote(before: str) -> int | None:
    """Return where the quoted text begins that is still open at the end of an expression."""
    start, skip = None, False
    for index, letter in enumerate(before):
        if skip:
            skip = False
        elif start is not None and letter == "\\":
            skip = True
        elif letter in {'"', "'"} and (start is None or letter == before[start]):
            start = index if start is None else None
    return start


def words(place: Place, offset: int) -> Iterator[Word]:
    """Yield the variables and functions that can be written at a place; in quotes, the words of the variable."""
    if place.quoted:
        variable = place.variables.get(place.compared)
        yield from (Word(word, "variable", "", word) for word in (() if variable is None else variable.values))
        return
    receiver, dot, _ = place.word[: offset - place.start].rpartition(".")
    for variable in place.variables.values():
        if variable.name.startswith(receiver + dot):
            yield Word(variable.name, "variable", meaning(variable), variable.name)
    for function in FUNCTIONS.values():
        if _can_follow(function, receiver, dot, place.variables):
            new = f"{function.name}()" if function.call.endswith(f"{function.name}()") else f"{function.name}("
            yield Word(function.name, "function", function.description, new, len(receiver + dot))


def _can_follow(function: Function, receiver: str, dot: str, variables: Mapping[str, Variable]) -> bool:
    """Return True if a function can be called after a receiver, `members` and a dot; without them, on its own."""
    if not dot:
        return "value" in function.on
    variable = variables.get(receiver)
    if variable is None:  # the first half of a name, such as `person`; or a name that the expression itself makes
        return "value" not in function.on and not any(name.startswith(f"{receiver}.") for name in variables)
    return _RECEIVERS[variable.type] in function.on


# Hover


def hover_at(file: str, text: str, offset: int) -> tuple[str, int, int] | None:
    """Return the text about the variable or function at an offset, with its span; None if there is none."""
    place = place_at(file, text, offset)
    if place is None:
        return _hover_in_case(file, text, offset)
    if place.quoted:
        return None
    variable = _longest(place)
    if variable is not None and offset <= place.start + len(variable.name):
        return _about(variable), place.start, place.start + len(variable.name)
    start = place.start + place.word.rfind(".", 0, offset - place.start) + 1
    name = text[start : place.end].partition(".")[0]
    function = FUNCTIONS.get(name)
    if function is None:
        return None
    return f"{code(f'{name}(…)')} {prose(function.description)}\n\n{code(function.call)}", start, start + len(name)


def _hover_in_case(file: str, text: str, offset: int) -> tuple[str, int, int] | None:
    """Return the text about the variable that a case of a rule sets."""
    context = context_at(text, offset)
    variables = None if context is None else variables_at(file, text, context, offset)
    if context is None or variables is None:
        return None
    found = next((variable for variable in variables if variable.name == context.text), None)
    return None if found is None else (_about(found), context.start, context.end)


def _longest(place: Place) -> Variable | None:
    """Return the variable at the start of a dotted word, the longest one first, as the compiler does."""
    name = place.word
    while name and name not in place.variables:
        name = name.rpartition(".")[0]
    return place.variables.get(name)


def meaning(variable: Variable) -> str:
    """Return type and description of a variable on one line."""
    return f"{TITLES[variable.type]}: {variable.description}"


def _about(variable: Variable) -> str:
    lines = [f"{code(variable.name)} {TITLES[variable.type]}", "", prose(variable.description)]
    if variable.values:
        lines += ["", *(f"- {code(word)}" for word in variable.values)]
    return "\n".join(lines)
