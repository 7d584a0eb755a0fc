"""Files for the portal's imports, and names of files that are safe on every system.

A file has three columns. Spreadsheets open it as text: what would make a name a formula or end its row is left out.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from unicodedata import category, normalize

from seatsync.account.model import User
from seatsync.planning.batches import FORMULA_STARTS

COLUMNS = ("First name", "Last name", "Email address")
MOST_ROWS = 5_000
_LONGEST = 40
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and symbols that look like blanks."""
_BREAKS = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of characters that a name cannot contain: control characters, separators of lines, half characters."""


def import_files(people: Sequence[User]) -> list[bytes]:
    """Return the files for some people, each with at most as many rows as the portal takes.

    They are ASCII if the names are, else UTF-8 with a byte order mark, without which spreadsheets misread it.
    """
    return [_file(people[start : start + MOST_ROWS]) for start in range(0, len(people), MOST_ROWS)]


def _file(people: Iterable[User]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows((safe(user.first_name), safe(user.last_name), user.email) for user in people)
    return text.getvalue().encode("ascii" if text.getvalue().isascii() else "utf-8-sig")


def safe(name: str) -> str:
    """Return a name without characters that a spreadsheet would not read as text."""
    plain = "".join(char for char in name if category(char) not in _BREAKS)
    first = next((at for at, char in enumerate(plain) if char not in FORMULA_STARTS and not _is_unseen(char)), None)
    return plain[1 + max(plain.rfind(char, 0, first) for char in FORMULA_STARTS) :]


def begins_formula(text: str) -> bool:
    """Return True if a spreadsheet may take a text for a formula: blanks and what has no width do not count."""
    return next((char for char in text if not _is_unseen(char)), "") in tuple(FORMULA_STARTS)


def _is_unseen(char: str) -> bool:
    """Return True for blanks, and for what has no width, which spreadsheets may skip."""
    return char.isspace() or category(char) in {"Cf", "Mn"} or char in _FILLERS


def changed(people: Iterable[User]) -> Iterator[User]:
    """Yield the people whose names the file does not contain as they are."""
    return (
        user for user in people if (safe(user.first_name), safe(user.last_name)) != (user.first_name, user.last_name)
    )


def file_name(number: int, parts: Iterable[str], ending: str, width: int = 2) -> str:
    """Return `02-assign-design-AutoCAD.csv`: a number, which makes it unique, and words of ASCII letters and digits."""
    words = (_word(part) for part in parts)
    return f"{number:0{width}}-{'-'.join(word for word in words if word)}{ending}"


def _word(text: str) -> str:
    plain = normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub("[^A-Za-z0-9]+", "-", plain)[:_LONGEST].strip("-")
