"""Loading terminates with a declaration or findings, for any content of the files."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.clock import Clock
from seatsync.declaration.load import Loaded
from seatsync.declaration.normal import config_digest, normalised, policy_text
from seatsync.declaration.states import as_account, read_snapshot
from seatsync.declaration.writing.write import repository_files, snapshot_text
from seatsync.finding import Severity
from tests.chance import chances
from tests.declaration.repositories import loaded
from tests.reading.corpora import YAML_SUITE, needs

NOON = Clock.at("2026-06-15")

PROJECT = """\
version: 1
account: acme
target: sqlite:///.seatsync/account.db
timezone: Europe/Lisbon
include: [a.yaml, "*.yaml", p.csv, "**/x*"]
policy:
  max_removals: 10%
  min_secondary_admins: 1
  email_domains: [acme.example]
  protected: {users: [ana@acme.example], teams: [design]}
  prune: [seats, admins]
  ignore: {users: ["svc-*@acme.example"], teams: [sandbox]}
  suppress: [{code: ROLE003, team: design, reason: "two people only", until: 2027-01-31}]
"""
FRAGMENT = """\
users:
  ana@acme.example: {first_name: Ana, last_name: Silva, previous_emails: [old@acme.example]}
  dee@acme.example: {first_name: Dee, seats: {design: [AutoCAD, {product: Maya, until: 2027-01-01}]}}
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example, {user: dee@acme.example, from: 2026-01-01}]
    sso_admins: [cho@acme.example]
    sso: {domains: [acme.example], metadata_url: "https://idp.acme.example/saml"}
    renamed_from: drawing
    groups:
      cad: {members: [eli@acme.example], products: [AutoCAD], renamed_from: old}
    seats:
      AutoCAD: [gus@acme.example, {user: hal@acme.example, until: 2027-03-31}]
    members: [ana@acme.example]
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 25, channel: reseller,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
contracts:
  "110001234567":
    contract_manager: ana@acme.example
    software_coordinator: ben@acme.example
    license_type: maintenance
    deployment: networked
    channel: store
    starts: 2026-01-01
    products: {"AutoCAD 2019": {seats: 5, serial: "123-45678901", users: [dee@acme.example]}}
    services: {"Rendering": [dee@acme.example]}
    support: [dee@acme.example]
    members: [ana@acme.example]
"""
ROWS = "email,first_name,last_name,team,product\nzoe@acme.example,Zoe,Kim,design,AutoCAD\nzoe@acme.example,,,design,\n"
SNAPSHOT = "account: acme\nlineage: x\nserial: 1\ntimezone: UTC\n" + FRAGMENT.replace("Ana,", "Ana, status: pending,")

PIECES = [
    *(
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "-",
        "\n",
        "  ",
        '"',
        "'",
        "#",
        "null",
        "~",
        "5",
        "1.5",
        "true",
        "x",
        "é",
        "e\u0301",
        "&a",
        "*a",
    ),
    *(
        "!t",
        "? ",
        "<<: ",
        "---\n",
        "ana@acme.example",
        "user: ",
        "[]",
        "{}",
        "2026-02-30",
        "\x00",
        "\ud83d",
        "9" * 400,
        "teams:\n",
    ),
]


def mutated(text: str, chance: Random) -> bytes:
    """Return a text with some parts removed, inserted or moved."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) + 1)
        end = min(len(text), at + chance.choice((0, 0, 1, 2, 5, 20)))
        piece = chance.choice([*PIECES, text[chance.randrange(len(text) + 1) :][:20]])
        text = text[:at] + piece + text[end:]
    return text.encode("utf-8", "surrogatepass")


def survives(result: Loaded) -> None:
    """Check that every missing or broken part has a finding, and that later stages accept the declaration."""
    declaration = result.declaration
    failed = any(finding.severity is Severity.ERROR for finding in result.findings)
    if declaration is None:
        assert failed
        return
    broken = [thing.broken for things in (declaration.teams, declaration.subscriptions) for thing in things.values()]
    broken += [contract.broken for contract in declaration.contracts.values()]
    broken += [group.broken for team in declaration.teams.values() for group in team.groups.values()]
    assert failed or (declaration.complete and not declaration.unread and not any(broken))
    json.loads(normalised(declaration))
    json.loads(policy_text(declaration.project.policy))
    assert config_digest(declaration).startswith("sha256:")
    account = as_account(declaration, NOON)
    if not failed:
        repository_files(account, None)
        snapshot_text(account)


@given(chances())
@settings(max_examples=150)
def test_mutated_repositories(chance: Random) -> None:
    files: dict[str, str | bytes] = {"seatsync.yaml": PROJECT, "a.yaml": FRAGMENT, "p.csv": ROWS}
    name = chance.choice(("a.yaml", "a.yaml", "a.yaml", "seatsync.yaml", "p.csv"))
    files[name] = mutated(str(files[name]), chance)
    with TemporaryDirectory() as folder:
        survives(loaded(Path(folder), files))


@given(chances())
@settings(max_examples=150)
def test_mutated_snapshots(chance: Random) -> None:
    account, findings = read_snapshot(mutated(SNAPSHOT, chance), "s.yaml")
    assert (account is None) == any(finding.severity is Severity.ERROR for finding in findings)


@given(st.binary(max_size=80), st.sampled_from(("seatsync.yaml", "a.yaml", "p.csv")))
def test_any_bytes_at_all(content: bytes, name: str) -> None:
    with TemporaryDirectory() as folder:
        survives(loaded(Path(folder), {"seatsync.yaml": PROJECT, "a.yaml": FRAGMENT, "p.csv": ROWS, name: content}))
    read_snapshot(content, "s.yaml")


@needs(YAML_SUITE)
def test_the_yaml_test_suite(tmp_path: Path) -> None:
    for case in sorted(YAML_SUITE.glob("*/in.yaml")):
        survives(loaded(tmp_path, {"a.yaml": case.read_bytes(), "seatsync.yaml": PROJECT}))
        survives(loaded(tmp_path, {"a.yaml": FRAGMENT, "seatsync.yaml": case.read_bytes()}))


keys = st.sampled_from(
    (
        *("users", "teams", "subscriptions", "contracts", "ana@acme.example", "x", "user", "from", "until", "seats"),
        *("groups", "members", "products", "primary_admin", "secondary_admins", "sso", "domains", "offering", "policy"),
        *("version", "account", "include", "suppress", "code", "reason", "prune", "protected", "services", "support"),
    )
)
json_like = st.recursive(
    st.sampled_from((None, True, 0, 1.5, -1, "", "x", "ana@acme.example", "2026-01-01", "flex", "10%", "REF001")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
sections = st.dictionaries(st.sampled_from(("users", "teams", "subscriptions", "contracts")), json_like)


@given(json_like | sections, st.sampled_from(("seatsync.yaml", "a.yaml")))
def test_any_shape(document: object, name: str) -> None:
    with TemporaryDirectory() as folder:
        survives(loaded(Path(folder), {"seatsync.yaml": PROJECT, "a.yaml": FRAGMENT, name: json.dumps(document)}))
    read_snapshot(json.dumps(document).encode(), "s.yaml")
