"""Hostile and awkward input that stands beside the repository, in `../shared/corpora`, where it is there at all."""

from __future__ import annotations

from pathlib import Path

import pytest

_CORPORA = Path(__file__).resolve().parents[2].parent / "shared" / "corpora"
YAML_SUITE = _CORPORA / "yaml-test-suite"
NAUGHTY_STRINGS = _CORPORA / "naughty-strings" / "blns.json"
MARKUP_INJECTION = _CORPORA / "xss"


def needs(path: Path) -> pytest.MarkDecorator:
    """Skip a test, saying so, where a corpus is missing."""
    return pytest.mark.skipif(not path.exists(), reason=f"../shared/corpora/{path.name} is not here")
