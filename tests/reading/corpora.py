"""Input data outside the repository, in `../shared`. Tests that need it are skipped if it is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

_SHARED = Path(__file__).resolve().parents[3] / "shared"
_CORPORA = _SHARED / "corpora"
YAML_SUITE = _CORPORA / "yaml-test-suite"
NAUGHTY_STRINGS = _CORPORA / "naughty-strings" / "blns.json"
MARKUP_INJECTION = _CORPORA / "xss"
ADDRESSES = _CORPORA / "isemail" / "tests.xml"
TRAVERSAL = _CORPORA / "paths" / "traversal.txt"
RULE_CASES = _SHARED / "cases" / "rules"
ORGANISATIONS = _SHARED / "real" / "kubernetes-org"


def needs(path: Path) -> pytest.MarkDecorator:
    """Skip a test if its data is missing; exclude it from coverage otherwise."""
    return pytest.mark.beside(path, f"../shared/{path.relative_to(_SHARED)} is not here")
