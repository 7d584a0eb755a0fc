"""Prices, rates, reclaim, own rules and languages: read exactly, in the normal form, in a diff, and no facts."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from seatsync.account.attributes import number_text
from seatsync.clock import Clock
from seatsync.declaration.comparing import differences
from seatsync.declaration.declared import Declaration
from seatsync.declaration.normal import config_digest, normalised, policy_text
from seatsync.declaration.normal_reader import declaration_of, facts_of, policy_of
from seatsync.declaration.project_values import Exempt, Price, Reclaim, amount_text
from seatsync.declaration.states import as_account
from seatsync.reporting.diff_report import Diff, render_json, words
from tests.declaration.repositories import loaded, rendered
from tests.documents import checked

PROJECT = "version: 1\naccount: acme\ninclude: [a.yaml]\n"
USERS = "users:\n  ana@acme.example: {first_name: Ana}\n"
SUBSCRIPTION = """\
subscriptions:
  s-1: {team: design, product: AutoCAD, offering: single-user, seats: 5, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31PRICE}
teams: {design: {primary_admin: ana@acme.example}}
"""


def findings(root: Path, files: dict[str, str]) -> list[str]:
    return rendered(loaded(root, files).findings)


def declared(root: Path, files: dict[str, str]) -> Declaration:
    result = loaded(root, files)
    assert rendered(result.findings) == []
    assert result.declaration is not None
    return result.declaration


def priced(price: str, offering: str = "single-user") -> str:
    text = USERS + SUBSCRIPTION.replace("PRICE", price and f", price: {price}")
    return text if offering == "single-user" else text.replace("single-user, seats", f"{offering}, tokens")


@pytest.mark.parametrize(
    ("written", "amount", "text"),
    [
        ("1935.00", "1935", "1935.00"),
        ('"1935.00"', "1935", "1935.00"),
        ("1935", "1935", "1935.00"),
        ("0.1", "0.1", "0.10"),
        ("999999999999.9999", "999999999999.9999", "999999999999.9999"),
        ("0.0125", "0.0125", "0.0125"),
        ("0", "0", "0.00"),
        ("'007.50'", "7.50", "7.50"),
    ],
)
def test_an_amount_is_read_exactly_as_written(tmp_path: Path, written: str, amount: str, text: str) -> None:
    declaration = declared(tmp_path, {"a.yaml": priced(f"{{amount: {written}, currency: EUR, per: year}}")})
    price = declaration.subscriptions["s-1"].price
    assert price == Price(Decimal(amount), "EUR", "year")
    assert amount_text(price.amount) == text
    facts = json.loads(normalised(declaration))["subscriptions"]["s-1"]["price"]
    assert facts == {"amount": text, "currency": "EUR", "per": "year"}


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("1.23456", "amount must have at most 4 decimals, not 1.23456"),
        ('"1000000000000.01"', "amount must be at most 1000000000000, not 1000000000000.01"),
        ("-0.01", "amount must be at least 0, not -0.01"),
        ("1e3", "amount must be an amount such as 1935.00, not '1e3'"),
        ("'1,935.00'", "amount must be an amount such as 1935.00, not '1,935.00'"),
        ("true", "amount must be an amount such as 1935.00, not true"),
    ],
)
def test_amounts_that_are_refused(tmp_path: Path, written: str, problem: str) -> None:
    text = priced(f"{{amount: {written}, currency: EUR, per: year}}")
    (found,) = findings(tmp_path, {"a.yaml": text})
    assert found.split(" ", 1)[1] == f"SCHEMA001 {problem}"
    result = loaded(tmp_path / "again", {"a.yaml": text}).declaration
    assert result is not None
    assert result.subscriptions["s-1"].price is None
    assert "price" in result.subscriptions["s-1"].broken


def test_a_decimal_comma_that_ends_the_amount(tmp_path: Path) -> None:
    result = loaded(tmp_path, {"a.yaml": priced("{amount: 1.935,00, currency: EUR, per: year}")})
    (found,) = result.findings
    assert found.message == "unknown key '00' in price"
    assert found.hint == "write the amount with a decimal point, as 1935.00; a comma ends it"


@pytest.mark.parametrize(
    ("offering", "per", "wanted"),
    [
        ("single-user", "token", "per year, month or term"),
        ("multi-user", "token", "per year, month or term"),
        ("flex", "year", "per token"),
        ("token-flex", "term", "per token"),
    ],
)
def test_a_price_suits_the_offering(tmp_path: Path, offering: str, per: str, wanted: str) -> None:
    text = priced(f"{{amount: 3, currency: EUR, per: {per}}}", offering).replace(
        "multi-user, tokens", "multi-user, seats"
    )
    (found,) = findings(tmp_path, {"a.yaml": text})
    assert f"SCHEMA002 a {offering} subscription is priced {wanted}, not per {per}" in found


@pytest.mark.parametrize("offering", ["flex", "token-flex"])
def test_a_token_has_a_price(tmp_path: Path, offering: str) -> None:
    declaration = declared(tmp_path, {"a.yaml": priced("{amount: 3, currency: USD, per: token}", offering)})
    assert declaration.subscriptions["s-1"].price == Price(Decimal(3), "USD", "token")


FULL = """\
policy:
  usage_retention: 24
  reclaim:
    days: 60
    exempt:
      - {user: Ana@acme.example, product: AutoCAD, until: 2027-01-31, reason: on leave}
      - {team: design, group: cad, reason: fine}
rates: {Revit: "10.0", AutoCAD: 7.50}
rules:
  POLICY102: {each: team, must: "members.size() < 100", message: a team has fewer than 100 members, severity: warning}
  POLICY101:
    each: seat
    must: |
      !(person.external && product == 'Vault') ||
        until != null
    message: external people hold Vault for a time only
    passes: [{person.external: false}]
    fails: [{person.external: true, until: }]
"""


def test_the_project_file(tmp_path: Path) -> None:
    project = declared(tmp_path, {"seatsync.yaml": PROJECT + FULL, "a.yaml": USERS}).project
    assert project.policy.usage_retention == 24
    assert project.policy.reclaim == Reclaim(
        60,
        (
            Exempt((("user", "ana@acme.example"), ("product", "AutoCAD")), "2027-01-31", "on leave"),
            Exempt((("group", "cad"), ("team", "design")), None, "fine"),
        ),
    )
    assert project.rates == (("Revit", Decimal(10)), ("AutoCAD", Decimal("7.50")))
    assert [number_text(tokens) for _, tokens in project.rates] == ["10", "7.5"]
    first, second = project.rules
    assert (first.code, first.each, first.severity, second.code, second.severity) == (
        *("POLICY101", "seat", "error", "POLICY102", "warning"),
    )
    assert first.must == "!(person.external && product == 'Vault') ||\n  until != null\n"
    assert (first.passes, first.fails) == (({"person.external": False},), ({"person.external": True, "until": None},))
    assert str(first.node.value_at("must")) == "seatsync.yaml:16:11"
    assert str(first.at) == "seatsync.yaml:14:3"


def test_the_defaults(tmp_path: Path) -> None:
    project = declared(tmp_path, {"seatsync.yaml": PROJECT, "a.yaml": USERS}).project
    assert (project.policy.usage_retention, project.policy.reclaim) == (13, Reclaim(90, ()))
    assert (project.rates, project.rules) == ((), ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "policy: {reclaim: {exempt: [{reason: fine}]}}\n",
            (
                "4:29 SCHEMA001 an exemption that names nothing exempts nothing"
                " (add one or more of the keys user, group, product and team)"
            ),
        ),
        ("rates: {Revit: 1.00001}\n", "4:16 SCHEMA001 Revit must have at most 4 decimals, not 1.00001"),
        ("rates: {Revit: '1000001'}\n", "4:16 SCHEMA001 Revit must be at most 1000000, not 1000001"),
        ("rules: {POLICY200: {each: team, must: 'true', message: x}}\n", "4:9 SCHEMA001 a name in rules must be"),
    ],
)
def test_project_files_with_findings(tmp_path: Path, text: str, problem: str) -> None:
    (found,) = findings(tmp_path, {"seatsync.yaml": PROJECT + text, "a.yaml": USERS})
    assert found.startswith(f"seatsync.yaml:{problem}")


def test_languages_of_people(tmp_path: Path) -> None:
    rows = "email,language\nben@acme.example,pt-BR\nben@acme.example,\ncho@acme.example,\n"
    users = declared(tmp_path, {"a.yaml": "users: {ana@acme.example: {language: de}}\n", "p.csv": rows}).users
    assert {user: person.language for user, person in users.items()} == {
        "ana@acme.example": "de",
        "ben@acme.example": "pt-BR",
        "cho@acme.example": None,
    }


def test_languages_that_are_none(tmp_path: Path) -> None:
    rows = "email,language\nben@acme.example,german\ncho@acme.example,de\ncho@acme.example,fr\n"
    assert findings(tmp_path, {"p.csv": rows}) == [
        "p.csv:2:18 SCHEMA001 'german' is not the tag of a language (write it as de or pt-BR)",
        "p.csv:4:18 REF002 'cho@acme.example' has two languages: 'de' and 'fr' (use the same language in all rows)",
        "  <- p.csv:3:18 first named here",
    ]


BEFORE = "sha256:5a9c0b72a4d36b54d453fcb08e52bb3ca74ba0ffcb372a46833315568b155fab"


def test_a_repository_without_them_has_the_same_digest_as_ever(tmp_path: Path) -> None:
    plain = declared(tmp_path, {"seatsync.yaml": PROJECT, "a.yaml": priced("")})
    assert config_digest(plain) == BEFORE
    for word in ("price", "rates", "rules", "language"):
        assert word not in normalised(plain)
    for word in ("reclaim", "usage_retention"):
        assert word not in policy_text(plain.project.policy)


def test_each_of_them_has_its_own_digest(tmp_path: Path) -> None:
    price = "{amount: 1935.00, currency: EUR, per: year}"
    language = priced("").replace("first_name: Ana", "first_name: Ana, language: de")
    files = [
        {"seatsync.yaml": PROJECT, "a.yaml": priced("")},
        {"seatsync.yaml": PROJECT, "a.yaml": priced(price)},
        {"seatsync.yaml": PROJECT, "a.yaml": priced(price.replace("1935.00", "1935.01"))},
        {"seatsync.yaml": PROJECT, "a.yaml": language},
        {"seatsync.yaml": f"{PROJECT}rates: {{AutoCAD: 7}}\n", "a.yaml": priced("")},
        {"seatsync.yaml": f"{PROJECT}policy: {{usage_retention: 14}}\n", "a.yaml": priced("")},
        {"seatsync.yaml": f"{PROJECT}policy: {{reclaim: {{days: 60}}}}\n", "a.yaml": priced("")},
        {"seatsync.yaml": PROJECT + FULL[FULL.index("rules") :], "a.yaml": priced("")},
    ]
    digests = [config_digest(declared(tmp_path / str(number), each)) for number, each in enumerate(files)]
    assert len(set(digests)) == len(files)
    same = {"seatsync.yaml": PROJECT, "a.yaml": priced(price.replace("1935.00", "'1935'"))}
    assert config_digest(declared(tmp_path / "same", same)) == digests[1]


def test_the_normal_form_is_read_back(tmp_path: Path) -> None:
    price = "{amount: 1935.00, currency: EUR, per: year}"
    text = priced(price).replace("first_name: Ana", "first_name: Ana, language: de")
    declaration = declared(tmp_path, {"seatsync.yaml": PROJECT + FULL, "a.yaml": text})
    policy = policy_of(policy_text(declaration.project.policy))
    again = declaration_of(facts_of(normalised(declaration)), declaration.project, policy)
    assert set(policy.reclaim.exempt) == set(declaration.project.policy.reclaim.exempt)
    assert policy._replace(reclaim=Reclaim()) == declaration.project.policy._replace(reclaim=Reclaim())
    assert (normalised(again), config_digest(again)) == (normalised(declaration), config_digest(declaration))


def test_they_are_no_facts_of_the_account(tmp_path: Path) -> None:
    text = priced("{amount: 3, currency: EUR, per: year}").replace("first_name: Ana", "first_name: Ana, language: de")
    accounts = [
        list(as_account(declared(tmp_path / name, files), Clock.at("2026-06-15")).rows())
        for name, files in (
            ("with", {"seatsync.yaml": PROJECT + FULL, "a.yaml": text}),
            ("without", {"seatsync.yaml": PROJECT, "a.yaml": priced("")}),
        )
    ]
    assert accounts[0] == accounts[1]


def test_a_diff_shows_them(tmp_path: Path) -> None:
    old = declared(tmp_path / "old", {"seatsync.yaml": PROJECT, "a.yaml": priced("")})
    text = priced("{amount: 1935, currency: EUR, per: year}").replace("{first_name: Ana}", "{language: de}")
    text = text.replace("users:\n", "users:\n  ben@acme.example: {language: fr}\n")
    new = declared(tmp_path / "new", {"seatsync.yaml": PROJECT + FULL, "a.yaml": text})
    assert [f"{item.kind} {item.scope}: {words(item)}" for item in differences(old, new)] == [
        "change account: policy reclaim.days: 90 -> 60",
        "add account: policy reclaim.exempt: team design, reason fine, group cad",
        "add account: policy reclaim.exempt: product AutoCAD, reason on leave, until 2027-01-31, user ana@acme.example",
        "change account: policy usage_retention: 13 -> 24",
        (
            "add account: rule POLICY101: each seat, "
            r"""must "!(person.external && product == 'Vault') ||\n  until != null", """
            "message external people hold Vault for a time only, severity error"
        ),
        (
            'add account: rule POLICY102: each team, must "members.size() < 100", '
            "message a team has fewer than 100 members, severity warning"
        ),
        "add account: rate of AutoCAD 7.5",
        "add account: rate of Revit 10",
        "add account: person ben@acme.example",
        "change account: name of ana@acme.example: Ana -> none",
        "add account: language of ana@acme.example de",
        "add account: language of ben@acme.example fr",
        "change team design: subscription s-1: price none -> 1935.00 EUR per year",
    ]
    for items in (differences(old, new), differences(new, old)):
        checked(render_json(Diff("acme", "old", "new", "2026-06-15", tuple(items), (), ())), "diff")
