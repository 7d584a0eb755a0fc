"""Formatting of literal texts."""

from __future__ import annotations

import pytest

from seatsync.editing.canonical import WIDTH, NotFormatted, formatted


def new(text: str, kind: str = "fragment") -> str:
    found = formatted(text.encode(), "a.yaml", "project" if kind == "project" else "fragment")
    assert isinstance(found, bytes), found
    assert formatted(found, "a.yaml", "project" if kind == "project" else "fragment") == found
    return found.decode()


def team(inside: str) -> str:
    return "teams:\n  a:\n" + "".join(f"    {line}\n" if line else "\n" for line in inside.splitlines())


def test_fields_move_with_the_comments_above_them() -> None:
    text = """\
# The teams of acme.
# Ask Ana.

# one team
teams:
    a:
        members: [z@x.example, y@x.example]

        # who may do what
        seats: {}   # nobody yet
        primary_admin: b@x.example
# the people
users:
    z@x.example:
    b@x.example: {last_name: B, first_name: "A"}
# the end
"""
    assert (
        new(text)
        == """\
# The teams of acme.
# Ask Ana.

# the people
users:
  b@x.example: {first_name: "A", last_name: B}
  z@x.example:

# one team
teams:
  a:
    primary_admin: b@x.example

    # who may do what
    seats: {}       # nobody yet
    members: [y@x.example, z@x.example]
# the end
"""
    )


def test_nothing_is_moved_over_a_heading() -> None:
    text = team("""\
members:
  - c@x.example
  - a@x.example
  # Lisbon
  - f@x.example
  - e@x.example   # the tall one
  - d@x.example


  - i@x.example
  - h@x.example

  # Porto

  - k@x.example
  - j@x.example
  # nobody else
""")
    assert new(text) == team("""\
members:
  - a@x.example
  - c@x.example
  # Lisbon
  - f@x.example
  - d@x.example
  - e@x.example   # the tall one

  - h@x.example
  - i@x.example

  # Porto

  - k@x.example
  - j@x.example
  # nobody else
""")


def test_days_and_capitals_do_not_count_in_the_order_of_people() -> None:
    assert new(team("members: [{until: 2027-01-01, user: B@x.example}, c@x.example, a@x.example]")) == team(
        "members: [a@x.example, {user: B@x.example, until: 2027-01-01}, c@x.example]"
    )


def test_domains_stay_in_their_order_and_so_do_the_lists_of_the_project() -> None:
    assert new(team("sso: {domains: [b.example, a.example]}")) == team("sso: {domains: [b.example, a.example]}")
    project = "account: a\nversion: 1\ninclude: [b.yaml, a.yaml]\npolicy: {suppress: [], prune: [seats, admins]}\n"
    assert new(project, "project") == (
        "version: 1\naccount: a\ninclude: [b.yaml, a.yaml]\npolicy: {prune: [seats, admins], suppress: []}\n"
    )


def test_brackets_stay_as_long_as_they_fit_and_hold_no_comment() -> None:
    people = [f"person{number}@x.example" for number in range(5)]
    fits = f"members: [{', '.join(people)}]"
    assert len(fits) + 4 <= WIDTH < len(fits) + 4 + len(people[0])
    assert new(team(fits.replace(", ", ",\n    "))) == team(fits)
    block = "".join(f"  - {person}\n" for person in [*people, "z@x.example"])
    assert new(team(fits.replace("]", ", z@x.example]   # all"))) == team(f"members:   # all\n{block}").replace(
        "members:   # all", "members:" + " " * (len(fits) + 16 - 8) + "# all"
    )


def test_comments_come_out_of_brackets() -> None:
    text = team("""\
groups: { # two of them
  # the first
  lab: {members: []}, # small
  cad: {products: [
    B, # why
    A
    # no more
  ]},
}   # done
seats: [ # none
]
""").replace("seats: [ # none\n    ]", "seats: { # none\n    }")
    assert new(text) == team("""\
groups:  # done
  # two of them
  # the first
  lab: {members: []}  # small
  cad:
    products:
      - A
      - B  # why
      # no more
# none
seats: {}
""")


def test_comments_between_a_key_and_its_value() -> None:
    text = team("""\
primary_admin: # one
  # two
  a@x.example
renamed_from:
  # three
  b # four
members:  # five
  # six
  -  # seven
    c@x.example  # eight
  -  # nine
    # ten
    until: 2027-01-01
    user: d@x.example
""")
    assert new(text) == team("""\
# two
primary_admin: a@x.example  # one
members:  # five
  # six
  # seven
  - c@x.example  # eight
  # nine
  - user: d@x.example
    # ten
    until: 2027-01-01
# three
renamed_from: b  # four
""")


def test_comments_below_a_dash_move_above_it() -> None:
    text = team("members:\n-\n  # one\n\n  user: d@x.example\n  from: 2026-01-01\n")
    assert new(text) == team("members:\n  # one\n\n  - user: d@x.example\n    from: 2026-01-01\n")


def test_quotes_become_double_and_nothing_loses_them() -> None:
    text = "users:\n  'a@x.example': {first_name: 'it''s', last_name: \"\\u00e9\\t\"}\n  b@x.example: {first_name: ~}\n"
    assert new(text.replace("\\t", "")) == (
        'users:\n  "a@x.example": {first_name: "it\'s", last_name: "é"}\n  b@x.example: {first_name: null}\n'
    )


def test_texts_on_several_lines() -> None:
    text = """\
version: 1
account: two
  words
include: []
policy:
  suppress:
    - code: ROLE003
      reason: >-  # folded
           two people
           only
    - code: ROLE005
      reason: >2-
        kept
    - code: SEAT006
      reason: >-
        one line: only
    - code: SEAT005
      reason: "quoted
        twice"
"""
    assert (
        new(text, "project")
        == """\
version: 1
account: two words
include: []
policy:
  suppress:
    - code: ROLE003
      reason: >-  # folded
        two people
        only
    - code: ROLE005
      reason: kept
    - code: SEAT006
      reason: "one line: only"
    - code: SEAT005
      reason: "quoted twice"
"""
    )


def test_markers_marks_and_ends_of_lines() -> None:
    assert new("# a\n---  # b\n\n# c\n\nusers: {}\n...\n# d\n") == "# a\n---  # b\n\n# c\n\nusers: {}\n# d\n"
    assert new("--- {users: {}}") == "---\nusers: {}\n"
    assert new("\ufeffusers: {}\r\nteams: {}\n") == "users: {}\r\n\r\nteams: {}\r\n"
    assert new("users: {}\rteams: {}") == "users: {}\n\nteams: {}\n"
    assert new("{}") == "{}\n"
    assert new("# nothing in braces\n{ # nothing\n}\n# at all") == "# nothing in braces\n{}\n# nothing\n# at all\n"
    assert new("") == ""
    assert new("\n\n# only this  \n\n\n# and that") == "# only this\n\n# and that\n"


def test_settings_of_editors_stay_at_the_top() -> None:
    text = "# yaml-language-server: $schema=x\n# the teams\nteams: {}\nusers: {}\n"
    assert new(text) == "# yaml-language-server: $schema=x\nusers: {}\n\n# the teams\nteams: {}\n"


def test_keys_that_are_hard_to_write() -> None:
    long = "k" * 1100
    text = "teams:\n  ? a  # one\n  : # two\n    members: []\n"
    assert new(text) == "teams:\n  # two\n  a:  # one\n    members: []\n"
    assert new(text.replace("  # one", "")) == "teams:\n  a:  # two\n    members: []\n"
    assert new("users: {}\nteams: {? a : {members: []}}\n") == "users: {}\n\nteams: {a: {members: []}}\n"
    found = formatted(f"? {long}\n: 1\n".encode(), "a.yaml", "fragment")
    assert isinstance(found, list)


def test_deeper_comments_belong_to_the_entry_before() -> None:
    text = team("""\
seats:
  A:
    - b@x.example
    # of A
  # of seats
# of the team, and of what follows
members: []
""")
    assert new(text) == text


def test_unsupported_layouts_are_not_formatted() -> None:
    assert isinstance(formatted(b"a: &b c", "a.yaml", "fragment"), list)
    assert isinstance(formatted(b"a: b\n---\nc: d\n", "a.yaml", "fragment"), list)
    assert isinstance(formatted(b"\xff", "a.yaml", "fragment"), list)
    assert isinstance(formatted(b"nonsense: {}", "a.yaml", "fragment"), list)
    assert new("null\n") == "null\n"


def test_wrong_result_is_not_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("teams: {b: {}}\n", "teams: {a: &x {}}\n", "# more\nteams: {a: {}}\n"):
        monkeypatch.setattr("seatsync.editing.canonical._as_lines", lambda *_, text=wrong: text)
        with pytest.raises(NotFormatted, match="has a layout that cannot be formatted"):
            formatted(b"teams: {a: {}}\n", "a.yaml", "fragment")
