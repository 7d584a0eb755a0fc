"""Projects that come from git: checked URLs and revisions, and checkouts in a cache folder.

A checkout is made once for each commit and never changed, so that runs may share it. Nothing of the repository is
executed: no hook, no filter, no submodule. Nothing is asked on a terminal, and only some protocols are allowed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from seatsync.declaration.files import PROJECT_FILE, Folder, Unreadable
from seatsync.errors import SeatsyncError
from seatsync.fleet.declared_fleet import Fleet, FleetAccount, GitSource
from seatsync.reading.git_objects import GitProblem, git_environment
from seatsync.reading.plain_text import plain, shown
from seatsync.secret import has_secret, masked

CHECKOUTS: Final = ".seatsync/checkouts"
"""The cache folder in that of the fleet. It may be deleted whenever nothing runs."""

_PROTOCOLS: Final = ("https", "ssh", "file")
_URL: Final = re.compile(rf"(?:{'|'.join(_PROTOCOLS)})://[^-\s][^\s]*")
_HOST_AND_PATH: Final = re.compile(r"(?:[A-Za-z0-9._][A-Za-z0-9._-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?![:/])[^-\s][^\s]*")
_REVISION: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+@-]{0,255}")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LONGEST_RUN: Final = 600  # seconds
_PASSING: Final = re.compile(
    r"could not resolve|temporary failure|(?:failed to|couldn't) connect|connection (?:was )?(?:refused|reset|closed)"
    r"|timed out|too slow|unreachable|no route to host|hung up unexpectedly|early eof|unexpected disconnect"
    r"|empty reply|(?:recv|send) failure|returned error: (?:429|5\d\d)",
    re.IGNORECASE,
)
"""Messages of git, SSH and curl when the network or the server is away. Git has one exit code for all that fails."""
_SETTINGS: Final = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.autocrlf=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "transfer.fsckObjects=true",
    "credential.interactive=false",
    "filter.lfs.smudge=",
    "filter.lfs.process=",
    "filter.lfs.required=false",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
    "gc.auto=0",
    "advice.detachedHead=false",
)
_ADDED: Final = {
    "GIT_ALLOW_PROTOCOL": ":".join(_PROTOCOLS),
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oConnectTimeout=30 -oServerAliveInterval=15",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "GIT_LFS_SKIP_SMUDGE": "1",
}


def problem_of_url(url: str) -> tuple[str, str] | None:
    """Return the problem of a git URL and the remedy, None if it can be used."""
    if has_secret(url):
        return "the URL contains a password", "remove it: git asks its credential helpers, or uses a key of SSH"
    if _URL.fullmatch(url) or _HOST_AND_PATH.fullmatch(url):
        return None
    return f"{shown(url)} is not the URL of a git repository", "use https://…, ssh://…, USER@HOST:PATH or file:///…"


def problem_of_revision(revision: str) -> tuple[str, str] | None:
    """Return the problem of a revision and the remedy, None if it can be used."""
    if _REVISION.fullmatch(revision) and ".." not in revision and "@{" not in revision:
        return None
    return f"{shown(revision)} is not a git revision", "use a branch, a tag, or a full commit id"


def project_folder(fleet: Fleet, account: FleetAccount, environment: Mapping[str, str]) -> Path:
    """Return the real path of an account's project folder; that of one from git is checked out first.

    Raises `SeatsyncError` if git fails, or the repository has no such project.
    """
    if account.git is None:
        return account.folder or fleet.root
    found = checkout(account.git, fleet.root / CHECKOUTS, environment)
    files = Folder(found)
    try:
        folder = files.inside(account.git.folder)
        there = files.kind(f"{folder}/{PROJECT_FILE}") is not None
    except Unreadable as problem:
        raise SeatsyncError(f"{masked(account.source)}: {problem}") from problem
    if not there:
        raise SeatsyncError(f"{masked(account.source)}: has no {PROJECT_FILE}; correct the column `folder`")
    return Path(folder)


def checkout(source: GitSource, cache: Path, environment: Mapping[str, str]) -> Path:
    """Return the folder of a checkout of a revision as it is now, made if it is not there yet."""
    git = _Git(source.url, {**git_environment(environment), **_ADDED})
    commit = source.revision if _COMMIT.fullmatch(source.revision) else git.commit_of(source.revision)
    folder = cache / sha256(source.url.encode()).hexdigest()[:16] / commit
    if folder.is_dir():
        return folder
    temporary = folder.with_name(f".{commit[:12]}.{os.urandom(4).hex()}")
    try:
        temporary.mkdir(parents=True)
        git.fetch(commit, temporary, source.revision)
        try:
            temporary.rename(folder)
        except OSError:
            if not folder.is_dir():  # otherwise another process was faster
                raise
    except OSError as error:
        raise SeatsyncError(f"{cache}: cannot be written ({(error.strerror or 'unknown error').lower()})") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


class _Git:
    """Runs git for one repository."""

    def __init__(self, url: str, environment: Mapping[str, str]) -> None:
        for problem in filter(None, [problem_of_url(url)]):
            raise GitProblem(f"{problem[0]}; {problem[1]}")
        self._url = url
        self._environment = environment

    def commit_of(self, revision: str) -> str:
        """Return the commit id of a branch or tag."""
        if problem_of_revision(revision):
            raise GitProblem(f"{masked(self._url)}: {shown(revision)} is not a git revision")
        names = (f"refs/heads/{revision}", f"refs/tags/{revision}", f"refs/tags/{revision}^{{}}")
        out = self._run("ls-remote", "--quiet", "--", self._url, *names, doing=f"find {shown(revision)}")
        found = dict(line.split("\t")[::-1] for line in out.splitlines() if line.count("\t") == 1)
        branch, tag, tagged = map(found.get, names)
        commit = tagged or tag
        if branch and commit and branch != commit:
            raise GitProblem(f"{masked(self._url)}: {shown(revision)} is both a branch and a tag; use a commit id")
        commit = branch or commit
        if commit is None or not _COMMIT.fullmatch(commit):
            raise GitProblem(
                f"{masked(self._url)}: there is no branch or tag {shown(revision)}; correct the revision of the account"
            )
        return commit

    def fetch(self, commit: str, folder: Path, revision: str) -> None:
        """Check out a commit in an empty folder."""
        self._run("init", "--quiet", "--template=", str(folder), doing="start")
        inside = ("-C", str(folder))
        fetching = ("fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", self._url, commit)
        self._run(*inside, *fetching, doing=f"fetch {shown(revision)}")
        self._run(*inside, "checkout", "--quiet", "--detach", commit, "--", doing=f"check out {shown(revision)}")

    def _run(self, *arguments: str, doing: str) -> str:
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        try:
            done = subprocess.run(  # noqa: S603 - no shell, and URLs and revisions are validated
                ["git", "--no-pager", *settings, *arguments],  # noqa: S607 - found through the user's PATH
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_LONGEST_RUN,
                check=False,
            )
        except OSError as error:
            reason = (error.strerror or "unknown error").lower()
            raise GitProblem(f"git cannot be started ({reason}); install it to use accounts from git") from error
        except subprocess.TimeoutExpired as error:
            problem = f"git takes more than {_LONGEST_RUN} seconds to {doing}"
            raise GitProblem(f"{masked(self._url)}: {problem}", passing=True) from error
        if done.returncode:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["unknown error"]
            reason = next((line for line in lines if line.startswith(("ssh:", "fatal:", "error:"))), lines[0])
            reason = reason.removeprefix("fatal: ").removeprefix("error: ")
            passing = any(_PASSING.search(line) for line in lines if not line.startswith("remote:"))
            raise GitProblem(f"{masked(self._url)}: git cannot {doing} ({plain(reason)})", passing=passing)
        return done.stdout.decode("utf-8", "replace")
