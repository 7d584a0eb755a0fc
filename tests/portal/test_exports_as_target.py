"""`exports:DIR` as a target of commands: what is known is planned, what is unknown is not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.commands.running import Run, replace_in, write
from tests.portal.generations import GENERATIONS
from tests.portal.test_exports import ANA, BEN, HEAD, put

AT = "2026-07-30"
CASES = Path(__file__).parent / "cases"
NOTHING = "Nothing to change: the account is as declared.\n"
PROJECT = "version: 1\naccount: acme\ntarget: exports:exports\ninclude: [want.yaml]\npolicy: {max_removals: 100%}\n"


@pytest.fixture(name="run")
def _run(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEATSYNC_AT", AT)
    monkeypatch.delenv("CI", raising=False)
    return Run(capfd)


def steps(run: Run) -> list[str]:
    """Return the steps of the last plan, without their numbers."""
    return [
        line.partition(". ")[2] for line in run.out.splitlines() if line[:4].strip(" ").isdigit() or ". " in line[:6]
    ]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_an_import_plans_nothing(generation: str, run: Run, tmp_path: Path) -> None:
    put(tmp_path, dict(GENERATIONS[generation]))
    assert run("import", "exports:exports", "--out", "acme") == 0
    assert "\nThey declare account acme as its exports show it: 1 team, 6 people, 3 subscriptions.\n" in run.out
    assert run("validate", "acme") == 0
    assert run("-C", "acme", "plan", "--detailed-exitcode") == 0
    assert run.out.endswith(NOTHING)


def test_comments_mark_what_was_assumed(run: Run, tmp_path: Path) -> None:
    put(tmp_path, {**GENERATIONS["G2"], "users.csv": HEAD + ANA + BEN.replace("User", "Chief").replace("Active", "?")})
    (tmp_path / "exports/groups.csv").unlink()
    assert run("import", "exports:exports", "--out", "acme") == 0
    assert (
        "  574-3:  # assumed: the contract manager ana@acme.example and the offering flex\n"
        in (tmp_path / "acme/subscriptions.yaml").read_text()
    )
    assert (
        "  ben@acme.example:  # assumed: the role member in team design and that they accepted the invitation\n"
        in (tmp_path / "acme/users.yaml").read_text()
    )


def test_an_old_export_names_the_contract_manager(run: Run, tmp_path: Path) -> None:
    old = "\n".join(
        f"{line},{'contract_manager_email' if not number else 'Ben@acme.example'}"
        for number, line in enumerate(GENERATIONS["G0"]["subscriptions.csv"].splitlines())
    )
    put(tmp_path, {"users.csv": HEAD + ANA + BEN, "subscriptions.csv": old})
    assert run("import", "exports:exports", "--out", "acme") == 0
    assert "contract_manager: ben@acme.example\n" in (tmp_path / "acme/subscriptions.yaml").read_text()


WANT = """\
users:
  ana@acme.example: {}
  ben@acme.example: {}
  cho@acme.example: {}
  dee@acme.example: {}
  fay@acme.example: {}
  eli@partner.example: {}
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    sso_admins: [fay@acme.example]
    external_users: [eli@partner.example]
    sso: {domains: [acme.example], metadata_url: "https://idp.acme.example/saml"}
    groups:
      cad: {members: [dee@acme.example], products: [AutoCAD]}
      later: {products: [Civil 3D]}
    seats: {AutoCAD: [ana@acme.example, cho@acme.example], Civil 3D: [ana@acme.example]}
subscriptions:
  574-1: {team: design, product: AutoCAD, offering: multi-user, seats: 25, channel: reseller,
          contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  574-2: {team: design, product: Civil 3D, offering: single-user, seats: 2, channel: store,
          contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""


@pytest.fixture(name="declared")
def _declared(run: Run, tmp_path: Path) -> Path:
    assert run is not None
    put(tmp_path, dict(GENERATIONS["G2"]))
    (tmp_path / "exports/report.csv").unlink()  # the only one with products of groups
    write(tmp_path, {"seatsync.yaml": PROJECT, "want.yaml": WANT})
    return tmp_path


def test_what_is_unknown_is_as_declared(declared: Path, run: Run) -> None:
    """SSO, contract manager, offering, products of groups, empty groups, invitations: no step."""
    assert declared.is_dir()
    assert run("plan", "-v") == 0
    assert "Nothing to change" in run.out
    assert "info SOURCE007 no source says when pending people were invited (1), so none is invited again" in run.err
    for line in (
        '  team design: the SSO configuration (domains acme.example, metadata_url "https://idp.acme.example/saml")',
        "  team design, group cad: that it gives AutoCAD",
        "  team design, group later: that it exists, with nobody in it",
        "  subscription 574-1: the contract manager ben@acme.example, not ana@acme.example",
        "  subscription 574-1: the offering multi-user, not single-user",
    ):
        assert f"\n{line}\n" in run.out


def test_the_plan_document_lists_what_is_unknown_and_assumed(declared: Path, run: Run) -> None:
    (declared / "exports/groups.csv").unlink()
    with (declared / "exports/users.csv").open("a") as file:
        file.write("?,ID9,gus@acme.example,Gus,Low,,,Primary admin,civil\n")
    assert run("plan", "--out", "a.plan") == 0
    assert run("show", "a.plan", "--format", "json") == 0
    document = json.loads(run.out)
    assert document["unknown"] == [
        {"team": "civil", "fact": "groups", "source": "groups export"},
        {"team": "civil", "fact": "subscriptions", "source": "subscriptions export"},
        {"team": "design", "fact": "groups", "source": "groups export"},
        {"team": "design", "fact": "group_products", "source": "usage report"},
    ]
    sso = {"domains": ["acme.example"], "metadata_url": "https://idp.acme.example/saml"}
    assert document["assumed"][:5] == [
        {"team": "design", "fact": "sso", "value": sso},
        {"team": "design", "group": "cad", "fact": "members", "value": ["dee@acme.example"]},
        {"team": "design", "group": "cad", "fact": "products", "value": ["AutoCAD"]},
        {"team": "design", "group": "later", "fact": "members", "value": []},
        {"team": "design", "group": "later", "fact": "products", "value": ["Civil 3D"]},
    ]
    assert {"user": "gus@acme.example", "fact": "status", "value": "active"} in document["assumed"]
    assert {
        "subscription": "574-1",
        "fact": "contract_manager",
        "value": "ben@acme.example",
        "instead_of": "ana@acme.example",
    } in document["assumed"]


@pytest.mark.parametrize("limit", [["--team", "civil"], ["--as", "gus@acme.example"]])
def test_what_is_assumed_elsewhere_is_not_listed(limit: list[str], declared: Path, run: Run) -> None:
    (declared / "exports/groups.csv").rename(declared / "exports/design.csv")
    with (declared / "exports/users.csv").open("a") as file:
        file.write("?,ID9,gus@acme.example,Gus,Low,,,Primary admin,civil\n")
    assert run("plan", *limit, "--format", "json") == 0
    document = json.loads(run.out)
    assert {each["team"] for each in document["unknown"]} == {"civil"}
    assert document["assumed"] == [{"user": "gus@acme.example", "fact": "status", "value": "active"}]


def test_what_is_known_is_planned(declared: Path, run: Run) -> None:
    replace_in(declared / "want.yaml", "secondary_admins: [ben@acme.example]", "secondary_admins: [dee@acme.example]")
    replace_in(declared / "want.yaml", "AutoCAD: [ana@acme.example, cho", "AutoCAD: [ben@acme.example, cho")
    replace_in(declared / "want.yaml", "members: [dee@acme.example]", "members: [dee@acme.example, fay@acme.example]")
    assert run("plan") == 0
    assert sorted(steps(run)) == [
        "+ add fay@acme.example to group cad",
        "+ assign AutoCAD to ben@acme.example",
        "+ make dee@acme.example secondary admin",
        "- take AutoCAD from ana@acme.example",
        "- take the admin role from ben@acme.example",
    ]


def test_what_no_export_has_is_left_out(declared: Path, run: Run) -> None:
    replace_in(
        declared / "want.yaml", "subscriptions:\n", "  civil: {primary_admin: ben@acme.example}\nsubscriptions:\n"
    )
    more = """\
  574-8: {product: AutoCAD, offering: single-user, seats: 2, channel: store,
          contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  574-9: {team: civil, product: AutoCAD, offering: single-user, seats: 2, channel: store,
          contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2027-12-31}
contracts:
  "110": {contract_manager: ana@acme.example, license_type: perpetual, channel: store,
          products: {AutoCAD 2019: {seats: 1, serial: "123-45678901"}}}
"""
    with (declared / "want.yaml").open("a") as file:
        file.write(more)
    assert run("plan") == 0
    assert steps(run) == []
    assert (
        "Left out because the target does not know them:\n"
        "  subscription 574-8 (SOURCE007)\n  team civil (SOURCE007)\n  contract 110 (SOURCE007)\n"
    ) in run.out
    for form in ("json", "markdown", "html"):
        assert run("plan", "--format", form) == 0
        assert "SOURCE007" in run.out


def test_teams_without_groups_or_subscriptions_in_the_exports(declared: Path, run: Run) -> None:
    for name in ("groups.csv", "subscriptions.csv"):
        (declared / "exports" / name).unlink()
    assert run("plan", "-v") == 0
    assert steps(run) == []
    assert "\n  team design, group cad: that it exists, with dee@acme.example in it\n" in run.out
    assert (
        "\n  subscription 574-2: all of it (2 seats of Civil 3D, single-user, from the store,"
        " 2026-01-01 to 2027-12-31)\n"
    ) in run.out


def test_a_contract_manager_who_is_not_in_the_team(declared: Path, run: Run) -> None:
    replace_in(declared / "want.yaml", "contract_manager: ben@acme.example", "contract_manager: gus@acme.example")
    replace_in(declared / "want.yaml", "users:\n", "users:\n  gus@acme.example: {}\n")
    assert run("plan") == 0
    assert [step for step in steps(run) if "574-1" in step or "contract manager" in step] == []
    assert "  subscription 574-1 (SOURCE007)\n" in run.out


def test_a_seat_of_an_unknown_subscription_is_left_out(declared: Path, run: Run) -> None:
    (declared / "exports/subscriptions.csv").unlink()
    text = (declared / "want.yaml").read_text().partition("subscriptions:\n")[0]
    text = text.replace("AutoCAD: [ana@acme.example, cho@acme.example]", "AutoCAD: [ben@acme.example]")
    (declared / "want.yaml").write_text(text.replace("  design:\n", "  studio:\n    renamed_from: design\n"))
    suppressed = "suppress: [{code: SEAT002, team: studio, reason: unknown}]"
    replace_in(declared / "seatsync.yaml", "max_removals: 100%", f"max_removals: 100%, {suppressed}")
    assert run("plan") == 0
    assert sorted(filter(None, steps(run))) == [
        "- take AutoCAD from ana@acme.example",
        "- take AutoCAD from cho@acme.example",
        "~ rename the team to studio",
    ]
    assert (
        "info SOURCE007 AutoCAD is not assigned to ben@acme.example: no source shows whether team studio has a"
        " subscription with a free seat\n"
    ) in run.out


def test_somebody_whose_role_is_unknown_is_not_removed(declared: Path, run: Run) -> None:
    users = declared / "exports/users.csv"
    users.write_text(users.read_text() + "Active,ID7,gus@acme.example,G,L,,,Chief,design\n")
    users.write_text(users.read_text() + "Active,ID8,hal@acme.example,H,L,,,User,design\n")
    replace_in(declared / "seatsync.yaml", "max_removals: 100%", "max_removals: 100%, prune: [members]")
    assert run("plan", "-v") == 0
    assert steps(run) == ["- remove hal@acme.example"]
    assert "SOURCE007 gus@acme.example is not removed from team design: no source shows their role there" in run.out
    assert "  team design, user gus@acme.example: the role member\n" in run.out
    assert "  team design, user gus@acme.example\n" in run.out


def test_a_declared_primary_admin_whose_role_is_unknown(declared: Path, run: Run) -> None:
    replace_in(declared / "exports/users.csv", "Secondary admin", "Chief")
    replace_in(declared / "want.yaml", "primary_admin: ana@acme.example", "primary_admin: ben@acme.example")
    replace_in(declared / "want.yaml", "secondary_admins: [ben@acme.example]", "secondary_admins: [ana@acme.example]")
    with (declared / "exports/users.csv").open("a") as file:
        file.write("Active,ID9,gus@acme.example,G,L,,,Primary admin,civil\n")
    (declared / "exports/groups.csv").rename(declared / "exports/design.csv")
    assert run("plan", "-v") == 0
    assert steps(run) == []
    assert "  team design (SOURCE007)\n" in run.out
    assert "team 'design' is declared with primary admin ben@acme.example, whose role is unknown" in run.err


def test_names_that_no_export_shows_are_not_changed(declared: Path, run: Run) -> None:
    replace_in(
        declared / "want.yaml", "  dee@acme.example: {}", "  dee@acme.example: {first_name: Dee, last_name: Kimm}"
    )
    assert run("plan") == 0
    assert steps(run) == ["~ change the name of dee@acme.example to Dee Kimm"]
    users = declared / "exports/users.csv"
    users.write_text(users.read_text().replace("first_name,last_name", "name_1,name_2"))
    assert run("plan", "-v") == 0
    assert steps(run) == []
    assert "\n  team design: names (users export)\n" in run.out


def test_a_cancelled_subscription_is_bought_again(declared: Path, run: Run) -> None:
    bought = declared / "exports/subscriptions.csv"
    bought.write_text(bought.read_text().replace("574-2,Active", "574-2,Cancelled"))
    assert run("plan") == 0
    assert steps(run) == [
        "~ buy subscription 574-2: 2 seats of Civil 3D, single-user, from the store, 2026-01-01 to 2027-12-31"
    ]


def test_a_team_whose_subscriptions_are_unknown_is_not_deleted(declared: Path, run: Run) -> None:
    rows = "".join(f"Active,ID9,gus@acme.example,G,L,,,Primary admin,{team}\n" for team in ("old", "older"))
    with (declared / "exports/users.csv").open("a") as file:
        file.write(rows)
    (declared / "exports/groups.csv").rename(declared / "exports/design.csv")
    with (declared / "exports/subscriptions.csv").open("a") as file:
        file.write(",1100,2025-12-31,AutoCAD,,,1,2025-01-01,574-9,Expired,older,Annual\n")
    replace_in(declared / "seatsync.yaml", "max_removals: 100%", "max_removals: 100%, prune: [teams]")
    assert run("plan", "-v") == 0
    assert steps(run) == []
    assert "  team old\n  team older\n" in run.out
    assert "info SOURCE007 team old is not deleted: no source shows whether it has subscriptions\n" in run.out
    assert "team older is not deleted" not in run.out


def test_a_changed_address_and_renamed_things_are_recognised(declared: Path, run: Run) -> None:
    text = (declared / "want.yaml").read_text().replace("ben@acme.example", "benno@acme.example")
    text = text.replace("benno@acme.example: {}", "benno@acme.example: {previous_emails: [ben@acme.example]}")
    text = text.replace("  design:\n", "  studio:\n    renamed_from: design\n").replace("team: design", "team: studio")
    text = text.replace("cad: {members", "draft: {renamed_from: cad, members")
    (declared / "want.yaml").write_text(text)
    assert run("plan") == 0
    assert sorted(steps(run)) == [
        "~ change the address of ben@acme.example to benno@acme.example",
        "~ rename group cad to draft",
        "~ rename the team to studio",
    ]


def test_a_changed_address_waits_for_the_status(declared: Path, run: Run) -> None:
    """An invitation is redirected, an account changes by form: without the status it is unknown which."""
    users = declared / "exports/users.csv"
    rows = [line.split(",") for line in users.read_text(encoding="utf-8-sig").splitlines()]
    column = rows[0].index("account_status")
    users.write_text("".join(",".join([*row[:column], *row[column + 1 :]]) + "\n" for row in rows))
    text = (declared / "want.yaml").read_text().replace("ben@acme.example", "benno@acme.example")
    text = text.replace("benno@acme.example: {}", "benno@acme.example: {previous_emails: [ben@acme.example]}")
    (declared / "want.yaml").write_text(text)
    assert run("plan", "-v") == 0
    assert steps(run) == []
    assert "  team design (SOURCE007)\n" in run.out
    assert "SOURCE007 team 'design' has ben@acme.example, whose status is unknown" in run.err
    assert "  hint: add a users export with the column account_status\n" in run.err


def test_a_changed_address_waits_for_the_status_in_a_team_that_is_joined(declared: Path, run: Run) -> None:
    """Neither an invitation of the new address nor the change: `civil` has nobody of that name yet."""
    users = declared / "exports/users.csv"
    rows = [line.split(",") for line in users.read_text(encoding="utf-8-sig").splitlines()]
    column = rows[0].index("account_status")
    rows = [[*row[:column], *row[column + 1 :]] for row in rows]
    rows += [["civil" if cell == "design" else cell for cell in row] for row in rows if "Primary admin" in row]
    users.write_text("".join(",".join(row) + "\n" for row in rows))
    text = (declared / "want.yaml").read_text().replace("ben@acme.example", "benno@acme.example")
    text = text.replace("benno@acme.example: {}", "benno@acme.example: {previous_emails: [ben@acme.example]}")
    text = text.replace(
        "teams:\n", "teams:\n  civil: {primary_admin: ana@acme.example, members: [benno@acme.example]}\n"
    )
    (declared / "want.yaml").write_text(text)
    (declared / "exports/groups.csv").rename(declared / "exports/groups-design.csv")
    assert run("plan") == 0
    assert steps(run) == []
    assert "  team civil (SOURCE007)\n" in run.out


def test_a_group_whose_members_do_not_all_have_its_product(declared: Path, run: Run) -> None:
    """Fay is in the group without a seat, so the group cannot have the product that Dee has."""
    with (declared / "exports/groups.csv").open("a") as file:
        file.write("fay@acme.example,cad,Custom,User\n")
    replace_in(declared / "want.yaml", "members: [dee@acme.example]", "members: [dee@acme.example, fay@acme.example]")
    assert run("plan") == 0
    assert steps(run) == ["+ assign AutoCAD to group cad", "- take AutoCAD from dee@acme.example"]


def test_only_reading(declared: Path, run: Run) -> None:
    replace_in(declared / "want.yaml", "secondary_admins: [ben@acme.example]", "secondary_admins: [dee@acme.example]")
    before = sorted(path.name for path in declared.rglob("*"))
    assert run("apply", "--auto-approve") == 1
    assert run.err.endswith(
        "seatsync: exports:exports: an exports: target is read-only; apply to an account, such as sqlite:///FILE\n"
    )
    assert run("drift") == 1
    assert run.err == (
        "seatsync: exports:exports: drift needs an account that remembers the last apply; use `seatsync plan`\n"
    )
    assert run("account", "log") == 1
    assert "account commands need an embedded account" in run.err
    assert sorted(path.name for path in declared.rglob("*")) == before


def test_why_and_forecast(declared: Path, run: Run) -> None:
    assert declared.is_dir()
    assert run("why", "dee@acme.example") == 0
    assert "AutoCAD in team design: entitled\n  through group cad: unknown in the account\n" in run.out
    assert "  in account acme: active\n" in run.out
    assert run("forecast", "--target", "exports:exports") == 0
    assert "cho@acme.example" not in run.out  # nobody knows when the invitation is due


def test_why_does_not_call_unknown_things_missing(declared: Path, run: Run) -> None:
    more = "  civil: {primary_admin: new@acme.example, groups: {all: {members: [ben@acme.example]}}}\nsubscriptions:\n"
    replace_in(declared / "want.yaml", "subscriptions:\n", more)
    replace_in(declared / "want.yaml", "users:\n", "users:\n  new@acme.example: {}\n")
    replace_in(declared / "exports/users.csv", "SSO admin", "Chief")
    assert run("why", "ben@acme.example") == 0
    assert "Member of team civil, group all: unknown in the account\n" in run.out
    assert "Contract manager of subscription 574-1, team design: unknown in the account\n" in run.out
    assert "Secondary admin of team design: in the account\n" in run.out
    assert run("why", "fay@acme.example", "--format", "json") == 0
    document = json.loads(run.out)
    assert (document["roles"][0]["role"], document["roles"][0]["in_account"]) == ("sso", None)
    assert document["account"]["status"] == "active"
    assert run("why", "new@acme.example") == 0
    assert "  in account acme: unknown\n" in run.out
    assert "Primary admin of team civil: unknown in the account\n" in run.out
    (declared / "exports/users.csv").write_text(GENERATIONS["G0"]["users.csv"])
    assert run("why", "ana@acme.example") == 0
    assert "  in account acme: a user; no source shows whether the invitation was accepted\n" in run.out
    assert "AutoCAD in team design: entitled\n  direct: in the account\n" in run.out


def test_bad_exports_stop_a_plan(declared: Path, run: Run) -> None:
    replace_in(declared / "exports/users.csv", "fay@acme.example", "*****")
    assert run("plan") == 1
    assert (run.out, run.err) == (
        "",
        (
            "seatsync: exports:exports: exports/users.csv:8:12: SOURCE003 personal data is masked, so people cannot be"
            " distinguished; let the primary admin allow personal data in exports, and download them again\n"
        ),
    )
    assert run("import", "exports:exports", "--out", "new") == 1
    assert not (declared / "new").exists()


@pytest.mark.parametrize("url", ["exports:", "exports:a\0b"])
def test_not_a_folder(url: str, run: Run) -> None:
    assert run("import", url) == 1
    assert "not the name of a folder; write exports:DIR" in run.err


def test_account_show(declared: Path, run: Run) -> None:
    assert declared.is_dir()
    assert run("account", "show", "-v") == 0
    expected = """\
Account acme at exports:exports, time zone UTC
Last seen 2026-07-30T12:00:00Z in exports/groups.csv
Last seen 2026-07-30T12:00:00Z in exports/subscriptions.csv
Last seen 2026-07-30T12:00:00Z in exports/users.csv
1 team, 6 people (1 pending), 2 groups, 4 seats, 3 subscriptions, 0 contracts, 0 open cases

team design: 6 people (1 external), 2 groups, 4 seats, 3 subscriptions

1 kind of fact is unknown, so nothing about it is planned:
  team design: group products (usage report)

10 facts are assumed, because no source shows them:
  team design: the SSO configuration (domains acme.example, metadata_url "https://idp.acme.example/saml")
"""
    assert run.out.startswith(expected)
    assert "\n  subscription 574-1: the contract manager ben@acme.example, not ana@acme.example\n" in run.out
    assert run("account", "show", "--format", "json", "--output", "text=account.txt") == 0
    offering = {"subscription": "574-1", "fact": "offering", "value": "multi-user", "instead_of": "single-user"}
    assert offering in json.loads(run.out)["assumed"]
    assert "in exports/groups.csv, and in 2 other sources (listed with -v)\n" in Path("account.txt").read_text()


def test_account_show_outside_of_a_project(declared: Path, run: Run) -> None:
    (declared / "seatsync.yaml").unlink()
    (declared / "exports/subscriptions.csv").unlink()
    assert run("account", "show", "--target", "exports:exports") == 0
    assert run.out.startswith("Account without a name at exports:exports, time zone UTC\n")
    assert "assumed" not in run.out


# Cases that people reported


def of_case(name: str, folder: Path) -> None:
    shutil.copytree(CASES / name, folder, dirs_exist_ok=True)
    (folder / "seatsync.yaml").write_text(PROJECT)


def test_case_08_headers_of_the_vendor(run: Run, tmp_path: Path) -> None:
    of_case("08-vendor-export-headers", tmp_path)
    put(tmp_path, {"users.csv": (tmp_path / "exports/users.csv").read_text()})
    assert run("import", "exports:exports", "--out", "imported") == 0
    project = (tmp_path / "imported/seatsync.yaml").read_text()
    assert "account: acme  #" in project
    assert "{code: SEAT002, reason: no export showed the subscriptions on 2026-07-30, team: Design" in project
    assert "no export shows the subscriptions of team 'Design', so SEAT002 is suppressed there" in run.err
    assert "already breaks" not in run.out
    assert run("-C", "imported", "plan", "--detailed-exitcode") == 0
    replace_in(tmp_path / "want.yaml", "teams:", "users: {ana@acme.example: {}}\nteams:")
    replace_in(tmp_path / "want.yaml", "ana@acme.example}}", "ana.silva@acme.example}}")
    replace_in(tmp_path / "want.yaml", "{ana@acme.example: {}}", "{ana.silva@acme.example: {}}")
    assert run("plan", "--allow", "GUARD002") == 0


def test_case_36_people_who_joined_by_themselves_stay(run: Run, tmp_path: Path) -> None:
    of_case("36-jit-and-hub-guests", tmp_path)
    rows = [f"F,L,u{n:03}@acme.example,design,User,Active,AutoCAD\n" for n in range(2, 85)]
    rows += [f"F,L,guest{n:02}@partner.example,design,External user,Active,\n" for n in range(15)]
    rows += [
        "F,L,u000@acme.example,design,Primary admin,Active,\nF,L,u001@acme.example,design,Secondary admin,Active,\n"
    ]
    put(tmp_path, {"users.csv": HEAD + "".join(rows)})
    assert run("plan", "-v") == 0
    assert steps(run) == []
    assert (
        "15 things in the account are not managed and stay:\n  team design, user guest00@partner.example\n" in run.out
    )


def test_case_42_external_users(run: Run, tmp_path: Path) -> None:
    of_case("42-vendor-role-sso-and-external", tmp_path)
    guest = "Ext,Er,ext@partner.example,design,{},Active,\n"
    for role, expected in (
        ("External user", []),
        ("Guest user", []),
        ("User", ["~ make ext@partner.example an external user"]),
        ("Somebody", []),
    ):
        rows = ANA + BEN.replace("User", "Secondary admin") + guest.format(role)
        put(tmp_path, {"users.csv": HEAD + rows.replace("AutoCAD", "")})
        assert run("plan") == 0
        assert steps(run) == expected
