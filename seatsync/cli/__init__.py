"""The entry point of the command line, and the one handler for all errors.

Only modules that Python has already loaded are imported at the top. All others are imported within the handler, so that
a signal, or a lack of memory or file descriptors, during imports ends like any other error.
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
_SECRETS = ("SEATSYNC_TOKEN", "SEATSYNC_CLIENT_SECRET", "SEATSYNC_ACCESS_TOKEN", "PGPASSWORD")
_SHORTEST_SECRET = 4
"""Characters. Anything shorter is no secret, and masking it would make every text unreadable."""
_NO_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Run a command line, by default that of this process; return its exit code. Errors are printed as one line."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    debug = "--debug" in words  # not parsed, so that it also works if the command cannot be imported
    if arguments is None:
        sys.unraisablehook = lambda ignored: _unraisable(ignored, debug=debug)
    collects = gc.isenabled()
    gc.disable()  # a command is short and frees little: collections would only take time
    try:
        code = _run(words)
    except BaseException as error:  # noqa: BLE001 - the one handler for all errors
        code = _handle(error, debug=debug)
    if collects:
        gc.enable()
    return code


def _run(words: list[str]) -> int:
    _steady_streams()
    from seatsync.cli.groups import run  # noqa: PLC0415 - errors of imports are handled too

    code = run(words)
    if not sys.stdout.closed:  # the language server closes it when its editor has gone
        sys.stdout.flush()
    return code


def _handle(error: BaseException, *, debug: bool) -> int:
    """Print an error; return its exit code."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, BrokenPipeError):
        _drop(sys.stdout)
        return _BROKEN_PIPE
    try:
        code, line = _code_and_line(error, debug=debug)
        if debug:
            _print_error(_traceback(error), one_line=False)
        _print_error(f"{NAME}: {line}")
    except KeyboardInterrupt:  # another one while the error was printed
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
        return 1, "too many open files; raise the limit with `ulimit -n`"
    if isinstance(error, OSError):
        file = f"{error.filename}: " if error.filename else ""
        return 1, f"{file}{(error.strerror or type(error).__name__).lower()}"
    if isinstance(error, MemoryError):
        return 1, "not enough memory"
    if isinstance(error, ModuleNotFoundError) and error.name and error.name.partition(".")[0] != NAME:
        return 1, f"the Python module {error.name} is missing; install {NAME} again, with its dependencies"
    details = "the output above" if debug else "the output of the same command with --debug"
    return 1, f"internal error ({type(error).__name__}); please report this as a bug, with {details}"


def _is_interrupt(error: BaseException) -> bool:
    """Return True for Ctrl-C, also if Python wrapped it (an error in `__set_name__` becomes a RuntimeError)."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, KeyboardInterrupt):
        cause = cause.__cause__
    return cause is not None


def _lacks_descriptors(error: BaseException) -> bool:
    """Return True if a file could not be opened because too many are open.

    If that file is a library to import, only the text of the error contains the reason.
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


def _print_error(text: str, *, one_line: bool = True) -> None:
    """Write to standard error, with secrets masked. Ignores that standard error is closed."""
    for name in _SECRETS:
        secret = os.environ.get(name, "").strip()  # as it is used
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, f"[{name}]")
    lines = [text] if one_line else text.split("\n")
    try:
        sys.stderr.write("".join(f"{_visible(line)}\n" for line in lines))
        sys.stderr.flush()
    except OSError:
        _drop(sys.stderr)


def _visible(text: str) -> str:
    """Return text escaped as in reports, or more strictly if that module cannot be imported any more."""
    try:
        from seatsync.reporting.escape import visible  # noqa: PLC0415 - few runs need it
    except (ImportError, MemoryError, OSError):
        return "".join(char if char.isascii() and char.isprintable() else ascii(char)[1:-1] for char in text)
    return visible(text)


def _unraisable(ignored: "sys.UnraisableHookArgs", *, debug: bool) -> None:
    """Exit on an interrupt where Python cannot raise, such as in a callback of its import system.

    Other errors that Python ignores there are shown with `--debug` only.
    """
    if isinstance(ignored.exc_value, KeyboardInterrupt):
        _print_error(f"{NAME}: interrupted")
        os._exit(_INTERRUPTED)
    if debug:
        sys.__unraisablehook__(ignored)


def _steady_streams() -> None:
    """Set all streams to UTF-8 and plain line ends, without errors for any character; replace missing streams."""
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "r+", encoding="utf-8"))  # noqa: PTH123, SIM115 - never closed
        elif isinstance(stream, TextIOWrapper):
            if name == "stdin":
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _drop(stream: "TextIO") -> None:
    """Redirect a broken stream to the null device, so that Python's flush at exit does not fail."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return
