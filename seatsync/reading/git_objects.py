"""What git holds of a folder at a revision: names and contents, asked of the `git` program by plumbing alone.

Only `rev-parse`, `merge-base`, `ls-tree` and `cat-file` run. They read objects, so no index is refreshed, nothing is
checked out, and no hook, filter, pager or text conversion is started. Nothing is fetched: what is not there is missing.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from seatsync.errors import SeatsyncError, WrongUsage
from seatsync.reading.utf8 import MAX_BYTES

_ID = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CHUNK = 1 << 20
_NO_COMMIT = 1  # how merge-base ends where there is none
_NOT_FOR_GIT = ("GIT_", "SEATSYNC_")  # what would lead it to another repository, and secrets
_QUIET = {
    "LC_ALL": "C",
    "GIT_ALLOW_PROTOCOL": "",  # a partial clone may not fetch what it lacks
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}


def for_git(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which git is asked: no setting of its own that would lead it elsewhere, no secret of ours."""
    kept = {name: value for name, value in environment.items() if not name.upper().startswith(_NOT_FOR_GIT)}
    return {**kept, **_QUIET}


class GitProblem(SeatsyncError):
    """Git cannot be asked, or does not answer."""


@dataclass(frozen=True, slots=True)
class Object:
    """A file of a tree: its mode (`100644`, `100755`, a link's `120000`, a submodule's `160000`) and its id."""

    mode: str
    id: str


@dataclass(frozen=True, slots=True)
class Git:
    """The repository that a folder is in. Of the environment, no setting of git reaches it, and none of ours."""

    folder: Path
    environment: Mapping[str, str]

    def above(self) -> list[str]:
        """The names that this folder and those above it have in the repository: `["a/b/", "a/", ""]`."""
        code, out, err = self._ask("rev-parse", "--show-prefix")
        if code:
            raise WrongUsage(f"{self.folder}: git knows no repository here ({_said(err)})")
        name = _text(out.removesuffix(b"\n")).rstrip("/")
        parts = name.split("/") if name else []
        return ["/".join(parts[:count]) + "/" if count else "" for count in range(len(parts), -1, -1)]

    def tree(self, revision: str) -> str:
        """The id of the tree of a revision. Refused where there is none, and where git could take it for an option."""
        _must_be_revision(revision)
        code, out, err = self._ask("rev-parse", "--quiet", "--verify", f"{revision}^{{tree}}")
        found = out.removesuffix(b"\n")
        if code or not _ID.fullmatch(found):
            more = f" ({_said(err)})" if err else ""
            raise WrongUsage(f"{revision}: git knows no such revision here{more}")
        return _text(found)

    def merge_base(self, one: str, other: str) -> str | None:
        """The id of the commit in which two revisions last were one; None where git knows none.

        Raises `GitProblem` where git cannot tell.
        """
        for revision in (one, other):
            _must_be_revision(revision)
        code, out, err = self._ask("merge-base", one, other)
        found = out.removesuffix(b"\n")
        if code not in {0, _NO_COMMIT}:
            raise GitProblem(f"git cannot tell where {one} and {other} last were one: {_said(err)}")
        return None if code or not _ID.fullmatch(found) else _text(found)

    def listing(self, tree: str, names: Sequence[str] = ()) -> dict[str, Object]:
        """The files of a tree, by their whole name; with `names`, only these and what stands below them."""
        code, out, err = self._ask("ls-tree", "-r", "-z", "--full-tree", tree, "--", *names)
        if code:
            raise GitProblem(f"git cannot list tree {tree}: {_said(err)}")
        found = {}
        for line in out.split(b"\0")[:-1]:
            facts, _, name = line.partition(b"\t")
            mode, _, ident = _text(facts).split(" ")
            found[_text(name)] = Object(mode, ident)
        return found

    @contextmanager
    def contents(self) -> Iterator[Contents]:
        """A running `git cat-file`, to be asked for one content after another."""
        with self._start("cat-file", "--batch") as process:
            if process.stdin is None or process.stdout is None:  # pragma: no cover - both are pipes
                raise GitProblem("git has no pipes")
            try:
                yield Contents(process.stdin, process.stdout)
            finally:
                process.kill()

    def _ask(self, *arguments: str) -> tuple[int, bytes, bytes]:
        with self._start(*arguments) as process:
            out, err = process.communicate()
        return process.returncode, out, err

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        err = subprocess.DEVNULL if arguments[0] == "cat-file" else pipe  # nobody reads it while contents are read
        try:
            return subprocess.Popen(  # noqa: S603 - no shell, and revisions are looked at before
                ["git", "--no-pager", *arguments],  # noqa: S607 - where git is, the user's PATH knows
                cwd=self.folder,
                env=for_git(self.environment),
                stdin=pipe,
                stdout=pipe,
                stderr=err,
            )
        except FileNotFoundError as error:
            raise GitProblem("there is no program `git`; revisions are read with it") from error
        except OSError as error:
            raise GitProblem(f"git cannot be started ({(error.strerror or 'it does not say why').lower()})") from error


@dataclass(slots=True)
class Contents:
    """Contents of objects, read from a running git."""

    _asked: IO[bytes]
    _answers: IO[bytes]

    def of(self, ident: str) -> bytes | None:
        """The bytes of an object, no more than the readers take and one.

        None where the repository lacks it, or git ends before it has told all of it.
        """
        try:
            os.write(self._asked.fileno(), ident.encode() + b"\n")
        except BrokenPipeError:
            return None
        facts = self._answers.readline().split()
        if len(facts) != len(("id", "type", "size")) or not facts[2].isdigit():
            return None
        size = int(facts[2])
        data = self._answers.read(min(size, MAX_BYTES + 1))
        left = size - len(data) + 1  # a line end follows
        while left > 0:
            passed = len(self._answers.read(min(left, _CHUNK)))
            if not passed:
                return None
            left -= passed
        return data


def _must_be_revision(text: str) -> None:
    """Refuse what git could take for an option, for all but something, or for several things."""
    if text.startswith(("-", "^")) or not text.isprintable() or not text:
        raise WrongUsage(f"{text!r} is no git revision")


def _text(data: bytes) -> str:
    """Names as Python has those of files, so that they can be told apart whatever their bytes."""
    return data.decode("utf-8", "surrogateescape")


def _said(err: bytes) -> str:
    """What git said, on one line."""
    lines = err.decode("utf-8", "replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ") if lines else "it does not say why"
