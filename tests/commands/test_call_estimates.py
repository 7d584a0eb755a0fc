"""The minutes that a plan tells for its steps by API, against those that the clock of a made-up portal counts."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from seatsync.account.model import Account, Subscription, Team, User
from seatsync.commands.shared import console as consoles
from seatsync.demo.double import Double
from seatsync.portal import call_estimate
from tests.commands.portals import portal_project
from tests.commands.running import Run, replace_in
from tests.demo.conversation import ANA, TERM


def crowd(teams: dict[str, tuple[int, int]]) -> Account:
    """Return an account with teams of so many people, and so many products, each with enough seats for them."""
    found = Account("acme", "5f0c6a44-0000-4000-8000-00000000beef", 1)
    found.users[ANA] = User(ANA, "Ana", "Tester")
    for team, (people, products) in teams.items():
        names = [f"{team}{number}@acme.example" for number in range(people - 1)]
        for user in names:
            found.users[user] = User(user, "A", "Tester")
        found.teams[team] = Team(ANA, members={ANA, *names})
        for number in range(products):
            found.subscriptions[f"{team}-{number}"] = Subscription(
                team, f"P{number}", "single-user", people, None, "store", ANA, *TERM
            )
    return found


def assign(folder: Path, wanted: dict[str, list[tuple[str, str]]]) -> None:
    """Declare seats of teams: products and people."""
    for team, seats in wanted.items():
        lines = "".join(
            f"      {product}: [{', '.join(user for each, user in seats if each == product)}]\n"
            for product in sorted({product for product, _ in seats})
        )
        replace_in(folder / "teams" / f"{team}.yaml", "    primary_admin:", f"    seats:\n{lines}    primary_admin:")


def minutes(double: Double) -> float:
    """Return the minutes between the first and the last call."""
    return (double.calls[-1].at - double.calls[0].at) / 60


@pytest.mark.parametrize(
    ("sizes", "steps"),
    [
        ({"design": (60, 2)}, {"design": 50}),
        ({"design": (260, 110), "works": (70, 4)}, {"design": 260, "works": 60}),  # ten minutes
    ],
)
def test_the_estimate_is_within_ten_per_cent(
    folder: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    sizes: dict[str, tuple[int, int]],
    steps: dict[str, int],
) -> None:
    account, wanted = crowd(sizes), {}
    for team, count in steps.items():
        every = [(f"P{number}", user) for number in range(2) for user in sorted(account.teams[team].members)]
        wanted[team] = Random(14).sample(every, count)
    with portal_project(monkeypatch, folder, account=account, write=True) as double:
        replace_in(folder / "seatsync.yaml", "portal:\n", "portal:\n  import_from: 1000\n")
        assert run("refresh") == 0, run.said
        assert run("apply", "--auto-approve") == 0, run.said
        double.clock.advance(120)  # nothing is left of the allowance that the refresh used
        double.calls.clear()
        assign(folder, wanted)
        assert run("plan", "--format", "json") == 0, run.said
        told = json.loads(run.out)["machine"]
        assert {each["team"]: each["steps"] for each in told} == steps
        assert run("apply", "--auto-approve") == 0, run.said
        calls = {team: sum(call.team == double.team_id(team) for call in double.calls) for team in steps}
        assert {each["team"]: each["calls"] for each in told} == calls, "the calls that are told"
        assert max(sum(double.by_minute(team).values()) for team in steps) == max(calls.values())
        assert max(max(double.by_minute(team).values()) for team in steps) <= 60
        estimate, counted = max(each["minutes"] for each in told), minutes(double)
        assert abs(estimate - counted) <= counted / 10


def test_a_wrong_estimate_is_seen(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_estimate, "_CALLS_A_STEP", 1)  # as if nothing was read back
    with pytest.raises(AssertionError, match="calls"):
        test_the_estimate_is_within_ten_per_cent(folder, run, monkeypatch, {"design": (30, 2)}, {"design": 20})


def test_the_time_that_is_left_is_shown(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    account = crowd({"design": (40, 2)})
    with portal_project(monkeypatch, folder, account=account, write=True) as double:
        assert run("refresh") == 0, run.said
        double.clock.advance(120)
        assign(folder, {"design": [("P1", user) for user in sorted(account.teams["design"].members)[:30]]})
        made = consoles.console
        monkeypatch.setattr(consoles, "console", lambda **options: made(**options)._replace(err_width=120))
        assert run("apply", "--auto-approve") == 0, run.said
        shown = [line.strip() for line in run.err.replace("\x1b[K", "").split("\r")]
        bar = "[" + "#" * 19 + "." * 5 + "] 24/30"
        assert f"{bar} 50 of about 62 calls, about 1 min left (waits 60 s for the vendor's allowance)" in shown
