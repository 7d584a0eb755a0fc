"""The YAML language server with our schemas: no diagnostics for valid files, and our positions for invalid ones."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from lsprotocol import types

from seatsync.commands.init import starter_files
from seatsync.declaration.writing.write import for_editors
from seatsync.reading import schema
from tests.commands.running import write
from tests.editor.npm_server import ready, yaml_language_server
from tests.reading.shape_files import Shape, shapes

ROOT = Path(__file__).parents[2]
SNAPSHOTS = "account.yaml"

# Differences to our findings by case, with the lines that it reports.
OTHERWISE = {
    # It checks addresses and days by the schema's `format`; we check them when the declaration is read.
    "fragment: whatever address": [1, 2],
    "fragment: no date at all": [1],
    "fragment: neither serial nor key, and groups": [5],
    # It also reports a misspelt required key as missing.
    "fragment: a missing key that is misspelt": [2, 9],
    "fragment: a misspelt licence": [2, 5],
    "project: misspelt keys": [1, 2, 3, 4, 5],
    # In YAML's core schema a number may have a sign; in ours it may not.
    "fragment: seats with a sign": [],
}


@pytest.fixture(autouse=True, scope="module")
def _ready() -> None:
    ready()


def lines(diagnostics: Sequence[types.Diagnostic]) -> list[int]:
    return sorted({diagnostic.range.start.line + 1 for diagnostic in diagnostics})


async def told(root: Path, names: Sequence[str], schemas: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the diagnostics of files that have any, by file."""
    async with yaml_language_server(root, schemas) as editor:
        for name in names:
            editor.open(name)
        found = {name: await editor.diagnostics(name) for name in names}
    return {name: [each.message for each in said] for name, said in found.items() if said}


def test_every_file_of_the_examples() -> None:
    root = ROOT / "examples"
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.yaml"))
    by_schema: dict[str, list[str]] = {}
    for name in names:
        last = name.rpartition("/")[2]
        kind = {"seatsync.yaml": "project", SNAPSHOTS: "snapshot"}.get(last, "fragment")
        by_schema.setdefault(kind, []).append(name)
    assert len(names) > 40
    schemas = {(ROOT / f"schemas/{kind}.schema.json").as_uri(): files for kind, files in by_schema.items()}
    assert asyncio.run(told(root, names, schemas)) == {
        "mistakes/acme.yaml": ["Map keys must be unique", "Property lastname is not allowed."]
    }


def test_a_new_repository_by_its_own_lines(tmp_path: Path) -> None:
    files = for_editors(starter_files(2026))
    write(tmp_path, files)
    names = [name for name in files if name.endswith(".yaml")]
    assert asyncio.run(told(tmp_path, names, {})) == {}


def test_it_names_the_lines_that_we_name(tmp_path: Path) -> None:
    cases = {f"{case.schema}/{number}.yaml": case for number, case in enumerate(shapes())}
    write(tmp_path, {name: case.text for name, case in cases.items()})
    kinds = {case.schema for case in cases.values()}
    schemas = {(ROOT / f"schemas/{kind}.schema.json").as_uri(): [f"{kind}/*.yaml"] for kind in kinds}

    async def found() -> dict[str, list[int]]:
        async with yaml_language_server(tmp_path, schemas) as editor:
            for name in cases:
                editor.open(name)
            return {name: lines(await editor.diagnostics(name)) for name in cases}

    theirs = asyncio.run(found())
    ours = {name: OTHERWISE.get(str(case), lines_of(case)) for name, case in cases.items()}
    assert {str(cases[name]): said for name, said in theirs.items() if said != ours[name]} == {}
    assert set(OTHERWISE) <= set(map(str, cases.values()))


def lines_of(case: Shape) -> list[int]:
    found = schema.check(case.node(), case.schema, "f.yaml")
    return sorted({each.location.line for each in found if each.location is not None})


TEAM = """\
# yaml-language-server: $schema=../schemas/fragment.schema.json
teams:
  design:
    primary_admin: ana@acme.example
    s
"""


def test_completion_of_keys(tmp_path: Path) -> None:
    write(tmp_path, for_editors({"teams/design.yaml": TEAM.removeprefix(TEAM.partition("\n")[0] + "\n")}))

    async def found() -> tuple[list[str], list[str]]:
        async with yaml_language_server(tmp_path) as editor:
            editor.open("teams/design.yaml")
            await editor.diagnostics("teams/design.yaml")
            ask = editor.client.text_document_completion_async
            of_team = await ask(types.CompletionParams(**editor.at("teams/design.yaml", 4, 5)))
            editor.type("teams/design.yaml", f"{TEAM.splitlines()[0]}\nsubscriptions:\n  s-1:\n    offering: \n")
            of_offering = await ask(types.CompletionParams(**editor.at("teams/design.yaml", 3, 14)))
        return labels(of_team), labels(of_offering)

    of_team, of_offering = asyncio.run(found())
    assert (tmp_path / "teams/design.yaml").read_text() == TEAM
    expected = "external_users groups ignore members prune renamed_from seats secondary_admins sso sso_admins"
    assert of_team == expected.split()
    assert of_offering == ["flex", "multi-user", "single-user", "token-flex"]


def labels(found: types.CompletionList | Sequence[types.CompletionItem] | None) -> list[str]:
    items = found.items if isinstance(found, types.CompletionList) else found or ()
    return sorted({item.label for item in items})
