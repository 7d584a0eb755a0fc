"""Where a run begins: `--version` is answered at once, for everything else the command line is imported."""

from __future__ import annotations

import os
import sys

from seatsync import __version__


def main() -> int:
    """Run the command line of the process; the exit code, unless the process has ended with it already."""
    if sys.argv[1:] == ["--version"] and _say_version():
        return _ended(0)
    from seatsync import cli  # noqa: PLC0415 - after the answer above

    return _ended(cli.main())


def _ended(code: int) -> int:
    """End the process at once, as nothing is left to do: taking all modules down takes a tenth of a short run.

    Not where other threads are at work, or where somebody watches the run: a debugger, a profiler.
    """
    threading = sys.modules.get("threading")
    alone = threading is None or threading.active_count() == 1
    if alone and sys.gettrace() is None and sys.getprofile() is None:
        try:
            for stream in (sys.stdout, sys.stderr):
                if stream is not None and not stream.closed:
                    stream.flush()
        except (OSError, ValueError):
            return code  # Python has its own words for that
        os._exit(code)
    return code


def _say_version() -> bool:
    """What `cli` says too; whether it could be written. Where not, `cli` tries again and tells what is wrong."""
    try:
        os.write(sys.stdout.fileno(), f"seatsync {__version__}\n".encode())
    except (AttributeError, OSError, ValueError):  # no standard output, or nobody reads it
        return False
    return True
