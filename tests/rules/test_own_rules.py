"""The project's own rules: what they are told, what they find, where, and what stops them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.project_values import EACH
from seatsync.expressions import cel
from seatsync.expressions.variables import DEFAULTS, VARIABLES, Each
from seatsync.finding import Finding
from seatsync.planning.difference.exclusions import exclusions
from seatsync.rules import OF_REPOSITORY, check
from seatsync.rules.own_subjects import Facts
from seatsync.rules.own_values import values_of

DAY = "2026-06-15"
ACCOUNT = """\
users:
  ana@acme.example: {first_name: Ana, last_name: Silva, language: pt}
  ben@acme.example: {seats: {design: [Revit]}}
  cho@else.example: {}
  dee@acme.example: {}
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example, {user: dee@acme.example, until: 2026-01-31}]
    external_users: [cho@else.example]
    sso: {domains: [acme.example]}
    groups:
      cad: {members: [ben@acme.example, dee@acme.example], products: [AutoCAD]}
    seats: {Revit: [cho@else.example, {user: dee@acme.example, from: 2026-07-01, until: 2026-07-31}]}
  build: {primary_admin: ana@acme.example}
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 5, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31,
            price: {amount: 100.10, currency: EUR, per: month}}
  "574-2": {team: design, product: Revit, offering: flex, tokens: 9, channel: reseller,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31, auto_renew: true}
  "574-3": {team: build, product: Vault, offering: single-user, seats: 2, channel: store,
            contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2026-12-31,
            price: {amount: 0.5, currency: USD, per: year}}
contracts:
  "110001234567":
    contract_manager: ana@acme.example
    software_coordinator: ben@acme.example
    license_type: maintenance
    channel: store
    deployment: networked
    starts: 2026-01-01
    ends: 2026-06-20
    products: {AutoCAD 2019: {seats: 5, serial: "123-45678901", users: [dee@acme.example]}}
    services: {Rendering: [dee@acme.example]}
    support: [ana@acme.example]
"""


def written(
    folder: Path, rules: str, policy: str = "", include: str = "account.yaml", text: str = ACCOUNT
) -> Declaration:
    head = f"version: 1\naccount: acme\ninclude: [{include}]\n"
    folder.mkdir(exist_ok=True)
    (folder / "seatsync.yaml").write_text(f"{head}{policy}rules:\n{indent(dedent(rules), '  ')}", encoding="utf-8")
    (folder / "account.yaml").write_text(text, encoding="utf-8")
    loaded = load(folder)
    assert loaded.declaration is not None
    assert loaded.findings == []
    return loaded.declaration


def own(found: tuple[Finding, ...]) -> list[str]:
    return [
        f"{each.location} {each.severity} {each.code} {each.message}"
        for each in found
        if each.code.startswith(("POLICY1", "SCHEMA"))
    ]


POLICY = (
    "policy: {email_domains: [acme.example, else.example], protected: {users: [ana@acme.example], teams: [build]}}\n"
)
NO_RULE = "POLICY100: {each: plan, must: 'true', message: nothing}\n"


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return Facts(written(tmp_path_factory.mktemp("facts"), NO_RULE, policy=POLICY), DAY)


def told(facts: Facts, each: Each) -> list[dict[str, Any]]:
    """Return the variables of every thing that differ from what a test case leaves out."""
    defaults = {variable.name: DEFAULTS[variable.type] for variable in VARIABLES[each]}
    always = {"today", "account", "email_domains"}
    return [
        {
            name: told
            for name, value in values_of(each).items()
            if name not in always and (told := value(subject, facts)) != defaults[name]
        }
        for subject in facts.subjects(each)
    ]


@pytest.mark.parametrize("each", [each for each in VARIABLES if each not in {"step", "plan"}])
def test_every_variable_has_a_value_of_its_type(facts: Facts, each: Each) -> None:
    values = values_of(each)
    assert set(values) == {variable.name for variable in VARIABLES[each]}
    types = {
        "string": str,
        "int": int,
        "double": float,
        "bool": bool,
        "list(string)": list,
        "map(string, double)": dict,
    }
    for variable in VARIABLES[each]:
        for subject in facts.subjects(each):
            value = values[variable.name](subject, facts)
            if value is None:
                assert variable.type.endswith("?"), variable.name
            else:
                assert type(value) is types[variable.type.removesuffix("?")], variable.name
            if variable.values and isinstance(value, str):
                assert value in variable.values


def test_every_kind_of_thing_has_variables() -> None:
    assert tuple(VARIABLES) == EACH


def test_what_rules_about_people_are_told(facts: Facts) -> None:
    assert values_of("person")["email_domains"](None, facts) == ["acme.example", "else.example"]
    assert told(facts, "person") == [
        {
            "person.email": "ana@acme.example",
            "person.domain": "acme.example",
            "person.first_name": "Ana",
            "person.last_name": "Silva",
            "person.language": "pt",
            "person.protected": True,
            "person.teams": ["design", "build"],
            "person.primary_of": ["design", "build"],
            "person.manages": ["574-1", "574-2", "110001234567"],
        },
        {
            "person.email": "ben@acme.example",
            "person.domain": "acme.example",
            "person.teams": ["design"],
            "person.groups": ["design/cad"],
            "person.products": ["AutoCAD", "Revit"],
            "person.secondary_of": ["design"],
            "person.manages": ["574-3"],
            "person.coordinates": ["110001234567"],
        },
        {
            "person.email": "cho@else.example",
            "person.domain": "else.example",
            "person.external": True,
            "person.teams": ["design"],
            "person.products": ["Revit"],
            "person.external_in": ["design"],
        },
        {
            "person.email": "dee@acme.example",
            "person.domain": "acme.example",
            "person.teams": ["design"],
            "person.groups": ["design/cad"],
            "person.products": ["AutoCAD", "AutoCAD 2019"],
        },
    ]


def of_entries(facts: Facts, each: Each) -> list[tuple[str, dict[str, Any]]]:
    """Return the person of every seat or role, and what is said besides about the entry."""
    return [
        (str(every["person.email"]).partition("@")[0], {name: every[name] for name in every if "." not in name})
        for every in told(facts, each)
    ]


def test_what_rules_about_seats_and_roles_are_told(facts: Facts) -> None:
    revit = {"product": "Revit", "team": "design", "direct": True, "offerings": ["flex"]}
    cad = {"product": "AutoCAD", "team": "design", "group": "cad", "offerings": ["single-user"]}
    assert of_entries(facts, "seat") == [
        ("cho", revit),
        ("dee", {**revit, "from": "2026-07-01", "until": "2026-07-31", "days_left": 46}),
        ("ben", cad),
        ("dee", cad),
        ("ben", revit),
        ("dee", {"product": "AutoCAD 2019", "contract": "110001234567", "direct": True}),
    ]
    assert of_entries(facts, "role") == [
        ("ana", {"role": "primary", "team": "design"}),
        ("ben", {"role": "secondary", "team": "design"}),
        ("cho", {"role": "external", "team": "design"}),
        ("ana", {"role": "primary", "team": "build"}),
        ("ana", {"role": "manager", "team": "design", "subscription": "574-1"}),
        ("ana", {"role": "manager", "team": "design", "subscription": "574-2"}),
        ("ben", {"role": "manager", "team": "build", "subscription": "574-3"}),
        ("ana", {"role": "manager", "contract": "110001234567"}),
        ("ben", {"role": "coordinator", "contract": "110001234567"}),
    ]


def test_what_rules_about_teams_and_groups_are_told(facts: Facts) -> None:
    everybody = ["ana@acme.example", "ben@acme.example", "cho@else.example", "dee@acme.example"]
    assert told(facts, "team") == [
        {
            "team": "design",
            "primary_admin": "ana@acme.example",
            "secondary_admins": ["ben@acme.example"],
            "external_users": ["cho@else.example"],
            "members": everybody,
            "groups": ["cad"],
            "products": ["Revit", "AutoCAD"],
            "subscriptions": ["574-1", "574-2"],
            "sso": True,
            "costs": {"EUR": 6006.0},
        },
        {
            "team": "build",
            "primary_admin": "ana@acme.example",
            "members": everybody[:1],
            "subscriptions": ["574-3"],
            "protected": True,
            "costs": {"USD": 1.0},
        },
    ]
    members = ["ben@acme.example", "dee@acme.example"]
    assert told(facts, "group") == [{"team": "design", "group": "cad", "members": members, "products": ["AutoCAD"]}]


def test_what_rules_are_told_about_groups_with_days(tmp_path: Path) -> None:
    members = "members: [ben@acme.example, {user: dee@acme.example, until: 2026-06-20}]"
    groups = f"""groups:
      cad: {{until: 2026-06-30, {members}, products: [AutoCAD, {{product: Revit, from: 2026-07-01}}]}}
      old: {{until: 2026-06-14, {members}, products: [AutoCAD]}}
      new: {{from: 2026-06-16, members: [dee@acme.example], products: [{{product: AutoCAD, until: 2026-12-31}}]}}
"""
    old = "groups:\n      cad: {members: [ben@acme.example, dee@acme.example], products: [AutoCAD]}\n"
    assert old in ACCOUNT
    facts = Facts(written(tmp_path, NO_RULE, text=ACCOUNT.replace(old, groups)), DAY)
    ben, dee = "ben@acme.example", "dee@acme.example"
    cad = {"team": "design", "group": "cad", "members": [ben, dee], "products": ["AutoCAD"]}
    assert told(facts, "group") == [{**cad, "until": "2026-06-30", "days_left": 15}]
    (design, _) = told(facts, "team")
    assert (design["groups"], design["products"]) == (["cad"], ["Revit", "AutoCAD"])
    assert [(each["person.groups"], each["person.products"]) for each in told(facts, "person")[1:4:2]] == [
        (["design/cad"], ["AutoCAD", "Revit"]),
        (["design/cad"], ["AutoCAD", "AutoCAD 2019"]),
    ]
    seats = [(who, seat["group"], seat) for who, seat in of_entries(facts, "seat") if "group" in seat]
    assert [(who, group, seat["product"], seat.get("from"), seat["until"]) for who, group, seat in seats] == [
        ("ben", "cad", "AutoCAD", None, "2026-06-30"),
        ("dee", "cad", "AutoCAD", None, "2026-06-20"),
        ("dee", "new", "AutoCAD", "2026-06-16", "2026-12-31"),
    ]


def test_what_rules_about_purchases_are_told(facts: Facts) -> None:
    assert told(facts, "pool") == [
        {
            "team": "design",
            "product": "Revit",
            "offerings": ["flex"],
            "subscriptions": ["574-2"],
            "held": 2,
            "ends": "2027-12-31",
            "days_left": 564,
        },
        {
            "team": "design",
            "product": "AutoCAD",
            "offerings": ["single-user"],
            "subscriptions": ["574-1"],
            "seats": 5,
            "held": 2,
            "free": 3,
            "ends": "2026-12-31",
            "days_left": 199,
            "costs": {"EUR": 6006.0},
        },
        {
            "team": "build",
            "product": "Vault",
            "offerings": ["single-user"],
            "subscriptions": ["574-3"],
            "seats": 2,
            "free": 2,
            "ends": "2026-12-31",
            "days_left": 199,
            "costs": {"USD": 1.0},
        },
    ]
    assert told(facts, "subscription")[1:] == [
        {
            "subscription": "574-2",
            "team": "design",
            "product": "Revit",
            "offering": "flex",
            "tokens": 9,
            "channel": "reseller",
            "contract_manager": "ana@acme.example",
            "starts": "2026-01-01",
            "ends": "2027-12-31",
            "days_left": 564,
            "auto_renew": True,
        },
        {
            "subscription": "574-3",
            "team": "build",
            "product": "Vault",
            "offering": "single-user",
            "seats": 2,
            "channel": "store",
            "contract_manager": "ben@acme.example",
            "starts": "2026-01-01",
            "ends": "2026-12-31",
            "days_left": 199,
            "price": 0.5,
            "currency": "USD",
            "per": "year",
            "cost": 1.0,
        },
    ]
    assert told(facts, "contract") == [
        {
            "contract": "110001234567",
            "contract_manager": "ana@acme.example",
            "software_coordinator": "ben@acme.example",
            "license_type": "maintenance",
            "channel": "store",
            "deployment": "networked",
            "starts": "2026-01-01",
            "ends": "2026-06-20",
            "days_left": 5,
            "products": ["AutoCAD 2019"],
            "services": ["Rendering"],
            "seats": 5,
            "support": ["ana@acme.example"],
            "members": ["ana@acme.example", "ben@acme.example", "dee@acme.example"],
        }
    ]


RULES = """\
POLICY100: {each: person, must: "!person.external", message: nobody from outside, severity: warning}
POLICY101: {each: seat, must: "!person.external || until != null", message: for a time only}
POLICY102: {each: role, must: "role != 'manager' || person.secondary_of.size() == 0", message: separate duties}
POLICY103: {each: group, must: "members.size() > 2", message: three to a group}
POLICY104: {each: team, must: "secondary_admins.size() > 0", message: a deputy each}
POLICY105: {each: subscription, must: "cost == null || cost < 5000.0", message: too dear}
POLICY106: {each: contract, must: "days_left > 30", message: ends soon, severity: info}
POLICY107: {each: pool, must: "free < 3", message: three are idle}
POLICY108: {each: step, must: "false", message: judged with the plan}
"""


def test_the_term_of_what_renews_by_itself_is_the_present_one(tmp_path: Path) -> None:
    declared = written(tmp_path, "")
    for day, *term in (
        (DAY, "2026-01-01", "2027-12-31", 564),
        ("2027-12-31", "2026-01-01", "2027-12-31", 0),
        ("2028-01-01", "2028-01-01", "2029-12-31", 730),
    ):
        facts = Facts(declared, day)
        (sub,) = [each for each in told(facts, "subscription") if each["subscription"] == "574-2"]
        assert [sub["starts"], sub["ends"], sub.get("days_left", 0)] == term
        (pool,) = [each for each in told(facts, "pool") if each["product"] == "Revit"]
        assert [pool["ends"], pool["days_left"]] == term[1:]


def test_findings_are_at_the_things(tmp_path: Path) -> None:
    declared = written(tmp_path, RULES, policy="policy: {suppress: [{code: POLICY104, team: build, reason: new}]}\n")
    checked = check(declared, DAY)
    assert own(checked.findings) == [
        "account.yaml:4:3 warning POLICY100 nobody from outside",
        "account.yaml:13:7 error POLICY103 three to a group",
        "account.yaml:13:71 error POLICY107 three are idle",
        "account.yaml:14:13 error POLICY107 three are idle (not judged: < is applied to null)",
        "account.yaml:14:21 error POLICY101 for a time only",
        "account.yaml:17:3 error POLICY105 too dear",
        "account.yaml:23:31 error POLICY102 separate duties",
        "account.yaml:26:3 info POLICY106 ends soon",
    ]
    assert [each.finding.message for each in checked.suppressed] == ["a deputy each"]
    (deputy,) = (each.finding for each in checked.suppressed)
    assert [(str(each.location), each.message) for each in deputy.related] == [
        ("seatsync.yaml:10:3", "must: secondary_admins.size() > 0")
    ]


LISTS = """\
users: {ana@acme.example: {}, ben@acme.example: {}}
lists:
  x: {members: [ben@acme.example]}
  y: {members: [ben@acme.example]}
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ROLE]
    groups: {cad: {products: [Revit], members: [GROUP]}}
    seats: {AutoCAD: [SEAT]}
"""
TWICE = "{list: x}, {list: y}"


@pytest.mark.parametrize(
    ("seat", "expected"),
    [
        (TWICE, ["10:30"]),
        ("{list: x, until: 2026-12-31}, {list: y, until: 2026-12-31}", ["10:30"]),
        ("{user: ben@acme.example}, {list: x}", ["10:30"]),
        ("{list: x, until: 2026-01-31}, {list: y}", ["10:60"]),
        ("{list: x, from: 2026-07-01}, {list: y, until: 2026-06-30}", ["10:30", "10:59"]),
        ("ben@acme.example, ben@acme.example", ["10:23", "10:41"]),
    ],
)
def test_a_person_in_several_lists_is_judged_once_for_the_same_days(
    seat: str, expected: list[str], tmp_path: Path
) -> None:
    """Entries with other days are judged too, so a later one does not hide the present one."""
    rules = """\
        POLICY100: {each: seat, must: person.email == '', message: no seats}
        POLICY101: {each: role, must: role != 'secondary', message: no deputies}
    """
    text = LISTS.replace("SEAT", seat).replace("ROLE", TWICE).replace("GROUP", TWICE)
    declared = written(tmp_path, rules, text=text)
    found = [each.split(" ")[0].removeprefix("account.yaml:") for each in own(check(declared, DAY).findings)]
    assert found == ["8:31", "9:56", *expected]
    assert Facts(declared, DAY).products_of["ben@acme.example"] == ["AutoCAD", "Revit"]


def test_what_stops_a_plan_and_what_is_left_out(tmp_path: Path) -> None:
    rules = RULES.replace("severity: warning", "severity: error").replace("severity: info", "severity: error")
    declared = written(tmp_path, rules)
    found = exclusions(declared, check(declared, DAY).findings, OF_REPOSITORY)
    assert [each.code for each in found.stopping] == ["POLICY100"]
    assert found.excluded == (
        ("contract", "110001234567", ("POLICY106",)),
        ("team", "build", ("POLICY102", "POLICY104")),
        ("team", "design", ("POLICY101", "POLICY103", "POLICY105", "POLICY107")),
    )


def test_a_seat_in_a_table_of_people_leaves_its_team_out(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("email,team,product\neli@acme.example,design,Vault\n", encoding="utf-8")
    rule = "POLICY101: {each: seat, must: \"product != 'Vault'\", message: no Vault}\n"
    declared = written(tmp_path, rule, include="account.yaml, people.csv")
    errors = [each for each in check(declared, DAY).findings if each.code == "POLICY101"]
    assert [str(each.location) for each in errors] == ["people.csv:2:25"]
    assert exclusions(declared, errors, OF_REPOSITORY).excluded == (("team", "design", ("POLICY101",)),)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            'POLICY101: {each: seat, must: "direct && person.extern", message: x}',
            "5:44 a rule about a seat has no variable person.extern (did you mean person.external?)",
        ),
        (
            "POLICY101:\n  each: team\n  must: >-\n    team != ''\n\n    && foo\n  message: x",
            "10:10 a rule about a team has no variable foo (the page about rules lists the variables)",
        ),
        (
            "POLICY101: {each: team, must: sso, message: x, passes: [{ssso: true}]}",
            "5:60 a rule about a team has no variable 'ssso' (did you mean sso?)",
        ),
        (
            "POLICY101: {each: team, must: sso, message: x, fails: [{sso: 1}]}",
            "5:64 sso needs: true or false; here is the number 1 ()",
        ),
        (
            "POLICY101: {each: seat, must: direct, message: x, fails: [{until: 3}]}",
            "5:69 until needs: text or null; here is the number 3 ()",
        ),
        (
            "POLICY101: {each: team, must: sso, message: x, fails: [{members: [1]}]}",
            "5:68 members needs: list of texts; here is a list ()",
        ),
        (
            "POLICY101: {each: team, must: sso, message: x, fails: [{costs: {EUR: much}}]}",
            "5:66 costs needs: amount by currency; here is a mapping ()",
        ),
    ],
)
def test_a_mistake_stops_all_rules(rule: str, expected: str, tmp_path: Path) -> None:
    declared = written(tmp_path, f"{rule}\nPOLICY102: {{each: team, must: 'false', message: never}}\n")
    found = [each for each in check(declared, DAY).findings if each.code.startswith(("SCHEMA", "POLICY1"))]
    assert [(each.code, str(each.severity)) for each in found] == [("SCHEMA003", "error")]
    assert f"{found[0].location}".removeprefix("seatsync.yaml:") + f" {found[0].message} ({found[0].hint})" == expected


def test_without_the_library_rules_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seatsync.rules.own_rules.is_available", lambda: False)
    (found,) = (each for each in check(written(tmp_path, RULES), DAY).findings if each.code.startswith("SCHEMA"))
    assert (str(found.location), found.message, found.hint) == (
        "seatsync.yaml:4:1",
        "rules need the package cel-expr-python, which is not installed",
        "install it (in a clone of seatsync: `pip install '.[policy]'`)",
    )


def test_the_library_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cel_expr_python", None)
    cel._library.cache_clear()
    assert not cel.is_available()
    monkeypatch.undo()
    assert cel.is_available()


@pytest.mark.parametrize(
    ("must", "message", "hint"),
    [
        (
            "1 / (secondary_admins.size() - secondary_admins.size()) > 0",
            "divide by zero",
            "is there, and not null or 0",
        ),
        ("members.all(a, a != '')", "its macros compare too many items of long lists", "go through shorter lists, or"),
    ],
)
def test_what_could_not_be_judged_says_what_helps(
    must: str, message: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seatsync.expressions.cel._MOST_WORK", 0)
    declared = written(tmp_path, f'POLICY101: {{each: team, must: "{must}", message: never}}\n')
    found = next(each for each in check(declared, DAY).findings if each.code == "POLICY101")
    assert found.message == f"never (not judged: {message})"
    assert found.hint.startswith("make the expression true or false for every team: ")
    assert hint in found.hint


def test_a_rule_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(100))
    monkeypatch.setattr("seatsync.expressions.cel.monotonic", lambda: next(seconds))
    monkeypatch.setattr("seatsync.expressions.cel._FIRST_SECONDS", 9)
    declared = written(tmp_path, "POLICY101: {each: person, must: \"person.email == ''\", message: nobody}\n")
    assert own(check(declared, DAY).findings) == [
        f"account.yaml:{line}:3 error POLICY101 nobody" for line in (2, 3, 4, 5)
    ]
    monkeypatch.setattr("seatsync.expressions.cel._FIRST_SECONDS", 1.5)
    assert own(check(declared, DAY).findings) == [
        "account.yaml:2:3 error POLICY101 nobody",
        "account.yaml:3:3 error POLICY101 nobody",
        "seatsync.yaml:5:35 error SCHEMA003 POLICY101 takes too long: 2 of 4 were judged, and the rest was not",
    ]


def test_nothing_is_judged_on_a_part_of_the_declaration(tmp_path: Path) -> None:
    declared = written(tmp_path, RULES)
    declared.unread.add("teams")
    assert own(check(declared, DAY).findings) == []


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    reached: list[tuple[int, int]] = []
    check(written(tmp_path, RULES), DAY, progress=lambda done, total: reached.append((done, total)))
    assert reached == sorted(reached)
    assert reached[-1] == (800, 800)
