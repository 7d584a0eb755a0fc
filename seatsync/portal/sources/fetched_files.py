"""The private folder of a project with the exports that Insights yielded, and with the orders that it still owes.

An order is on the disk before anything waits for it, so that the next run waits for the same one.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from seatsync.declaration.files import OWN_FOLDER, sync_folder
from seatsync.errors import FileProblem

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, flock

PLACE: Final = f"{OWN_FOLDER}/insights/exports"
"""The folder of the files, as findings name it."""

_FORMAT: Final = "seatsync/insights-orders/1"
_PRIVATE, _PRIVATE_FOLDER = 0o600, 0o700
_BUSY: Final = frozenset({errno.EAGAIN, errno.EACCES})
_CHECK: Final = "check the path and its permissions"


@dataclass(frozen=True, slots=True)
class Orders:
    """The ids of orders by report, sorted, with the server that took them.

    `asked` is when the first was placed (`2026-11-22T09:00:00Z`), `first` and `last` the days of usage.
    """

    url: str
    asked: str
    first: str
    last: str
    ids: tuple[tuple[str, str], ...] = ()

    @property
    def moment(self) -> datetime:
        """When the first was placed."""
        return datetime.fromisoformat(self.asked)


class FetchedFiles:
    """The private folder of a project. Its methods raise FileProblem."""

    def __init__(self, root: Path) -> None:
        self.folder = root / PLACE
        self._own = self.folder.parent
        self._orders = self._own / "orders.json"
        self._incoming = self._own / "incoming"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out. Raises FileProblem at once if another one is at work, or if a link leads elsewhere."""
        ignored = self._own / ".gitignore"
        for place in (self._own.parent, self._own, ignored):
            if place.is_symlink():  # a repository could have it, and files are replaced there
                raise FileProblem(str(place), "is a symbolic link", "remove it")
        lock = self._own / "lock"
        with _problems_at(lock):
            self._own.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            ignored.write_text("*\n", encoding="utf-8")
            handle = os.open(lock, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), _PRIVATE)
        try:
            if sys.platform != "win32":
                with _problems_at(lock):
                    flock(handle, LOCK_EX | LOCK_NB)
            yield
        finally:
            os.close(handle)

    def read_orders(self) -> Orders | None:
        """Return the orders that are owed. None without any; a damaged file only means that they are placed again."""
        with _problems_at(self._orders):
            try:
                raw = self._orders.read_bytes()
            except FileNotFoundError:
                return None
        try:
            document = json.loads(raw)
        except (ValueError, RecursionError):
            return None
        return _parsed(document) if isinstance(document, dict) else None

    def write_orders(self, orders: Orders) -> None:
        """Replace the orders; they are on the disk when this returns."""
        document = {
            "format": _FORMAT,
            "url": orders.url,
            "asked": orders.asked,
            "first": orders.first,
            "last": orders.last,
            "orders": dict(orders.ids),
        }
        new = self._orders.with_name("orders.json.new")
        with _problems_at(self._orders):
            new.unlink(missing_ok=True)
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "wb") as file:
                file.write(f"{json.dumps(document, indent=1)}\n".encode())
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._orders)
            sync_folder(self._own)

    def begin(self) -> None:
        """Remove files of an earlier run that did not end."""
        with _problems_at(self._incoming):
            shutil.rmtree(self._incoming, ignore_errors=True)
            self._incoming.mkdir(mode=_PRIVATE_FOLDER)

    def save(self, name: str, chunks: Iterable[bytes]) -> Path:
        """Write a new file among those that arrive, and return its path. What `chunks` raises leaves no file."""
        path = self._incoming / name
        with _problems_at(path):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
        try:
            with _problems_at(path), os.fdopen(handle, "wb") as file:  # closing it can fail, too
                for chunk in chunks:
                    file.write(chunk)
        except BaseException:
            path.unlink()
            raise
        return path

    def install(self) -> None:
        """Replace the files of the last time by those that arrived, and forget the orders."""
        with _problems_at(self.folder):
            shutil.rmtree(self.folder, ignore_errors=True)
            self._incoming.replace(self.folder)
            self._orders.unlink(missing_ok=True)


def _parsed(document: Mapping[str, Any]) -> Orders | None:
    ids = document.get("orders")
    if document.get("format") != _FORMAT or not isinstance(ids, dict):
        return None
    texts = [document.get(name) for name in ("url", "asked", "first", "last")]
    if not all(isinstance(text, str) for text in (*texts, *ids.values())):
        return None
    url, asked, first, last = map(str, texts)
    found = Orders(url, asked, first, last, tuple(sorted(ids.items())))
    try:
        days = [date.fromisoformat(day).isoformat() for day in (first, last)]
        is_whole = found.moment.tzinfo is not None and days == [first, last]
    except ValueError:
        return None
    return found if is_whole else None


@contextmanager
def _problems_at(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _BUSY and path.name == "lock":
            problem = "is locked: another refresh is fetching exports"
            raise FileProblem(str(path), problem, "wait until it has ended, and try again") from None
        words = (error.strerror or type(error).__name__).lower()
        raise FileProblem(str(path), f"cannot be used ({words})", _CHECK) from None
