"""The account of a real organisation, brought from one year to the next by the commands a user would run.

The configurations are beside the repository, in `../shared/real`. As a script it prints the cost of each hop:

    python -m tests.real.organisations
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from seatsync.declaration.load import load
from tests.reading.corpora import ORGANISATIONS

YEARS = ("2019-10-01", "2021-09-30", "2023-09-30", "2025-09-29")
DAY = "2026-01-15"  # within the terms of every subscription
ALLOWED: dict[str, tuple[str, ...]] = {
    # Organisations are emptied on purpose: the incubator was wound up.
    "2021-09-30": ("GUARD002",),
}


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished command: exit code, output, CPU seconds and peak memory in MiB."""

    code: int
    output: str
    seconds: float
    wall: float
    mebibytes: float


def seatsync(folder: Path, *args: str) -> Finished:
    """Run a command as a separate process in a folder."""
    with tempfile.TemporaryFile() as said:
        begun = time.perf_counter()
        actions = [(os.POSIX_SPAWN_DUP2, said.fileno(), 1), (os.POSIX_SPAWN_DUP2, said.fileno(), 2)]
        command = [sys.executable, "-m", "seatsync", "-C", str(folder), *args]
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
            "NO_COLOR": "1",
            "SEATSYNC_AT": DAY,
        }
        child = os.posix_spawn(sys.executable, command, environment, file_actions=actions)
        _, status, used = os.wait4(child, 0)
        wall = time.perf_counter() - begun
        said.seek(0)
        output = said.read().decode()
    return Finished(
        os.waitstatus_to_exitcode(status), output, used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024
    )


def begin(folder: Path) -> None:
    """Return a working copy of the first year, loaded into a new account."""
    checkout(folder, YEARS[0])
    expect(0, seatsync(folder, "account", "create", "--name", "kubernetes"))
    expect(0, seatsync(folder, "account", "load", str(ORGANISATIONS / YEARS[0])))


def checkout(folder: Path, year: str) -> None:
    """Write the files of a year as `git checkout` would."""
    folder.mkdir(exist_ok=True)
    for file in folder.glob("*.yaml"):
        file.unlink()
    for file in (ORGANISATIONS / year).glob("*.yaml"):
        shutil.copy(file, folder)


def buy(folder: Path, known: set[str]) -> int:
    """Record the purchase of every declared subscription that is missing in the account; return their number."""
    declaration = load(folder).declaration
    assert declaration is not None
    missing = [sub for key, sub in declaration.subscriptions.items() if key not in known]
    for number, sub in enumerate(missing, 1):
        assert sub.contract_manager is not None
        order = ["--order", f"{sub.id}-{number}", "--company", "Kubernetes", "--manager", sub.contract_manager.written]
        bought = [
            "--subscription",
            sub.id,
            "--product",
            sub.product,
            "--offering",
            sub.offering,
            "--seats",
            str(sub.seats),
        ]
        term = ["--team", str(sub.team), "--channel", sub.channel, "--starts", sub.starts, "--ends", sub.ends]
        expect(0, seatsync(folder, "account", "purchase", *order, *bought, *term))
    known.update(declaration.subscriptions)
    return len(missing)


def subscriptions_of(year: str) -> set[str]:
    """Return the subscriptions declared in a year."""
    declaration = load(ORGANISATIONS / year).declaration
    assert declaration is not None
    return set(declaration.subscriptions)


def expect(code: int, finished: Finished) -> Finished:
    """Return a finished command after checking its exit code."""
    assert finished.code == code, (finished.code, finished.output[-3000:])
    return finished


def main() -> None:
    """Print a row per hop: the steps, and the costs of plan and apply."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "repository"
        begin(folder)
        known = subscriptions_of(YEARS[0])
        print("| to | purchases | plan | plan CPU s | plan MiB | apply CPU s | apply wall s | apply MiB |")  # noqa: T201
        print("|---|---|---|---|---|---|---|---|")  # noqa: T201
        for year in YEARS[1:]:
            checkout(folder, year)
            bought = buy(folder, known)
            allow = [f"--allow={guard}" for guard in ALLOWED.get(year, ())]
            plan = expect(0, seatsync(folder, "plan", *allow))
            done = expect(0, seatsync(folder, "apply", "--auto-approve", *allow))
            summary = next(line for line in plan.output.splitlines() if line.startswith("Plan:"))
            print(  # noqa: T201
                f"| {year} | {bought} | {summary} | {plan.seconds:.2f} | {plan.mebibytes:.0f} "
                f"| {done.seconds:.2f} | {done.wall:.2f} | {done.mebibytes:.0f} |"
            )


if __name__ == "__main__":
    main()
