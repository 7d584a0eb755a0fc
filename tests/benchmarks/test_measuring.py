"""The benchmarks at a tiny size: every measurement runs."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from benchmarks import __main__ as program
from benchmarks import fleets, jobs, measure, stores, tools
from benchmarks.data import make, make_people, make_zones
from benchmarks.growth import GROWTHS, Growth
from benchmarks.measure import Command, Cost, Failed, Ratio
from benchmarks.rows import PROMISES
from seatsync.declaration.load import load
from seatsync.declaration.normal import config_digest
from seatsync.declaration.states import load_snapshot


def python(code: str, *, probe: bool = False) -> Command:
    return Command((sys.executable, "-c", code), probe=probe)


def test_a_large_parent_does_not_count(tmp_path: Path) -> None:
    large = bytearray(200 << 20)
    assert measure.run(python("pass"), tmp_path).peak < len(large) / 4


def test_the_memory_of_the_process_counts(tmp_path: Path) -> None:
    assert measure.run(python("bytearray(100 << 20)"), tmp_path).peak > 100 << 20


def test_failed_process_is_reported(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"ended with 3: it is so$"):
        measure.run(python("import sys; print('it is so', file=sys.stderr); sys.exit(3)"), tmp_path)


def test_missing_program_is_reported(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="FileNotFoundError"):
        measure.run(Command((str(tmp_path / "nothing"),)), tmp_path)


def test_they_take_turns_and_a_first_round_does_not_count(tmp_path: Path) -> None:
    told: list[str] = []
    commands = {
        name: Command((sys.executable, "-c", "print(0.5)"), partial(told.append, name), probe=True)
        for name in ("a", "b")
    }
    costs = measure.run_interleaved(commands, 2, tmp_path)
    assert told == ["a", "b"] * 3
    assert [[cost.own for cost in some] for some in costs.values()] == [[0.5, 0.5], [0.5, 0.5]]
    told.clear()
    measure.run_interleaved(commands, 2, tmp_path, warm=True)
    assert told == ["a", "b"] * 2


def test_a_ratio_is_one_of_rounds() -> None:
    over = [Cost(cpu, 0, 0) for cpu in (2.0, 30.0, 6.0)]
    under = [Cost(cpu, 0, 0) for cpu in (1.0, 10.0, 1.0)]
    assert measure.ratio(over, under) == Ratio(3.0, 2.0, 6.0, 3)
    with pytest.raises(Failed):
        measure.own(over[0])


def test_the_repository_is_sound_and_the_account_differs(tmp_path: Path) -> None:
    made = make(tmp_path, 2, change=0.2)
    loaded = load(made.repository)
    assert [finding for finding in loaded.findings if finding.severity == "error"] == []
    current, declared = load_snapshot(made.current)[0], load_snapshot(made.declared)[0]
    assert current is not None
    assert declared is not None
    assert current.users == declared.users
    seats = [sum(map(len, team.seats.values())) for team in (*current.teams.values(), *declared.teams.values())]
    assert seats == [600] * 4
    assert current.teams["team-00001"].seats != declared.teams["team-00001"].seats


def test_people_in_a_csv_are_declared_as_in_yaml(tmp_path: Path) -> None:
    digests = set()
    for repository in make_people(tmp_path, 2):
        loaded = load(repository)
        assert loaded.findings == []
        assert loaded.declaration is not None
        digests.add(config_digest(loaded.declaration))
    assert len(digests) == 1


def test_zones_differ_in_few_records(tmp_path: Path) -> None:
    config = make_zones(tmp_path, 2000)
    assert "  zone0001.example.:" in config.read_text()
    source, target = ((tmp_path / side / "zone0000.example.yaml").read_text() for side in ("source", "target"))
    assert 0 < target.count("10.255.0.1") < 50
    assert source.count("values:") == 1000


@pytest.mark.parametrize("growth", GROWTHS, ids=lambda growth: growth.key)
def test_growing_repositories_are_valid_unless_errors_are_measured(growth: Growth, tmp_path: Path) -> None:
    growth.write(tmp_path, 20)
    findings = load(tmp_path / "repository").findings
    assert len([finding for finding in findings if finding.severity == "error"]) == (20 if growth.fails else 0)
    assert (tmp_path / "now.yaml").exists() == (growth.command == "plan")


@pytest.mark.slow
def test_every_row_is_measured_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(jobs, "SIZES", (1, 2))
    monkeypatch.setattr(jobs, "EXPORT_ROWS", 1000)
    monkeypatch.setattr(jobs, "RULED_SEATS", 600)
    monkeypatch.setattr(fleets, "ACCOUNTS", 2)
    monkeypatch.setattr(jobs, "GROWTHS", [replace(GROWTHS[-1], size=20)])
    for module in (jobs, fleets, stores):
        monkeypatch.setattr(module, "run_interleaved", partial(measure.run_interleaved, warm=True))
    out = tmp_path / "out"
    code = program.main(["--seats", "600", "--rounds", "1", "--slow", "1", "--without-tools", "--out", str(out)])
    assert code == 0
    page = (out / "benchmarks.md").read_text()
    others = [growth.key for growth in GROWTHS[:-1]]  # they are measured alike
    assert [promise.key for promise in PROMISES if f"| {promise.what} |" not in page] == others
    assert page.count("the other tool was left out") == 3
    assert "written to" in capsys.readouterr().out


def test_one_group_alone_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--only", "other tools", "--without-tools", "--out", str(tmp_path / "out")]) == 0
    assert "left out" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


def test_a_failure_ends_the_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def failing(bench: jobs.Bench, results: object) -> None:
        raise Failed("seatsync plan ended with 1: no")

    monkeypatch.setitem(jobs.JOBS, "startup", failing)
    assert program.main(["--only", "startup"]) == 1
    assert capsys.readouterr().err.endswith("seatsync plan ended with 1: no\n")


def test_tools_that_cannot_be_installed_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(command, 1 if "pip" in command else 0)

    monkeypatch.setattr(subprocess, "run", run)
    assert tools.install(tmp_path / "others") is None
