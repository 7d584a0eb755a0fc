"""An independent reader of `CODEOWNERS` by the rules of GitHub and GitLab; it refuses what they disagree on."""

from __future__ import annotations

import re


def owners_of(text: str, path: str) -> list[str] | None:
    """Return the owners of a path from the top, by the last matching line; None if no line matches."""
    found = None
    for line in text.split("\n"):
        if line.strip() and not line.startswith("#"):
            pattern, *owners = re.findall(r"(?:\\.|[^\\\s])+", line)
            if re.fullmatch(_regex(pattern), path, re.DOTALL):
                found = owners
    return found


def _regex(pattern: str) -> str:
    assert pattern.startswith("/"), "only patterns that begin at the top are written"
    parts = []
    for token in re.findall(r"/\*\*(?=/)|\\.|.", pattern[1:] if not pattern.startswith("/**") else pattern, re.DOTALL):
        assert token not in {"#", "!", "[", "]", "\\"}, "the hosts do not agree on what this means"
        assert len(token) == 1 or token in {"\\ ", "/**"}
        parts.append({"*": "[^/]*", "?": "[^/]", "\\ ": " ", "/**": "(?:/[^/]+)*"}.get(token) or re.escape(token))
    regex = "".join(parts)
    return regex.replace("(?:/[^/]+)*/", "(?:[^/]+/)*", 1) if pattern.startswith("/**") else regex
