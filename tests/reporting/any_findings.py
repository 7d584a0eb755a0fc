"""Findings with arbitrary texts, most of them meant to break out of a format."""

from __future__ import annotations

import json

import pytest
from hypothesis import strategies as st

from seatsync.finding import Finding, Location, Related, Severity
from tests.reading.corpora import NAUGHTY_STRINGS, needs

HOSTILE = [
    "::error::x",
    "\n::set-env name=PATH::/tmp",
    "::stop-commands::token",
    "a\r\n::add-mask::ana",
    " ::warning file=a::x",
    "\u3000::error::x",
    "\u2028::error::x",
    "\ufeff::error::x",
    ":\u034f:error::x",
    "\ufe0f::error::x",
    "::1:1",
    "##[add-mask]ana",
    "text ##[group name=a;b=c]x",
    "###[error]x",
    "##",
    "[error]",
    "#",
    "#[error]x",
    "#\u00ad#[error]x",
    "#\u034f#\ufe00[error]x",
    "##vso[task.setvariable variable=a]b",
    "##teamcity[message text='a']",
    "x%0A::error::y",
    "%0D%0A::error::y",
    "%25%3A%2C",
    "a,file=/etc/passwd,title=x",
    "]]>",
    "</failure><failure>",
    "&lt;&#58;:error::x",
    "\x00\x1b[31m\x9b\ud800\uffff",
    "[click](https://elsewhere.example)",
    "[a](1) {0} {{1}}",
    "東京 🎨 e\u0301",
]
NAUGHTY: list[str] = json.loads(NAUGHTY_STRINGS.read_text(encoding="utf-8")) if NAUGHTY_STRINGS.exists() else []

TEXTS = st.one_of(
    st.lists(st.sampled_from(HOSTILE), max_size=4).map("".join),
    st.lists(st.sampled_from([":", "#", "[", "]", "%", "\n", "\r", " ", "\u034f", "error", ","]), max_size=12).map(
        "".join
    ),
    st.text(),
)
FILES = TEXTS.map(lambda text: "".join(char for char in text if not "\ud800" <= char <= "\udfff" and char != "\0"))


@st.composite
def _places(draw: st.DrawFn) -> Location:
    line, column = draw(st.integers(1, 5)), draw(st.integers(1, 9))
    return Location(draw(FILES), line, column, line + draw(st.integers(0, 1)), column + draw(st.integers(0, 9)))


FINDINGS = st.lists(
    st.builds(
        Finding,
        code=st.sampled_from(["ROLE002", "REF001", "OWN001"]),
        severity=st.sampled_from(Severity),
        message=TEXTS,
        location=st.none() | _places(),
        hint=TEXTS,
        related=st.lists(st.builds(Related, _places(), TEXTS), max_size=2).map(tuple),
        things=st.lists(st.tuples(st.sampled_from(["team", "user"]), TEXTS), max_size=2).map(tuple),
    ),
    max_size=4,
)


def each_of(texts: list[str]) -> list[Finding]:
    """Return findings with each text in all of their fields."""
    found = []
    for number, text in enumerate(texts, 1):
        name = "".join(char for char in text if not "\ud800" <= char <= "\udfff")
        place = Location(name, number, 1, number, 9)
        found.append(Finding("REF001", Severity.ERROR, text, place, text, "S1", (Related(place, text),)))
        found.append(
            Finding("ROLE005", Severity.WARNING, f"{text} in team {text}", None, "", "", (), (("team", text),))
        )
    return found


each_list = pytest.mark.parametrize(
    "texts",
    [pytest.param(HOSTILE, id="hostile"), pytest.param(NAUGHTY, id="naughty", marks=needs(NAUGHTY_STRINGS))],
)
"""Run a test with our own list of hostile strings, and with the shared one if it is available."""
