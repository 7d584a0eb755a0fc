"""Runs `git blame`, without a shell and once per file, to find the commits of lines."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from seatsync.declaration.files import Unreadable, content, inside
from seatsync.finding import Location
from seatsync.insight.why_answer import UNCOMMITTED, Commit, History
from seatsync.reading.git_objects import git_environment

_SECONDS = 60.0  # timeout of git: enough for a long history
_AT_ONCE = 1000  # lines per call
_HEADER = re.compile(r"([0-9a-f]{40,64}) \d+ (\d+)(?: \d+)?")
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # line breaks of YAML; git counts only \n
_SILENT = ("-c", "core.fsmonitor=false")


def history(root: Path, places: Iterable[Location], environment: Mapping[str, str]) -> History:
    """Return the commit of every location in the files of a folder, or the reason why git cannot be used."""
    git = shutil.which("git", path=environment.get("PATH"))
    if git is None:
        return History(problem="the program git is not installed")
    asking = _Git(git, root, git_environment(environment))
    code, printed = asking.run("rev-parse", "--show-toplevel")
    if code:
        problem = (
            "the folder is in no git repository" if "not a git repository" in printed else f"git: {_first(printed)}"
        )
        return History(problem=problem)
    files: dict[str, set[int]] = {}
    for place in places:
        files.setdefault(place.file, set()).add(place.line)
    found: dict[tuple[str, int], Commit | str] = {}
    for file, lines in files.items():
        found.update({(file, line): commit for line, commit in asking.blame(file, sorted(lines)).items()})
    return History(found)


class _Git:
    """The git program in a folder."""

    def __init__(self, program: str, root: Path, environment: dict[str, str]) -> None:
        self._program, self._root, self._environment = program, root, environment

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run git; return its exit code, and its output or error message."""
        try:
            done = subprocess.run(  # noqa: S603 - our own arguments, no shell; file names follow `--`
                [self._program, *_SILENT, *arguments],
                cwd=self._root,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return 1, "no answer in time"
        except (OSError, ValueError) as error:
            return 1, f"cannot be started ({error})"
        printed = done.stderr if done.returncode else done.stdout
        return done.returncode, printed.decode("utf-8", "replace")

    def blame(self, file: str, lines: Sequence[int]) -> dict[int, Commit | str]:
        """Return the commits of lines of a file."""
        try:
            theirs = _as_git_counts(self._root, file, lines)
        except Unreadable as problem:
            return dict.fromkeys(lines, f"{file} {problem}")
        found: dict[int, Commit | str] = {}
        for start in range(0, len(lines), _AT_ONCE):
            some = lines[start : start + _AT_ONCE]
            asked = [part for line in some for part in ("-L", f"{theirs[line]},{theirs[line]}")]
            code, printed = self.run("blame", "--porcelain", *asked, "--", file)
            if code:
                word = UNCOMMITTED if _is_new(printed) else f"git: {_first(printed)}"
                found.update(dict.fromkeys(some, word))
                continue
            commits = dict(_commits(printed))
            found.update({line: commits.get(theirs[line], UNCOMMITTED) for line in some})
        return found


def _as_git_counts(root: Path, file: str, lines: Sequence[int]) -> dict[int, int]:
    """Map our line numbers to git's, which differ after lines ended by another character than a newline.

    Raises `Unreadable`.
    """
    text = content(inside(root, file)).decode("utf-8", "replace")
    starts = [0, *(match.end() for match in _LINE_BREAK.finditer(text))]
    counted: dict[int, int] = {}
    number, before = 1, 0
    for line in sorted(lines):
        start = starts[min(line, len(starts)) - 1]
        number += text.count("\n", before, start)
        counted[line], before = number, start
    return counted


def _commits(printed: str) -> Iterator[tuple[int, Commit | str]]:
    """Parse porcelain output, which describes a commit only at its first line; yield line and commit."""
    facts: dict[str, dict[str, str]] = {}
    header: re.Match[str] | None = None
    for line in printed.split("\n"):
        if line.startswith("\t"):
            if header is not None:
                yield int(header[2]), _commit(header[1], facts[header[1]])
            header = None
        elif header is None:
            header = _HEADER.fullmatch(line)
            if header is not None:
                facts.setdefault(header[1], {})
        else:
            name, _, value = line.partition(" ")
            facts[header[1]][name] = value


def _commit(name: str, facts: Mapping[str, str]) -> Commit | str:
    if not name.strip("0"):
        return UNCOMMITTED
    return Commit(name, facts.get("author", ""), _day(facts), facts.get("summary", ""))


def _day(facts: Mapping[str, str]) -> str:
    """Return the author's date in the author's time zone; empty if it is malformed."""
    try:
        offset = int(facts["author-tz"])
        minutes = abs(offset) // 100 * 60 + abs(offset) % 100
        zone = timezone(timedelta(minutes=minutes if offset >= 0 else -minutes))
        moment = datetime.fromtimestamp(int(facts["author-time"]), UTC)
        return moment.astimezone(zone).date().isoformat()
    except (KeyError, ValueError, OverflowError, OSError):
        return ""


def _is_new(printed: str) -> bool:
    """Return True if git failed because the file or the repository has no commit yet."""
    return "no such path" in printed or "no such ref" in printed or "bad revision 'HEAD'" in printed


def _first(printed: str) -> str:
    lines = [line for line in printed.splitlines() if line.strip()]
    return lines[0].removeprefix("fatal: ") if lines else "unknown error"
