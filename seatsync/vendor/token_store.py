"""The file with the tokens of a sign-in: for its owner only, replaced as a whole, and changed under a lock.

A refresh token can be used once. So its successor is on the disk before anything else is done with the answer, and only
one process at a time asks for one.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from seatsync.declaration.files import sync_folder
from seatsync.errors import FileProblem, WrongUsage
from seatsync.vendor.settings import App, is_token

if sys.platform != "win32":
    from fcntl import LOCK_EX, flock

TOKEN_FILE: Final = "SEATSYNC_TOKEN_FILE"  # noqa: S105 - the name of a variable
_FORMAT: Final = "seatsync/tokens/1"
_PRIVATE, _PRIVATE_FOLDER, _OTHERS = 0o600, 0o700, 0o077
_LARGEST: Final = 256 * 1024
_MARGIN: Final = timedelta(seconds=60)
_SKEW: Final = timedelta(minutes=5)
_SIGN_IN: Final = "sign in again with `seatsync login`"


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a sign-in, with the app and server that they belong to. Times are `2026-11-22T09:00:00Z`.

    `signed_in` is when the person signed in, `since` when these tokens were issued, and `until` when the access token
    ends. `scopes` are what the person consented to, separated by commas.
    """

    auth_url: str
    client_id: str
    scopes: str
    signed_in: str
    since: str
    until: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)

    def are_of(self, app: App) -> bool:
        """Return True if the tokens may be sent to the sign-in server of an app."""
        return (self.auth_url, self.client_id) == (app.auth_url, app.client_id)

    def allow(self, scopes: tuple[str, ...]) -> bool:
        """Return True if the person consented to all these scopes."""
        return set(scopes) <= set(self.scopes.split(","))

    def are_fresh(self, now: datetime) -> bool:
        """Return True if the access token can still be used for a while."""
        since, until = datetime.fromisoformat(self.since), datetime.fromisoformat(self.until)
        return since - _SKEW <= now < until - min(_MARGIN, (until - since) / 2)


def token_file(app: App, environment: Mapping[str, str], folder: Path) -> Path:
    """Return the path of the file for the tokens of an app; one named by the environment is relative to a folder."""
    named = environment.get(TOKEN_FILE, "").strip()
    if named:
        return folder / named
    own = sha256(f"{app.auth_url}\n{app.client_id}".encode()).hexdigest()[:16]
    return _configuration(environment) / "seatsync" / f"tokens-{own}.json"


def _configuration(environment: Mapping[str, str]) -> Path:
    """Return the user's folder for settings. Raises WrongUsage if there is none."""
    named = environment.get("APPDATA" if sys.platform == "win32" else "XDG_CONFIG_HOME", "")
    if named and Path(named).is_absolute():
        return Path(named)
    home = environment.get("HOME", "")
    try:
        return (Path(home) if home else Path.home()) / ".config"
    except RuntimeError:
        raise WrongUsage(f"there is no home folder for the tokens; set {TOKEN_FILE} to a file") from None


class TokenStore:
    """A file with the tokens of one sign-in. Its methods raise FileProblem, which never contains a token."""

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.realpath(path))
        self._new = self.path.with_name(f"{self.path.name}.new")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Wait until no other process changes the file, and keep others out. Completes an interrupted change."""
        lock = self.path.with_name(f"{self.path.name}.lock")
        try:
            if self.path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            self.path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            handle = os.open(lock, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), _PRIVATE)
        except OSError as error:
            raise _problem(lock, "cannot be written", error) from None
        try:
            if sys.platform != "win32":
                flock(handle, LOCK_EX)
            self._complete()
            yield
        finally:
            os.close(handle)

    def read(self) -> Tokens | None:
        """Return the tokens, None if there are none. Refuses a file that other people can read."""
        try:
            with self.path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                raw = file.read(_LARGEST + 1)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise _problem(self.path, "cannot be read", error) from None
        if sys.platform != "win32" and stat.S_IMODE(mode) & _OTHERS:
            problem = "can be read or changed by others, and contains secrets"
            raise FileProblem(str(self.path), problem, f"run `chmod 600` on it, or {_SIGN_IN}")
        found = _parsed(raw)
        if found is None:
            raise FileProblem(str(self.path), "is not a file of tokens, or is damaged", f"delete it and {_SIGN_IN}")
        return found

    def write(self, tokens: Tokens) -> None:
        """Replace the tokens; they are on the disk when this returns. The lock must be held."""
        text = json.dumps({"format": _FORMAT, **asdict(tokens)}, indent=1) + "\n"
        try:
            self._new.unlink(missing_ok=True)
            handle = os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            self._install()
        except OSError as error:
            raise _problem(self.path, "cannot be written", error) from None

    def delete(self) -> None:
        """Delete the tokens. The lock must be held; its file stays, because another process may wait for it."""
        try:
            self._new.unlink(missing_ok=True)
            self.path.unlink(missing_ok=True)
            sync_folder(self.path.parent)
        except OSError as error:
            raise _problem(self.path, "cannot be deleted", error) from None

    def _complete(self) -> None:
        """Install new tokens that a killed process had written completely, and delete incomplete ones."""
        try:
            raw = self._new.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise _problem(self._new, "cannot be read", error) from None
        try:
            if _parsed(raw) is not None and _is_own(self._new):
                self._install()
            else:
                self._new.unlink()
        except OSError as error:
            raise _problem(self._new, "cannot be replaced", error) from None

    def _install(self) -> None:
        self._new.replace(self.path)
        sync_folder(self.path.parent)


def _is_own(path: Path) -> bool:
    """Return True for a private regular file of this user, not one that somebody put there."""
    found = path.lstat()
    if sys.platform == "win32":
        return stat.S_ISREG(found.st_mode)
    private = not stat.S_IMODE(found.st_mode) & _OTHERS
    return stat.S_ISREG(found.st_mode) and private and found.st_uid == os.geteuid()


def _parsed(raw: bytes) -> Tokens | None:
    """Return the tokens in the content of a file, None if it is not complete."""
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    names = [each.name for each in fields(Tokens)]
    if not isinstance(document, dict) or document.get("format") != _FORMAT or len(raw) > _LARGEST:
        return None
    values = [document.get(name) for name in names]
    texts = [value for value in values if isinstance(value, str) and is_token(value)]
    if len(texts) < len(names):
        return None
    found = Tokens(*texts)
    try:
        times = [datetime.fromisoformat(text) for text in (found.signed_in, found.since, found.until)]
    except ValueError:
        return None
    return found if all(each.tzinfo is not None for each in times) else None


def _problem(path: Path, problem: str, error: OSError | ValueError) -> FileProblem:
    reason = (error.strerror or "").lower() if isinstance(error, OSError) else "not a path"
    return FileProblem(str(path), f"{problem} ({reason or type(error).__name__})", f"check it, or set {TOKEN_FILE}")
