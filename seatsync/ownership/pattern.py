"""Names of files and addresses of people as they may stand in `CODEOWNERS`."""

from __future__ import annotations

import re
import unicodedata

_MEANS_SOMETHING = re.compile(r"[#!*?\[\]\\]")
_CLASS = re.compile(r"\[!?+\]?+[^\]/]*+\]")  # as `fnmatch` has it: a bracket that comes first closes nothing
_OWNER = re.compile(r"[^\s@#\\\"()<>,:;\[\]]+@[^\s@#\\\"()<>,:;\[\]]+")
_UNWRITABLE = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))


def unwritable(path: str) -> bool:
    """Whether a path cannot stand on a line: no space but the plain one, nothing invisible, nothing that is no text."""
    return any(unicodedata.category(char) in _UNWRITABLE or (char.isspace() and char != " ") for char in path)


def exact(path: str) -> str:
    r"""The pattern of one file, by its path from the top of the git repository: `/teams/our\ design.yaml`.

    GitHub and GitLab agree on an escaped space and on `?` for any one character, and on no escape for what means
    something to one of them; such a character is therefore written as `?`. `blurred` counts these.
    """
    return "/" + _MEANS_SOMETHING.sub("?", path).replace(" ", r"\ ")


def blurred(pattern: str) -> int:
    """How many characters of a file's pattern stand for any character."""
    return pattern.count("?")


def is_wild(entry: str) -> bool:
    """Whether an entry of `include` may stand for several files."""
    return re.search(r"[*?\[]", entry) is not None


def wild(below: str, entry: str) -> str:
    """Such an entry as a pattern (`below`: as `below_top` gives it) that matches whatever the entry includes."""
    parts = [part for part in entry.split("/") if part not in {"", "."}]
    if parts[-1] == "**":
        parts.append("*")
    return exact(below) + "/".join(part if part == "**" else _wild_part(part) for part in parts)


def _wild_part(part: str) -> str:
    text = re.sub(r"[#!\[\]\\]", "?", _CLASS.sub("?", part))
    return re.sub(r"\*+", "*", text).replace(" ", r"\ ")  # two stars beside something else mean no more than one


def is_owner(address: str) -> bool:
    """Whether an address can stand as an owner: as it is, without a quote or escape."""
    return _OWNER.fullmatch(address) is not None and not unwritable(address)
