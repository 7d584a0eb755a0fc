"""The only module that uses the e-mail and IDNA libraries. Slow to import; `email.py` does so only when needed."""

from __future__ import annotations

import unicodedata

import idna
from email_validator import EmailNotValidError, validate_email

# Reserved top-level domains, which the library rejects. They are valid here, since accounts may be on an intranet and
# no mail is sent: the library gets the domain with another ending appended.
_RESERVED = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})
_STAND_IN = ".com"


def ascii_domain(local: str, domain: str) -> tuple[str | None, str]:
    """Return the domain of `local@domain` in ASCII (UTS 46, IDNA 2008) and "", or None and the problem."""
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
