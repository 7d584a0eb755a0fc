"""Where a run begins: `--version` is answered at once, for everything else the command line is imported."""

from __future__ import annotations

import os
import sys

from seatsync import __version__


def main() -> int:
    """Run the command line of the process; the exit code."""
    if sys.argv[1:] == ["--version"] and _say_version():
        return 0
    from seatsync import cli  # noqa: PLC0415 - after the answer above

    return cli.main()


def _say_version() -> bool:
    """What `cli` says too; whether it could be written. Where not, `cli` tries again and tells what is wrong."""
    try:
        os.write(sys.stdout.fileno(), f"seatsync {__version__}\n".encode())
    except (AttributeError, OSError, ValueError):  # no standard output, or nobody reads it
        return False
    return True
