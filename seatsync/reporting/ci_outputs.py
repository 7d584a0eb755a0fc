"""Outputs of a CI job for later jobs, in the file formats of build servers, one line per value."""

from __future__ import annotations

from collections.abc import Mapping

from seatsync.reporting.escape import visible

_PREFIX = "SEATSYNC_"


def for_github(values: Mapping[str, str], delimiter: str) -> str:
    """Return outputs for the `GITHUB_OUTPUT` file.

    `delimiter` is an unpredictable text, so that no value can end its own block.
    """
    return "".join(f"{name}<<{delimiter}\n{visible(value)}\n{delimiter}\n" for name, value in values.items())


def for_gitlab(values: Mapping[str, str]) -> str:
    """Return variables for a dotenv report: `has-changes` becomes `SEATSYNC_HAS_CHANGES`."""
    return "".join(f"{_PREFIX}{name.upper().replace('-', '_')}={visible(value)}\n" for name, value in values.items())
