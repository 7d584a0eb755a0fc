"""The command line of a process: from its words to its exit code. Every error leaves by one door.

Python itself has loaded what is imported at the top. All else is imported behind the door: a signal that arrives
meanwhile, and a lack of memory or descriptors, end like any other error.
"""

import errno
import gc
import os
import sys
from io import TextIOWrapper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

NAME = "seatsync"
_INTERRUPTED, _BROKEN_PIPE = 128 + 2, 128 + 13
_SECRETS = ("SEATSYNC_TOKEN",)
_NO_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Run a command line, by default that of this process; return its exit code. Every error ends here as one line."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    debug = "--debug" in words  # also where the command that it belongs to cannot be imported
    if arguments is None:
        sys.unraisablehook = lambda ignored: _unraisable(ignored, debug=debug)
    collects = gc.isenabled()
    gc.disable()  # a command is one short run that keeps what it makes: looking for garbage only takes time
    try:
        code = _run(words)
    except BaseException as error:  # noqa: BLE001 - the one door that every error leaves by
        code = _leave(error, debug=debug)
    if collects:
        gc.enable()
    return code


def _run(words: list[str]) -> int:
    _steady_streams()
    from seatsync.cli.groups import run  # noqa: PLC0415 - behind the door

    code = run(words)
    if not sys.stdout.closed:  # as the language server leaves it when its editor has gone
        sys.stdout.flush()
    return code


def _leave(error: BaseException, *, debug: bool) -> int:
    """Print what there is to know about an error; return its exit code."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, BrokenPipeError):
        _drop(sys.stdout)
        return _BROKEN_PIPE
    try:
        code, line = _code_and_line(error, debug=debug)
        if debug:
            _tell(_traceback(error), one_line=False)
        _tell(f"{NAME}: {line}")
    except KeyboardInterrupt:  # once more, while the error was printed
        return _INTERRUPTED
    if isinstance(error, OSError):
        _drop(sys.stdout)
    return code


def _code_and_line(error: BaseException, *, debug: bool) -> tuple[int, str]:
    if _is_interrupt(error):
        return _INTERRUPTED, "interrupted"
    errors = sys.modules.get("seatsync.errors")
    if errors is not None and isinstance(error, errors.SeatsyncError):
        return error.exit_code, str(error)
    if _lacks_descriptors(error):
        return 1, "too many open files; allow this process more of them (`ulimit -n`)"
    if isinstance(error, OSError):
        file = f"{error.filename}: " if error.filename else ""
        return 1, f"{file}{(error.strerror or type(error).__name__).lower()}"
    if isinstance(error, MemoryError):
        return 1, "not enough memory"
    if isinstance(error, ModuleNotFoundError) and error.name and error.name.partition(".")[0] != NAME:
        return 1, f"the Python module {error.name} is missing; install {NAME} again, with its dependencies"
    what = "all that stands above" if debug else "the output of the same command and --debug"
    return 1, f"this should not have happened ({type(error).__name__}); please report this, with {what}"


def _is_interrupt(error: BaseException) -> bool:
    """Return True for Ctrl-C, also where Python wrapped it (an error in `__set_name__` becomes a `RuntimeError`)."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, KeyboardInterrupt):
        cause = cause.__cause__
    return cause is not None


def _lacks_descriptors(error: BaseException) -> bool:
    """Return True if a file could not be opened because too many are open.

    Where that file is a library to import, only the text of the error has the reason.
    """
    if isinstance(error, OSError):
        return error.errno in _NO_DESCRIPTORS
    return isinstance(error, ImportError) and any(os.strerror(number) in str(error) for number in _NO_DESCRIPTORS)


def _traceback(error: BaseException) -> str:
    try:
        from traceback import format_exception  # noqa: PLC0415 - few runs need it
    except (ImportError, MemoryError, OSError):
        return repr(error)
    return "".join(format_exception(error)).rstrip("\n")


def _tell(text: str, *, one_line: bool = True) -> None:
    """Write to standard error, without secrets; a standard error that is gone is no second error."""
    for name in _SECRETS:
        if os.environ.get(name):
            text = text.replace(os.environ[name], f"[{name}]")
    lines = [text] if one_line else text.split("\n")
    try:
        sys.stderr.write("".join(f"{_visible(line)}\n" for line in lines))
        sys.stderr.flush()
    except OSError:
        _drop(sys.stderr)


def _visible(text: str) -> str:
    """Return text as our reports escape it, or more strictly where that module cannot be imported any more."""
    try:
        from seatsync.reporting.escape import visible  # noqa: PLC0415 - few runs need it
    except (ImportError, MemoryError, OSError):
        return "".join(char if char.isascii() and char.isprintable() else ascii(char)[1:-1] for char in text)
    return visible(text)


def _unraisable(ignored: "sys.UnraisableHookArgs", *, debug: bool) -> None:
    """End a run that is interrupted where Python cannot raise, as in a callback of its import system.

    Any other error that Python ignores there is shown with `--debug` only.
    """
    if isinstance(ignored.exc_value, KeyboardInterrupt):
        _tell(f"{NAME}: interrupted")
        os._exit(_INTERRUPTED)
    if debug:
        sys.__unraisablehook__(ignored)


def _steady_streams() -> None:
    """Set UTF-8 and plain line ends everywhere, no error for any character, and no stream that is missing."""
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "r+", encoding="utf-8"))  # noqa: PTH123, SIM115 - open as long as we run
        elif isinstance(stream, TextIOWrapper):
            if name == "stdin":
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _drop(stream: "TextIO") -> None:
    """Let what is still to be written go nowhere, so that Python's own last flush has nothing to complain of."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return
