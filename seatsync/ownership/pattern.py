"""File patterns and owners in the syntax of `CODEOWNERS`."""

from __future__ import annotations

import re
import unicodedata

_MEANS_SOMETHING = re.compile(r"[#!*?\[\]\\]")
_CLASS = re.compile(r"\[!?+\]?+[^\]/]*+\]")  # as in `fnmatch`: a leading `]` does not close the class
_OWNER = re.compile(r"[^\s@#\\\"()<>,:;\[\]]+@[^\s@#\\\"()<>,:;\[\]]+")
_UNWRITABLE = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))


def unwritable(path: str) -> bool:
    """Return True if a path has characters that a line cannot hold: control or invisible ones, or unusual spaces."""
    return any(unicodedata.category(char) in _UNWRITABLE or (char.isspace() and char != " ") for char in path)


def file_pattern(path: str) -> str:
    r"""Return the pattern of one file, by its path from the top of the git repository: `/teams/our\ design.yaml`.

    GitHub and GitLab both support an escaped space and `?` for any one character, but share no escape for special
    characters; these are therefore written as `?`. `wildcard_count` counts them.
    """
    return "/" + _MEANS_SOMETHING.sub("?", path).replace(" ", r"\ ")


def wildcard_count(pattern: str) -> int:
    """Return the number of wildcards in the pattern of a file."""
    return pattern.count("?")


def is_glob(entry: str) -> bool:
    """Return True if an entry of `include` may match several files."""
    return re.search(r"[*?\[]", entry) is not None


def include_pattern(below: str, entry: str) -> str:
    """Return a pattern that matches every file of a glob entry of `include`; `below` is as `below_top` returns it."""
    parts = [part for part in entry.split("/") if part not in {"", "."}]
    if parts[-1] == "**":
        parts.append("*")
    return file_pattern(below) + "/".join(part if part == "**" else _wild_part(part) for part in parts)


def _wild_part(part: str) -> str:
    text = re.sub(r"[#!\[\]\\]", "?", _CLASS.sub("?", part))
    return re.sub(r"\*+", "*", text).replace(" ", r"\ ")  # two stars beside other characters are the same as one


def is_owner(address: str) -> bool:
    """Return True if an address can be an owner without quoting or escaping."""
    return _OWNER.fullmatch(address) is not None and not unwritable(address)
