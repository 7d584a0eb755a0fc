"""Passwords and tokens in URLs and in source lines: found where none may be, and masked in whatever is shown.

Secrets come from the environment or a file. One that stands elsewhere is refused, and must not be repeated by the
message that refuses it, nor by any other message about the same line.
"""

from __future__ import annotations

import re

MASK = "***"

_NAME = r"[\w.-]*(?:passw(?:or)?d|passphrase|pwd|secret|token|api_?key)"
# A user and what comes after the colon, up to the last `@`; a port is no password. In what is shown, one slash will do:
# a URL that was taken for a path has lost the other.
_USER_INFO = re.compile(r"((?:^|[^/])//[^/?#@\s'\"]*):(?!\d*(?:[/?#\s'\"]|$))[^\s'\"]*@")
_IN_PATH = re.compile(r"(:/[^/?#@\s'\"]+:)[^\s'\"]*@")
_PARAMETER = re.compile(rf"([?&;]{_NAME}=)[^&;\s'\"]+", re.IGNORECASE)
_ENTRY = re.compile(rf"((?:^|[\s,{{]){_NAME}['\"]?\s*:\s+)[^\s#].*", re.IGNORECASE)


def has_secret(url: str) -> bool:
    """Return True if a URL has a password or token in it."""
    return bool(_USER_INFO.search(url) or _PARAMETER.search(url))


def masked(text: str) -> str:
    """Return the text without the passwords and tokens of the URLs in it."""
    if "@" in text and "/" in text:
        text = _USER_INFO.sub(rf"\1:{MASK}@", text)
        text = _IN_PATH.sub(rf"\1{MASK}@", text)
    if "=" in text:
        text = _PARAMETER.sub(rf"\1{MASK}", text)
    return text


def masked_line(line: str) -> str:
    """Return a line of a YAML file without secrets: also without the values of keys such as `password`."""
    return masked(_ENTRY.sub(rf"\1{MASK}", line))
