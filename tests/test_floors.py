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
    ("errors", "finding", "clock", "secret"),
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
    ("reporting", "applying"): "what became of a step is a value of applying, which reporting puts into words",
    ("reporting", "drift"): "what was changed where is a value of drift, which reporting puts into words",
}
"""(from, to) on one floor, with the reason why."""

INSIDE_FUNCTIONS: dict[str, str] = {
    "cli": "what goes wrong while modules are imported leaves by the same door as all that goes wrong",
    "commands.options": "`--help` needs no console",
    "commands.lsp": "the library that speaks the protocol is an extra, and where it is missing that is said",
    "commands.plan": "few plans need approvals, and what weighs them takes as long to import as a small plan to make",
    "commands.prepare": "few plans undo a run or have a picture, and what makes these is slow to import",
    "reading.yaml_file": "PyYAML is slow to import, and most files are written the usual way",
    "reading.schema": "the libraries that judge and explain are slow to import, and most documents are right",
    "targets.sql": "what writes to a store is not loaded by the many commands that only read one",
    "account.email": "the e-mail and IDNA libraries are slow to import, and few addresses need them",
}
"""Modules that may import inside a function, with the reason why."""


@dataclass(frozen=True)
class Arrow:
    """One import of the package by the package."""

    module: str
    line: int
    to: str
    inside: bool


def room_of(module: str) -> str:
    """`account.email` is in the room `account`."""
    return module.partition(".")[0]


def floor_of(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def arrows_of(module: str, text: str) -> Iterator[Arrow]:
    """Every import of `seatsync` in a module's text."""
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
    """The full names of the modules that a node imports."""
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
    """What is wrong with an arrow, or None."""
    here, there = room_of(arrow.module), room_of(arrow.to)
    place = f"seatsync/{arrow.module.replace('.', '/')}.py:{arrow.line}"
    if there == "relative":
        return f"{place}: import by the full name"
    if all(there not in rooms for rooms in FLOORS):
        return f"{place}: {there} stands on no floor"
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
    """Every module of the package: its name without the package's, and its text."""
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
        ("account.engine", "from seatsync import nowhere", "nowhere stands on no floor"),
        ("rules.seats", "def f():\n    from seatsync import clock", "imports clock inside a function"),
        ("rules.seats", "import seatsync.clock\nfrom seatsync.rules import roles", None),
        ("cli", "def f():\n    from seatsync import __version__", None),
    ],
)
def test_the_test_itself(module: str, text: str, wrong: str | None) -> None:
    found = [complaint(arrow) for arrow in arrows_of(module, text)]
    assert [text.partition(": ")[2] for text in found if text] == ([wrong] if wrong else [])
