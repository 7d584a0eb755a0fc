"""Imports go to lower floors only: never up, never sideways, and not inside functions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "seatsync"

FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "finding", "clock", "secret", "document_diff"),
    ("account", "reading", "ci"),
    ("declaration", "expressions"),
    ("rules", "planning", "targets", "editing", "vendor"),
    ("applying", "portal", "insight", "staffing", "demo", "fleet"),
    ("reporting",),
    ("lsp", "notices"),
    ("commands",),
    ("cli",),
)
"""The rooms of each floor, from the ground up. CONTRIBUTING and the documentation show the same table."""

MOST_IN_A_FOLDER = 20

BELOW, ABOVE = "__init__", "__main__"
"""The package itself, with its version, is below all floors; the entry point is above them."""

INSIDE_FUNCTIONS: dict[str, str] = {
    "cli": "errors during imports must be handled like all others",
    "commands.apply": "only the real account has checklists for people",
    "commands.login": "the library of the vendor's APIs is an extra, and `--help` needs none",
    "commands.logout": "the library of the vendor's APIs is an extra, and `--help` needs none",
    "commands.lsp": "the library of the protocol is an extra, and the command reports where it is missing",
    "commands.plan": "only the real account has open cases that a plan no longer wants",
    "commands.shared.approvals": "few plans need approvals, and their check is slow to import",
    "commands.fleet.approve": "the library of durable workflows is an extra, and `--help` needs none",
    "commands.fleet.worker": "the library of durable workflows is an extra, and `--help` needs none",
    "commands.shared.fleet.start": "the library of durable workflows is an extra, and `--help` needs none",
    "commands.shared.options": "`--help` needs no console",
    "commands.shared.plan_inputs": "few plans undo a run or have a diagram, and both are slow to import",
    "commands.shared.real_account.portal_sources": "the library of the vendor's APIs is an extra",
    "commands.shared.real_account.refresh_first": "few runs refresh, and sources are slow to import",
    "declaration.fields": "few files have slips, whose patterns take time to compile",
    "fleet.app_calls": "the library of the store is an extra, and slow to import",
    "fleet.fleet_store": "a store in a file needs no driver of PostgreSQL",
    "fleet.stored_work": "the library of the store is an extra, and slow to import",
    "notices.rendering": "Jinja is slow to import, and most commands show no text of a mail",
    "planning.make": "few projects have prices, or rules of their own about plans, and CEL is slow to import",
    "reading.schema": "the validating and explaining libraries are slow to import, and most documents are valid",
    "reading.tabular": "few files have slips, whose patterns take time to compile",
    "reading.yaml_file": "PyYAML is slow to import, and most files are plain enough for the scanner",
    "rules": "few projects have rules of their own, and CEL is slow to import",
    "targets.sql.records": "few commands read orders",
    "targets.sql.session": "few runs record usage or notices",
    "targets.sql.store": "commands that only read a store do not load what writes to it, nor what few of them read",
}
"""Modules that may import inside a function, with the reason."""


@dataclass(frozen=True)
class Arrow:
    """One import of the package by the package."""

    module: str
    line: int
    to: str
    inside: bool


def room_of(module: str) -> str:
    """Return the room of a module: `account` for `account.email`."""
    return module.partition(".")[0]


def floor_of(room: str) -> int:
    """Return the number of a room's floor, from 1."""
    if room in {BELOW, ABOVE}:
        return 0 if room == BELOW else len(FLOORS) + 1
    return next((number for number, rooms in enumerate(FLOORS, 1) if room in rooms), -1)


def arrows_of(module: str, text: str) -> Iterator[Arrow]:
    """Yield every import of `seatsync` in a module's text, also those by name."""
    yield from static_arrows(module, text)
    if "importlib" not in text:
        return
    tree = ast.parse(text)
    if any(name.partition(".")[0] == "importlib" for node in ast.walk(tree) for name in imported(node)):
        yield from dynamic_arrows(module, tree)


@cache
def static_arrows(module: str, text: str) -> tuple[Arrow, ...]:
    """Return the import statements, also those inside functions."""
    tree = ast.parse(text)
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    return tuple(
        Arrow(module, getattr(node, "lineno", 0), there or "__init__", id(node) in inside)
        for node in ast.walk(tree)
        for package, _, there in (name.partition(".") for name in imported(node))
        if package == "seatsync"
    )


def dynamic_arrows(module: str, tree: ast.Module) -> Iterator[Arrow]:
    """Yield the imports that a module can make by name: its strings that name a module of the package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value.partition(":")[0].removeprefix("seatsync.")
            for there in (name, f"commands.{name}"):
                if re.fullmatch(r"[a-z_.]+", name) and "." in there and is_module(there):
                    yield Arrow(module, node.lineno, there, inside=False)


def is_module(name: str) -> bool:
    path = PACKAGE.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file()


def imported(node: ast.AST) -> list[str]:
    """Return the full names of the modules that a node imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        if node.level:
            return ["seatsync.relative"]
        if node.module == "seatsync":
            return [f"seatsync.{alias.name}" if not alias.name.startswith("__") else "seatsync" for alias in node.names]
        package = (node.module or "").removeprefix("seatsync.")
        inner = [f"{node.module}.{alias.name}" for alias in node.names if is_module(f"{package}.{alias.name}")]
        return inner or [node.module or ""]
    return []


def complaint(arrow: Arrow) -> str | None:
    """Return the message about an arrow that is not allowed, or None."""
    here, there = room_of(arrow.module), room_of(arrow.to)
    place = f"seatsync/{arrow.module.replace('.', '/')}.py:{arrow.line}"
    if there == "relative":
        return f"{place}: import by the full name"
    if floor_of(there) < 0:
        return f"{place}: {there} is on no floor"
    if arrow.inside and arrow.module not in INSIDE_FUNCTIONS:
        return f"{place}: imports {arrow.to} inside a function"
    if here == there:
        return None
    if floor_of(there) > floor_of(here):
        return f"{place}: {here} imports {there}, which is above it"
    if floor_of(there) == floor_of(here) > 1:
        return f"{place}: {here} imports {there}, which is beside it"
    return None


def modules() -> list[tuple[str, str]]:
    """Return every module of the package: its name without that of the package, and its text."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        found.append((name, path.read_text(encoding="utf-8")))
    return found


def test_nobody_imports_upwards_or_sideways() -> None:
    complaints = [complaint(arrow) for name, text in modules() for arrow in arrows_of(name, text)]
    assert [text for text in complaints if text is not None] == []


def test_no_modules_import_each_other() -> None:
    found = {name: {arrow.to for arrow in static_arrows(name, text)} for name, text in modules()}
    assert circles(found) == []


def circles(imports: dict[str, set[str]]) -> list[str]:
    """Return the modules in circles of imports, and those between two circles."""
    left = set(imports)
    while True:
        used = {to for name in left for to in imports[name] if to != name}
        inner = {name for name in left & used if (imports[name] - {name}) & left}
        if inner == left:
            return sorted(left)
        left = inner


def test_the_search_for_circles() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"d"}}) == ["b", "c"]


def test_every_room_is_on_one_floor() -> None:
    rooms = {room_of(name) for name, _ in modules()} - {BELOW, ABOVE}
    listed = [room for floor in FLOORS for room in floor]
    assert sorted(listed) == sorted(rooms)


def test_every_exception_is_used() -> None:
    used = {name for name, text in modules() for arrow in arrows_of(name, text) if arrow.inside}
    assert set(INSIDE_FUNCTIONS) - used == set()


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/one-change.md"])
def test_the_floors_are_documented(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d) \| (.*) \|$", text, re.MULTILINE)
    shown = [(int(number), tuple(re.findall(r"`([a-z_]+)`(?=[ ,]|$)", rooms))) for number, rooms in rows]
    assert shown == list(enumerate(FLOORS))


def test_no_two_modules_have_one_name_and_no_folder_is_crowded() -> None:
    paths = [path for path in PACKAGE.rglob("*.py") if "commands" not in path.parts and path.stem != "__init__"]
    names = [path.stem for path in paths]
    folders = [str(path.parent) for path in PACKAGE.rglob("*.py") if path.stem != "__init__"]
    folders = [folder for folder in folders if folder != str(PACKAGE / "commands")]  # which has one for each command
    assert [name for name in set(names) if names.count(name) > 1] == []
    assert [folder for folder in set(folders) if folders.count(folder) > MOST_IN_A_FOLDER] == []


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
        (
            "rules.seats",
            "from importlib import import_module\nimport_module('seatsync.planning.plan')",
            "rules imports planning, which is beside it",
        ),
        (
            "account.engine",
            "import importlib\nLATER = 'targets.target:open_target'",
            "account imports targets, which is above it",
        ),
        ("account.engine", "TEXT = 'targets.target'", None),
    ],
)
def test_the_test_itself(module: str, text: str, wrong: str | None) -> None:
    found = [complaint(arrow) for arrow in arrows_of(module, text)]
    assert [text.partition(": ")[2] for text in found if text] == ([wrong] if wrong else [])
