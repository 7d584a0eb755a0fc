from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.project import read_project
from seatsync.reading.tree import collector_paused
from tests.declaration.repositories import loaded, placed, rendered, repository

USERS = "users:\n  ana@acme.example: {first_name: Ana}\n  ben@acme.example:\n"
SUBSCRIPTION = """\
subscriptions:
  s-1: {team: design, product: AutoCAD, offering: single-user, seats: 5, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
"""
CONTRACT = """\
contracts:
  c-1:
    license_type: maintenance
    channel: store
    products: {Maya: {seats: 2, serial: "1"}}
"""
REMOVE_ONE = "(remove one of the two)"
NO_AT = "(An address needs an @-sign between name and domain.)"


def declared(root: Path, files: dict[str, str] | str) -> Declaration:
    result = loaded(root, files)
    assert result.declaration is not None
    return result.declaration


def found(root: Path, files: Mapping[str, str | bytes] | str) -> list[str]:
    return rendered(loaded(root, files).findings)


@pytest.mark.parametrize("last", ["zoe@acme.example", "Zoe@ACME.example", "zoe@straße.example"])
def test_batched_identities_equal_single_ones(tmp_path: Path, last: str) -> None:
    names = [f"user-{number}@acme.example" for number in range(60)]
    lines = "".join(f"  {name}: {{first_name: Ana, last_name: Silva}}\n" for name in [*names, last])
    seats = f"teams: {{design: {{primary_admin: {last}, members: [{names[5]}, {last}]}}}}\n"
    many = declared(tmp_path / "many", f"users:\n{lines}{seats}")
    one = declared(tmp_path / "one", f"users:\n  {last}:\n")
    assert list(many.users) == [*names, *one.users]
    assert many.teams["design"].members.ids == [names[5], *one.users]
    assert str(many.users[names[5]].at) == "a.yaml:7:3"
    assert many.users[names[5]].first_name == "Ana"


def test_sections_and_lists_may_be_empty_or_absent(tmp_path: Path) -> None:
    team = "{groups: {c: }, seats: {AutoCAD: }, members: , sso_admins: []}"
    assert (
        found(tmp_path / "1", f"users:\nteams: {{a: , b: {team}, c: {{groups: , seats: }}}}\nsubscriptions: {{}}\n")
        == []
    )
    assert found(tmp_path / "2", {"a.yaml": "", "b.yaml": "# nothing\n", "c.yaml": "~"}) == []


def test_one_identity_is_declared_once_across_files(tmp_path: Path) -> None:
    first = USERS + SUBSCRIPTION + CONTRACT + "teams: {design: {}}\n"
    second = "users:\n  Ana@acme.example: {}\nteams:\n  design: {renamed_from: x}\n" + SUBSCRIPTION + CONTRACT
    assert found(tmp_path, {"a.yaml": first, "b.yaml": second}) == [
        f"b.yaml:2:3 REF002 'Ana@acme.example' is declared twice: 'ana@acme.example' is the same person {REMOVE_ONE}",
        "  <- a.yaml:2:3 first declared here",
        "b.yaml:4:3 REF002 team 'design' is declared twice (remove one of the two)",
        "  <- a.yaml:12:9 first declared here",
        "b.yaml:6:3 REF002 subscription 's-1' is declared twice (remove one of the two)",
        "  <- a.yaml:5:3 first declared here",
        "b.yaml:9:3 REF002 contract 'c-1' is declared twice (remove one of the two)",
        "  <- a.yaml:8:3 first declared here",
    ]


def test_order_of_includes_determines_the_duplicate(tmp_path: Path) -> None:
    project = "version: 1\naccount: acme\ninclude: [b.yaml, '*.yaml']\n"
    files = {"seatsync.yaml": project, "a.yaml": "teams: {x: }", "b.yaml": "teams: {x: }"}
    assert found(tmp_path, files) == [
        "a.yaml:1:9 REF002 team 'x' is declared twice (remove one of the two)",
        "  <- b.yaml:1:9 first declared here",
    ]


def test_names_are_compared_in_nfc(tmp_path: Path) -> None:
    text = """\
teams:
  e\u0301: {}
  \u00e9: {}
  t:
    seats: {e\u0301: [], \u00e9: []}
    groups: {e\u0301: {products: [e\u0301]}, \u00e9: , f: {renamed_from: e\u0301}}
contracts:
  c: {license_type: perpetual, channel: store, products: {e\u0301: {seats: 1}, \u00e9: {seats: 2}},
      services: {e\u0301: , \u00e9: }}
"""
    result = loaded(tmp_path, text)
    twice = "'\u00e9' is declared twice, in two spellings of the same characters"
    assert rendered(result.findings) == [
        f"a.yaml:3:3 REF002 team {twice} (remove one of the two)",
        "  <- a.yaml:2:3 first declared here",
        f"a.yaml:5:21 REF002 product {twice} (remove one of the two)",
        "  <- a.yaml:5:13 first declared here",
        f"a.yaml:6:36 REF002 group {twice} (remove one of the two)",
        "  <- a.yaml:6:14 first declared here",
        "a.yaml:6:59 REF002 group '\u00e9' is both declared and listed in `renamed_from` (remove one of the two)",
        "  <- a.yaml:6:14 declared here",
        f"a.yaml:8:75 REF002 product {twice} (remove one of the two)",
        "  <- a.yaml:8:59 first declared here",
        f"a.yaml:9:24 REF002 service {twice} (remove one of the two)",
        "  <- a.yaml:9:18 first declared here",
    ]
    assert result.declaration is not None
    assert list(result.declaration.teams) == ["\u00e9", "t"]
    team = result.declaration.teams["t"]
    assert team.products() == ["\u00e9"]
    assert str(team.node["seats"].key_at("\u00e9")) == "a.yaml:5:13"  # type: ignore[union-attr]  # a mapping, as above
    assert result.declaration.contracts["c"].products["\u00e9"].seats == 1


def test_names_in_nfc_that_do_not_collide_find_their_places(tmp_path: Path) -> None:
    team = declared(tmp_path, "teams:\n  t: {seats: {a: , o\u0308: [], e\u0301: [ana@acme.example]}}\n").teams["t"]
    assert list(team.seats) == ["a", "ö", "é"]
    assert str(team.node["seats"].value_at("é")) == "a.yaml:2:32"  # type: ignore[union-attr]


def test_ids_are_compared_as_they_are(tmp_path: Path) -> None:
    text = "contracts:\n" + "".join(
        f"  {number}: {{license_type: perpetual, channel: store, products: {{}}}}\n"
        for number in ("12", "012", "e\u0301", "\u00e9")
    )
    assert list(declared(tmp_path, text).contracts) == ["12", "012", "e\u0301", "\u00e9"]


def test_addresses(tmp_path: Path) -> None:
    text = """\
users:
  ana: {}
  ben@acme.example: {}
teams:
  t:
    primary_admin: ana
    secondary_admins: [BEN@acme.example, {user: ana}, {user: Ben@acme.example}]
    members: [a b@acme.example]
"""
    result = loaded(tmp_path, text)
    space = "(The email address contains invalid characters before the @-sign: SPACE.)"
    assert rendered(result.findings) == [
        f"a.yaml:2:3 SCHEMA001 'ana' is not an e-mail address {NO_AT}",
        f"a.yaml:6:20 SCHEMA001 'ana' is not an e-mail address {NO_AT}",
        f"a.yaml:7:49 SCHEMA001 'ana' is not an e-mail address {NO_AT}",
        f"a.yaml:8:15 SCHEMA001 'a b@acme.example' is not an e-mail address {space}",
    ]
    assert result.declaration is not None
    assert result.declaration.unread == {"users"}
    team = result.declaration.teams["t"]
    assert team.broken == {"primary_admin", "secondary_admins", "members"}
    assert team.primary is None
    ben = [(team.secondary.written(index), str(team.secondary.at(index))) for index, _ in team.secondary.items()]
    assert ben == [("BEN@acme.example", "a.yaml:7:24"), ("Ben@acme.example", "a.yaml:7:62")]


def test_old_addresses(tmp_path: Path) -> None:
    text = """\
users:
  ana@acme.example:
    previous_emails: [x@acme.example, ben@acme.example, ANA@acme.example, X@acme.example, no, dee@acme.example]
  ben@acme.example:
  cho@acme.example: {previous_emails: [X@acme.example]}
  x@acme.example:
  eli@acme.example: {previous_emails: [ben@acme.example]}
"""
    result = loaded(tmp_path, text)
    assert rendered(result.findings) == [
        f"a.yaml:3:57 REF002 'ANA@acme.example' is both declared and listed in `previous_emails` {REMOVE_ONE}",
        "  <- a.yaml:2:3 declared here",
        f"a.yaml:3:91 SCHEMA001 'no' is not an e-mail address {NO_AT}",
        "a.yaml:4:3 REF002 'ben@acme.example' is both declared and listed in `previous_emails` (remove one of the two)",
        "  <- a.yaml:3:39 listed here",
        "a.yaml:5:40 REF002 'X@acme.example' is listed in `previous_emails` twice (remove one of the two)",
        "  <- a.yaml:3:23 listed here",
        "a.yaml:6:3 REF002 'x@acme.example' is both declared and listed in `previous_emails` (remove one of the two)",
        "  <- a.yaml:3:23 listed here",
        f"a.yaml:7:40 REF002 'ben@acme.example' is both declared and listed in `previous_emails` {REMOVE_ONE}",
        "  <- a.yaml:4:3 declared here",
    ]
    assert result.declaration is not None
    users = result.declaration.users
    assert list(users) == [f"{name}@acme.example" for name in ("ana", "ben", "cho", "x", "eli")]
    assert [mention.user for mention in users["ana@acme.example"].previous][::2] == [
        "x@acme.example",
        "dee@acme.example",
    ]


@pytest.mark.parametrize("files", [1, 2])
def test_an_old_address_takes_nobody_elses_name(tmp_path: Path, files: int) -> None:
    """Check that the position of a user relative to one with an old address, in any file, makes no difference."""
    first = "n@x.example: {first_name: N, last_name: M, previous_emails: [o@x.example]}\n  "
    people = "".join(f"p{number}@x.example: {{first_name: P{number}, last_name: Q}}\n  " for number in range(30))
    texts = [f"users:\n  {first}", f"users:\n  {people}"] if files == 2 else [f"users:\n  {first}{people}"]
    users = declared(tmp_path, {f"{number}.yaml": text for number, text in enumerate(texts)}).users
    found = [(user, said.first_name, said.last_name, said.at.line) for user, said in users.items()]
    above = 2 if files == 2 else 3
    assert found == [
        ("n@x.example", "N", "M", 2),
        *((f"p{number}@x.example", f"P{number}", "Q", number + above) for number in range(30)),
    ]


def test_old_names(tmp_path: Path) -> None:
    text = """\
teams:
  a: {renamed_from: b}
  b:
  c: {renamed_from: d}
  e: {renamed_from: d}
  f: {renamed_from: f}
  g: {groups: {x: {renamed_from: y}, y: , z: {renamed_from: y}, a: {renamed_from: h}}}
"""
    result = loaded(tmp_path, text)
    assert rendered(result.findings) == [
        "a.yaml:3:3 REF002 team 'b' is both declared and listed in `renamed_from` (remove one of the two)",
        "  <- a.yaml:2:21 listed here",
        "a.yaml:5:21 REF002 team 'd' is listed in `renamed_from` twice (remove one of the two)",
        "  <- a.yaml:4:21 listed here",
        "a.yaml:6:21 REF002 team 'f' is both declared and listed in `renamed_from` (remove one of the two)",
        "  <- a.yaml:6:3 declared here",
        "a.yaml:7:38 REF002 group 'y' is both declared and listed in `renamed_from` (remove one of the two)",
        "  <- a.yaml:7:34 listed here",
        "a.yaml:7:61 REF002 group 'y' is both declared and listed in `renamed_from` (remove one of the two)",
        "  <- a.yaml:7:38 declared here",
    ]
    assert result.declaration is not None
    assert [team.renamed_from for team in result.declaration.teams.values()] == [("b",), (), ("d",), (), (), ()]
    assert [group.renamed_from for group in result.declaration.teams["g"].groups.values()] == [("y",), (), (), ("h",)]


def test_lists_of_old_names(tmp_path: Path) -> None:
    text = """\
teams:
  a: {renamed_from: [b, c]}
  d: {renamed_from: [e, c, d]}
  f: {renamed_from: [], groups: {x: {renamed_from: [y, z]}, z: }}
"""
    result = loaded(tmp_path, text)
    assert rendered(result.findings) == [
        "a.yaml:3:25 REF002 team 'c' is listed in `renamed_from` twice (remove one of the two)",
        "  <- a.yaml:2:25 listed here",
        "a.yaml:3:28 REF002 team 'd' is both declared and listed in `renamed_from` (remove one of the two)",
        "  <- a.yaml:3:3 declared here",
        "a.yaml:4:61 REF002 group 'z' is both declared and listed in `renamed_from` (remove one of the two)",
        "  <- a.yaml:4:56 listed here",
    ]
    assert result.declaration is not None
    assert [team.renamed_from for team in result.declaration.teams.values()] == [("b", "c"), ("e",), ()]


def test_days(tmp_path: Path) -> None:
    text = """\
teams:
  t:
    members:
      - {user: ana@acme.example, until: 2026-02-30}
      - {user: ben@acme.example, from: 2026-02-02, until: 2026-01-01}
      - {user: ben@acme.example, from: 20260101}
      - {user: cho@acme.example, from: 2026-01-01, until: 2026-12-31}
      - {user: dee@acme.example, from: , until: }
      - {user: eli@acme.example, from: 2026-W01-1}
      - {user: fay@acme.example, until: 0000-01-01}
"""
    result = loaded(tmp_path, text)
    a_date, no_day = "is not a date (write it as 2026-12-31)", "is not a date (there is no such day in the calendar)"
    assert [line for line in rendered(result.findings) if "6:40" not in line] == [
        f"a.yaml:4:41 SCHEMA001 '2026-02-30' {no_day}",
        "a.yaml:5:59 SCHEMA002 `until` (2026-01-01) is before `from` (2026-02-02) (correct one of the two days)",
        f"a.yaml:9:40 SCHEMA001 '2026-W01-1' {a_date}",
        f"a.yaml:10:41 SCHEMA001 '0000-01-01' {no_day}",
    ]
    assert result.declaration is not None
    team = result.declaration.teams["t"]
    assert team.broken == {"members"}
    assert team.members.on("2026-06-15") == {"cho@acme.example", "dee@acme.example"}
    assert team.members.on("2027-01-01") == {"dee@acme.example"}


def test_three_ways_of_writing_a_seat(tmp_path: Path) -> None:
    text = """\
users:
  ana@acme.example:
    seats: {design: [AutoCAD, {product: e\u0301, until: 2026-12-31}, {product: Maya, from: x}, 5],
            nowhere: [Revit], empty: }
teams:
  design:
    groups: {cad: {members: [ben@acme.example], products: [AutoCAD]}}
    seats: {AutoCAD: [cho@acme.example]}
  empty:
"""
    result = loaded(tmp_path, text)
    assert placed(result.findings) == ["a.yaml:3:87 SCHEMA001", "a.yaml:3:91 SCHEMA001"]
    assert result.declaration is not None
    team = result.declaration.teams["design"]
    assert {product: [(m.user, str(m.at), m.days) for m in held] for product, held in team.by_user.items()} == {
        "AutoCAD": [("ana@acme.example", "a.yaml:3:22", None)],
        "é": [("ana@acme.example", "a.yaml:3:41", (None, "2026-12-31"))],
        "Maya": [("ana@acme.example", "a.yaml:3:75", ("9999-12-31", "0001-01-01"))],
    }
    assert team.products() == ["AutoCAD", "é", "Maya"]
    assert team.direct_on("AutoCAD", "2026-06-15") == {"ana@acme.example", "cho@acme.example"}
    assert team.holders_on("AutoCAD", "2026-06-15") == {f"{name}@acme.example" for name in ("ana", "ben", "cho")}
    assert team.direct_on("Maya", "2026-06-15") == set()
    strays = [(stray.name, str(stray.at), stray.product) for stray in result.declaration.undeclared_teams]
    assert strays == [("nowhere", "a.yaml:4:13", "Revit")]


def test_rows_add_up(tmp_path: Path) -> None:
    files = {
        "a.yaml": "teams: {design: }\n",
        "p.csv": "email,first_name,last_name,team,product\n"
        "ana@acme.example,Ana,,design,AutoCAD\n"
        "Ana@acme.example,,Silva,design,\n"
        "ben@acme.example,,,,\n",
        "q.csv": "Email,Last Name,Team,Product\nana@acme.example,Silva,nowhere,Revit\nben@acme.example,Kim,,\n",
    }
    result = loaded(tmp_path, files)
    assert rendered(result.findings) == []
    assert result.declaration is not None
    assert [(u.email, u.first_name, u.last_name, str(u.at)) for u in result.declaration.users.values()] == [
        ("ana@acme.example", "Ana", "Silva", "p.csv:2:1"),
        ("ben@acme.example", None, "Kim", "p.csv:4:1"),
    ]
    team = result.declaration.teams["design"]
    assert [(mention.user, str(mention.at)) for mention in team.by_user["AutoCAD"]] == [
        ("ana@acme.example", "p.csv:2:30")
    ]
    assert [(mention.written, str(mention.at)) for mention in team.rows] == [("Ana@acme.example", "p.csv:3:1")]
    strays = [(stray.name, str(stray.at), stray.product) for stray in result.declaration.undeclared_teams]
    assert strays == [("nowhere", "q.csv:2:24", "Revit")]


def test_rows_that_contradict(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a.yaml": "users: {cho@acme.example: {previous_emails: [ana@acme.example]}, ben@acme.example: }\n",
        "p.csv": "email,first_name,last_name,team\n"
        "ana@acme.example,Ana,,\n"
        "Ana@acme.example,Anna,Silva,\n"
        "nope,,,\n"
        "Ben@acme.example,Ben,,design\n"
        "ben@acme.example,Ben,,design\n",
        "q.csv": "email,last_name\nana@acme.example,Kim\n",
    }
    result = loaded(tmp_path, files)
    assert rendered(result.findings) == [
        "p.csv:2:1 REF002 'ana@acme.example' is both declared and listed in `previous_emails` (remove one of the two)",
        "  <- a.yaml:1:46 listed here",
        "p.csv:3:18 REF002 'Ana@acme.example' has two names: 'Ana' and 'Anna' (use the same name in all rows)",
        "  <- p.csv:2:18 first named here",
        f"p.csv:4:1 SCHEMA001 'nope' is not an e-mail address {NO_AT}",
        f"p.csv:5:1 REF002 'Ben@acme.example' is declared twice: 'ben@acme.example' is the same person {REMOVE_ONE}",
        "  <- a.yaml:1:66 first declared here",
        "q.csv:2:18 REF002 'ana@acme.example' has two names: 'Silva' and 'Kim' (use the same name in all rows)",
        "  <- p.csv:3:23 first named here",
    ]
    assert result.declaration is not None
    assert (result.declaration.complete, result.declaration.unread) == (True, {"users"})
    assert result.declaration.undeclared_teams == []


def test_a_person_in_a_csv_and_then_in_yaml(tmp_path: Path) -> None:
    project = "version: 1\naccount: acme\ninclude: [p.csv, a.yaml]\n"
    files: dict[str, str | bytes] = {"seatsync.yaml": project, "a.yaml": USERS, "p.csv": "email\nBEN@acme.example\n"}
    assert found(tmp_path, files) == [
        f"a.yaml:3:3 REF002 'ben@acme.example' is declared twice: 'BEN@acme.example' is the same person {REMOVE_ONE}",
        "  <- p.csv:2:1 first declared here",
    ]


def test_a_csv_that_cannot_be_read(tmp_path: Path) -> None:
    result = loaded(tmp_path, {"p.csv": b"email\n\x81\n"})
    assert [finding.code for finding in result.findings] == ["YAML005"]
    assert result.declaration is not None
    assert not result.declaration.whole("users")


def test_a_note_about_the_encoding_of_a_csv_loses_nothing(tmp_path: Path) -> None:
    result = loaded(tmp_path, {"p.csv": b"email,first_name\nben@acme.example,Ren\xe9\n"})
    assert [(finding.code, finding.severity) for finding in result.findings] == [("YAML005", "info")]
    assert result.declaration is not None
    assert result.declaration.whole("users")
    assert result.declaration.users["ben@acme.example"].first_name == "Ren\u00e9"


TERM = "starts: 2026-01-01, ends: 2026-01-01"


@pytest.mark.parametrize(
    ("facts", "findings", "broken"),
    [
        (f"offering: multi-user, seats: 1, {TERM}", [], []),
        (f"offering: token-flex, tokens: 1, {TERM}", [], []),
        (f"offering: single-user, seats: 2.0, {TERM}", [], []),
        ("offering: flex, tokens: 1, starts: 2026-12-31, ends: 2026-01-01", ["88 SCHEMA002"], ["ends", "starts"]),
        (f"offering: single-user, tokens: 1, {TERM}", ["66 SCHEMA002"], ["seats", "tokens"]),
        (f"offering: multi-user, seats: 1, tokens: 1, {TERM}", ["75 SCHEMA002"], ["tokens"]),
        (f"offering: flex, seats: 1, {TERM}", ["58 SCHEMA002"], ["seats", "tokens"]),
        (f"offering: flex, {TERM}", ["3 SCHEMA001"], ["tokens"]),
        (f"offering: single-user, seats: x, {TERM}", ["65 SCHEMA001"], ["seats"]),
        (f"offering: flex, tokens: 1, seats: x, {TERM}", ["69 SCHEMA001"], ["seats"]),
        (
            "offering: single, starts: 2026-01-01, end: 2026-01-01, team: [x], contract_manager: {}",
            ["45 SCHEMA001", "73 SCHEMA001", "96 SCHEMA001", "119 SCHEMA001"],
            ["contract_manager", "ends", "offering", "team"],
        ),
    ],
)
def test_subscriptions(tmp_path: Path, facts: str, findings: list[str], broken: list[str]) -> None:
    result = loaded(tmp_path, f"subscriptions:\n  s: {{product: A, channel: store, {facts}}}\n")
    assert placed(result.findings) == [f"a.yaml:2:{column}" for column in findings]
    assert result.declaration is not None
    assert sorted(result.declaration.subscriptions["s"].broken) == broken


def test_contradictions_in_a_subscription(tmp_path: Path) -> None:
    text = f"""\
subscriptions:
  s-1: {{product: A, channel: store, offering: single-user, tokens: 1, {TERM}}}
  s-2: {{product: A, channel: store, offering: token-flex, seats: 1, tokens: 1, {TERM}}}
  s-3: {{product: A, channel: store, offering: flex, tokens: 1, starts: 2026-01-02, ends: 2026-01-01}}
"""
    mend = "or correct the offering)"
    assert found(tmp_path, text) == [
        f"a.yaml:2:68 SCHEMA002 a single-user subscription has seats, not tokens (write `seats`, {mend}",
        f"a.yaml:3:66 SCHEMA002 a token-flex subscription has tokens, not seats (write `tokens`, {mend}",
        "a.yaml:4:90 SCHEMA002 `ends` (2026-01-01) is before `starts` (2026-01-02) (correct one of the two days)",
    ]


@pytest.mark.parametrize(
    ("facts", "findings", "broken"),
    [
        ("license_type: perpetual, software_coordinator: ana@acme.example, deployment: networked", [], []),
        ("license_type: flex", [], []),
        ("license_type: maintenance, ends: 2026-01-01", [], []),
        ("license_type: education, starts: 2026-02-01, ends: 2026-01-01", ["101 SCHEMA002"], ["ends", "starts"]),
        (
            "license_type: 5, services: {R: [{}]}, support: {a: b}, members: [ana]",
            ["64 SCHEMA001", "82 SCHEMA001", "97 SCHEMA001", "115 SCHEMA001"],
            ["license_type", "members", "services", "support"],
        ),
    ],
)
def test_contracts(tmp_path: Path, facts: str, findings: list[str], broken: list[str]) -> None:
    result = loaded(tmp_path, f"contracts:\n  c: {{products: {{A: {{seats: 1}}}}, channel: store, {facts}}}\n")
    assert placed(result.findings) == [f"a.yaml:2:{column}" for column in findings]
    assert result.declaration is not None
    assert sorted(result.declaration.contracts["c"].broken) == broken


@pytest.mark.parametrize(("term", "column"), [("starts: 2026-01-01, ends: 2026-12-31", 70), ("ends: 2026-12-31", 68)])
def test_a_perpetual_licence_has_no_term(tmp_path: Path, term: str, column: int) -> None:
    text = f"contracts:\n  c: {{products: {{}}, channel: store, license_type: perpetual, {term}}}\n"
    says = "SCHEMA002 a perpetual licence has no term (remove `starts` and `ends`)"
    assert found(tmp_path, text) == [f"a.yaml:2:{column} {says}"]


def test_products_of_a_contract(tmp_path: Path) -> None:
    products = "{A: {seats: x, users: [ana@acme.example]}, B: {serial: '1'}, C: 5, D: {seats: 1, groups: [x]}}"
    result = loaded(tmp_path, f"contracts:\n  c: {{license_type: perpetual, channel: store, products: {products}}}\n")
    assert placed(result.findings) == [f"a.yaml:2:{column} SCHEMA001" for column in (70, 101, 122)]
    assert result.declaration is not None
    contract = result.declaration.contracts["c"]
    assert (list(contract.products), list(contract.users)) == (["D"], ["A", "B", "C", "D"])
    assert contract.broken == {"products"}


def test_teams_with_broken_parts_stay_declared(tmp_path: Path) -> None:
    text = """\
teams:
  a: []
  b: {primary_admin: [x], secondary_admin: [ana@acme.example], sso: {domain: x}, groups: {g: 5, h: {products: [5]}}}
  c: {seats: {AutoCAD: x, Revit: [5]}, sso: {domains: [5]}, renamed_from: {x: y}}
  d: {sso: null}
  e: {sso: {domains: , metadata_url: "https://acme.example"}}
  f: {sso: x}
"""
    result = loaded(tmp_path, text)
    places = ["2:6", "3:22", "3:27", "3:70", "3:94", "3:112", "4:24", "4:35", "4:56", "4:75", "7:12"]
    assert placed(result.findings) == [f"a.yaml:{place} SCHEMA001" for place in places]
    assert result.declaration is not None
    teams = result.declaration.teams
    assert {name: sorted(team.broken) for name, team in teams.items()} == {
        "a": [
            *("external_users", "groups", "ignore", "members", "primary_admin", "prune", "renamed_from", "seats"),
            *("secondary_admins", "sso", "sso_admins"),
        ],
        "b": ["primary_admin", "secondary_admins", "sso"],
        "c": ["renamed_from", "seats", "sso"],
        "d": [],
        "e": [],
        "f": ["sso"],
    }
    assert {name: sorted(group.broken) for name, group in teams["b"].groups.items()} == {
        "g": ["from", "members", "products", "renamed_from", "until"],
        "h": ["products"],
    }
    assert (result.declaration.complete, result.declaration.unread) == (True, set())


def test_users_with_broken_parts_stay_declared(tmp_path: Path) -> None:
    text = """\
users:
  ana@acme.example: 5
  ben@acme.example: {first_name: [x], last_name: 5, previous_emails: [5], seats: {design: x}}
  cho@acme.example: {seat: {design: [AutoCAD]}, previous_emails: x}
"""
    result = loaded(tmp_path, text)
    assert len(result.findings) == 7
    assert result.declaration is not None
    assert [(u.email, u.first_name, u.last_name, u.previous) for u in result.declaration.users.values()] == [
        (f"{name}@acme.example", None, None, ()) for name in ("ana", "ben", "cho")
    ]


@pytest.mark.parametrize(
    ("files", "complete", "unread"),
    [
        ({"a.yaml": USERS}, True, []),
        ({"a.yaml": USERS + USERS}, True, ["users"]),  # YAML002: what the second one said is not known
        ({"a.yaml": "a: ["}, False, []),
        ({"a.yaml": "- a"}, False, []),
        ({"a.yaml": b"\xff"}, False, []),
        ({"a.yaml": "users: []\nteam: 3\nsubscriptions: x\n"}, True, ["subscriptions", "teams", "users"]),
        ({"a.yaml": "colour: red\n"}, True, []),
        ({"seatsync.yaml": "version: 1\naccount: acme\ninclude: [nothing.yaml]\n"}, False, []),
        ({"seatsync.yaml": "version: 1\naccount: acme\ninclude: [5]\n"}, False, []),
        ({"seatsync.yaml": "version: 1\naccount: acme\ninclude: x\n"}, False, []),
        ({"seatsync.yaml": "version: 1\naccount: acme\n"}, True, []),
    ],
)
def test_lost_sections(tmp_path: Path, files: dict[str, str | bytes], complete: bool, unread: list[str]) -> None:  # noqa: FBT001
    result = loaded(tmp_path, files)
    assert result.declaration is not None
    assert (result.declaration.complete, sorted(result.declaration.unread)) == (complete, unread)


def test_a_fifo_does_not_hang(tmp_path: Path) -> None:
    repository(tmp_path, {"seatsync.yaml": "version: 1\naccount: acme\ninclude:\n  - f.yaml\n  - d\n  - 'l*.yaml'\n"})
    os.mkfifo(tmp_path / "f.yaml")
    (tmp_path / "d").mkdir()
    (tmp_path / "link.yaml").symlink_to("/etc/passwd")
    assert rendered(load(tmp_path).findings) == [
        "seatsync.yaml:4:5 SCHEMA001 included file 'f.yaml' is not a regular file",
        "seatsync.yaml:5:5 SCHEMA001 included file 'd' is a folder, not a file",
        "seatsync.yaml:6:5 SCHEMA001 included file 'link.yaml' points outside the repository through a symbolic link",
    ]


def test_a_project_that_was_read_before(tmp_path: Path) -> None:
    repository(tmp_path, {"seatsync.yaml": "version: 2\naccount: acme\ninclude: [a.yaml]\n", "a.yaml": "a: 1\n"})
    project, findings = read_project(tmp_path)
    assert len(findings) == 1
    assert [finding.code for finding in load(tmp_path, project).findings] == ["SCHEMA001"]
    assert [str(finding.location) for finding in load(tmp_path).findings] == ["a.yaml:1:1", "seatsync.yaml:1:10"]


def test_a_project_file_that_cannot_be_read(tmp_path: Path) -> None:
    result = loaded(tmp_path, {"seatsync.yaml": "a: [", "a.yaml": "b: ["})
    assert result.declaration is None
    assert [finding.code for finding in result.findings] == ["YAML001"]


def test_the_collector_runs_again_afterwards() -> None:
    with collector_paused():
        assert not gc.isenabled()
        with collector_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
