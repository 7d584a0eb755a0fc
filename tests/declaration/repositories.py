"""Repositories from texts, and findings as texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from seatsync.declaration.load import Loaded, load
from seatsync.finding import Finding

PATTERNS = ("*.yaml", "*.csv")


def repository(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """A folder with these files, and a plain project file that includes them, unless one is among them."""
    patterns = [repr(pattern) for pattern in PATTERNS if any(name.endswith(pattern[1:]) for name in files)]
    project = f"version: 1\naccount: acme\ninclude: [{', '.join(patterns)}]\n"
    for name, text in {"seatsync.yaml": project, **files}.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def loaded(root: Path, files: Mapping[str, str | bytes] | str) -> Loaded:
    """What comes of a repository with these files, or with one fragment `a.yaml`."""
    return load(repository(root, {"a.yaml": files} if isinstance(files, str) else files))


def told(findings: Iterable[Finding]) -> list[str]:
    """Findings as lines: place, code, message, (hint); related places follow on lines of their own."""
    return [line for finding in findings for line in _lines(finding)]


def _lines(finding: Finding) -> Iterator[str]:
    hint = f" ({finding.hint})" if finding.hint else ""
    yield f"{finding.location} {finding.code} {finding.message}{hint}"
    yield from (f"  <- {there.location} {there.message}" for there in finding.related)


def placed(findings: Iterable[Finding]) -> list[str]:
    """Findings as lines: place and code, where another room chooses the words."""
    return [f"{finding.location} {finding.code}" for finding in findings]
