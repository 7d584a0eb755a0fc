"""Fleets on disk: a `fleet.yaml`, and projects that have nothing but their project file."""

from __future__ import annotations

from pathlib import Path

from seatsync.finding import Finding
from seatsync.fleet.declared_fleet import Fleet
from seatsync.fleet.reading import read_fleet


def write(root: Path, files: dict[str, str]) -> Path:
    """Write files below a folder; a name that ends in a slash is that of a project. Return the folder."""
    for name, text in files.items():
        path = root / (f"{name}seatsync.yaml" if name.endswith("/") else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or f"version: 1\naccount: {path.parent.name}\n", encoding="utf-8")
    return root


def fleet_in(root: Path, files: dict[str, str]) -> Fleet:
    """Write and read a fleet without findings."""
    fleet, findings = read_fleet(write(root, files) / "fleet.yaml")
    assert findings == []
    assert fleet is not None
    return fleet


def said(root: Path, files: dict[str, str]) -> list[str]:
    """Write and read a fleet with errors, and return them as lines."""
    fleet, findings = read_fleet(write(root, files) / "fleet.yaml")
    assert fleet is None
    return [line(finding) for finding in findings]


def line(finding: Finding) -> str:
    """Return a finding as `FILE:LINE:COLUMN CODE MESSAGE | HINT`."""
    hint = f" | {finding.hint}" if finding.hint else ""
    return f"{finding.location} {finding.code} {finding.message}{hint}"
