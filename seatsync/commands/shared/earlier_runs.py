"""Saved plan files, and the run that `--undo` names."""

import stat
from pathlib import Path

from seatsync.account.actions.team_actions import LOAD_ACCOUNT
from seatsync.account.history import Run, runs
from seatsync.errors import FileProblem, PlanRefused, WrongUsage
from seatsync.planning.plan import Plan
from seatsync.planning.plan_file import from_json
from seatsync.planning.undo import RunToUndo
from seatsync.reporting.outcome_report import run_line
from seatsync.targets.target import Journal, RunCases, State, Target

_LARGEST = 1 << 30  # bytes; larger than any plan


def read_plan(path: Path) -> Plan:
    """Read a saved plan. Raises `PlanRefused` if it is not byte for byte as written, `FileProblem` if unreadable."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise FileProblem(str(path), "is a folder, not a plan", "`seatsync plan --out FILE` saves one")
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise FileProblem(str(path), "is not a regular file", "`seatsync plan --out FILE` saves a plan")
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise FileProblem(str(path), "there is no such plan", "`seatsync plan --out FILE` saves one") from error
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else None
        raise FileProblem(str(path), f"cannot be read ({(words or 'not a path').lower()})") from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PlanRefused(
            "PLAN002", f"{path} is not a plan: it is not UTF-8 text", "make one with `seatsync plan --out`"
        ) from error
    return from_json(text, str(path))


_LISTED = 5


def run_to_undo(target: Target, state: State, written: str) -> RunToUndo:
    """Return the run to undo. Raises `WrongUsage` if there is no such run."""
    if not isinstance(target, Journal):
        raise WrongUsage(f"--undo {written}: {target.url} keeps no journal, so its runs cannot be undone")
    serial = state.account.serial or 0
    # The journal is read after the state, and may already be longer.
    entries = [entry for entry in target.journal() if entry.serial <= serial]
    if not (written.isascii() and written.isdigit()):
        raise WrongUsage(f"--undo {written}: not the number of a run; `seatsync account runs` lists them")
    number = int(written) if len(written) < len(str(1 << 62)) else None
    found = next((run for run in runs(entries) if run.number == number), None)
    opened = target.opened(number) if isinstance(target, RunCases) and number is not None else []
    if found is None and (number is None or not opened):
        raise WrongUsage(_unknown(written, runs(entries)))
    entries_of_run = found.entries if found is not None else ()
    mine = tuple(entry for entry in entries_of_run if not entry.assumed)
    if any(entry.step.action == LOAD_ACCOUNT.name for entry in mine):
        raise WrongUsage(f"--undo {written}: that run loaded the account from a file, which cannot be undone")
    last = mine[-1].serial if mine else serial
    later = tuple(entry for entry in entries if entry.serial > last)
    cases = tuple((case.step, case.id) for case in opened if case.closed_at is None)
    done = tuple(case.id for case in opened if case.closed_as in {"confirmed", "seen"})
    return RunToUndo(number or 0, mine, later, cases, done)


def _unknown(written: str, known: list[Run]) -> str:
    if not known:
        return f"--undo {written}: there is no such run; the account was never changed"
    last = "; ".join(run_line(run) for run in known[-_LISTED:])
    earlier = " (`seatsync account runs` lists the earlier ones)" if len(known) > _LISTED else ""
    return f"--undo {written}: there is no such run; the last ones are {last}{earlier}"
