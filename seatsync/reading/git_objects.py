"""Reader of git objects: names and contents of files at a revision, through plumbing commands of `git`.

Only `rev-parse`, `merge-base`, `ls-tree` and `cat-file` are used. They read objects: no index is refreshed, nothing is
checked out, no hook, filter, pager or text conversion runs. Nothing is fetched: absent objects are reported as missing.
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
from seatsync.reading.plain_text import MAX_BYTES

_ID = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CHUNK = 1 << 20
_NO_COMMIT = 1  # exit code of merge-base without a common commit
_REMOVED = ("GIT_", "SEATSYNC_")  # would redirect git to another repository, or leak secrets
_ADDED = {
    "LC_ALL": "C",
    "GIT_ALLOW_PROTOCOL": "",  # a partial clone must not fetch missing objects
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}


def git_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for git, without git settings that would redirect it and without our secrets."""
    safe = {name: value for name, value in environment.items() if not name.upper().startswith(_REMOVED)}
    return {**safe, **_ADDED}


class GitProblem(SeatsyncError):
    """A failure to run git, or of a git command."""


@dataclass(frozen=True, slots=True)
class Object:
    """A file of a tree: its mode (`100644`, `100755`, a link's `120000`, a submodule's `160000`) and its id."""

    mode: str
    id: str


@dataclass(frozen=True, slots=True)
class Git:
    """The git repository that contains a folder. Commands run in the environment of `git_environment`."""

    folder: Path
    environment: Mapping[str, str]

    def above(self) -> list[str]:
        """Return the paths of this folder and its parents within the repository: `["a/b/", "a/", ""]`."""
        code, out, err = self._run("rev-parse", "--show-prefix")
        if code:
            raise WrongUsage(f"{self.folder}: not in a git repository ({_first_line(err)})")
        name = _text(out.removesuffix(b"\n")).rstrip("/")
        parts = name.split("/") if name else []
        return ["/".join(parts[:count]) + "/" if count else "" for count in range(len(parts), -1, -1)]

    def tree(self, revision: str) -> str:
        """Return the tree id of a revision. Raises `WrongUsage` for an unknown or invalid revision."""
        _must_be_revision(revision)
        code, out, err = self._run("rev-parse", "--quiet", "--verify", f"{revision}^{{tree}}")
        found = out.removesuffix(b"\n")
        if code or not _ID.fullmatch(found):
            more = f" ({_first_line(err)})" if err else ""
            raise WrongUsage(f"{revision}: no such git revision{more}")
        return _text(found)

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the id of the merge base of two revisions, None if there is none.

        Raises `GitProblem` if git fails.
        """
        for revision in (one, other):
            _must_be_revision(revision)
        code, out, err = self._run("merge-base", one, other)
        found = out.removesuffix(b"\n")
        if code not in {0, _NO_COMMIT}:
            raise GitProblem(f"git cannot find the merge base of {one} and {other}: {_first_line(err)}")
        return None if code or not _ID.fullmatch(found) else _text(found)

    def listing(self, tree: str, names: Sequence[str] = ()) -> dict[str, Object]:
        """Return the files of a tree by full path; with `names`, only these files and folders."""
        code, out, err = self._run("ls-tree", "-r", "-z", "--full-tree", tree, "--", *names)
        if code:
            raise GitProblem(f"git cannot list tree {tree}: {_first_line(err)}")
        found = {}
        for line in out.split(b"\0")[:-1]:
            facts, _, name = line.partition(b"\t")
            mode, _, ident = _text(facts).split(" ")
            found[_text(name)] = Object(mode, ident)
        return found

    @contextmanager
    def contents(self) -> Iterator[Contents]:
        """Run `git cat-file --batch`, and yield a reader of object contents."""
        with self._start("cat-file", "--batch") as process:
            if process.stdin is None or process.stdout is None:  # pragma: no cover - both are pipes
                raise GitProblem("git has no pipes")
            try:
                yield Contents(process.stdin, process.stdout)
            finally:
                process.kill()

    def _run(self, *arguments: str) -> tuple[int, bytes, bytes]:
        with self._start(*arguments) as process:
            out, err = process.communicate()
        return process.returncode, out, err

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        err = subprocess.DEVNULL if arguments[0] == "cat-file" else pipe  # a pipe that is not read would fill up
        try:
            return subprocess.Popen(  # noqa: S603 - no shell, and revisions are validated
                ["git", "--no-pager", *arguments],  # noqa: S607 - found through the user's PATH
                cwd=self.folder,
                env=git_environment(self.environment),
                stdin=pipe,
                stdout=pipe,
                stderr=err,
            )
        except FileNotFoundError as error:
            raise GitProblem("git was not found; install it to read revisions") from error
        except OSError as error:
            raise GitProblem(f"git cannot be started ({(error.strerror or 'unknown error').lower()})") from error


@dataclass(slots=True)
class Contents:
    """Reader of object contents from a running `git cat-file --batch`."""

    _requests: IO[bytes]
    _responses: IO[bytes]

    def of(self, ident: str) -> bytes | None:
        """Return the bytes of an object, at most `MAX_BYTES + 1`.

        Returns None if the repository lacks the object, or git exits early.
        """
        try:
            os.write(self._requests.fileno(), ident.encode() + b"\n")
        except BrokenPipeError:
            return None
        facts = self._responses.readline().split()
        if len(facts) != len(("id", "type", "size")) or not facts[2].isdigit():
            return None
        size = int(facts[2])
        data = self._responses.read(min(size, MAX_BYTES + 1))
        left = size - len(data) + 1  # contents are followed by a line feed
        while left > 0:
            passed = len(self._responses.read(min(left, _CHUNK)))
            if not passed:
                return None
            left -= passed
        return data


def _must_be_revision(text: str) -> None:
    """Raise `WrongUsage` for text that git could parse as an option, an exclusion or several revisions."""
    if text.startswith(("-", "^")) or not text.isprintable() or not text:
        raise WrongUsage(f"{text!r} is not a git revision")


def _text(data: bytes) -> str:
    """Decode a file name as Python does, so that different bytes give different names."""
    return data.decode("utf-8", "surrogateescape")


def _first_line(err: bytes) -> str:
    """Return the first line of an error message of git."""
    lines = err.decode("utf-8", "replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ") if lines else "unknown error"
