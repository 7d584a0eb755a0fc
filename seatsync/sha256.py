"""SHA-256 without OpenSSL, which takes three megabytes of memory to load."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import sha256
else:
    for _name in ("_sha256", "_sha2", "hashlib"):  # until Python 3.11, since 3.12, and where either was not built
        try:
            sha256 = import_module(_name).sha256
            break
        except ImportError:
            continue

__all__ = ["sha256"]
