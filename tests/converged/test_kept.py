"""What is kept, as text and back."""

from __future__ import annotations

import json
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.converged.kept import Kept, KeptFile, Part, Stamp, from_text, to_text
from seatsync.declaration.normal import Prints
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.targets.sql_part import Seen

HERE = Location("a.yaml", 1, 2, 3, 4)
KEPT = Kept(
    key="key",
    seen=Seen((1, 2, 3), ("acme", "l", 1, "UTC", "{}", 5)),
    files=(KeptFile("a.yaml", "/r/a.yaml", "00", Stamp(1, 2, 3, 4), 0), KeptFile("b.yaml", "/r/b.yaml", "01", None, 1)),
    parts=(
        Part(alone=True, declared=("design",), things="02", teams=("design",), subscriptions=("574-1",)),
        Part(alone=False, declared=(), things="03", teams=(), subscriptions=()),
    ),
    prints=Prints("04", {"design": "05"}),
    findings=(
        (
            0,
            Finding(
                "ROLE003", Severity.WARNING, "m\udc80", HERE, "h", "S", (Related(HERE, "r"),), (("team", "design"),)
            ),
        ),
        (-1, Finding("REF003", Severity.WARNING, "m")),
    ),
    unmanaged=((("team", "x"), ("user", "y")),),
    cases={"step": "CASE-1"},
    applied_policy="{}",
)


def test_what_is_kept_comes_back() -> None:
    assert from_text(to_text(KEPT)) == KEPT
    assert from_text(to_text(KEPT._replace(applied_policy=None, findings=()))) == KEPT._replace(
        applied_policy=None, findings=()
    )


@given(st.data())
def test_a_text_that_was_cut_or_altered_keeps_nothing(data: st.DataObject) -> None:
    text = to_text(KEPT)
    place = data.draw(st.integers(0, len(text) - 1))
    assert from_text(text[:place]) is None
    letter = data.draw(st.characters(max_codepoint=127).filter(lambda letter: letter != text[place]))
    assert from_text(text[:place] + letter + text[place + 1 :]) is None


@pytest.mark.parametrize("body", ["[]", "{}", "1", "[", json.dumps({"key": 1, "seen": None}), "[" * 100_000])
def test_a_text_of_another_shape_keeps_nothing(body: str) -> None:
    assert from_text(f"{crc32(body.encode()):08x}\n{body}\n") is None
