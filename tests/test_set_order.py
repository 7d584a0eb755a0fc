"""No output depends on the order of a set, which changes with PYTHONHASHSEED: no known set is iterated.

Sets may be sorted, counted, tested and combined. Any other iteration is allowed only if it produces a set.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.set_types import Names, Package, functions_of, is_set, own_nodes

PACKAGE = Path(__file__).parents[1] / "seatsync"

WITHOUT_ORDER = {"sorted", "any", "all", "sum", "min", "max", "len", "set", "frozenset", "CompactSet"}
"""Functions whose result does not depend on the order of their arguments' items."""
SET_METHODS = {
    "difference",
    "difference_update",
    "intersection",
    "intersection_update",
    "isdisjoint",
    "issubset",
    "issuperset",
    "symmetric_difference",
    "symmetric_difference_update",
    "union",
    "update",
}
IN_ORDER = {"Counter", "chain", "deque", "dict", "enumerate", "filter", "islice", "iter", "list", "map", "next"}
IN_ORDER |= {"reversed", "tuple", "zip", "extend", "from_iterable", "fromkeys", "join", "update"}
"""Functions and methods that iterate their arguments, and preserve the order."""


def iterated_in(text: str, package: Package | None = None) -> list[int]:
    """Return the lines of a module that iterate a set in its own order."""
    tree = ast.parse(text)
    package = package if package is not None else Package([tree])
    return sorted({place.lineno for each in functions_of(tree, package) for place in _iterated(*each)})


def _iterated(function: ast.AST, names: Names) -> Iterator[ast.expr]:
    harmless: set[int] = set()
    for node in own_nodes(function):
        if isinstance(node, ast.Call) and _is_without_order(node.func, names):
            harmless.update({id(node)}, *map(_with_content, node.args))
        elif isinstance(node, ast.Set):
            harmless.update(*map(_with_content, node.elts))
    for node in own_nodes(function):
        if id(node) not in harmless:
            yield from (place for place in _gone_through(node) if is_set(names.of(place)))


def _with_content(node: ast.expr) -> set[int]:
    """Return the ids of an expression and, if it is starred, of its content."""
    return {id(node), id(node.value)} if isinstance(node, ast.Starred) else {id(node)}


def _is_without_order(function: ast.expr, names: Names) -> bool:
    match function:
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
            return name in WITHOUT_ORDER
        case ast.Attribute(value=value, attr=name):
            return name in SET_METHODS and is_set(names.of(value))
    return False


def _gone_through(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.For(iter=iterable) | ast.YieldFrom(value=iterable) | ast.Starred(value=iterable):
            yield iterable
        case ast.GeneratorExp(generators=loops) | ast.ListComp(generators=loops) | ast.DictComp(generators=loops):
            yield from (loop.iter for loop in loops)
        case ast.Call(func=ast.Attribute(value=value, attr="pop"), args=[]):
            yield value
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=arguments) if name in IN_ORDER:
            yield from arguments


def test_no_set_decides_an_output() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
    package = Package(ast.parse(text) for text in texts.values())
    found = [
        f"{path.relative_to(PACKAGE)}:{line}" for path, text in texts.items() for line in iterated_in(text, package)
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "for name in {'b', 'a'}: print(name)",
        "print([name for name in set(names)])",
        "print({name: 1 for name in frozenset(names)})",
        "print(list({name for name in names}))",
        "print(*group.members)",
        "print(', '.join(group.members - {'a'}))",
        "print(dict.fromkeys(members_of(group)))",
        "for product, holders in seats.items(): print(tuple(holders))",
        "print(next(iter(seats['AutoCAD'])))",
        "print([name for name in seats.keys() - names])",
        "print(seats.get('AutoCAD', set()).pop())",
        "def told(some: AbstractSet[str]) -> Iterator[str]: yield from some",
        "def told(some: set[str] | None) -> list[str]: return [name for name in some or ()]",
        "first, second = names, set(names)\nprint(list(second))",
    ],
)
def test_going_through_a_set_is_found(line: str) -> None:
    assert iterated_in(_GIVEN + line)


@pytest.mark.parametrize(
    "line",
    [
        "for name in sorted(group.members): print(name)",
        "print(sorted(name.upper() for name in group.members))",
        "print({name.upper() for name in group.members} | set(names))",
        "print(any(name in names for name in group.members), len(group.members), 'a' in group.members)",
        "group.members.update(name for name in seats['AutoCAD'])",
        "print({*group.members, *seats['AutoCAD']} == set(names))",
        "for product, holders in seats.items(): print(product, len(holders))",
        "for name in names: print(name)",
        "for product in seats.keys(): print(product)",
    ],
)
def test_order_independent_functions_may_take_sets(line: str) -> None:
    assert not iterated_in(_GIVEN + line)


_GIVEN = """
names: list[str] = []
seats: dict[str, set[str]] = {}

class Group:
    members: set[str]

def members_of(group: Group) -> frozenset[str]: ...

group = Group()
"""
