"""E-mail identity: when two addresses are the same person. The one function for it, everywhere.

The local part is folded (NFC of the case folding of NFC), the domain is written in ASCII as UTS 46 and IDNA 2008 have
it. So `Ana@ACME.example` is `ana@acme.example`, `straße@…` is `strasse@…`, and `…@straße.example` is not
`…@strasse.example`. Quoted local parts, comments, display names and addresses in brackets are not taken.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

LOCAL_LIMIT = 64
LIMIT = 254
_REMEMBERED = 1 << 18  # people of a very large account, with room for other ways of writing them
_TOO_LONG_TO_LOOK_AT = 4 * LIMIT

# What nearly every address looks like: already its own identity. Labels with two hyphens in a row (A-labels) and
# endings that are not plain letters take the long way.
_PLAIN = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,63}"
)
_LABEL_LIMIT = 63


def identity(text: str) -> str | None:
    """The identity of an address, which is its own identity; None where the text is no e-mail address."""
    return text if is_plain(text) else _identity(text)


@lru_cache(maxsize=_REMEMBERED)
def _identity(text: str) -> str | None:
    return _read(text)[0]


def problem(text: str) -> str:
    """Why a text is no e-mail address, as one sentence; nothing where it is one."""
    return "" if is_plain(text) else _read(text)[1]


def is_plain(text: str) -> bool:
    """Whether an address is its own identity, as far as can be told at a glance."""
    if len(text) > LIMIT or not _PLAIN.fullmatch(text):
        return False
    if len(text) <= _LABEL_LIMIT:
        return True
    local, _, domain = text.partition("@")
    return len(local) <= LOCAL_LIMIT and max(map(len, domain.split("."))) <= _LABEL_LIMIT


def _read(text: str) -> tuple[str | None, str]:
    """The long way: the identity or None, and the problem or nothing."""
    if len(text) > _TOO_LONG_TO_LOOK_AT:
        return None, f"The address is too long: more than {LIMIT} characters."
    written, at, domain = normalize("NFC", text).rpartition("@")
    if not at:
        return None, "An address needs an @-sign between name and domain."
    local = normalize("NFC", written.casefold())
    # The libraries behind it take longer to import than most commands run, and few addresses need them.
    from seatsync.account.address_syntax import ascii_domain  # noqa: PLC0415

    host, trouble = ascii_domain(local, domain)
    if host is None:
        return None, trouble
    if len(local.encode()) > LOCAL_LIMIT:
        return None, f"The part before the @-sign is too long: more than {LOCAL_LIMIT} bytes."
    return f"{local}@{host}", ""
