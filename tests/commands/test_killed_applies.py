"""An apply with steps by API that is killed anywhere: the next one ends with the same result, and one effect each."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.commands.killing_applies import FAULTS
from tests.postgres import server
from tests.targets.stores import STORES

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no kill -9")

PLACES = 15
"""Of about 740; `python -m tests.commands.killing_applies` kills at all of them."""


def proof(places: int, store: str = "sqlite", fault: str = "") -> tuple[int, list[str]]:
    line = [sys.executable, "-m", "tests.commands.killing_applies", str(places), store, fault]
    count, wrong = json.loads(subprocess.run(line, check=True, capture_output=True, timeout=600).stdout)
    return count, wrong


@pytest.mark.parametrize("store", STORES)
def test_killed_at_some_places(store: str) -> None:
    if store == "postgresql":
        server()
    count, wrong = proof(PLACES, store)
    assert wrong == []
    assert count >= PLACES - 1  # answers come in more pieces or fewer


@pytest.mark.parametrize("fault", FAULTS)
def test_proof_detects_bugs(fault: str) -> None:
    assert proof(3 * PLACES, fault=fault)[1] != []
