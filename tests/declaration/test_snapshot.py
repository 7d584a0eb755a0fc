from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.account.model import User
from seatsync.declaration.states import load_snapshot, read_snapshot
from seatsync.errors import FileProblem
from tests.declaration.repositories import placed, rendered

HEAD = "account: acme\nusers: {ana@acme.example: , ben@acme.example: }\n"
SUBSCRIPTION = "s-1: {product: A, offering: flex, tokens: 1, channel: store, starts: 2026-01-01, ends: 2026-01-01, "


def found(text: str) -> list[str]:
    account, findings = read_snapshot(text.encode(), "s.yaml")
    assert (account is None) == bool(findings)
    return rendered(findings)


def test_a_state(tmp_path: Path) -> None:
    text = """\
account: acme
lineage: 9b1c6a44-0000-4000-8000-00000000beef
serial: 12
timezone: Europe/Lisbon
users:
  Ana@acme.example: {first_name: Ana, status: active, invited_at: 2026-06-01}
  ben@acme.example: {status: pending, invited_at: 2026-06-01T09:00:00Z}
  cho@acme.example: {status: pending}
teams:
  design: {primary_admin: ana@acme.example, members: [ben@acme.example]}
"""
    (tmp_path / "state.yaml").write_text(text)
    (tmp_path / "link.yaml").symlink_to("state.yaml")
    account, findings = load_snapshot(tmp_path / "state.yaml")
    assert findings == []
    assert account is not None
    assert (account.name, account.lineage) == ("acme", "9b1c6a44-0000-4000-8000-00000000beef")
    assert (account.serial, account.timezone) == (12, "Europe/Lisbon")
    assert account.users == {
        "ana@acme.example": User("Ana@acme.example", "Ana", "", "active", "2026-06-01"),
        "ben@acme.example": User("ben@acme.example", "", "", "pending", "2026-06-01T09:00:00Z"),
    }
    assert load_snapshot(tmp_path / "link.yaml") == (account, [])


def test_the_least_there_can_be() -> None:
    account, findings = read_snapshot(b"account: acme\n", "s.yaml")
    assert findings == []
    assert account is not None
    assert (account.name, account.lineage, account.serial, account.timezone) == ("acme", None, None, "UTC")


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("", ["1:1 SCHEMA001"]),
        ("- a", ["1:1 SCHEMA001"]),
        ("a: [", ["1:5 YAML001"]),
        ("users: {}\n", ["1:1 SCHEMA001"]),
        ("account: acme\nserial: x\n", ["2:9 SCHEMA001"]),
        ("account: acme\ncolour: red\n", ["2:1 SCHEMA001"]),
        ("account: acme\ntimezone: Mars/One\n", ["2:11 SCHEMA001"]),
        ("account: acme\nusers: {ana: }\nteams: {t: {primary_admin: ben@acme.example}}\n", ["2:9 SCHEMA001"]),
        ("account: acme\nusers: {ana@acme.example: {status: gone}}\n", ["2:36 SCHEMA001"]),
        ("account: acme\nusers: {ana@acme.example: {invited_at: soon}}\n", ["2:40 SCHEMA001"]),
        ("account: acme\nusers: {ana@acme.example: {invited_at: 2026-02-30T09:00:00Z}}\n", ["2:40 SCHEMA001"]),
        ("account: acme\nusers: {ana@acme.example: {invited_at: 2026-06-01T09:00:00}}\n", ["2:40 SCHEMA001"]),
        ("account: acme\nusers: {ana@acme.example: , Ana@acme.example: }\n", ["2:29 REF002"]),
    ],
)
def test_shapes(text: str, findings: list[str]) -> None:
    account, found = read_snapshot(text.encode(), "s.yaml")
    assert account is None
    assert placed(found) == [f"s.yaml:{finding}" for finding in findings]


def test_an_invitation_that_is_no_moment() -> None:
    assert found("account: acme\nusers: {ana@acme.example: {invited_at: soon}}\n") == [
        "s.yaml:2:40 SCHEMA001 'soon' is neither a UTC time nor a date (write it as 2026-11-22T09:00:00Z or 2026-11-22)"
    ]


def test_named_people_must_be_declared() -> None:
    contract = "license_type: perpetual, channel: store, products: {}, contract_manager: e@x.example, "
    text = f"""\
{HEAD.replace("ben@acme.example: ", "ben@acme.example: {seats: {nowhere: [A]}}")}\
teams:
  t: {{primary_admin: ana@acme.example, secondary_admins: [ben@acme.example, B@x.example], seats: {{A: [c@x.example]}}}}
subscriptions:
  {SUBSCRIPTION}team: u, contract_manager: d@x.example}}
contracts:
  c: {{{contract}software_coordinator: f@x.example}}
"""
    assert found(text) == [
        "s.yaml:2:56 REF001 team 'nowhere' is not declared under `teams`",
        "s.yaml:4:77 REF001 'B@x.example' is not declared under `users`",
        "s.yaml:4:103 REF001 'c@x.example' is not declared under `users`",
        "s.yaml:6:108 REF001 team 'u' is not declared under `teams`",
        "s.yaml:6:129 REF001 'd@x.example' is not declared under `users`",
        "s.yaml:8:80 REF001 'e@x.example' is not declared under `users`",
        "s.yaml:8:115 REF001 'f@x.example' is not declared under `users`",
    ]


def test_roles() -> None:
    text = f"""\
{HEAD}\
teams:
  a:
  b: {{primary_admin: ana@acme.example, secondary_admins: [ana@acme.example], sso_admins: [ben@acme.example]}}
  c: {{secondary_admins: [ben@acme.example], sso_admins: [ana@acme.example, ben@acme.example]}}
subscriptions:
  {SUBSCRIPTION}team: c, contract_manager: ana@acme.example}}
  {SUBSCRIPTION.replace("s-1", "s-2")}}}
contracts:
  d: {{license_type: perpetual, channel: store, products: {{}}}}
"""
    assert found(text) == [
        "s.yaml:4:3 ROLE001 team 'a' has no primary admin",
        "s.yaml:5:59 ROLE002 'ana@acme.example' has two roles in team 'b'",
        "  <- s.yaml:5:22 has a role here",
        "s.yaml:6:58 ROLE002 'ana@acme.example' has two roles in team 'c'",
        "  <- s.yaml:6:3 has a role here",
        "s.yaml:6:76 ROLE002 'ben@acme.example' has two roles in team 'c'",
        "  <- s.yaml:6:26 has a role here",
        "s.yaml:9:3 ROLE004 subscription 's-2' has no contract manager",
        "s.yaml:11:3 CLASSIC001 contract 'd' has no contract manager",
    ]


def test_fields_of_the_other_view() -> None:
    text = f"""\
{HEAD}\
contracts:
  d: {{license_type: flex, channel: store, contract_manager: ana@acme.example,
      products: {{A: {{seats: 1, groups: [x]}}}}}}
"""
    assert found(text) == [
        "s.yaml:4:21 CLASSIC006 contract 'd' has the offering of a subscription as its licence type",
        "s.yaml:5:32 CLASSIC002 a contract assigns products to users only, never to groups",
    ]


def test_a_state_has_no_days() -> None:
    text = """\
account: acme
users: {ana@acme.example: {seats: {t: [A, {product: B, until: 2026-01-01}]}}}
teams: {t: {primary_admin: ana@acme.example, members: [{user: ana@acme.example, from: 2026-01-01}],
    groups: {g: {until: 2026-01-01}, h: {products: [A, {product: B, until: 2026-01-01}]}}}}
"""
    says = "SCHEMA001 a snapshot has no entries with days (remove `from` and `until`)"
    assert found(text) == [f"s.yaml:2:53 {says}", f"s.yaml:3:63 {says}", f"s.yaml:4:14 {says}", f"s.yaml:4:66 {says}"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path, problem in (
        (tmp_path / "nothing.yaml", "does not exist"),
        (tmp_path, "is a folder, not a file"),
        (Path("/dev/null"), "is not a regular file"),
        (tmp_path / "a\x00b", "is not a valid path on this system"),
    ):
        with pytest.raises(FileProblem) as refusal:
            load_snapshot(path)
        assert str(refusal.value) == f"{path}: {problem}"
