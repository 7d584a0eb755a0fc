"""Places of characters in scalars of every style: what is marked in the file is what is marked in the value."""

from __future__ import annotations

import pytest
import yaml

from seatsync.reading.scalar_places import places_in

SCALARS = [
    "team == 'x' && foo",
    "'team == ''x'' && foo'",
    '"team == \\"x\\" && foo"',
    '"team == \\u0027x\\x27 \\U00000026& foo"',
    "team == 'x'\n  && foo",
    "'team\n  ''x''\n\n  && foo'",
    '"team \\\n   x   \\\n  && foo"',
    '"team \\\n   \\ x \\t\\n  && foo"',
    ">-\n  team == 'x'\n\n  && foo",
    ">+ # folded\n  team\n    indented\n  && foo\n\n",
    "|\n  team == 'x'\n    && foo\n",
    "|2-\n   team == 'x'\n\n  && foo\n",
    "team == '😀ü' && foo",
    "foo",
    "''",
]


@pytest.mark.parametrize("crlf", [False, True])
@pytest.mark.parametrize("written", SCALARS)
def test_the_word_is_where_it_is_written(written: str, *, crlf: bool) -> None:
    if crlf:
        written = written.replace("\n", "\r\n")
    value = yaml.safe_load(f"key: {written}\n")["key"]
    places = places_in(written, value)
    assert len(places) == len(value) + 1
    assert places == sorted(places)
    assert places[-1] <= len(written)
    for word in ("team", "foo", "😀"):
        if word in value and word in written:
            start = places[value.rindex(word)]
            assert start == written.rindex(word)


def test_escapes_are_one_character() -> None:
    written = '"\\u0061\\x62\\U00000063\\"e"'
    assert places_in(written, 'abc"e') == [1, 7, 11, 21, 23, 24]
    assert places_in("'it''s'", "it's") == [1, 2, 3, 5, 6]
