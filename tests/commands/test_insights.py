"""Commands with `insights: true`: refresh orders the exports itself, waits for them, and reads them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.model import Scope
from seatsync.demo.double import Double
from seatsync.portal.sources import filling
from tests.commands.portals import portal_project
from tests.commands.running import Run
from tests.demo.conversation import BEN, CHO

DESIGN = Scope("team", "design")
PLACE = ".seatsync/insights/exports"


def orders(double: Double) -> int:
    return [call.method for call in double.calls].count("POST")


def test_a_project_without_downloads(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal_project(monkeypatch, folder, teams=(), exports=False, insights=True) as double:
        assert run("refresh", "--dry-run") == 0
        assert not (folder / ".seatsync/account.db").exists()
        assert run("refresh") == 0
        assert (run.err, orders(double)) == ("", 8)
        first, _, rest = run.out.partition("\n\n")
        assert first == "Account acme at sqlite:///.seatsync/account.db, 4 sources, the newest of 2026-07-30T12:00:40Z"
        assert rest.startswith(f"team design\n  + new, with 4 people, 0 groups, 5 seats  {PLACE}/users.csv:2\n")
        assert run("apply", "--auto-approve") == 0
        double.change(Step.make("seat.unassign", DESIGN, product="AutoCAD", user=BEN))
        double.change(Step.make("user.remove", DESIGN, user=CHO))
        double.clock.advance(1200)
        assert run("refresh") == 0
        assert run.err == ""
        assert run.out == (
            "Account acme at sqlite:///.seatsync/account.db, 4 sources, the newest of 2026-07-30T12:21:15Z\n\n"
            "team design\n"
            f"  - remove cho@acme.example  {PLACE}/users.csv\n\n"
            "1 kind of fact is unknown, so nothing about it is planned:\n"
            "  team design: groups (groups export)\n\n"
            f"  + {PLACE}/usage-2026-06-01-2026-07-30.csv  usage of 2026-06-01 to 2026-07-30: 15 rows, 2 people\n"
            f"  + {PLACE}/usage-report.csv  usage report of 2026-07-30: 4 rows, 2 people\n"
            "Recorded 4 rows of usage reports.\n\n"
            "Recorded 1 change; the mirror is at serial 14.\n"
        )
        double.clock.advance(120)
        assert run("refresh") == 0
        assert run.out.endswith("\n\nNothing new.\n")
        assert run("account", "verify") == 0


def test_groups_from_a_download_and_the_rest_from_insights(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with portal_project(monkeypatch, folder, teams=(), insights=True) as double:
        for name in ("users", "subscriptions", "groups-works"):
            (folder / f"exports/{name}.csv").unlink()
        assert run("refresh") == 0
        assert run.err == ""
        assert f"  + new, with 4 people, 1 group, 4 seats  {PLACE}/users.csv:2\n" in run.out
        assert "unknown" not in run.out
        assert orders(double) == 4


def test_downloads_of_one_look_agree_with_insights(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal_project(monkeypatch, folder, teams=("design",), insights=True):
        assert run("refresh", "--format", "json") == 0
        assert '"SOURCE002"' not in run.out


@pytest.mark.parametrize("is_broken", [False, True])
def test_older_data_does_not_contradict_the_team_admin_api(
    is_broken: bool,  # noqa: FBT001 - whether the proof must fail
    folder: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """How old the data of an export is, nobody knows. What the other API shows now counts."""
    if is_broken:
        monkeypatch.setattr(filling, "_is_fetched", lambda _: False)
    names = ("old-exports", "export-at-once")
    with portal_project(monkeypatch, folder, *names, exports=False, insights=True) as double:
        assert run("refresh") == 0
        double.change(Step.make("user.remove", DESIGN, user=CHO))
        double.clock.advance(120)
        assert run("refresh") == (1 if is_broken else 0)
        assert ("SOURCE002" in run.err) == is_broken
        if is_broken:
            return
        assert "\nteam design\n  - remove cho@acme.example  team-admin:design\n" in run.out
        double.clock.advance(120)
        assert run("refresh") == 0
        assert run.out.endswith("Nothing new.\n")


def test_exports_that_are_named_are_read_alone(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal_project(monkeypatch, folder, teams=(), insights=True) as double:
        monkeypatch.delenv("SEATSYNC_ACCESS_TOKEN")
        assert run("refresh", "--exports", "exports") == 0
        assert double.calls == []


def test_nobody_is_signed_in(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal_project(monkeypatch, folder, teams=(), insights=True) as double:
        monkeypatch.delenv("SEATSYNC_ACCESS_TOKEN")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder.parent / f"{folder.name}-settings"))
        assert run("refresh") == 1
        assert (run.out, run.err) == ("", "seatsync: nobody is signed in; sign in with `seatsync login`\n")
        assert double.calls == []


def test_an_order_that_failed_records_nothing(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal_project(monkeypatch, folder, "export-error", teams=(), exports=False, insights=True) as double:
        assert run("refresh") == 1
        assert run.err.replace(double.url, "…") == (
            "error SOURCE001 …/insights/v1: the order of the users export ended as ERROR\n"
            "  hint: try again later, or download the exports in the portal, and refresh with --exports DIR\n\n"
        )
        assert run.out.endswith("\n\nNothing was recorded.\n")
        assert not (folder / ".seatsync/account.db").exists()


def test_a_plan_may_refresh_first(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal_project(monkeypatch, folder, teams=(), exports=False, insights=True) as double:
        assert run("plan", "--refresh") == 0
        assert orders(double) == 4
        calls = len(double.calls)
        assert run("plan") == 0
        assert len(double.calls) == calls


def test_no_token_and_no_link_is_kept_or_shown(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in outputs nor in files, also when links die."""
    with portal_project(monkeypatch, folder, "short-links", teams=(), exports=False, insights=True) as double:
        secrets = {double.token("ana@acme.example")}
        monkeypatch.setenv("SEATSYNC_ACCESS_TOKEN", *secrets)
        assert run("refresh", "-v", "--format", "json") == 0
        secrets |= set(double._insights.links)
        shown = run.out + run.err
    assert len(secrets) > 4
    kept = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    for secret in secrets:
        assert secret not in shown
        assert all(secret.encode() not in each for each in kept)
    assert re.search("made-up-downloads", shown) is None
