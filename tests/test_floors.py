"""Imports go to lower floors only: never up, never sideways, and not inside functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "seatsync"

FLOORS: tuple[tuple[str, ...], ...] = (
    ("__init__",),
    ("errors", "finding", "clock", "secret", "document_diff"),
    ("account", "reading", "ci"),
    ("declaration",),
    ("rules", "planning", "targets", "why", "editing", "formatting", "ownership"),
    ("applying", "reporting", "server", "drift", "staffing"),
    ("editor",),
    ("commands",),
    ("cli",),
    ("__main__",),
)
"""The rooms of each floor, from the ground up."""

SIDEWAYS: dict[tuple[str, str], str] = {
    ("reporting", "applying"): "outcomes of steps are values of applying, which reporting renders",
    ("reporting", "drift"): "drift reports are values of drift, which reporting renders",
}
"""(from, to) on one floor, with the reason why."""

INSIDE_FUNCTIONS: dict[str, str] = {
    "cli": "errors during imports are handled like all others",
    "commands.options": "`--help` needs no console",
    "commands.lsp": "the protocol library is an extra, and its absence is reported",
    "commands.plan": "few plans need approvals, and importing their check takes as long as making a small plan",
    "commands.prepare": "few plans undo a run or have a diagram, and these modules are slow to import",
    "reading.yaml_file": "PyYAML is slow to import, and most files do not need it",
    "reading.schema": "the validators are slow to import, and most documents are valid",
    "targets.sql": "most commands only read a store, and need no sessions",
    "account.email": "the e-mail and IDNA libraries are slow to import, and few addresses need them",
}
"""Modules that may import inside a function, with the reason why."""


@dataclass(frozen=True)
class Arrow:
    """An import within the package."""

    module: str
    line: int
    to: str
    inside: bool


def room_of(module: str) -> str:
    """Return the room of a module: `account` for `account.email`."""
    return module.partition(".")[0]


def floor_of(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def arrows_of(module: str, text: str) -> Iterator[Arrow]:
    """Yield every import of `seatsync` in the text of a module."""
    tree = ast.parse(text)
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        for name in imported(node):
            package, _, there = name.partition(".")
            if package == "seatsync":
                yield Arrow(module, getattr(node, "lineno", 0), there or "__init__", id(node) in inside)


def imported(node: ast.AST) -> list[str]:
    """Return the full names of the modules that a node imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        if node.level:
            return ["seatsync.relative"]
        if node.module == "seatsync":
            return [f"seatsync.{alias.name}" if not alias.name.startswith("__") else "seatsync" for alias in node.names]
        return [node.module or ""]
    return []


def complaint(arrow: Arrow) -> str | None:
    """Return the problem of an import, or None."""
    here, there = room_of(arrow.module), room_of(arrow.to)
    place = f"seatsync/{arrow.module.replace('.', '/')}.py:{arrow.line}"
    if there == "relative":
        return f"{place}: import by the full name"
    if all(there not in rooms for rooms in FLOORS):
        return f"{place}: {there} is on no floor"
    if arrow.inside and arrow.module not in INSIDE_FUNCTIONS:
        return f"{place}: imports {arrow.to} inside a function"
    if here == there:
        return None
    if floor_of(there) > floor_of(here):
        return f"{place}: {here} imports {there}, which is above it"
    if floor_of(there) == floor_of(here) > 0 and (here, there) not in SIDEWAYS:
        return f"{place}: {here} imports {there}, which is beside it"
    return None


def modules() -> list[tuple[str, str]]:
    """Return the name of every module, without the package's, and its text."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        found.append((name, path.read_text(encoding="utf-8")))
    return found


def test_nobody_imports_upwards_or_sideways() -> None:
    complaints = [complaint(arrow) for name, text in modules() for arrow in arrows_of(name, text)]
    assert [text for text in complaints if text is not None] == []


def test_every_room_stands_on_one_floor() -> None:
    rooms = {room_of(name) for name, _ in modules()}
    standing = [room for floor in FLOORS for room in floor]
    assert len(standing) == len(set(standing))
    assert rooms <= set(standing)


def test_every_exception_is_used() -> None:
    used = {(room_of(name), room_of(arrow.to)) for name, text in modules() for arrow in arrows_of(name, text)}
    assert set(SIDEWAYS) - used == set()


@pytest.mark.parametrize(
    ("module", "text", "wrong"),
    [
        ("account.engine", "from seatsync.planning import plan", "account imports planning, which is above it"),
        ("rules.seats", "import seatsync.planning.plan", "rules imports planning, which is beside it"),
        ("rules.seats", "from seatsync import planning", "rules imports planning, which is beside it"),
        ("account.engine", "from . import model", "import by the full name"),
        ("account.engine", "from seatsync import nowhere", "nowhere is on no floor"),
        ("rules.seats", "def f():\n    from seatsync import clock", "imports clock inside a function"),
        ("rules.seats", "import seatsync.clock\nfrom seatsync.rules import roles", None),
        ("cli", "def f():\n    from seatsync import __version__", None),
    ],
)
def test_the_test_itself(module: str, text: str, wrong: str | None) -> None:
    found = [complaint(arrow) for arrow in arrows_of(module, text)]
    assert [text.partition(": ")[2] for text in found if text] == ([wrong] if wrong else [])
