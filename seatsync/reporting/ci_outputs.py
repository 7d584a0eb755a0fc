"""What a job hands on to later ones, in the files by which build servers take it. Every value is one line there."""

from __future__ import annotations

from collections.abc import Mapping

from seatsync.reporting.escape import visible

_PREFIX = "SEATSYNC_"


def for_github(values: Mapping[str, str], delimiter: str) -> str:
    """Outputs for the file that `GITHUB_OUTPUT` names.

    `delimiter` is a text that nobody could foresee: no value ends before it.
    """
    return "".join(f"{name}<<{delimiter}\n{visible(value)}\n{delimiter}\n" for name, value in values.items())


def for_gitlab(values: Mapping[str, str]) -> str:
    """Variables for a dotenv report: `has-changes` is `SEATSYNC_HAS_CHANGES`."""
    return "".join(f"{_PREFIX}{name.upper().replace('-', '_')}={visible(value)}\n" for name, value in values.items())
