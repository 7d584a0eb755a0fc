"""The lock file for development and CI has every requirement of pyproject.toml, by version and hash."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
LOCKED = [line.removesuffix(" \\") for line in LOCK.splitlines() if re.match(r"[a-z0-9]", line)]

DEPENDENCIES: list[str] = PROJECT["project"]["dependencies"]
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
BUILD: list[str] = PROJECT["build-system"]["requires"]
HAS_NO_MAJORS = {"tzdata"}


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize(
    "text", [*DEPENDENCIES, *EXTRAS["dev"], *EXTRAS["api"], *EXTRAS["lsp"], *EXTRAS["policy"], *EXTRAS["xlsx"], *BUILD]
)
def test_every_dependency_is_locked(text: str, python: str) -> None:
    wanted = Requirement(text)
    found = [
        locked
        for locked in map(Requirement, LOCKED)
        if canonicalize_name(locked.name) == canonicalize_name(wanted.name)
        and (locked.marker is None or locked.marker.evaluate({"python_version": python, "python_full_version": python}))
    ]
    assert len(found) == 1, f"run `make lock`: {text} changed"
    (version,) = found[0].specifier
    assert version.operator == "=="
    assert wanted.specifier.contains(version.version), f"run `make lock`: {text} changed"


def test_every_version_has_hashes_and_no_source() -> None:
    entries = re.split(r"(?m)^(?=[a-z0-9])", LOCK)[1:]
    assert len(entries) == len(LOCKED) > 50
    for entry in entries:
        assert re.match(r"[^\s=]+==\S+", entry), entry
        assert re.search(r"(?m)^    --hash=sha256:[0-9a-f]{64}", entry), entry
    assert "://" not in LOCK
    assert not re.search(r"(?m)^-", LOCK)  # not an option, such as an index URL


@pytest.mark.parametrize(
    "text", [*DEPENDENCIES, *EXTRAS["api"], *EXTRAS["lsp"], *EXTRAS["policy"], *EXTRAS["xlsx"], *BUILD]
)
def test_the_next_major_version_waits_for_us(text: str) -> None:
    wanted = Requirement(text)
    bounds = {bound.operator for bound in wanted.specifier}
    assert bounds == ({">="} if wanted.name in HAS_NO_MAJORS else {">=", "<"})


def test_the_extra_all_has_every_extra_for_users() -> None:
    (everything,) = map(Requirement, EXTRAS["all"])
    assert everything.name == PROJECT["project"]["name"]
    assert everything.extras == EXTRAS.keys() - {"all", "dev"}
