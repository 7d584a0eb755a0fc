"""Detection and masking of passwords and tokens in URLs and in source lines.

Secrets come from the environment or a file. One in any other place is rejected, and must not be repeated by the message
that rejects it, nor by any other message about the same line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

MASK = "***"

_NAME = r"[\w.-]*(?:passw(?:or)?d|passphrase|pwd|secret|token|api_?key)"
# The text between the colon after a user and the last `@`, unless it is a port. `_IN_PATH` is for shown text: a URL
# that was normalised as a path has lost one of its slashes.
_USER_INFO = re.compile(r"((?:^|[^/])//[^/?#@\s'\"]*):(?!\d*(?:[/?#\s'\"]|$))[^\s'\"]*@")
_IN_PATH = re.compile(r"(:/[^/?#@\s'\"]+:)[^\s'\"]*@")
_PARAMETER = re.compile(rf"([?&;]{_NAME}=)[^&;\s'\"]+", re.IGNORECASE)
_ENTRY = re.compile(rf"((?:^|[\s,{{]){_NAME}['\"]?\s*:\s+)[^\s#].*", re.IGNORECASE)


def has_secret(url: str) -> bool:
    """Return True if a URL contains a password or token."""
    return bool(_USER_INFO.search(url) or _PARAMETER.search(url))


def masked(text: str) -> str:
    """Return text with the passwords and tokens of its URLs masked."""
    if "@" in text and "/" in text:
        text = _USER_INFO.sub(rf"\1:{MASK}@", text)
        text = _IN_PATH.sub(rf"\1{MASK}@", text)
    if "=" in text:
        text = _PARAMETER.sub(rf"\1{MASK}", text)
    return text


IN_ENVIRONMENT = ("SEATSYNC_TOKEN", "SEATSYNC_CLIENT_SECRET", "SEATSYNC_ACCESS_TOKEN", "PGPASSWORD")
"""Variables of the environment whose values are secrets."""
SHORTEST_SECRET = 4
"""Characters. Anything shorter is no secret, and masking it would make every text unreadable."""


def without_secrets(text: str, environment: Mapping[str, str]) -> str:
    """Return text without the secrets of the environment, and with those of its URLs masked."""
    for name in IN_ENVIRONMENT:
        secret = environment.get(name, "").strip()  # as it is used
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, f"[{name}]")
    return masked(text)


def masked_line(line: str) -> str:
    """Return a line of YAML with secrets masked, including the values of keys such as `password`."""
    return masked(_ENTRY.sub(rf"\1{MASK}", line))
