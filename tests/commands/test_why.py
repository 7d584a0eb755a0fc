from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.running import DAY, Run, replace_in, write
from tests.documents import checked
from tests.why.repositories import commit

DOCUMENT = """\
{
 "format": "seatsync/why/1",
 "person": "ben@acme.example",
 "name": "Ben Ode",
 "at": "2026-11-21",
 "product": null,
 "entitled": true,
 "declared": {
  "file": "users.yaml",
  "line": 3,
  "column": 3,
  "end_line": 3,
  "end_column": 19,
  "since": {
   "commit": "d9b499f9e603576e1764012f7cb8ee2da987b903",
   "author": "Ana Silva",
   "day": "2026-05-02",
   "summary": "Begin"
  },
  "since_problem": null
 },
 "entitlements": [
  {
   "scope": {
    "team": "design"
   },
   "kind": "product",
   "name": "AutoCAD",
   "entitled": true,
   "in_term": true,
   "ways": [
    {
     "group": "cad",
     "declared": true,
     "in_account": false,
     "entries": [
      {
       "by": "group",
       "from": null,
       "until": "2027-01-31",
       "holds": true,
       "at": {
        "file": "teams/design.yaml",
        "line": 6,
        "column": 30,
        "end_line": 6,
        "end_column": 46,
        "since": null,
        "since_problem": "not committed yet"
       },
       "product_at": {
        "file": "teams/design.yaml",
        "line": 6,
        "column": 80,
        "end_line": 6,
        "end_column": 87,
        "since": null,
        "since_problem": "not committed yet"
       }
      }
     ]
    },
    {
     "group": null,
     "declared": false,
     "in_account": true,
     "entries": []
    }
   ]
  }
 ],
 "roles": [
  {
   "scope": {
    "team": "design"
   },
   "role": "secondary",
   "subscription": null,
   "declared": true,
   "in_account": true,
   "entries": [
    {
     "by": null,
     "from": null,
     "until": null,
     "holds": true,
     "at": {
      "file": "teams/design.yaml",
      "line": 4,
      "column": 24,
      "end_line": 4,
      "end_column": 40,
      "since": {
       "commit": "d9b499f9e603576e1764012f7cb8ee2da987b903",
       "author": "Ana Silva",
       "day": "2026-05-02",
       "summary": "Begin"
      },
      "since_problem": null
     }
    }
   ]
  }
 ],
 "memberships": [],
 "account": {
  "name": "acme",
  "serial": 1,
  "status": "active"
 },
 "account_problem": null,
 "history_problem": null
}
"""

WHOLE = {
    "seatsync.yaml": """\
version: 1
account: acme
target: file:now.yaml
include: [users.yaml, teams.yaml, contracts.yaml, people.csv]
""",
    "users.yaml": """\
users:
  ana@acme.example: {first_name: Ana, last_name: Silva}
  ben@acme.example: {previous_emails: [benny@acme.example], seats: {cad: [AutoCAD, {product: Maya, until: 2026-10-31}]}}
  cho@acme.example: {}
""",
    "people.csv": "email,team,product\neli@acme.example,cad,AutoCAD\neli@acme.example,cad,\n",
    "teams.yaml": """\
teams:
  cad:
    renamed_from: design
    secondary_admins: [{user: ben@acme.example, from: 2026-12-01}]
    sso_admins: [cho@acme.example]
    members: [ben@acme.example]
    seats:
      AutoCAD: [ben@acme.example]
    groups:
      drafters:
        renamed_from: cad
        members: [ben@acme.example]
        products: [AutoCAD]
      idle: {members: [cho@acme.example]}
  new: {}
subscriptions:
  "1": {team: cad, product: AutoCAD, offering: single-user, seats: 9, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
  "2": {team: cad, product: Maya, offering: flex, tokens: 9, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
  "3": {product: Revit, offering: flex, tokens: 9, channel: store,
        contract_manager: cho@acme.example, starts: 2026-01-01, ends: 2026-12-31}
  "4": {team: new, product: Revit, offering: flex, tokens: 9, channel: store,
        contract_manager: cho@acme.example, starts: 2026-01-01, ends: 2026-12-31}
""",
    "contracts.yaml": """\
contracts:
  "11":
    contract_manager: ana@acme.example
    license_type: perpetual
    channel: store
    products: {Old: {seats: 2, serial: "1", users: [ben@acme.example]}}
    services: {Rendering: [ben@acme.example]}
    support: [ben@acme.example]
    members: [cho@acme.example]
  "12":
    contract_manager: ana@acme.example
    software_coordinator: cho@acme.example
    license_type: perpetual
    channel: store
    products: {Old: {seats: 2, serial: "2"}}
""",
    "now.yaml": """\
account: acme
users:
  ana@acme.example: {}
  benny@acme.example: {first_name: Ben, status: pending, invited_at: 2026-11-20}
  zoe@acme.example: {first_name: Zoe, last_name: Fox}
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [zoe@acme.example]
    members: [benny@acme.example]
    seats:
      AutoCAD: [benny@acme.example]
      Maya: [benny@acme.example]
    groups:
      cad: {members: [benny@acme.example], products: [AutoCAD]}
      gone: {members: [zoe@acme.example]}
subscriptions:
  "1": {team: design, product: AutoCAD, offering: single-user, seats: 9, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
  "3": {product: Revit, offering: flex, tokens: 9, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
contracts:
  "12":
    contract_manager: ana@acme.example
    license_type: perpetual
    channel: store
    products: {Old: {seats: 2, serial: "2", users: [zoe@acme.example]}}
    services: {Rendering: [zoe@acme.example]}
    support: [zoe@acme.example]
""",
}


@pytest.fixture(name="whole")
def _whole(folder: Path) -> Path:
    """Return a repository with every kind of assignment, and an account before renames and changes of address."""
    write(folder, WHOLE)
    return folder


def test_a_seat_with_its_commit(loaded: Path, run: Run) -> None:
    commit(loaded, "Begin")
    replace_in(loaded / "teams/design.yaml", "cho@acme.example]", "cho@acme.example, ana@acme.example]")
    commit(loaded, "Ana draws as well", "2026-06-03T09:00:00+0200")
    assert run("why", "Ana@ACME.example", "AutoCAD", "--at", DAY) == 0
    assert run.said == (
        """\
ana@acme.example (Ana Silva), on 2026-11-21
  declared: users.yaml:2:3, since 2026-05-02 (d9b499f9e6, Ana Silva: Begin)
  in account acme (serial 1): active

AutoCAD in team design: entitled
  direct: not in the account yet
    by product: teams/design.yaml:6:53, since 2026-06-03 (9f284f5cd2, Ana Silva: Ana draws as well)
""",
        "",
    )


def test_a_line_that_is_not_committed(loaded: Path, run: Run) -> None:
    commit(loaded, "Begin")
    replace_in(loaded / "teams/design.yaml", "cho@acme.example]", "cho@acme.example, ana@acme.example]")
    assert run("why", "ana@acme.example", "AutoCAD", "--at", DAY) == 0
    assert run.out.splitlines()[-1] == "    by product: teams/design.yaml:6:53, not committed yet"


def test_without_an_account_and_without_git(repository: Path, run: Run) -> None:
    assert run("why", "ben@acme.example", "--at", DAY) == 0
    assert run.said == (
        """\
ben@acme.example (Ben Ode), on 2026-11-21
  declared: users.yaml:3:3

AutoCAD in team design: entitled
  direct
    by product: teams/design.yaml:6:17

Secondary admin of team design
  manages users, groups and seats, names secondary admins and the primary admin
  teams/design.yaml:4:24

The account was not read: sqlite:///account.db: there is no account here; create one with `seatsync account create`.
The history was not read: the folder is in no git repository.
""",
        "",
    )


def test_nothing_of_a_product(loaded: Path, run: Run) -> None:
    assert run("why", "ana@acme.example", "AutoCAD", "--at", DAY) == 0
    assert run.said == (
        """\
ana@acme.example (Ana Silva), on 2026-11-21
  declared: users.yaml:2:3
  in account acme (serial 1): active

AutoCAD: not entitled
  not declared, and not in the account

The history was not read: the folder is in no git repository.
""",
        "",
    )


def test_every_way_at_once(whole: Path, run: Run) -> None:
    assert run("why", "ben@acme.example", "--at", DAY) == 0
    assert run.said == (
        """\
ben@acme.example (Ben), on 2026-11-21
  declared: users.yaml:3:3
  in account acme: pending, invited 2026-11-20

AutoCAD in team cad: entitled
  direct: in the account
    by product: teams.yaml:8:17
    by user: users.yaml:3:75
  through group drafters: in the account
    member: teams.yaml:12:19
    product: teams.yaml:13:20

Maya in team cad: not entitled
  direct: not on this day, still in the account
    by user: users.yaml:3:94, until 2026-10-31 (ended)

Old in contract 11: entitled
  direct: not in the account yet
    by product: contracts.yaml:6:53

Rendering in contract 11: entitled
  direct: not in the account yet
    contracts.yaml:7:28

support benefits in contract 11: entitled
  direct: not in the account yet
    contracts.yaml:8:15

Secondary admin of team cad: not on this day
  manages users, groups and seats, names secondary admins and the primary admin
  teams.yaml:4:31, from 2026-12-01 (not yet)

Member of team cad: in the account
  teams.yaml:6:15

The history was not read: the folder is in no git repository.
""",
        "",
    )


def test_under_an_old_address(whole: Path, run: Run) -> None:
    assert run("why", "benny@acme.example", "--at", DAY) == 0
    old = run.out
    assert run("why", "ben@acme.example", "--at", DAY) == 0
    assert run.out == old


def test_out_of_a_csv(whole: Path, run: Run) -> None:
    assert run("why", "eli@acme.example", "--at", DAY) == 0
    assert run.said == (
        """\
eli@acme.example, on 2026-11-21
  declared: people.csv:2:1
  in account acme: not a user

AutoCAD in team cad: entitled
  direct: not in the account yet
    by CSV: people.csv:2:22

Member of team cad: not in the account yet
  by CSV: people.csv:3:1

The history was not read: the folder is in no git repository.
""",
        "",
    )


def test_roles_that_nobody_is_named_for(whole: Path, run: Run) -> None:
    assert run("why", "ana@acme.example", "--at", DAY) == 0
    assert run.said == (
        """\
ana@acme.example (Ana Silva), on 2026-11-21
  declared: users.yaml:2:3
  in account acme: active

Contract manager of subscription 1, team cad: in the account
  billing, renewals and purchases, which team the subscription is in, who is contract manager next
  teams.yaml:18:27

Contract manager of subscription 2, team cad: not in the account yet
  billing, renewals and purchases, which team the subscription is in, who is contract manager next
  teams.yaml:20:27

Contract manager of contract 11: not in the account yet
  billing, renewals and purchases, names the coordinator; manages users, seats, services, support
  contracts.yaml:3:23

Contract manager of contract 12: in the account
  billing, renewals and purchases, names the coordinator; manages users, seats, services, support
  contracts.yaml:11:23

Software coordinator of contract 11: not in the account yet
  manages users, seats, services, support; is notified of new releases
  by default, as contract manager: contracts.yaml:3:23

Primary admin of team cad: in the account, not declared
  manages users, groups and seats, names all other admins and the next primary admin, sets up SSO

Contract manager of subscription 3, which is in no team: in the account, not declared
  billing, renewals and purchases, which team the subscription is in, who is contract manager next

Software coordinator of contract 12: in the account, not declared
  manages users, seats, services, support; is notified of new releases

The history was not read: the folder is in no git repository.
""",
        "",
    )


def test_roles_and_memberships(whole: Path, run: Run) -> None:
    assert run("why", "cho@acme.example", "--at", DAY) == 0
    assert run.said == (
        """\
cho@acme.example, on 2026-11-21
  declared: users.yaml:4:3
  in account acme: not a user

SSO admin of team cad: not in the account yet
  manages users, groups and seats, names secondary admins and the primary admin, sets up SSO
  teams.yaml:5:18

Member of team cad, group idle: not in the account yet
  teams.yaml:14:24

Contract manager of subscription 3, which is in no team: not in the account yet
  billing, renewals and purchases, which team the subscription is in, who is contract manager next
  teams.yaml:22:27

Contract manager of subscription 4, team new: not in the account yet
  billing, renewals and purchases, which team the subscription is in, who is contract manager next
  teams.yaml:24:27

Member of contract 11: not in the account yet
  contracts.yaml:9:15

Software coordinator of contract 12: not in the account yet
  manages users, seats, services, support; is notified of new releases
  contracts.yaml:12:27

Primary admin of team new: not in the account yet
  manages users, groups and seats, names all other admins and the next primary admin, sets up SSO
  by default, as contract manager: teams.yaml:24:27

The history was not read: the folder is in no git repository.
""",
        "",
    )


def test_someone_whom_only_the_account_has(whole: Path, run: Run) -> None:
    assert run("why", "zoe@acme.example", "--at", DAY) == 0
    assert run.said == (
        """\
zoe@acme.example (Zoe Fox), on 2026-11-21
  not declared
  in account acme: active

Old in contract 12: not declared
  direct: in the account, not declared

Rendering in contract 12: not declared
  direct: in the account, not declared

support benefits in contract 12: not declared
  direct: in the account, not declared

Secondary admin of team cad: in the account, not declared
  manages users, groups and seats, names secondary admins and the primary admin

Member of team cad, group gone: in the account, not declared

The history was not read: the folder is in no git repository.
""",
        "",
    )


def test_services_and_benefits_are_asked_for_by_name(whole: Path, run: Run) -> None:
    assert run("why", "zoe@acme.example", "Rendering", "--at", DAY) == 0
    assert run.out.splitlines()[4:6] == [
        "Rendering in contract 12: not declared",
        "  direct: in the account, not declared",
    ]
    assert run("why", "ben@acme.example", "support benefits", "--at", DAY) == 0
    assert "support benefits in contract 11: entitled\n  direct: not in the account yet\n" in run.out


def test_someone_who_is_declared_and_in_nothing(loaded: Path, run: Run) -> None:
    replace_in(loaded / "users.yaml", "  cho@", "  dee@acme.example: {}\n  cho@")
    assert run("why", "dee@acme.example", "--at", DAY) == 0
    assert run.said == (
        """\
dee@acme.example, on 2026-11-21
  declared: users.yaml:4:3
  in account acme (serial 1): not a user

no seats, roles or memberships

The history was not read: the folder is in no git repository.
""",
        "",
    )


def test_no_term(loaded: Path, run: Run) -> None:
    assert run("why", "ben@acme.example", "AutoCAD", "--at", "2028-01-01") == 0
    assert run.said == (
        """\
ben@acme.example (Ben Ode), on 2028-01-01
  declared: users.yaml:3:3
  in account acme (serial 1): active

AutoCAD in team design: not entitled
  no subscription of team design to AutoCAD is in term on 2028-01-01
  direct: in the account
    by product: teams/design.yaml:6:17

The history was not read: the folder is in no git repository.
""",
        "the files have 1 error, so this may be incomplete; see `seatsync validate`\n",
    )


def test_an_account_of_another_name_is_not_asked(loaded: Path, run: Run) -> None:
    replace_in(loaded / "seatsync.yaml", "account: acme", "account: other")
    assert run("why", "ana@acme.example", "AutoCAD", "--at", DAY) == 0
    assert run.out.splitlines()[-2] == "The account was not read: sqlite:///account.db is the account acme, not other."


def test_no_target(repository: Path, run: Run) -> None:
    replace_in(repository / "seatsync.yaml", "target: sqlite:///account.db\n", "")
    assert run("why", "ana@acme.example", "AutoCAD", "--at", DAY) == 0
    assert "The account was not read: no target is named." in run.out
    assert run("why", "ana@acme.example", "AutoCAD", "--at", DAY, "--target", "file:.") == 0
    assert "  in account acme: active\n" in run.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["ann@acme.example"],
            "ann@acme.example is neither declared nor in the account; did you mean ana@acme.example?",
        ),
        (["nobody@elsewhere.example"], "nobody@elsewhere.example is neither declared nor in the account"),
        (["Ben"], "Ben: An address needs an @-sign between name and domain; did you mean ben@acme.example?"),
        (["Somebody"], "Somebody: An address needs an @-sign between name and domain"),
        (
            ["ana@acme.example", "Autocad"],
            "there is no product Autocad, neither declared nor in the account; did you mean AutoCAD?",
        ),
        (["ana@acme.example", "Photoshop"], "there is no product Photoshop, neither declared nor in the account"),
        (["ana@acme.example", "--format", "html"], "unknown format 'html'; choose one of json, text"),
    ],
)
def test_unknown_people_and_products(loaded: Path, run: Run, arguments: list[str], said: str) -> None:
    assert run("why", *arguments) == 1
    assert run.said == ("", f"seatsync: {said}\n")


def test_files_with_errors(loaded: Path, run: Run) -> None:
    replace_in(loaded / "teams/design.yaml", "[ben@acme.example]", "[bne@acme.example]")
    assert run("why", "bne@acme.example", "--at", DAY) == 0
    assert run.said == (
        """\
bne@acme.example, on 2026-11-21
  not declared
  in account acme (serial 1): not a user

Secondary admin of team design: not in the account yet
  manages users, groups and seats, names secondary admins and the primary admin
  teams/design.yaml:4:24

The history was not read: the folder is in no git repository.
""",
        "the files have 1 error, so this may be incomplete; see `seatsync validate`\n",
    )


def test_a_project_file_that_cannot_be_read(folder: Path, run: Run) -> None:
    (folder / "seatsync.yaml").write_text("account: [acme\n")
    assert run("why", "ana@acme.example") == 1
    assert "YAML001" in run.out
    assert run("why", "ana@acme.example", "--format", "json") == 1
    assert json.loads(run.out)["format"] == "seatsync/findings/1"


def test_the_document(loaded: Path, run: Run) -> None:
    commit(loaded, "Begin")
    replace_in(loaded / "teams/design.yaml", "[ben@acme.example, cho@acme.example]", "[cho@acme.example]")
    group = "    groups:\n      cad: {members: [{user: ben@acme.example, until: 2027-01-31}], products: [AutoCAD]}\n"
    replace_in(loaded / "teams/design.yaml", "    seats:\n", f"{group}    seats:\n")
    assert run("why", "ben@acme.example", "--at", DAY, "--format", "json") == 0
    assert run.said == (DOCUMENT, "")


def test_the_document_without_account_and_history(whole: Path, run: Run) -> None:
    assert run("why", "cho@acme.example", "--at", DAY, "--format", "json", "--target", "file:gone.yaml") == 0
    document = json.loads(run.out)
    assert document["account"] is None
    assert document["account_problem"].endswith("gone.yaml: does not exist")
    assert document["history_problem"] == "the folder is in no git repository"
    assert document["roles"][1]["scope"] == {}
    assert [each["group"] for each in document["memberships"]] == ["idle", None]


def test_an_answer_in_a_file(loaded: Path, run: Run) -> None:
    assert run("why", "ana@acme.example", "--at", DAY, "--output", "a.txt", "--output", "json=a.json") == 0
    assert run.said == ("", "")
    assert (loaded / "a.txt").read_text().startswith("ana@acme.example (Ana Silva), on 2026-11-21\n")
    assert json.loads((loaded / "a.json").read_text())["person"] == "ana@acme.example"


@pytest.mark.parametrize("person", ["ana", "ben", "benny", "cho", "eli", "zoe"])
def test_every_answer_matches_its_schema(whole: Path, run: Run, person: str) -> None:
    assert run("why", f"{person}@acme.example", "--at", DAY, "--format", "json") == 0
    before = checked(run.out, "why")
    assert before["history_problem"]
    commit(whole, "Begin")
    (whole / "now.yaml").unlink()
    if person == "zoe":  # whom only the account knew
        return
    assert run("why", f"{person}@acme.example", "--at", DAY, "--format", "json") == 0
    after = checked(run.out, "why")
    assert (before["account_problem"], after["history_problem"], after["account"]) == (None, None, None)


def test_days_that_never_come_have_no_limits(repository: Path, run: Run) -> None:
    """Ben is in the group until January, and the group has Maya from February."""
    group = (
        "    groups:\n      cad: {members: [{user: ben@acme.example, until: 2027-01-31}],"
        " products: [{product: Maya, from: 2027-02-01}]}\n"
    )
    (repository / "teams/design.yaml").write_text(f"teams:\n  design:\n    primary_admin: ana@acme.example\n{group}")
    assert run("why", "ben@acme.example", "Maya", "--at", DAY, "--format", "json") == 0
    (entitlement,) = checked(run.out)["entitlements"]
    (entry,) = entitlement["ways"][0]["entries"]
    assert (entry["from"], entry["until"], entry["holds"]) == (None, None, False)
    assert run("why", "ben@acme.example", "Maya", "--at", DAY) == 0
    assert "on no day" in run.out
