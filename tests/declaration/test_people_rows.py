"""Rows of a CSV declare what lists in YAML declare: seats, groups, roles, days and former addresses."""

from __future__ import annotations

import random
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import Loaded
from seatsync.declaration.normal import normalised
from seatsync.declaration.states import as_account
from tests.declaration.repositories import loaded, rendered

SUBSCRIPTIONS = """\
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 99, channel: store, \
contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""
TEAMS = """\
users: {ana@acme.example: {}}
teams:
  design: {primary_admin: ana@acme.example, groups: {cad: {}, bim: {}}}
"""
ROLES = {
    "": "",
    "member": "",
    "User": "",
    "secondary": "secondary_admins",
    "Secondary admin": "secondary_admins",
    "sso": "sso_admins",
    "SSO admin": "sso_admins",
    "external": "external_users",
    "External user": "external_users",
    "GUEST_USER": "external_users",
}
DAYS = st.sampled_from([("", ""), ("2026-02-01", ""), ("", "2026-12-31"), ("2026-02-01", "2026-12-31")])


def declared(folder: Path, rows: str, teams: str = TEAMS) -> Loaded:
    return loaded(folder, {"a.yaml": teams + SUBSCRIPTIONS, "p.csv": rows})


def declaration(loads: Loaded) -> Declaration:
    assert rendered(loads.findings) == []
    assert loads.declaration is not None
    return loads.declaration


def entry(user: str, days: tuple[str, str]) -> str:
    named = [f"{key}: {day}" for key, day in zip(("from", "until"), days, strict=True) if day]
    return f"{{{', '.join([f'user: {user}', *named])}}}" if named else user


@st.composite
def people(draw: st.DrawFn) -> list[dict[str, str]]:
    """Return rows of some people, each with one role at most."""
    rows: list[dict[str, str]] = []
    for number in range(draw(st.integers(1, 5))):
        role = draw(st.sampled_from([*ROLES]))
        starts, ends = draw(DAYS)
        rows += [
            {
                "email": f"p{number}@acme.example",
                "previous_emails": draw(st.sampled_from(["", f"old{number}@acme.example"])),
                "team": "design",
                "product": draw(st.sampled_from(["", "AutoCAD"])),
                "group": draw(st.sampled_from(["", "cad", "bim"])),
                "role": role,
                "from": starts,
                "until": ends,
            }
            for _ in range(draw(st.integers(1, 3)))
        ]
    return rows


def as_yaml(rows: list[dict[str, str]]) -> str:
    """Return the same people, team and lists as YAML."""
    lists: dict[str, dict[str, None]] = {}
    users: dict[str, set[str]] = {"ana@acme.example": set()}
    for row in rows:
        users.setdefault(row["email"], set()).update(row["previous_emails"].split())
        keys = [key for key in (ROLES[row["role"]], row["group"], row["product"]) if key] or ["members"]
        for key in keys:
            lists.setdefault(key, {})[entry(row["email"], (row["from"], row["until"]))] = None
    text = {key: f"[{', '.join(names)}]" for key, names in lists.items()}
    groups = ", ".join(f"{name}: {{members: {text.pop(name, '[]')}}}" for name in ("cad", "bim"))
    own = "".join(f", {key}: {names}" for key, names in text.items() if key != "AutoCAD")
    team = (
        f"primary_admin: ana@acme.example, groups: {{{groups}}}, seats: {{AutoCAD: {text.get('AutoCAD', '[]')}}}{own}"
    )
    named = ", ".join(f"{user}: {{previous_emails: [{', '.join(old)}]}}" for user, old in users.items())
    return f"users: {{{named}}}\nteams: {{design: {{{team}}}}}\n"


@settings(max_examples=40)  # each loads two repositories
@given(people(), st.randoms())
def test_rows_and_lists_are_the_same_declaration(rows: list[dict[str, str]], chance: random.Random) -> None:
    columns = [*rows[0]]
    chance.shuffle(columns)
    chance.shuffle(rows)
    separator = chance.choice(",;\t")
    text = "\n".join(separator.join(cells) for cells in [columns, *([row[name] for name in columns] for row in rows)])
    with TemporaryDirectory() as folder:
        of_rows = declaration(declared(Path(folder, "rows"), text))
        of_lists = declaration(loaded(Path(folder, "lists"), as_yaml(rows) + SUBSCRIPTIONS))
    assert normalised(of_rows) == normalised(of_lists)
    for day in ("2026-01-15", "2026-06-15", "2027-01-15"):
        assert as_account(of_rows, Clock.at(day)) == as_account(of_lists, Clock.at(day))


def test_an_export_of_users_declares_them(tmp_path: Path) -> None:
    found = declared(
        tmp_path,
        "first_name,last_name,email,autodesk_id,team_alias,role,account_status,offering_name,product_name\n"
        "Cho,Park,cho@acme.example,ABC124,design,Secondary admin,Pending,AutoCAD,AutoCAD\n"
        "Cho,Park,Cho@acme.example,ABC124,design,Secondary admin,Pending,,\n"
        "Dee,Kim,dee@acme.example,ABC125,design,User,Active,AutoCAD,AutoCAD\n",
    )
    assert rendered(found.findings) == [
        f"p.csv:1:{column} SCHEMA001 column '{name}' declares nothing and is not read (remove it, or leave it as it is)"
        for column, name in ((28, "autodesk_id"), (56, "account_status"), (85, "product_name"))
    ]
    assert found.declaration is not None
    team = found.declaration.teams["design"]
    assert team.secondary.ids == ["cho@acme.example"]
    assert [mention.user for mention in team.by_user["AutoCAD"]] == ["cho@acme.example", "dee@acme.example"]
    assert [str(team.secondary.at(0)), team.secondary.written(0)] == ["p.csv:2:41", "cho@acme.example"]


def test_a_feature_without_its_product_is_not_passed_over(tmp_path: Path) -> None:
    found = declared(tmp_path, "email,team,product_name\nben@acme.example,design,AutoCAD\n")
    assert [line.partition(" (")[0] for line in rendered(found.findings)] == [
        "p.csv:1:12 SCHEMA001 unknown column 'product_name'"
    ]


def test_findings_are_at_the_cell(tmp_path: Path) -> None:
    found = declared(
        tmp_path,
        "email;team;group;role;from;until;previous_emails\n"
        "ben@acme.example;design;cda;;;;\n"
        "cho@acme.example;design;;owner;;;\n"
        "dee@acme.example;design;;Primary admin;;;\n"
        "eli@acme.example;design;;;1.2.2026;;\n"
        "fay@acme.example;design;;;2026-02-01;2026-01-01;\n"
        "gus@acme.example;;;sso;;;\n"
        "hal@acme.example;;;;;2026-02-01;\n"
        "ivy@acme.example;design;;;;;nobody ben@acme.example\n",
    )
    assert rendered(found.findings) == [
        "p.csv:3:26 SCHEMA001 unknown role 'owner' (use member, secondary, sso or external)",
        (
            "p.csv:4:26 SCHEMA001 a CSV does not declare primary admins"
            " (name them in `primary_admin` of the team, and leave this cell empty)"
        ),
        "p.csv:5:27 SCHEMA001 '1.2.2026' is not a date (write it as 2026-02-01)",
        "p.csv:6:38 SCHEMA002 `until` (2026-01-01) is before `from` (2026-02-01) (correct one of the two days)",
        "p.csv:7:20 SCHEMA001 a role needs a team",
        "p.csv:8:22 SCHEMA001 `until` needs a team",
        "p.csv:9:29 REF002 'ben@acme.example' is both declared and listed in `previous_emails` (remove one of the two)",
        "  <- p.csv:2:1 declared here",
        "p.csv:9:29 SCHEMA001 'nobody' is not an e-mail address (An address needs an @-sign between name and domain.)",
    ]
    assert found.declaration is not None
    assert [(each.name, each.team, str(each.at), each.user) for each in found.declaration.undeclared_groups] == [
        ("cda", "design", "p.csv:2:25", "ben@acme.example")
    ]


def test_an_invalid_day_leaves_the_list_unknown(tmp_path: Path) -> None:
    rows = "email,team,role,group,until\nben@acme.example,design,secondary,cad,soon\n"
    found = declared(tmp_path, rows)
    assert found.declaration is not None
    team = found.declaration.teams["design"]
    assert [*team.broken, *team.groups["cad"].broken] == ["secondary_admins", "members"]
    assert team.secondary.on("2026-06-01") == set()
