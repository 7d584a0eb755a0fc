"""What a command of a fleet is asked for, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seatsync.commands.shared.options import FleetOptions, RunningOptions
from seatsync.fleet.run_values import Command


@dataclass(frozen=True, slots=True)
class Request:
    """A command for the accounts of a fleet, with its options. `again`: also where nothing has changed."""

    command: Command
    options: Mapping[str, object]
    again: bool = False


@dataclass(frozen=True, slots=True)
class FrontOptions:
    """The options of a command of a fleet. `out`: the folder for plans."""

    which: FleetOptions
    running: RunningOptions
    detailed: bool = False
    out: Path | None = None
