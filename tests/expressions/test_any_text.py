"""Any text as an expression: it compiles or has mistakes within it, and its evaluation ends with a result."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seatsync.expressions.cel import Expression, Failed, Unknown, compiled
from seatsync.expressions.tokens import tokens_of
from seatsync.expressions.variables import DEFAULTS, VARIABLES, Each

PARTS = (
    *(variable.name for variables in VARIABLES.values() for variable in variables),
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "!",
        "-",
        "+",
        "*",
        "/",
        "%",
        ".",
        ",",
        "?",
        ":",
        "==",
        "!=",
        "<",
        ">=",
        "&&",
        "||",
    ),
    *(" in ", ".all(x, ", ".exists(x, ", ".filter(x, ", ".size()", ".startsWith('a')", ".matches('a*')", "has(", "x"),
    *("null", "true", "1", "1.5", "0x1F", "9223372036854775807", "'", '"', "'a'", 'r"\\"', '"""', "b'a'", "\\", "// a"),
    *("\n", "\r\n", "\t", "ü", "😀", "\u2028", "\x00", "\ud800", "timestamp(", "duration('1h')", "int(", "string("),
)
SOURCES = st.lists(st.sampled_from(PARTS), max_size=30).map("".join) | st.text(max_size=60)
EACH = st.sampled_from(list(VARIABLES))


@given(EACH, SOURCES)
def test_every_text_compiles_or_has_mistakes(each: Each, source: str) -> None:
    found = compiled(each, source)
    if isinstance(found, Expression):
        values = {variable.name: DEFAULTS[variable.type] for variable in VARIABLES[each]}
        assert set(found.variables) <= set(values)
        assert isinstance(found.result({name: values[name] for name in found.variables}), bool | Failed)
        assert isinstance(found.result({}), bool | Failed | Unknown)
    else:
        assert found
        assert all(0 <= problem.start <= problem.end <= len(source) for problem in found)
        assert all(problem.message.isprintable() or not source.isprintable() for problem in found)


@given(SOURCES)
def test_tokens_cover_all_but_blanks_and_comments(source: str) -> None:
    tokens = tokens_of(source)
    assert all(source[token.start : token.end] == token.text for token in tokens)
    between = [
        *zip([0, *(token.end for token in tokens)], [*(token.start for token in tokens), len(source)], strict=True)
    ]
    assert all(start <= end for start, end in between)
    for start, end in between:
        assert all(
            not line or line.isspace() or line.lstrip().startswith("//") for line in source[start:end].split("\n")
        )
