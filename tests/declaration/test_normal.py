from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

from seatsync.declaration.declared import Declaration
from seatsync.declaration.normal import config_digest, normalised, policy_text
from seatsync.declaration.normal_reader import declaration_of, facts_of
from seatsync.declaration.project_values import Ignore, Policy
from tests.declaration.repositories import loaded, rendered

USERS = """\
users:
  ana@acme.example: {first_name: Ana, previous_emails: [zoe@acme.example, old@acme.example]}
  ben@acme.example:
  cho@acme.example: {}
"""
SUBSCRIPTION = """\
subscriptions:
  s-1: {team: design, product: AutoCAD, offering: single-user, seats: 5, channel: store,
        contract_manager: cho@acme.example, starts: 2026-01-01, ends: 2026-12-31}
"""
BY_PRODUCT = """\
teams:
  design:
    primary_admin: ana@acme.example
    groups: {cad: {products: [B, A], members: [cho@acme.example, {user: ben@acme.example, until: 2026-12-31}]}, empty: }
    seats:
      AutoCAD: [ben@acme.example, ana@acme.example, {user: cho@acme.example, until: 2026-06-30}]
"""


def declared(root: Path, files: dict[str, str]) -> Declaration:
    result = loaded(root, files)
    assert rendered(result.findings) == []
    assert result.declaration is not None
    return result.declaration


def test_everything_a_declaration_says(tmp_path: Path) -> None:
    team = """\
    secondary_admins: [ben@acme.example]
    sso_admins: [cho@acme.example]
    sso: {domains: [b.example, a.example]}
    members: [ben@acme.example, {user: dee@acme.example, from: 2027-01-01}, {user: eli@acme.example, until: 2027-01-01}]
    renamed_from: drawing
"""
    contract = """\
contracts:
  c-1:
    contract_manager: ana@acme.example
    software_coordinator: ben@acme.example
    license_type: maintenance
    deployment: networked
    channel: reseller
    starts: 2026-01-01
    ends: 2026-12-31
    products: {Maya: {seats: 2, serial: "1", users: [cho@acme.example]}, Revit: {seats: 1, product_key: K}}
    services: {Rendering: [cho@acme.example], Nobody: []}
    support: [ben@acme.example]
    members: [cho@acme.example, dee@acme.example]
"""
    flex = "  s-2: {product: Flex, offering: flex, tokens: 9, channel: store, starts: 2026-01-01, ends: 2026-12-31}\n"
    more = "  dee@acme.example:\n  eli@acme.example:\n"
    project = "version: 1\naccount: acme\ntimezone: Europe/Lisbon\ninclude: ['*.yaml']\n"
    text = USERS + more + SUBSCRIPTION + flex + contract + BY_PRODUCT + team
    ana, ben, cho, dee, eli = (f"{name}@acme.example" for name in ("ana", "ben", "cho", "dee", "eli"))
    assert json.loads(normalised(declared(tmp_path, {"seatsync.yaml": project, "a.yaml": text}))) == {
        "account": "acme",
        "timezone": "Europe/Lisbon",
        "users": {
            ana: {"first_name": "Ana", "previous_emails": ["old@acme.example", "zoe@acme.example"]},
            ben: {},
            cho: {},
            dee: {},
            eli: {},
        },
        "teams": {
            "design": {
                "primary_admin": ana,
                "secondary_admins": [ben],
                "sso_admins": [cho],
                "sso": {"domains": ["b.example", "a.example"], "metadata_url": None},
                "seats": {"AutoCAD": [ana, ben, [cho, None, "2026-06-30"]]},
                "groups": {"cad": {"members": [cho, [ben, None, "2026-12-31"]], "products": ["A", "B"]}, "empty": {}},
                "members": [[dee, "2027-01-01", None], [eli, None, "2027-01-01"]],
                "renamed_from": "drawing",
            }
        },
        "subscriptions": {
            "s-1": {
                "team": "design",
                "product": "AutoCAD",
                "offering": "single-user",
                "seats": 5,
                "channel": "store",
                "contract_manager": cho,
                "starts": "2026-01-01",
                "ends": "2026-12-31",
            },
            "s-2": {
                "product": "Flex",
                "offering": "flex",
                "tokens": 9,
                "channel": "store",
                "starts": "2026-01-01",
                "ends": "2026-12-31",
            },
        },
        "contracts": {
            "c-1": {
                "contract_manager": ana,
                "software_coordinator": ben,
                "license_type": "maintenance",
                "deployment": "networked",
                "channel": "reseller",
                "starts": "2026-01-01",
                "ends": "2026-12-31",
                "products": {
                    "Maya": {"seats": 2, "serial": "1", "users": [cho]},
                    "Revit": {"seats": 1, "product_key": "K"},
                },
                "services": {"Rendering": [cho]},
                "support": [ben],
                "members": [dee],
            }
        },
    }


def test_the_text_is_canonical(tmp_path: Path) -> None:
    text = normalised(declared(tmp_path, {"a.yaml": USERS.replace("Ana", "Äna")}))
    assert text.startswith('{"account":"acme","users":{"ana@acme.example":{"first_name":"Äna","previous_emails":["old@')
    assert normalised(declared(tmp_path / "empty", {})) == '{"account":"acme"}'


def test_nothing_shows_of_the_way_it_is_written(tmp_path: Path) -> None:
    plain = declared(tmp_path / "0", {"a.yaml": USERS + SUBSCRIPTION + BY_PRODUCT})
    parts = {
        f"{name}.yaml": f"# {name}\n{text}" for name, text in zip("abc", (USERS, SUBSCRIPTION, BY_PRODUCT), strict=True)
    }
    for number, order in enumerate(permutations(parts)):
        project = f"version: 1\naccount: acme\ninclude: [{', '.join(order)}]\n"
        other = declared(tmp_path / f"split{number}", {"seatsync.yaml": project, **parts})
        assert (normalised(other), config_digest(other)) == (normalised(plain), config_digest(plain))
    ways = {
        "order": BY_PRODUCT.replace("[ben@acme.example, ana@acme.example,", "[ana@acme.example, ben@acme.example,"),
        "spelling": BY_PRODUCT.replace("ana@acme.example,", "Ana@ACME.example,"),
        "twice": BY_PRODUCT.replace(
            "[ben@acme.example, ana", "[ben@acme.example, {user: ben@acme.example, from: 2026-01-01}, ana"
        ),
        "member": BY_PRODUCT + "    members: [ana@acme.example, ben@acme.example, cho@acme.example]\n",
        "absent": BY_PRODUCT + "    members: []\n    sso_admins:\n",
    }
    for way, text in ways.items():
        other = declared(tmp_path / way, {"a.yaml": USERS + SUBSCRIPTION + text})
        assert normalised(other) == normalised(plain), way


def test_by_user_and_by_csv_are_the_same_seats(tmp_path: Path) -> None:
    team = BY_PRODUCT.partition("    seats:")[0]
    plain = declared(
        tmp_path / "0", {"a.yaml": USERS + SUBSCRIPTION + team + "    seats: {AutoCAD: [ben@acme.example]}\n"}
    )
    by_user = USERS.replace("ben@acme.example:", "ben@acme.example: {seats: {design: [AutoCAD]}}")
    assert normalised(declared(tmp_path / "1", {"a.yaml": by_user + SUBSCRIPTION + team})) == normalised(plain)
    rows = "email,team,product\nBen@acme.example,design,AutoCAD\nben@acme.example,design,\n"
    without_ben = USERS.replace("  ben@acme.example:\n", "")
    other = declared(tmp_path / "2", {"a.yaml": without_ben + SUBSCRIPTION + team, "p.csv": rows})
    assert normalised(other) == normalised(plain)


def test_the_digest_shows_every_difference(tmp_path: Path) -> None:
    plain = USERS + SUBSCRIPTION + BY_PRODUCT
    changed = [
        plain.replace("Ana", "Anna"),
        plain.replace("old@", "older@"),
        plain.replace("seats: 5", "seats: 6"),
        plain.replace("until: 2026-06-30", "from: 2026-06-30"),
        plain.replace("until: 2026-06-30", "until: 2026-06-29"),
        plain.replace("[B, A]", "[B]"),
        plain + "    sso: null\n",
        plain + "    sso: {}\n",
        plain + "    members: [{user: ana@acme.example, until: 2020-01-01}]\n    renamed_from: x\n",
    ]
    digests = {config_digest(declared(tmp_path / str(n), {"a.yaml": text})) for n, text in enumerate([plain, *changed])}
    assert len(digests) == len(changed) + 1
    assert all(len(digest) == len("sha256:") + 64 for digest in digests)


def test_the_policy(tmp_path: Path) -> None:
    policy = """\
policy:
  max_removals: 10%
  min_secondary_admins: 1
  email_domains: [Bücher.example, acme.example]
  protected: {users: [Ana@acme.example], teams: [design]}
  prune: [teams, seats]
  ignore: {users: ["SVC-*@acme.example"], teams: [sandbox]}
  suppress:
    - {code: SEAT006, reason: fine}
    - {code: ROLE003, team: design, user: Ana@acme.example, reason: "two people only", until: 2027-01-31}
"""
    project = "version: 1\naccount: acme\n"
    full = declared(tmp_path / "1", {"seatsync.yaml": project + policy})
    assert json.loads(policy_text(full.project.policy)) == {
        "max_removals": "10%",
        "min_secondary_admins": 1,
        "email_domains": ["acme.example", "xn--bcher-kva.example"],
        "protected": {"users": ["ana@acme.example"], "teams": ["design"]},
        "prune": ["seats", "teams"],
        "ignore": {"users": ["svc-*@acme.example"], "teams": ["sandbox"]},
        "suppress": [
            {
                "code": "ROLE003",
                "team": "design",
                "user": "ana@acme.example",
                "reason": "two people only",
                "until": "2027-01-31",
            },
            {"code": "SEAT006", "reason": "fine"},
        ],
        "expiry_notice": 30,
        "max_invitations": 3,
    }
    empty = declared(tmp_path / "2", {"seatsync.yaml": project})
    assert policy_text(empty.project.policy) == (
        '{"email_domains":[],"expiry_notice":30,"ignore":{"teams":[],"users":[]},"max_invitations":3,"max_removals":"20%",'
        '"min_secondary_admins":0,"protected":{"teams":[],"users":[]},"prune":["admins","groups","leavers","seats"],"suppress":[]}'
    )
    assert normalised(full) == normalised(empty)
    assert config_digest(full) != config_digest(empty)


def test_the_api_in_the_digest(tmp_path: Path) -> None:
    """It decides a plan only where it may be written."""
    portals = [
        "{}",
        "{team_admin: {client_id: a1}}",
        "{team_admin: {client_id: a2, write: false, teams: {design: '100001'}, pkce: true}, insights: true}",
        "{team_admin: {client_id: a1, write: true}}",
        "{team_admin: {client_id: a1, write: true, teams: {design: '100001'}}}",
        "{team_admin: {client_id: a1, write: true, teams: {design: '100002'}}}",
        "{team_admin: {client_id: a1, write: true, teams: {design: '100002', field: '100001'}}}",
    ]
    project = "version: 1\naccount: acme\ninclude: [a.yaml]\nportal: "
    teams = "teams: {design: {}, field: {}}\n"
    digests = [
        config_digest(declared(tmp_path / str(n), {"seatsync.yaml": project + portal, "a.yaml": teams}))
        for n, portal in enumerate(portals)
    ]
    assert len(set(digests[:3])) == 1
    assert len(set(digests)) == 5


def test_the_portal_in_the_digest(tmp_path: Path) -> None:
    project = "version: 1\naccount: acme\ninclude: [a.yaml]\n"
    portals = [
        "",
        "portal:\n",
        "portal: {import_from: 6}\n",
        "portal: {directory_sync: {design: external}}\n",
        "portal: {directory_sync: {design: {groups: [AD-*]}}}\n",
        "portal: {directory_sync: {design: {groups: [AD-*, EX-*]}}}\n",
        "portal: {exports: exports/, max_age: 1d, import_from: 5, directory_sync: {}}\n",  # as the second
    ]
    found = [
        declared(tmp_path / str(n), {"seatsync.yaml": project + portal, "a.yaml": "teams: {design: {}}\n"})
        for n, portal in enumerate(portals)
    ]
    digests = [config_digest(declaration) for declaration in found]
    assert len(set(digests)) == len(portals) - 1
    assert digests[1] == digests[-1]
    assert len({normalised(declaration) for declaration in found}) == 1


def test_ignored_people_and_teams(tmp_path: Path) -> None:
    project = 'version: 1\naccount: acme\npolicy: {ignore: {users: ["SVC-*@acme.example"], teams: ["Sand*"]}}\n'
    policy = declared(tmp_path, {"seatsync.yaml": project}).project.policy
    assert [policy.ignore.user(user) for user in ("svc-a@acme.example", "asvc-a@acme.example")] == [True, False]
    assert [policy.ignore.team(name) for name in ("Sandbox", "sandbox")] == [True, False]


def test_policies_of_teams_and_contracts(tmp_path: Path) -> None:
    contract = "contracts: {c: {license_type: perpetual, channel: store, products: {A: {seats: 1, serial: '1'}}%s}}\n"
    own = [
        "",
        "ignore: {users: [], products: }, prune: [seats, groups]",  # as the third
        "prune: [groups, seats]",
        "prune: []",
        "ignore: {products: [Revit, 'Auto*']}",
        "ignore: {products: ['Auto*', Revit]}",  # as the fifth
        "ignore: {users: ['SVC-*@acme.example'], groups: [AD-*]}",
    ]
    found = [
        declared(
            tmp_path / str(n),
            {
                "seatsync.yaml": "version: 1\naccount: acme\ninclude: [a.yaml]\n",
                "a.yaml": f"teams: {{design: {{{text}}}}}\n" + contract % (f", {text}" if text else ""),
            },
        )
        for n, text in enumerate(own)
    ]
    assert len({config_digest(each) for each in found}) == len({normalised(each) for each in found}) == len(own) - 2
    assert config_digest(found[1]) == config_digest(found[2])
    assert config_digest(found[4]) == config_digest(found[5])
    for each in found:
        again = declaration_of(facts_of(normalised(each)), each.project, each.project.policy)
        assert normalised(again) == normalised(each)
    last = found[-1].policy_of(found[-1].teams["design"])
    assert last.prune == Policy().prune
    assert last.ignore == Ignore(users=("svc-*@acme.example",), groups=("AD-*",))
    assert found[3].policy_of(found[3].contracts["c"]).prune == frozenset()
    assert found[0].policy_of(found[0].teams["design"]) is found[0].project.policy


def test_the_digest_of_a_policy_without_patterns_of_groups_and_products_is_as_before(tmp_path: Path) -> None:
    project = "version: 1\naccount: acme\npolicy: {ignore: {users: [b, a], teams: [x]%s}}\n"
    texts = [
        policy_text(declared(tmp_path / str(n), {"seatsync.yaml": project % more}).project.policy)
        for n, more in enumerate(("", ", groups: [], products: []", ", groups: [AD-*], products: [Revit]"))
    ]
    assert '"ignore":{"teams":["x"],"users":["a","b"]}' in texts[0]
    assert texts[0] == texts[1]
    assert '"ignore":{"groups":["AD-*"],"products":["Revit"],"teams":["x"],"users":["a","b"]}' in texts[2]
