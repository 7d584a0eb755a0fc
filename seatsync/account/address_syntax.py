"""The one room that knows the e-mail and IDNA libraries: slow to import, so `email.py` does that on a rare path."""

from __future__ import annotations

import unicodedata

import idna
from email_validator import EmailNotValidError, validate_email

# Names that reach nobody on the internet, which the library refuses. An account may well live on an intranet, and no
# mail is sent from here, so they pass: the library is shown the domain with an ending it does not know as reserved.
_RESERVED = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})
_STAND_IN = ".com"


def ascii_domain(local: str, domain: str) -> tuple[str | None, str]:
    """The domain of `local@domain` in ASCII (UTS 46, IDNA 2008), or None; and what is wrong, in words, or nothing."""
    ending = _STAND_IN if _is_reserved(domain) else ""
    try:
        found = validate_email(f"{local}@{domain}{ending}", check_deliverability=False)
    except EmailNotValidError as problem:
        return None, str(problem)
    return str(found.ascii_domain).removesuffix(ending), ""


def _is_reserved(domain: str) -> bool:
    try:
        plain = idna.uts46_remap(domain, std3_rules=False, transitional=False)
    except idna.IDNAError:
        return False
    return unicodedata.normalize("NFC", plain).rpartition(".")[2] in _RESERVED
