"""Entry point of `python -m seatsync`."""

from __future__ import annotations

import sys

from seatsync.cli import main

if __name__ == "__main__":
    sys.exit(main())
