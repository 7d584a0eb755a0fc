"""Concurrent and killed runs share the allowance of calls, as a made-up portal counts them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from seatsync.demo.double import Double, Settings
from seatsync.demo.profiles import profile_of
from seatsync.vendor.http_client import Client
from seatsync.vendor.rate_budget import CallFile, RateBudget
from tests.demo.conversation import ANA, account
from tests.modules_run import ROOT
from tests.vendor.sharing_runs import SharedClock

ROUNDS, AT_ONCE = 22, 5


def started(*arguments: object) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "tests.vendor.sharing_runs", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(line, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True, bufsize=1)


def by_minute(folder: Path, counts: Sequence[Path]) -> list[int]:
    """Let two runs make some calls at the same time, again and again; return the calls in each minute."""
    clock = SharedClock(folder / "clock")
    with Double(account(), Settings(clock=clock)) as double:
        base, token = double.environment()["SEATSYNC_TEAM_ADMIN_URL"], double.token(ANA)
        about = (base, token, double.team_id("design"))
        runs = [started("calls", *about, path, folder / "clock", seed) for seed, path in enumerate(counts)]
        for _ in range(ROUNDS):
            for run in runs:
                assert run.stdin is not None
                run.stdin.write(f"{AT_ONCE}\n")
            for run in runs:
                assert run.stdout is not None
                assert run.stdout.readline() == "made\n"
        for run in runs:
            assert run.communicate(timeout=60) == ("", "")
        return list(double.by_minute("design").values())


def test_two_runs_at_once(tmp_path: Path) -> None:
    """Each of them can have one call under way while the other one waits for the next minute."""
    found = by_minute(tmp_path, [tmp_path / "calls"] * 2)
    assert sum(found) == 2 * ROUNDS * AT_ONCE
    assert max(found) <= 52, found
    assert len(found) <= 6, found


def test_two_runs_that_count_alone_make_too_many(tmp_path: Path) -> None:
    found = by_minute(tmp_path, [tmp_path / "calls", tmp_path / "own"])
    assert max(found) > 60, found


def test_killed_while_it_counts(tmp_path: Path) -> None:
    """A call is counted or not, and the next run goes on at once."""
    run = started("killed", tmp_path / "calls")
    out, err = run.communicate(timeout=120)
    assert err == ""
    assert json.loads(out) == [16, ""]


@pytest.mark.parametrize("form", ["none", "retry-seconds", "retry-date", "ratelimit", "x-ratelimit"])
def test_others_use_the_allowance_too(tmp_path: Path, form: str) -> None:
    """If the vendor answers 429 all the same, the call is made again in the next minute."""
    clock = SharedClock(tmp_path / "clock")
    profile = profile_of([] if form == "none" else [form])
    with Double(account(), Settings(profile=profile, clock=clock, allowed=20)) as double:
        base, token = double.environment()["SEATSYNC_TEAM_ADMIN_URL"], double.token(ANA)
        budget = RateBudget(CallFile(tmp_path / "calls", clock.timing()), clock.timing())
        with Client(base, lambda: token, timing=clock.timing(), budget=budget) as client:
            for _ in range(70):
                assert client.get(f"/teams/{double.team_id('design')}/product-pools").ok
        assert [call.status for call in double.calls] == [*([200] * 20 + [429]) * 3, *[200] * 10]
        assert list(double.by_minute("design").values()) == [21, 21, 21, 10]
