"""Completion and hover inside the expressions and cases of a project's own rules."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types

from seatsync.editing.occurrences import Symbol
from seatsync.editing.schema_nodes import SymbolKind
from seatsync.expressions.functions import FUNCTIONS
from seatsync.expressions.variables import VARIABLES
from seatsync.lsp import rule_expressions
from seatsync.lsp.completions import completions
from seatsync.lsp.hover import hover
from seatsync.lsp.positions import Text, applied
from seatsync.lsp.rule_expressions import hover_at
from seatsync.lsp.symbols import definitions, references
from tests.commands.running import write
from tests.editor.client import editor
from tests.editor.repository import DAY, FILES, make, symbol_in

FILE = "seatsync.yaml"
EXAMPLES = Path(__file__).parents[2] / "examples"
PEOPLE = ["ana@acme.example", "ben@acme.example", "cho@acme.example", "dee@acme.example", "eli@acme.example"]


def marked(text: str) -> tuple[str, int]:
    """Return a text without its `¦` marker, and the offset of the marker."""
    at = text.index("¦")
    return text.replace("¦", ""), at


def rule(must: str, each: str = "seat") -> str:
    return f"version: 1\nrules:\n  POLICY101:\n    each: {each}\n    must: {must}"


def names(each: str) -> list[str]:
    return [variable.name for kind, table in VARIABLES.items() if kind == each for variable in table]


def offered(root: Path, text: str) -> list[str]:
    clean, at = marked(text)
    return [each.label for each in completions(FILE, Text(clean, "utf-16"), at, make(root)).candidates]


def accepted(root: Path, text: str) -> str:
    """Return the text after accepting the first candidate."""
    clean, at = marked(text)
    before = Text(clean, "utf-16")
    return applied(before, [completions(FILE, before, at, make(root)).candidates[0].edit])


@pytest.mark.parametrize("each", list(VARIABLES))
def test_all_variables_of_the_rule_and_no_others(tmp_path: Path, each: str) -> None:
    assert offered(tmp_path, rule("¦", each)) == [*names(each), "int", "double", "string"]


OFFERED = [
    ("plain", rule("person.ext¦"), ["person.external", "person.external_in"]),
    ("in quotes", rule('"!(person.ext¦'), ["person.external", "person.external_in"]),
    ("closed quotes", rule("'!(person.ext¦)'"), ["person.external", "person.external_in"]),
    ("the second word", rule("group == null || days¦"), ["days_left"]),
    ("a block", rule(">-\n      group == null ||\n      days¦\n    message: x"), ["days_left"]),
    ("a literal block", rule("|-\n      days¦"), ["days_left"]),
    ("a continued line", rule("group == null ||\n      days¦"), ["days_left"]),
    ("a flow mapping", 'rules: {POLICY101: {each: role, must: "days¦"}}', ["days_left"]),
    ("`each` comes after", "rules:\n  POLICY101:\n    must: perf¦\n    each: step", ["performers"]),
    ("`each` of another rule", rule("x", "plan") + "\n  POLICY102:\n    each: step\n    must: perf¦", ["performers"]),
    ("functions of a list", rule("person.products.¦"), ["size", "exists", "exists_one", "all", "filter"]),
    ("functions of a text", rule("product.mat¦"), ["matches"]),
    ("no functions of a number", rule("days_left.¦"), []),
    ("a name of the expression", rule("person.products.exists(p, p.ends¦"), ["endsWith"]),
    ("products", rule('product == "¦"'), ["AutoCAD", "Revit", "AutoCAD 2019"]),
    ("a list of products", rule('product in ["Revit", "2019¦'), ["AutoCAD 2019"]),
    ("teams", rule("team != 'site¦"), ["site"]),
    ("people", rule('contract_manager == "¦"', "subscription"), PEOPLE),
    ("actions", rule('action == "user.rem¦"', "step"), ["user.remove"]),
    ("offerings", rule('offering != "tok¦"', "subscription"), ["token-flex"]),
    ("free text", rule('person.domain == "¦"'), []),
    ("free text of a function", rule('product.startsWith("¦")'), []),
    ("a case", rule("x\n    passes: [{until¦"), ["until"]),
    ("a case on its own line", rule("x\n    fails:\n      - until: 2026\n        direc¦"), ["direct"]),
    ("each", "rules:\n  POLICY101:\n    each: subs¦", ["subscription"]),
    ("a message", rule("x\n    message: person.¦"), []),
]


@pytest.mark.parametrize(("text", "listed"), [row[1:] for row in OFFERED], ids=[row[0] for row in OFFERED])
def test_what_is_offered(tmp_path: Path, text: str, listed: list[str]) -> None:
    assert offered(tmp_path, text) == listed


def test_names_are_offered_for_variables_that_exist() -> None:
    assert rule_expressions._NAMES.keys() <= {name for each in VARIABLES for name in names(each)}


def test_without_each_all_variables_are_offered(tmp_path: Path) -> None:
    found = offered(tmp_path, "rules:\n  POLICY101:\n    must: ¦")
    assert {*found} == {*(name for each in VARIABLES for name in names(each)), "int", "double", "string"}
    assert len(found) == len({*found})


def test_expressions_are_only_in_the_project_file(tmp_path: Path) -> None:
    clean, at = marked(rule("person.¦"))
    assert completions("people.yaml", Text(clean, "utf-16"), at, make(tmp_path)).candidates == ()
    assert hover_at("people.yaml", clean, at) is None


ACCEPTED = [
    (rule("prod¦"), rule("product")),
    (rule("pers¦on.email"), rule("person.email")),
    (rule("person.products.si¦"), rule("person.products.size()")),
    (rule("person.products.ex¦"), rule("person.products.exists(")),
    (rule("'product == \"Au¦toCAD\" || direct'"), rule("'product == \"AutoCAD\" || direct'")),
    (rule('product == "Au¦'), rule('product == "AutoCAD')),
    (rule("x\n    passes: [{unt¦"), rule("x\n    passes: [{until:")),
]


@pytest.mark.parametrize(("typed", "then"), ACCEPTED)
def test_what_is_written(tmp_path: Path, typed: str, then: str) -> None:
    assert accepted(tmp_path, typed) == then


def test_a_name_with_quotes_is_not_offered(tmp_path: Path) -> None:
    text, at = marked(rule('team == "¦"'))
    team = "teams:\n  '5\" disks': {primary_admin: ana@acme.example}\n"
    view = make(tmp_path, {"teams/disks.yaml": team})
    found = completions(FILE, Text(text, "utf-16"), at, view)
    assert [each.label for each in found.candidates] == ["design", "site"]


HOVERS = [
    (rule("person.ex¦ternal"), "`person.external` true or false\n\nan external user of any team", "person.external"),
    (rule("¦person.external"), "`person.external` true or false\n\nan external user of any team", "person.external"),
    (
        rule(">-\n      person.ex¦ternal"),
        "`person.external` true or false\n\nan external user of any team",
        "person.external",
    ),
    (
        rule("person.prod¦ucts.size()"),
        "`person.products` list of texts\n\nthe products held in teams and contracts, directly or through a group",
        "person.products",
    ),
    (
        rule("person.products.si¦ze()"),
        "`size(…)` the number of entries of a list, or letters of a text\n\n`members.size()`",
        "size",
    ),
    (
        rule("x\n    fails: [{per¦: month}]", "subscription"),
        "`per` text or null\n\nwhat the price is for\n\n- `year`\n- `month`\n- `term`\n- `token`",
        "per",
    ),
]


@pytest.mark.parametrize(("text", "markdown", "word"), HOVERS)
def test_hover(text: str, markdown: str, word: str) -> None:
    clean, at = marked(text)
    found = hover_at(FILE, clean, at)
    assert found is not None
    assert (found[0], clean[found[1] : found[2]]) == (markdown, word)


@pytest.mark.parametrize(
    "text",
    [
        rule("person.extr¦nal"),
        rule("product == 'person.ex¦ternal'"),
        rule("x\n    message: person.ex¦ternal"),
        rule("x\n    fails: [{nobo¦dy: 1}]"),
        rule("tea¦ms.exists(t, t == product)"),
        rule("a ¦&& b"),
    ],
)
def test_no_hover(text: str) -> None:
    clean, at = marked(text)
    assert hover_at(FILE, clean, at) is None


def test_a_rule_that_is_typed_letter_by_letter(tmp_path: Path) -> None:
    """Where a variable of the finished text ends, it is offered, and explained."""
    view = make(tmp_path)
    text = (EXAMPLES / "policy" / FILE).read_text(encoding="utf-8")
    text = "version: 1\nrules:\n" + text[text.index("  POLICY107:") : text.index("  POLICY110:")]
    found = 0
    for at in range(len(text) + 1):
        labels = {each.label for each in completions(FILE, Text(text[:at], "utf-16"), at, view).candidates}
        about = hover_at(FILE, text, at)
        if about is not None and about[2] == at and about[0].startswith(f"`{text[about[1] : at]}` "):
            assert text[about[1] : at] in labels
            found += 1
    assert found > 10


def test_codes_of_own_rules(tmp_path: Path) -> None:
    own = "rules:\n  POLICY101: {each: seat, must: direct, message: seats are direct}\n"
    view = make(tmp_path, {FILE: FILES[FILE] + own})
    text, at = marked("policy:\n  suppress:\n    - {code: POLICY101¦")
    found = completions(FILE, Text(text, "utf-16"), at, view)
    assert [(each.label, each.detail) for each in found.candidates] == [("POLICY101", "seats are direct")]
    assert view.declaration is not None
    assert hover(Symbol(SymbolKind.CODE, "POLICY101"), view.declaration, DAY) == "`POLICY101` seats are direct"
    assert hover(Symbol(SymbolKind.CODE, "POLICY102"), view.declaration, DAY) is None


def test_where_the_code_of_an_own_rule_is(tmp_path: Path) -> None:
    own = "rules:\n  POLICY101: {each: seat, must: direct, message: seats are direct}\n"
    suppressed = FILES[FILE].replace("code: SEAT006", "code: POLICY101")
    view = make(tmp_path, {FILE: suppressed + own})
    assert view.declaration is not None
    for needle in ("POLICY101, team", "POLICY101: {"):
        symbol = symbol_in(view, FILE, needle)
        assert [str(at) for at in definitions(symbol, view.declaration)] == [f"{FILE}:10:3"]
        assert [str(at) for at in references(symbol, view)] == [f"{FILE}:7:14", f"{FILE}:10:3"]


def test_the_example_of_each_function_calls_it() -> None:
    assert [name for name, function in FUNCTIONS.items() if f"{name}(" not in function.call] == []


def test_over_the_protocol(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    write(root, {**FILES, FILE: f"{FILES[FILE]}rules:\n  POLICY101: {{each: seat, must: direct, message: x}}\n"})

    async def whole() -> None:
        async with editor(None, root) as e:
            e.open(FILE)
            line, column = FILES[FILE].count("\n") + 1, len("  POLICY101: {each: seat, must: dir")
            hover = await e.client.text_document_hover_async(types.HoverParams(**e.at(FILE, line, column)))
            assert hover is not None
            assert isinstance(hover.contents, types.MarkupContent)
            assert hover.contents.value.startswith("`direct` true or false")
            where = types.CompletionParams(**e.at(FILE, line, column))
            listed = await e.client.text_document_completion_async(where)
            assert isinstance(listed, types.CompletionList)
            assert [(item.label, item.kind) for item in listed.items] == [("direct", types.CompletionItemKind.Variable)]

    asyncio.run(whole())
