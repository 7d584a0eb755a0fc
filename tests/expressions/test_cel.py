"""Expressions: what compiles, where mistakes are, what an evaluation says, and that none takes long."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest

from seatsync.expressions import cel
from seatsync.expressions.cel import Expression, Failed, Result, Unknown, compiled
from seatsync.expressions.variables import DEFAULTS, VARIABLES, Each

ANY = ""
"""A part of a mistake that is not compared."""


def expression(each: Each, source: str) -> Expression:
    found = compiled(each, source)
    assert isinstance(found, Expression), found
    return found


def mistakes(each: Each, source: str) -> list[tuple[str, str, str]]:
    """Return message, marked text and hint of every mistake."""
    found = compiled(each, source)
    assert not isinstance(found, Expression)
    return [(each.message, source[each.start : each.end], each.hint) for each in found]


def test_an_expression_says_which_variables_it_needs() -> None:
    source = "!(person.external && product == 'Vault') || until != null // members"
    assert expression("seat", source).variables == ("person.external", "product", "until")
    source = "members.all(x, x.endsWith('@acme.example')) && costs.EUR < 1e4 && 'team' != team"
    assert expression("team", source).variables == ("members", "costs", "team")


@pytest.mark.parametrize("source", [".team == ''", "!('a' in .groups)", "(.team) == '' && .groups == []"])
def test_a_name_may_begin_with_a_dot(source: str) -> None:
    found = expression("team", source)
    values = {"team": "", "groups": []}
    assert found.result({name: values[name] for name in found.variables}) is True


@pytest.mark.parametrize("each", VARIABLES)
def test_every_variable_is_declared_with_its_type(each: Each) -> None:
    for variable in VARIABLES[each]:
        values = {variable.name: DEFAULTS[variable.type]}
        if variable.type.endswith("?"):
            assert expression(each, f"{variable.name} == null").result(values) is True
        same = expression(each, f"{variable.name} == {variable.name}")
        assert (same.variables, same.result(values)) == ((variable.name,), True)


@pytest.mark.parametrize(
    ("each", "source", "expected"),
    [
        (
            "seat",
            "until == null || person.domin == 'a'",
            ("a rule about a seat has no variable person.domin", "person.domin", "did you mean person.domain?"),
        ),
        ("seat", "'ü€😀' == product && zzz", ("a rule about a seat has no variable zzz", "zzz", ANY)),
        (
            "subscription",
            "ends == ''\n &&\n  foo == 1",
            ("a rule about a subscription has no variable foo", "foo", ANY),
        ),
        ("team", "persn.email == ''", ("a rule about a team has no variable persn.email", "persn.email", ANY)),
        ("seat", "until == 5", ("== cannot be applied to text or null and number", "==", "")),
        ("seat", "product.lowerAscii() == 'x'", ("there is no function lowerAscii", "lowerAscii", "")),
        ("seat", "product = 'x'", ("= cannot stand here", "=", "= is written ==")),
        ("seat", "direct ? direct", ("the expression ends too early", "t", "")),
        ("team", "'recursion' == foo", ("a rule about a team has no variable foo", "foo", ANY)),
        ("seat", "direct and direct", ("and cannot stand here", "and", "and is written &&")),
        ("seat", "not direct", ("direct cannot stand here", "direct", "not is written !")),
        (
            "seat",
            "product in ('a', 'b')",
            (", cannot stand here", ",", ANY),
        ),
        ("seat", "product == 'a", ("the text has no end", "'a", "end it with the quote that begins it")),
        ("seat", "product.startsWith(3)", ("startsWith cannot be applied to text and number", "(", "")),
        ("team", "len(members) > 1", ("there is no function len", "len", "did you mean size?")),
        ("team", "members.siz() > 1", ("there is no function siz", "siz", "did you mean size?")),
        (
            "team",
            "members.size > 1",
            ("a list of texts has no part size", ".", ANY),
        ),
        ("team", "members.exists(m, m.foo)", ("a text has no part foo", ".", "")),
        ("team", "members.filter(m)", ("filter needs a name for the item and a condition", "filter", ANY)),
        ("team", "team.matches('(')", ("invalid regular expression: missing ): (", "'('", "the syntax is that of RE2")),
        ("seat", "direct &&", ("the expression ends too early", "&", "")),
        ("seat", "", ("the expression ends too early", "", "")),
        (
            "person",
            "person.email",
            ("the expression is a text, not true or false", "person.email", "compare it with something"),
        ),
        ("team", "members", ("the expression is a list, not true or false", "members", ANY)),
        ("team", "costs", ("the expression is a map, not true or false", "costs", ANY)),
        ("team", "null", ("the expression is null, not true or false", "null", ANY)),
        ("role", "role == 'primry'", ("role is never 'primry'", "'primry'", "did you mean 'primary'?")),
        ("seat", "!('flx' in offerings)", ("offerings is never 'flx'", "'flx'", "did you mean 'flex'?")),
        (
            "team",
            "costs['EUR'] < 10000",
            (
                "< cannot be applied to amount and number",
                "<",
                "write numbers beside amounts with a decimal point: 100.0",
            ),
        ),
        ("team", "members.map(m, m) == members", ("map is not available in rules", "map", ANY)),
        ("team", "members.all(m, m + 'a' in members)", ("+ is not available within all(…)", "+", ANY)),
        ("team", "members.all(m, m.matches('a'))", ("matches is not available within all(…)", "matches", ANY)),
        ("team", "(" * 99 + "true" + ")" * 99, ("the expression is nested too deeply", ANY, ANY)),
        ("team", "true" + " && true" * 300, ("the expression has 2,404 characters; the limit is 2,000", ANY, ANY)),
        (
            "team",
            "team " + "+ team " * 11 + "== ''",
            ("an expression can contain + 10 times, not 11 times", "+", "split the rule into several"),
        ),
    ],
)
def test_a_mistake_is_at_its_place(each: Each, source: str, expected: tuple[str, str, str]) -> None:
    message, text, hint = mistakes(each, source)[0]
    assert (message, text if expected[1] else "", hint if expected[2] else "") == expected


def test_every_mistake_is_reported() -> None:
    assert [text for _, text, _ in mistakes("team", "foo == '' && bar.baz > 1 && team != ''")] == ["foo", "bar.baz"]


@pytest.mark.parametrize(
    ("each", "source", "values", "expected"),
    [
        ("seat", "until < '2027'", {"until": "2026-12-31"}, True),
        ("seat", "until < '2027'", {"until": None}, Failed("< is applied to null")),
        ("seat", "until.startsWith('2')", {"until": None}, Failed("startsWith is applied to null")),
        ("seat", "until < '2027'", {}, Unknown("until")),
        ("seat", "direct || until < '2027'", {"direct": True}, True),
        ("seat", "until < '2027' || direct", {"direct": True}, True),
        ("seat", "direct && until < '2027'", {"direct": False}, False),
        ("plan", "steps / remove > 1", {"steps": 3, "remove": 0}, Failed("divide by zero")),
        ("team", "costs.EUR < 9.0", {"costs": {}}, Failed('key not found in map : "EUR"')),
        ("team", "costs.EUR < 9.0", {"costs": {"EUR": 8.5}}, True),
        ("team", "members[3] == ''", {"members": ["a"]}, Failed("index error: index=3 size=1")),
    ],
)
def test_a_result_is_never_guessed(each: Each, source: str, values: dict[str, Any], expected: Result) -> None:
    assert expression(each, source).result(values) == expected


def test_long_lists_are_allowed_where_little_is_compared() -> None:
    many = [f"person{number}@acme.example" for number in range(9999)]
    values = {"members": many, "secondary_admins": many[:9]}
    assert expression("team", "secondary_admins.all(a, a in members)").result(values) is True
    assert expression("team", "members.all(m, m.endsWith('.example'))").result(values) is True
    assert expression("team", "members.size() == 9999").result(values) is True


REFUSED = [
    "[[1]]" + ".map(a, a + a)" * 25 + "[0].size() > 1",
    "[[1]]" + ".filter(a, a + a == a)" * 25 + "[0].size() > 1",
    "members.all(a, members.all(b, members.all(c, a == b)))",
    "members.all(a, " + " || ".join(["a.matches('(x{1,30}y?){1,30}z')"] * 40) + ")",
    'team == r"""\'""" || [[1]].map(a, a + a)[0].size() > 1 || team == \'"""\'',
    "team == '' || '\\\\' == team || members.map //\n(a, a + a)[0].size() > 1 || team == ''",
    'team == """\\"""" || members . map(a, a + a)[0] == ""',
    " || ".join(["team.matches('(x{1,30}y?){1,30}z')"] * 40),
]
TOO_MUCH = [
    "members.all(a, " + " && ".join(["members == members"] * 80) + ")",
    "members.all(a, members.all(b, members == members))",
    "members.all(a, members.exists(b, " + " || ".join(["a in members"] * 100) + " || a == b))",
    "members.filter(a, members == members).filter(b, members == members).size() > 3",
    "members.filter(a, a != '').size() > 3",
    "[1,2,3].all(a, members.all(b, members == members))",
]


@pytest.mark.parametrize("source", REFUSED)
def test_only_the_limits_refuse_it(source: str) -> None:
    assert cel._environments("team")[0].compile(source).return_type().name() == "BOOL"


@pytest.mark.parametrize("source", REFUSED)
def test_a_hostile_expression_is_refused(source: str) -> None:
    assert mistakes("team", source)


@pytest.mark.parametrize("source", TOO_MUCH)
@pytest.mark.parametrize("size", [50, 99, 400, 2000, 9900, 20_000])
def test_no_evaluation_takes_long(source: str, size: int) -> None:
    values = {"members": [f"a.somewhat.long.name{number:06}@acme.example" for number in range(size)]}
    begin = process_time()
    expression("team", source).result(values)
    assert process_time() - begin < 2  # they take up to 0.3 s; without the limits up to minutes
