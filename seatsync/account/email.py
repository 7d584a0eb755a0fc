"""E-mail identity: the normal form by which two addresses are the same person.

The local part is case-folded (NFC of the case folding of NFC), the domain is converted to ASCII by UTS 46 and IDNA
2008. So `Ana@ACME.example` is `ana@acme.example`, `straße@…` is `strasse@…`, and `…@straße.example` is not
`…@strasse.example`. Quoted local parts, comments, display names and addresses in brackets are not supported.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

LOCAL_LIMIT = 64
LIMIT = 254
_CACHE_SIZE = 1 << 18  # the people of a very large account, and spelling variants of their addresses
_TOO_LONG_TO_PARSE = 4 * LIMIT

# Nearly every address matches, and is its own identity. Labels with two hyphens in a row (A-labels) and top-level
# domains that are not plain letters take the slow path.
_PLAIN = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,63}"
)
_LABEL_LIMIT = 63

# Reserved top-level domains, which the library rejects. They are valid here, since accounts may be on an intranet and
# no mail is sent: the library gets the domain with another ending appended.
_RESERVED = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})
_STAND_IN = ".com"


def identity(text: str) -> str | None:
    """Return the identity of an address, None if the text is not an e-mail address. Idempotent."""
    if is_plain(text):
        return text
    lower = text.lower()
    # of plain ASCII, capitals are all that parsing changes
    return lower if text.isascii() and is_plain(lower) else _identity(text)


@lru_cache(maxsize=_CACHE_SIZE)
def _identity(text: str) -> str | None:
    return _read(text)[0]


def problem(text: str) -> str:
    """Return the reason why a text is not an e-mail address as one sentence, "" if it is one."""
    return "" if is_plain(text) else _read(text)[1]


def is_plain(text: str) -> bool:
    """Return True for an address that is its own identity. Fast: False may also mean that parsing is needed."""
    if len(text) > LIMIT or not _PLAIN.fullmatch(text):
        return False
    if len(text) <= _LABEL_LIMIT:
        return True
    local, _, domain = text.partition("@")
    return len(local) <= LOCAL_LIMIT and max(map(len, domain.split("."))) <= _LABEL_LIMIT


def _read(text: str) -> tuple[str | None, str]:
    """Parse an address: return its identity and "", or None and the problem."""
    if len(text) > _TOO_LONG_TO_PARSE:
        return None, f"The address is too long: more than {LIMIT} characters."
    written, at, domain = normalize("NFC", text).rpartition("@")
    if not at:
        return None, "An address needs an @-sign between name and domain."
    local = normalize("NFC", written.casefold())
    host, trouble = _ascii_domain(local, domain)
    if host is None:
        return None, trouble
    if len(local.encode()) > LOCAL_LIMIT:
        return None, f"The part before the @-sign is too long: more than {LOCAL_LIMIT} bytes."
    return f"{local}@{host}", ""


def _ascii_domain(local: str, domain: str) -> tuple[str | None, str]:
    """Return the domain of `local@domain` in ASCII (UTS 46, IDNA 2008) and "", or None and the problem.

    The libraries are imported here because they take longer to import than most commands run, and few addresses need
    them.
    """
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    ending = _STAND_IN if _is_reserved(domain) else ""
    try:
        found = validate_email(f"{local}@{domain}{ending}", check_deliverability=False)
    except EmailNotValidError as problem:
        return None, str(problem)
    return str(found.ascii_domain).removesuffix(ending), ""


def _is_reserved(domain: str) -> bool:
    import idna  # noqa: PLC0415

    try:
        plain = idna.uts46_remap(domain, std3_rules=False, transitional=False)
    except idna.IDNAError:
        return False
    return normalize("NFC", plain).rpartition(".")[2] in _RESERVED
