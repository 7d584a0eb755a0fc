"""Kills commands that change files before each operation on the disk, and checks the remaining files.

    python -m tests.commands.killing COMMAND [FAULT]

Prints how often the command was killed, and what was wrong, as JSON. `COMMAND` is a key of `COMMANDS`; `FAULT`, a key
of `FAULTS`, breaks the writing beforehand, for the proof to show that it would be seen. Everything is imported once,
and each run is a fork.
"""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from seatsync.account.actions.spec import Step
from seatsync.account.model import WHOLE_ACCOUNT, Scope
from seatsync.cli import main
from seatsync.clock import Clock
from seatsync.declaration import project
from seatsync.declaration.changing import transaction
from seatsync.declaration.changing.change_record import Change
from seatsync.declaration.changing.transaction import finish_change
from seatsync.errors import SeatsyncError
from seatsync.targets.target import open_target

DESIGN: Final = Scope("team", "design")

COMMANDS: Final[dict[str, list[str]]] = {
    "fmt": ["fmt"],
    "edit": ["edit", "offboard", "dee@acme.example"],
    "adopt": ["drift", "--adopt"],
    "one file": ["edit", "unassign", "cho@acme.example", "AutoCAD"],
    "taken back": ["edit", "offboard", "dee@acme.example"],
}
CHANGED: Final = {"fmt": 3, "edit": 2, "adopt": 2, "one file": 1, "taken back": 2}
_FILES: Final = {
    "seatsync.yaml": """\
version: 1
account: acme
include: [people.yaml, teams/*.yaml, subscriptions.yaml]
target: sqlite:///.seatsync/account.db
policy: {suppress: [{code: ROLE003, team: design, reason: small},   {code: SEAT006, reason: known}]}
""",
    "people.yaml": """\
users:
  dee@acme.example:   {first_name: Dee, last_name: Kim}
  cho@acme.example: {first_name: Cho}
  ana@acme.example: {first_name: Ana, last_name: Silva}
""",
    "teams/design.yaml": """\
teams:
  design:
    seats: {AutoCAD: [dee@acme.example,   cho@acme.example, ana@acme.example]}
    primary_admin: ana@acme.example
""",
    "subscriptions.yaml": """\
subscriptions:
  "574-1":
    team: design
    product: AutoCAD
    offering: single-user
    seats: 9
    channel: store
    contract_manager: ana@acme.example
    starts: 2020-01-01
    ends: 2039-12-31
""",
}
_EVENTS: Final = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown"})
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class _InTwo(io.FileIO):
    """File that is written in two halves, each counted as a step."""

    def __init__(self, path: Path, mode: str, step: Callable[[], None]) -> None:
        super().__init__(path, mode.replace("b", ""))
        self._step = step

    def write(self, data: Any) -> int:  # noqa: ANN401 - whatever has bytes
        half = len(data) // 2
        self._step()
        written = super().write(bytes(data[:half])) if half else 0
        self._step()
        return written + super().write(bytes(data[half:]))


class Disk:
    """Counts disk operations below a folder, and kills the process before operation `kill_at`."""

    def __init__(self) -> None:
        self.folder, self.count, self.kill_at = "", 0, 0
        sync, opened = os.fsync, Path.open
        sys.addaudithook(self._told)

        def fsync(handle: int) -> None:
            self._step()
            sync(handle)

        def open_in_two(path: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            if self.folder and "b" in mode and mode != "rb":
                return io.BufferedWriter(_InTwo(path, mode, self._step))
            return opened(path, mode, *arguments, **named)

        os.fsync = fsync  # type: ignore[assignment]
        Path.open = open_in_two  # type: ignore[assignment, method-assign]

    def _told(self, event: str, arguments: Sequence[object]) -> None:
        if not self.folder:
            return
        if event == "open":
            if not isinstance(arguments[2], int) or not arguments[2] & _WRITES:
                return
        elif event not in _EVENTS:
            return
        if str(arguments[0]).startswith(self.folder) and "account.db" not in str(arguments[0]):
            self._step()

    def _step(self) -> None:
        if self.folder:
            self.count += 1
            if self.count == self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)


def _no_record(_root: Path, _folder: Path, _change: object) -> None:
    """Simulate the bug of not recording a change before it begins."""


def _record_gone_first(folder: Path, change: Change, *otherwise: str) -> None:
    (folder / "record.json").unlink(missing_ok=True)
    _INSTALL(folder, change, *otherwise)


def _in_place(staged: Path, place: Path, _otherwise: str) -> None:
    with place.open("wb") as file:
        file.write(staged.read_bytes())
        file.flush()
        os.fsync(file.fileno())


def _beside(staged: Path, place: Path, _otherwise: str) -> None:
    temporary = place.with_name(f".{place.name}")
    temporary.write_bytes(staged.read_bytes())
    temporary.replace(place)


_INSTALL = transaction._install
FAULTS: Final[dict[str, tuple[ModuleType, str, Callable[..., None]]]] = {
    "no record": (transaction, "_commit", _no_record),
    "the record goes too early": (transaction, "_install", _record_gone_first),
    "files are written in place": (transaction, "_put", _in_place),
    "files are written beside their places": (transaction, "_put", _beside),
    "others do not look": (project, "must_be_whole", lambda _root: None),
}


def made(folder: Path, command: str) -> Path:
    """Return a repository; for `adopt`, its account was changed by hand."""
    root = folder.resolve() / "repository"
    for name, text in _FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    if command == "adopt":
        quiet(root, "account", "create", "--name", "acme")
        quiet(root, "account", "load", ".")
        quiet(root, "apply", "--auto-approve")
        in_portal(
            root,
            Step.make("seat.unassign", DESIGN, product="AutoCAD", user="dee@acme.example"),
            Step.make("user.update", WHOLE_ACCOUNT, user="cho@acme.example", first_name="Chow", last_name=""),
        )
    return root


def in_portal(root: Path, *steps: Step) -> None:
    """Perform steps in the portal."""
    store = open_target("sqlite:///.seatsync/account.db", root, {})
    with store.session(None, Clock.at("2026-06-01")) as session:
        outcomes = session.perform([(step, False) for step in steps])
    assert [outcome.status for outcome in outcomes] == ["done"] * len(steps), outcomes


def quietly(_: str) -> None:
    """Ignore a message."""


def quiet(root: Path, *line: str) -> tuple[int, str]:
    """Run a command; return its exit code and standard error."""
    said = io.StringIO()
    with redirect_stdout(io.StringIO()), redirect_stderr(said):
        code = main(line if line[0] == "-C" else ["-C", str(root), *line])
    return code, said.getvalue()


def forked(work: Callable[[], object], disk: Disk, root: Path, kill_at: int) -> bool:
    """Run something in a process that is killed at a step; return True if it was killed."""
    child = os.fork()
    if not child:
        disk.folder, disk.count, disk.kill_at = str(root), 0, kill_at
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def killed(command: str, fault: str) -> tuple[int, list[str]]:
    """Kill a command at every step, and its repair at every step; return the number of kills and the first problem."""
    disk = Disk()
    with tempfile.TemporaryDirectory() as name:
        base = made(Path(name), command)
        line = COMMANDS[command]
        whole = shutil.copytree(base, base.with_name("whole"))
        assert quiet(whole, *line)[0] == 0, command
        seen = _Seen(base.with_name("work"), files(base), files(whole), disk, certain=command != "taken back")
        assert len([file for file in seen.old if seen.old[file] != seen.new[file]]) == CHANGED[command], command
        if fault:
            setattr(*FAULTS[fault])
        count, known = 0, set[bytes]()
        for kill_at in range(1, 1000):
            fresh(base, seen.work)
            with refusing() if command == "taken back" else nullcontext():
                if not forked(lambda: quiet(seen.work, *line), disk, seen.work, kill_at):
                    return count, []
            count += 1
            state = everything(seen.work)
            if state in known:  # what was done since is not to be seen
                continue
            known.add(state)
            for more, problem in looked_at(seen):
                count += more
                if problem:
                    return count, [f"killed at {kill_at}: {problem}"]
    raise AssertionError("it never ends")


@contextmanager
def refusing() -> Iterator[None]:
    """Simulate a disk that refuses to replace the second file."""
    replace = Path.replace

    def refused(self: Path, target: Path) -> Path:
        if self.name == "1.new":
            raise OSError(errno.EROFS, "Read-only file system")
        return replace(self, target)

    Path.replace = refused  # type: ignore[assignment, method-assign]
    yield
    Path.replace = replace  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class _Seen:
    """Step at which a command was killed, with the files before and after. `certain`: the change must finish."""

    work: Path
    old: dict[str, bytes]
    new: dict[str, bytes]
    disk: Disk
    certain: bool


def looked_at(seen: _Seen) -> Iterator[tuple[int, str]]:
    """Return the problem of the remaining files and their repair, if any, and the number of repairs killed."""
    work, old, new = seen.work, seen.old, seen.new
    now = files(work)
    if now.keys() != old.keys():
        yield 0, f"{sorted(now.keys() ^ old.keys())} left behind"
    if torn := [file for file in now if now[file] not in (old.get(file), new.get(file))]:
        yield 0, f"{torn} half written"
    code, said = quiet(work, "validate")
    stopped = code == 1 and said.count("\n") == 1 and "was interrupted; run `seatsync edit`" in said
    if now not in (old, new) and not stopped:
        yield 0, f"some files are changed, and validate ends with {code}: {said}"
    if not stopped and code:
        yield 0, f"validate ends with {code}: {said}"
    left = shutil.copytree(work, work.with_name("left"))
    for kill_at in range(1, 1000):
        if kill_at > 1:
            fresh(left, work)
        again = stopped and forked(lambda: finish_change(work, quietly), seen.disk, work, kill_at)
        yield int(again), repaired(seen, must_be_new=stopped and seen.certain)
        if not again:
            break
    shutil.rmtree(left)


def repaired(seen: _Seen, *, must_be_new: bool) -> str:
    """Return the problem after the repair, if any."""
    try:
        finish_change(seen.work, quietly)
    except SeatsyncError as problem:
        return f"the repair says {problem}"
    after = files(seen.work)
    if after not in (seen.old, seen.new) or (must_be_new and after != seen.new):
        return f"after the repair {[file for file in after if after[file] != seen.new.get(file)]} are not new"
    if (seen.work / ".seatsync/change").exists():
        return "after the repair .seatsync/change is left behind"
    return ""


def everything(root: Path) -> bytes:
    """Return a digest of a folder's contents."""
    found = sha256()
    for path in sorted(root.rglob("*")):
        found.update(f"{path.relative_to(root)} {path.stat().st_mode} ".encode())
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.digest()


def fresh(source: Path, work: Path) -> None:
    """Restore a folder."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(source, work)


def files(root: Path) -> dict[str, bytes]:
    """Return all files outside `.seatsync`, including hidden ones."""
    return {
        name: path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not (name := path.relative_to(root).as_posix()).startswith(".seatsync/")
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(killed(sys.argv[1], " ".join(sys.argv[2:]))))
