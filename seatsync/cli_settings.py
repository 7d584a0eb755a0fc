"""What stands around a command: the options that all of them take, streams, and its module, imported when it runs."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, TextIO

from seatsync.errors import WrongUsage

if TYPE_CHECKING:  # imported when a command runs: `--help` needs neither them nor what they import
    from seatsync.commands.console import Console
    from seatsync.reporting.paint import Paint

MODULES = {"import": "import_"}
"""The modules that are not called as their command is."""

EVERYWHERE: dict[str, tuple[str, bool]] = {
    "-v": ("verbose", True),
    "--verbose": ("verbose", True),
    "--debug": ("debug", True),
    "--color": ("color", True),
    "--no-color": ("color", False),
    "--no-cache": ("no_cache", True),
}
"""The flags that every command takes, also before its name: which of the settings each sets, and to what."""

_USUAL_WIDTH = 80


class Settings:
    """What may stand before and after the command's name."""

    folders: Sequence[str] = ()
    verbose: bool = False
    debug: bool = False
    color: bool | None = None
    no_cache: bool = False

    def console(self) -> Console:
        """The world as the command is to see it."""
        from pathlib import Path

        from seatsync.commands.console import Console

        folder = Path.cwd().joinpath(*self.folders)
        if not folder.is_dir():
            raise WrongUsage(f"-C {os.path.join(*self.folders)}: there is no such folder")  # noqa: PTH118 - as it was written
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
            paint=self.paint(sys.stdout),
            err_paint=self.paint(sys.stderr),
            verbose=self.verbose or self.debug,
            err_width=_width(sys.stderr) if _draws(sys.stderr) else None,
            cache=not self.no_cache,
        )

    def paint(self, stream: TextIO) -> Paint:
        """Colours on a terminal, unless the user or the environment says otherwise."""
        from seatsync.reporting.paint import Paint

        if self.color is not None:
            return Paint(on=self.color)
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return Paint(on=stream.isatty() and not plain)


def _draws(stream: TextIO) -> bool:
    """Whether lines can be drawn again on a stream: on a terminal that somebody looks at."""
    return stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


def _width(stream: TextIO) -> int:
    """The columns of a terminal; some do not know it."""
    return os.get_terminal_size(stream.fileno()).columns or _USUAL_WIDTH


def _ask(question: str) -> str:
    """Ask on standard error; standard output carries the answer. Where no line is typed, the screen still gets one."""
    line = ""
    try:
        sys.stderr.write(question)
        sys.stderr.flush()
        line = sys.stdin.readline()
    finally:
        if not line.endswith("\n"):
            sys.stderr.write("\n")
    return line.strip()


def dispatch(settings: Settings, module: str, options: Mapping[str, Any]) -> int:
    """Run a command; its exit code."""
    collects = gc.isenabled()
    gc.disable()  # a command is one short run that keeps what it makes: looking for garbage only takes time
    try:
        command: Any = importlib.import_module(f"seatsync.commands.{module}")
        code: int = command.run(settings.console(), **options)
    finally:
        if collects:
            gc.enable()
    return code
