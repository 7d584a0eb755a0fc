"""The command line of a process: from its words to its exit code. Every error leaves by one door."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import Any, TextIO

from seatsync.errors import SeatsyncError

NAME = "seatsync"
_SIGINT, _SIGPIPE, _ENDED_BY = 2, 13, 128
_SECRETS = ("SEATSYNC_TOKEN",)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; the exit code. Every error ends here as one line."""
    _steady_streams()
    options: dict[str, Any] = {}
    collects = gc.isenabled()
    gc.disable()  # a command is one short run that keeps what it makes: looking for garbage only takes time
    try:
        from seatsync.cli.groups import run  # noqa: PLC0415 - what goes wrong on the way ends by the same door

        code = run(sys.argv[1:] if arguments is None else list(arguments), options)
        if not sys.stdout.closed:  # as the language server leaves it when its editor has gone
            sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - the one door that every error leaves by
        code = _leave(error, debug=options.get("debug", False))
    finally:
        if collects:
            gc.enable()
    return code


def _leave(error: BaseException, *, debug: bool) -> int:
    """Print what there is to know about an error; return its exit code."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, BrokenPipeError):
        _drop(sys.stdout)
        return _ENDED_BY + _SIGPIPE
    code, line = _code_and_line(error, debug=debug)
    if debug:
        import traceback  # noqa: PLC0415 - few runs need it

        _tell("".join(traceback.format_exception(error)).rstrip("\n"), one_line=False)
    _tell(f"{NAME}: {line}")
    if isinstance(error, OSError):
        _drop(sys.stdout)
    return code


def _code_and_line(error: BaseException, *, debug: bool) -> tuple[int, str]:
    if isinstance(error, SeatsyncError):
        return error.exit_code, str(error)
    if isinstance(error, KeyboardInterrupt):
        return _ENDED_BY + _SIGINT, "interrupted"
    if isinstance(error, OSError):
        file = f"{error.filename}: " if error.filename else ""
        return 1, f"{file}{(error.strerror or type(error).__name__).lower()}"
    if isinstance(error, MemoryError):
        return 1, "not enough memory"
    what = "all that stands above" if debug else "the output of the same command and --debug"
    return 1, f"this should not have happened ({type(error).__name__}); please report this, with {what}"


def _tell(text: str, *, one_line: bool = True) -> None:
    """Write to standard error, without secrets; a standard error that is gone is no second error."""
    from seatsync.reporting.escape import visible  # noqa: PLC0415 - few runs need it

    for name in _SECRETS:
        if os.environ.get(name):
            text = text.replace(os.environ[name], f"[{name}]")
    lines = [text] if one_line else text.split("\n")
    try:
        sys.stderr.write("".join(f"{visible(line)}\n" for line in lines))
        sys.stderr.flush()
    except OSError:
        _drop(sys.stderr)


def _steady_streams() -> None:
    """UTF-8 and plain line ends everywhere, no error for any character, and no stream that is missing."""
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "r+", encoding="utf-8"))  # noqa: PTH123, SIM115 - open as long as we run
        elif isinstance(stream, TextIOWrapper):
            if name == "stdin":
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _drop(stream: TextIO) -> None:
    """Let what is still to be written go nowhere, so that Python's own last flush has nothing to complain of."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
