"""`seatsync refresh` with the Team Admin API: what it records and keeps, and that plans have no step by mistake."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from seatsync.account.actions.seat_actions import ASSIGN_SEAT, UNASSIGN_SEAT
from seatsync.account.actions.team_actions import RENAME_TEAM
from seatsync.account.actions.user_actions import REDIRECT_INVITATION, REMOVE_USER
from seatsync.account.model import Scope
from seatsync.demo.double import Double
from seatsync.demo.exchange import Call
from seatsync.demo.profiles import VARIANTS
from seatsync.demo.served_team_admin import Policy
from seatsync.portal import knowledge as knowledge_module
from seatsync.portal import refreshing
from seatsync.portal.knowledge import Knowledge
from seatsync.portal.observed_holdings import ObservedHoldings
from tests.commands.api_stories import crowd
from tests.commands.mirrors import found, mirror
from tests.commands.portals import download, portal_project
from tests.commands.running import Run, replace_in
from tests.demo.conversation import ANA, BEN, CHO, DEE
from tests.demo.conversation import account as made_up

DESIGN = Scope("team", "design")
REFUSED = {"no-email", "fault"}


def knowledge() -> Knowledge:
    return Knowledge.from_text(mirror().mirror or "")


def steps(run: Run) -> list[tuple[str, str | None, str | None]]:
    """Return action, product and person of the steps of a plan."""
    assert run("plan", "--format", "json") == 0, run.said
    planned = json.loads(run.out)["steps"]
    return [(each["action"], each["args"].get("product"), each["args"].get("user")) for each in planned]


def without_groups(folder: Path) -> None:
    """Declare the team design without its group; Cho, who has a seat by it, stays a member."""
    (team,) = (folder / "teams").glob("design*")
    text = team.read_text()
    rest = f"{text[text.index('    seats:') :]}      - cho@acme.example\n"
    team.write_text(text[: text.index("    groups:")] + rest)


def later(double: Double, minutes: float = 61) -> None:
    """Let more time pass than between the sources of one look."""
    double.clock.advance(minutes * 60)


def test_the_api_and_exports_agree(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal_project(monkeypatch, folder) as double:
        first = found(run)
        assert [each["source"] for each in first["sources"]] == [
            "exports/groups-design.csv",
            "exports/groups-works.csv",
            "exports/subscriptions.csv",
            "exports/users.csv",
            "team-admin:design",
        ]
        assert [each for each in first["findings"] if each["severity"] != "info"] == []
        assert steps(run) == []
        state = mirror()
        assert {user: person.status for user, person in state.account.users.items()} == {
            **dict.fromkeys((ANA, BEN, CHO, "eve@acme.example"), "active"),
            DEE: "pending",
        }
        assert knowledge().is_direct("design", "Revit", ANA) is True
        assert knowledge().is_direct("design", "AutoCAD", CHO) is False
        assert knowledge().is_direct("design", "Old", ANA) is None
        assert sorted(knowledge().pools) == [("design", name) for name in ("AutoCAD", "Maya", "Next", "Revit")]
        calls = ["teams", "users", "product-pools", "assignments"]
        assert [call.path.rpartition("/")[2] for call in double.calls] == calls
        later(double)
        assert found(run)["changes"] == []
        assert [call.path.rpartition("/")[2] for call in double.calls] == 2 * calls


@pytest.mark.parametrize("name", VARIANTS)
def test_no_behaviour_of_the_api_makes_a_plan_with_steps(
    name: str, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account is declared as it is: whatever the API leaves out or calls otherwise, there is nothing to do."""
    with portal_project(monkeypatch, folder, name):
        code = run("refresh")
        if name in REFUSED:
            assert code == 1
            assert "SOURCE001" in run.err
            return
        assert code == 0, run.said
        assert steps(run) == []


@pytest.mark.parametrize("name", ["guess-A", "pending-hidden", "no-names", "no-status", "no-types", "mixed-case"])
def test_what_the_api_cannot_say_stays_as_exports_showed_it(
    name: str, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with portal_project(monkeypatch, folder, name) as double:
        assert run("refresh", "--exports", "exports") == 0, run.said
        before = [*mirror().account.rows()]
        for path in (folder / "exports").glob("users*"):
            path.unlink()
        later(double)
        assert found(run)["changes"] == []
        assert [*mirror().account.rows()] == before
        assert steps(run) == []


def test_a_look_that_takes_what_is_not_listed_for_gone_is_caught(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the tests before: nothing completes what the API lists."""
    monkeypatch.setattr(refreshing, "completed", lambda observations, *_: observations)
    with portal_project(monkeypatch, folder, "pending-hidden") as double:
        assert run("refresh", "--exports", "exports") == 0, run.said
        for path in (folder / "exports").glob("users*"):
            path.unlink()
        later(double)
        assert [each["action"] for each in found(run)["changes"]] == ["seat.unassign", "user.remove"]


def test_what_changed_in_the_portal(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal_project(monkeypatch, folder) as double:
        assert run("refresh") == 0, run.said
        later(double)
        double.change(ASSIGN_SEAT.step(DESIGN, product="Maya", user=CHO))
        double.change(UNASSIGN_SEAT.step(DESIGN, product="Revit", user=ANA))
        changes = found(run)["changes"]
        assert [(each["action"], each["origin"]) for each in changes] == [
            ("seat.assign", "team-admin:design:4"),
            ("seat.unassign", "team-admin:design"),
        ]
        assert sorted(steps(run)) == [("seat.assign", "Revit", ANA), ("seat.unassign", "Maya", CHO)]


def test_without_exports(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mirror that only the API has shown: nothing is planned about what it cannot show."""
    with portal_project(monkeypatch, folder, exports=False) as double:
        assert run("refresh") == 0, run.said
        assert steps(run) == []
        assert "design" in mirror().account.teams
        later(double)
        assert found(run)["changes"] == []


def test_a_seat_by_a_group_that_nobody_shows_is_left_alone(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with portal_project(monkeypatch, folder, exports=False) as double:
        without_groups(folder)
        assert run("refresh") == 0, run.said
        assert run("plan", "-v") == 0
        assert "AutoCAD is not unassigned from cho@acme.example in team design" in run.err + run.out
        assert steps(run) == []
        assert run("drift", "--team", "design") == 0
        assert "AutoCAD" not in run.out
        assert double.effects == ()


def test_a_plan_that_takes_seats_of_groups_for_direct_ones_is_caught(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test before: how seats are held is not looked at."""
    monkeypatch.setattr(ObservedHoldings, "_assume_inherited", lambda *_: None)
    with portal_project(monkeypatch, folder, exports=False):
        without_groups(folder)
        assert run("refresh") == 0, run.said
        assert steps(run) == [("seat.unassign", "AutoCAD", CHO)]


@pytest.mark.parametrize("place", ["seat", "group"])
def test_seats_of_a_product_without_a_pool_are_as_declared(
    place: str, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows who has a product that the API does not support, until an export shows it."""
    policy = Policy(unsupported=frozenset({"Revit" if place == "seat" else "AutoCAD"}))
    with portal_project(monkeypatch, folder, exports=False, policy=policy) as double:
        assert run("refresh") == 0, run.said
        assert steps(run) == []
        double.clock.advance(60)
        assert run("apply", "--auto-approve") == 0, run.said
        assert steps(run) == []
        later(double)
        assert found(run)["changes"] == []
        replace_in(folder / "seatsync.yaml", "portal:\n", "portal:\n  exports: exports\n")
        double.change(UNASSIGN_SEAT.step(DESIGN, product="Revit", user=ANA))
        later(double)
        download(double, folder / "exports")
        assert run("refresh") == 0, run.said
        assert steps(run) == [("seat.assign", "Revit", ANA)]


def test_a_pool_that_differs_from_the_subscriptions(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal_project(monkeypatch, folder) as double:
        path = folder / "exports" / "subscriptions.csv"
        lines = [line for line in path.read_text("utf-8-sig").splitlines() if "574-2" not in line]
        path.write_text("\n".join(lines) + "\n")
        os.utime(path, (double.clock.now(), double.clock.now()))
        document = found(run)
        assert [each["message"] for each in document["findings"] if each["code"] == "SOURCE009"] == [
            "the API shows 7 seats of 'AutoCAD' in team 'design', but the known subscriptions have 5"
        ]


def test_a_pool_of_next_year_differs_from_nothing(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the pool of this year, the product has one that has not begun."""
    now = made_up()
    now.subscriptions["574-1n"] = now.subscriptions["574-1"]._replace(starts="2028-01-01", ends="2028-12-31")
    with portal_project(monkeypatch, folder, "pools-split", account=now):
        assert [each["message"] for each in found(run)["findings"] if each["code"] == "SOURCE009"] == [
            "team 'design' has several pools of 'AutoCAD', which are added up"
        ]


def test_an_export_from_before_the_last_apply_contradicts_nothing(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exports of the morning are in the folder, something was applied, and the API shows it a minute later."""
    with portal_project(monkeypatch, folder) as double:
        assert run("refresh") == 0, run.said
        double.clock.advance(60)
        replace_in(
            next((folder / "teams").glob("design*")), "      Revit:\n", "      Maya: [cho@acme.example]\n      Revit:\n"
        )
        assert run("apply", "--auto-approve") == 3, run.said
        double.clock.advance(60)
        double.change(ASSIGN_SEAT.step(DESIGN, product="Maya", user=CHO))
        document = found(run)
        assert document["closed"] == ["CASE-1"]
        assert [each for each in document["findings"] if each["severity"] == "error"] == []


def test_invited_people_who_are_not_listed_are_only_gone_when_an_export_shows_it(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with portal_project(monkeypatch, folder, "pending-hidden") as double:
        assert run("refresh") == 0, run.said
        later(double)
        double.change(REMOVE_USER.step(DESIGN, user=DEE))
        assert found(run)["changes"] == []  # the export in the folder still has Dee
        later(double)
        download(double, folder / "exports")
        assert [each["action"] for each in found(run)["changes"]] == ["user.remove"]


def applied(folder: Path, run: Run, double: Double) -> None:
    """Invite somebody, assign a product and unassign another one, all by the API."""
    assert run("refresh") == 0, run.said
    double.clock.advance(60)
    assert run("apply", "--auto-approve") == 0, run.said
    (team,) = (folder / "teams").glob("design*")
    replace_in(team, "      Revit:\n        - ana@acme.example\n", "      Maya: [cho@acme.example]\n")
    replace_in(team, "\n    members:\n", "\n    members:\n      - new@acme.example\n")
    replace_in(folder / "users.yaml", "users:\n", "users:\n  new@acme.example: {first_name: New, last_name: One}\n")
    assert run("apply", "--auto-approve") == 0, run.said
    assert [each.kind for each in double.effects] == ["invite", "assign", "unassign"]


@pytest.mark.parametrize("name", ["guess-A", "lag", "pending-hidden"])
def test_what_was_just_written_is_known_whatever_lists_show(
    name: str, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `lag`, the lists are as they were a minute ago."""
    with portal_project(monkeypatch, folder, name, write=True) as double:
        applied(folder, run, double)
        double.clock.advance(10)
        assert found(run)["changes"] == []
        assert steps(run) == []
        assert run("drift") == 0
        assert "No drift" in run.out
        assert knowledge().is_direct("design", "Maya", CHO) is True
        assert sorted(knowledge().written) == [
            ("design", "Maya", CHO),
            ("design", "Revit", ANA),
            ("design", "new@acme.example"),
        ]
        later(double)
        assert found(run)["changes"] == []
        assert steps(run) == []
        assert knowledge().written == {}


def test_a_look_that_trusts_lists_that_lag_is_caught(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the test before: nothing is known for ten minutes."""
    monkeypatch.setattr(knowledge_module, "_JUST", timedelta())
    with portal_project(monkeypatch, folder, "lag", write=True) as double:
        applied(folder, run, double)
        double.clock.advance(10)
        assert sorted(each["action"] for each in found(run)["changes"]) == ["seat.assign", "seat.unassign"]


def test_the_id_of_a_team_of_another_account(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal_project(monkeypatch, folder) as double:
        replace_in(folder / "seatsync.yaml", "design:", "other:")
        (folder / "exports" / "groups-design.csv").unlink()
        for path in (folder / "exports").iterdir():
            text = path.read_text("utf-8-sig").replace("acme.example", "beam.example")
            path.write_text(text.replace("design", "studio"))
            os.utime(path, (double.clock.now(), double.clock.now()))
        assert run("refresh", "--exports", "exports", "--allow", "SOURCE005.users=5") == 0, run.said
        later(double)
        assert run("refresh") == 1
        assert (
            "error SOURCE005 the Team Admin API mentions none of the 2 known teams, and 0 of the 5 known people: it"
            " seems to be of another account\n  hint: correct the ids in `portal.team_admin.teams`, or pass"
        ) in run.err


@pytest.mark.parametrize("is_swapped", [True, False])
def test_an_id_at_the_wrong_team(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, *, is_swapped: bool) -> None:
    """Both teams are administered by the same person, so that nothing but the names tells."""
    account = made_up()
    account.teams["works"].admins[ANA] = "secondary"
    with portal_project(monkeypatch, folder, account=account, write=True) as double:
        assert run("refresh") == 0, run.said
        assert run("apply", "--auto-approve") == 0, run.said
        design, works = (double.team_id(name) for name in ("design", "works"))
        replace_in(folder / "seatsync.yaml", f'works: "{works}"', f'works: "{design if is_swapped else 9}"')
        replace_in(folder / "seatsync.yaml", f'design: "{design}"', f'design: "{works}"')
        later(double)
        assert run("refresh") == 1
        assert f"error SOURCE001 team 'design': its id '{works}' is that of team 'works'\n" in run.err
        replace_in(folder / "users.yaml", "users:\n", "users:\n  fay@acme.example: {first_name: Fay, last_name: Ng}\n")
        replace_in(folder / "teams/design.yaml", "\n    members:\n", "\n    members:\n      - fay@acme.example\n")
        assert run("apply", "--auto-approve") == 3, run.said
        assert "invite fay@acme.example (Fay Ng) (CASE-1, console)" in run.out
        assert double.effects == ()


def declare_renamed(folder: Path) -> None:
    """Declare another name of the team design, also where its id is."""
    for path in ("seatsync.yaml", "subscriptions.yaml", "teams/design.yaml"):
        text = (folder / path).read_text().replace("team: design", "team: drafting")
        (folder / path).write_text(text.replace("design:", "drafting:"))
    replace_in(folder / "teams/design.yaml", "drafting:\n", "drafting:\n    renamed_from: [design]\n")


@pytest.mark.parametrize("exports", [True, False])
def test_a_team_has_the_name_of_the_vendor_until_it_is_renamed_there(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, *, exports: bool
) -> None:
    """The id is that of the declared name, which the team does not have yet."""
    with portal_project(monkeypatch, folder, exports=exports) as double:
        assert run("refresh") == 0, run.said
        assert run("apply", "--auto-approve") == 0, run.said
        before = mirror().account
        declare_renamed(folder)
        later(double)
        assert found(run)["changes"] == []
        assert steps(run) == [("team.rename", None, None)]
        assert run("apply", "--auto-approve") == 3, run.said
        later(double)
        assert found(run)["closed"] == []
        double.served.perform([RENAME_TEAM.step(DESIGN, to="drafting")], ANA, None)
        later(double)
        if exports:
            download(double, folder / "exports")
            (folder / "exports" / "groups-design.csv").unlink()
        assert found(run)["closed"] == ["CASE-1"]
        now = mirror().account.teams
        assert sorted(now) == ["drafting", *sorted({*before.teams} - {"design"})]
        assert now["drafting"].members == before.teams["design"].members
        assert steps(run) == []


def test_steps_by_api_in_a_team_that_people_renamed_since_the_refresh(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with portal_project(monkeypatch, folder, write=True) as double:
        assert run("refresh") == 0, run.said
        declare_renamed(folder)
        assert run("apply", "--auto-approve") == 3, run.said
        double.served.perform([RENAME_TEAM.step(DESIGN, to="drafting")], ANA, None)
        assert run("account", "confirm", "CASE-1", "--evidence", "seen") == 0, run.said
        replace_in(folder / "teams/design.yaml", "Revit:\n        - ana@", "Revit:\n        - cho@")
        assert run("apply", "--auto-approve") == 0, run.said
        later(double)
        assert found(run)["changes"] == []
        assert double.account().teams["drafting"].seats["Revit"] == {CHO}


def test_seats_that_are_disputed_at_the_first_look(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A contradiction can withhold the seats alone of what one source shows. They are then not seen, not none."""
    with portal_project(monkeypatch, folder) as double:
        text = (folder / "teams/design.yaml").read_text()
        (folder / "teams/design.yaml").write_text(text.replace("      Old:\n        - ana@acme.example\n", ""))
        replace_in(folder / "seatsync.yaml", "policy:\n", "policy:\n  max_removals: 100%\n")
        double.change(ASSIGN_SEAT.step(DESIGN, product="Maya", user=CHO))
        assert run("refresh") == 1
        assert "error SOURCE002 two sources contradict each other about the seats of team 'design'" in run.err
        assert mirror().account.teams["design"].seats == {}
        assert steps(run) == []
        assert run("apply", "--auto-approve") == 0, run.said
        later(double)
        assert "seat.assign" in {each["action"] for each in found(run)["changes"]}
        assert sorted(steps(run)) == [("seat.unassign", "Maya", CHO), ("seat.unassign", "Old", ANA)]


@pytest.mark.parametrize("exports", [True, False])
def test_an_invitation_that_went_to_another_address(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, *, exports: bool
) -> None:
    """Who is pending may be missing in the list, but not who is there by their new address."""
    new = "dee.kim@acme.example"
    with portal_project(monkeypatch, folder, exports=exports) as double:
        assert run("refresh") == 0, run.said
        assert run("apply", "--auto-approve") == 0, run.said
        for path in (folder / "users.yaml", folder / "teams/design.yaml"):
            path.write_text(path.read_text().replace("Dee@acme.example", new))
        replace_in(folder / "users.yaml", f"{new}:\n", f"{new}:\n    previous_emails: [{DEE}]\n")
        assert run("apply", "--auto-approve") == 3, run.said
        later(double)
        assert found(run)["closed"] == []
        double.change(REDIRECT_INVITATION.step(Scope("account", ""), user=DEE, to=new))
        later(double)
        assert found(run)["closed"] == ["CASE-1"]
        assert mirror().account.teams["design"].members == {ANA, BEN, CHO, new}
        assert steps(run) == []


def test_who_is_not_signed_in_is_told_how(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with portal_project(monkeypatch, folder):
        monkeypatch.delenv("SEATSYNC_ACCESS_TOKEN")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("settings")))
        assert run("refresh") == 1
        assert run.said == ("", "seatsync: nobody is signed in; sign in with `seatsync login`\n")
        assert not (folder / ".seatsync" / "account.db").exists()
        assert run("refresh", "--exports", "exports") == 0, run.said


def test_a_team_that_cannot_be_read_stops_the_refresh(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal_project(monkeypatch, folder, teams=["design", "works"]):
        assert run("refresh") == 1
        assert "SOURCE001 team 'works': cannot be read" in run.err
        assert not (folder / ".seatsync" / "account.db").exists()


def test_somebody_who_leaves_while_pages_are_read_takes_nobody_along(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person who moves from the second page to the first is not seen: the list is read again until it stays."""
    leaves: list[str] = []

    def on_call(call: Call, _: object) -> None:
        if call.path.endswith("/users") and leaves:
            double.change(REMOVE_USER.step(DESIGN, user=leaves.pop()))

    with portal_project(monkeypatch, folder, account=crowd(), on_call=on_call) as double:
        assert run("refresh") == 0, run.said
        assert run("apply", "--auto-approve") == 0, run.said
        later(double)
        calls = len(double.calls)
        leaves.append("p00@acme.example")
        assert [(each["action"], each["args"]["user"]) for each in found(run)["changes"]] == [
            ("user.remove", "p00@acme.example")
        ]
        assert len(double.calls) == calls + 7
