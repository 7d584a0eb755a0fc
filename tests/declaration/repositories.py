"""Repositories made from texts, and findings rendered as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from seatsync.declaration.load import Loaded, load
from seatsync.finding import Finding

PATTERNS = ("*.yaml", "*.csv")


def repository(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Create a folder with these files, and a project file that includes them unless one is given."""
    patterns = [repr(pattern) for pattern in PATTERNS if any(name.endswith(pattern[1:]) for name in files)]
    project = f"version: 1\naccount: acme\ninclude: [{', '.join(patterns)}]\n"
    for name, text in {"seatsync.yaml": project, **files}.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def loaded(root: Path, files: Mapping[str, str | bytes] | str) -> Loaded:
    """Load a repository with these files, or with one fragment `a.yaml`."""
    return load(repository(root, {"a.yaml": files} if isinstance(files, str) else files))


def rendered(findings: Iterable[Finding]) -> list[str]:
    """Return findings as lines: place, code, message, (hint), followed by lines of related places."""
    return [line for finding in findings for line in _lines(finding)]


def _lines(finding: Finding) -> Iterator[str]:
    hint = f" ({finding.hint})" if finding.hint else ""
    yield f"{finding.location} {finding.code} {finding.message}{hint}"
    yield from (f"  <- {there.location} {there.message}" for there in finding.related)


def placed(findings: Iterable[Finding]) -> list[str]:
    """Return findings as lines of place and code, for tests that do not depend on the wording."""
    return [f"{finding.location} {finding.code}" for finding in findings]
