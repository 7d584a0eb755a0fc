"""The console of this process: streams, environment and clock."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TextIO

from seatsync.commands.console import Console
from seatsync.errors import WrongUsage
from seatsync.reporting.paint import Paint

_USUAL_WIDTH = 80


def console(
    *,
    folders: Sequence[str] = (),
    verbose: bool = False,
    debug: bool = False,
    color: bool | None = None,
) -> Console:
    """Return the console for the global options. Raises `WrongUsage` if `-C` names no folder."""
    folder = Path.cwd().joinpath(*folders)
    if not folder.is_dir():
        raise WrongUsage(f"-C {os.path.join(*folders)}: there is no such folder")  # noqa: PTH118 - as it was written
    terminal = all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
    return Console(
        out=sys.stdout,
        err=sys.stderr,
        folder=folder,
        environment=os.environ,
        now=lambda: datetime.now(UTC),
        seconds=monotonic,
        ask=_ask,
        interactive=terminal,
        paint=paint(sys.stdout, color=color),
        err_paint=paint(sys.stderr, color=color),
        verbose=verbose or debug,
        err_width=_width(sys.stderr) if _draws(sys.stderr) else None,
    )


def paint(stream: TextIO, *, color: bool | None) -> Paint:
    """Return colours as requested; by default on a terminal, unless the environment disables them."""
    if color is not None:
        return Paint(on=color)
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return Paint(on=stream.isatty() and not plain)


def _draws(stream: TextIO) -> bool:
    """Return True if lines can be redrawn on a stream: an interactive terminal outside of CI."""
    return stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


def _width(stream: TextIO) -> int:
    """Return the columns of a terminal, with a default for those that report none."""
    return os.get_terminal_size(stream.fileno()).columns or _USUAL_WIDTH


def _ask(question: str) -> str:
    """Prompt on standard error, and return the typed line; end the line on the screen also without input."""
    line = ""
    try:
        sys.stderr.write(question)
        sys.stderr.flush()
        line = sys.stdin.readline()
    finally:
        if not line.endswith("\n"):
            sys.stderr.write("\n")
    return line.strip()
