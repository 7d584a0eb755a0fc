"""The step lists of CONTRIBUTING name every file that a new rule or a new action touches."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from seatsync.account.actions.table import ACTIONS
from seatsync.declaration.declared import ROLE_LISTS
from seatsync.rules import ALL_RULES

ROOT = Path(__file__).parents[1]
RULES = [rule.code for rule in ALL_RULES]


def section(title: str) -> str:
    """Return the text below a heading of CONTRIBUTING."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def named(title: str) -> set[str]:
    """Return the files and folders that a section names."""
    return {name for name in re.findall(r"`([^`\s]+)`", section(title)) if "/" in name or name.endswith(".md")}


def tracked() -> list[Path]:
    """Return the text files of the repository."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [
        path for name in listed.splitlines() if (path := ROOT / name).suffix in {".py", ".md", ".json", ".txt", ".yaml"}
    ]


def naming_all(names: Iterable[str], files: Iterable[Path]) -> set[str]:
    """Return the files in which every one of these names occurs."""
    wanted = set(names)
    return {
        str(path.relative_to(ROOT))
        for path in files
        if path.is_file() and wanted <= set(re.findall(r"[A-Za-z0-9_.]+", path.read_text(encoding="utf-8")))
    }


@pytest.mark.parametrize("title", ["Add a rule", "Add an action", "Add a list of people with a role to teams"])
def test_every_file_of_a_step_list_exists(title: str) -> None:
    for name in named(title):
        each = [name.replace("CODE", code) for code in RULES] if "CODE" in name else [name]
        assert [one for one in each if not (ROOT / one).exists()] == []


def test_every_file_that_names_all_rules_is_in_the_list() -> None:
    found = naming_all(RULES, tracked())
    assert found
    assert found <= named("Add a rule")


def test_every_file_that_names_all_actions_is_in_the_list() -> None:
    found = naming_all(ACTIONS, tracked())
    assert found
    assert found <= named("Add an action")


def test_every_file_that_names_all_lists_of_roles_is_in_the_list() -> None:
    found = naming_all(
        ROLE_LISTS.values(), [path for path in tracked() if path.relative_to(ROOT).parts[0] in {"schemas", "seatsync"}]
    )
    assert {"seatsync/declaration/declared.py", "schemas/fragment.schema.json"} < found
    assert found <= named("Add a list of people with a role to teams")


def test_the_search_itself() -> None:
    assert naming_all([*ACTIONS, "seat.borrow"], tracked()) == set()
    assert "seatsync/rules/seats.py" in naming_all(["SEAT001"], tracked())
    assert "tests/rules/CODE.yaml" in named("Add a rule")
