"""`python -m benchmarks`: measure every row of the table, and write the page, the data and the plot."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import report
from benchmarks.jobs import JOBS, Bench, measure
from benchmarks.measure import ROOT, Failed
from benchmarks.rows import Results


def main(arguments: list[str]) -> int:
    """Measure and write the results; return 1 if a measured process failed."""
    options = _options(arguments)
    rounds = options.rounds, min(options.rounds, options.slow)
    since = time.perf_counter()
    results = Results(options.seats)
    with tempfile.TemporaryDirectory(prefix="seatsync-bench-") as folder:
        bench = Bench(Path(folder), options.seats, *rounds, with_tools=not options.without_tools)
        try:
            for name in measure(bench, options.only or list(JOBS), results):
                print(f"{time.perf_counter() - since:6.0f} s  {name}", file=sys.stderr, flush=True)
            print(report.table(results))
            if options.update:
                report.keep(results, options.out)
        except Failed as failure:
            print(failure, file=sys.stderr)
            return 1
    if options.only is None or options.update:
        report.write(results, rounds, options.out)
        print(f"written to {options.out}: {report.PAGE}, {report.DATA}, {report.PLOT}")
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seats", type=int, default=30_000, help="direct seats (default: 30000)")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of most rows (default: 7)")
    parser.add_argument("--slow", type=int, default=3, help="rounds of sizes and other tools (default: 3)")
    parser.add_argument("--without-tools", action="store_true", help="skip comparisons with other tools")
    parser.add_argument("--only", action="append", choices=list(JOBS), help="measure one group, and print its table")
    parser.add_argument(
        "--update", action="store_true", help="with --only: replace the rows of these groups on the page"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="folder of page, data and plot (default: docs)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
