"""The modules of the package whose functions run during one command: `python -m tests.modules_run COMMAND…`."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "seatsync"
_COMPREHENSIONS = frozenset({"<listcomp>", "<genexpr>", "<setcomp>", "<dictcomp>"})


def modules_run(folder: Path, *arguments: str) -> list[str]:
    """Return the files (`seatsync/…`, sorted) of which a function runs during a command in a folder.

    Functions that run during imports do not count, nor do bodies of classes.
    """
    ended = subprocess.run(
        [sys.executable, "-m", "tests.modules_run", str(folder), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(ended.stdout)
    return found


def _main(folder: str, arguments: list[str]) -> None:
    from seatsync.cli import main  # noqa: PLC0415 - what is imported here is not counted

    found = set()

    def profile(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        file = code.co_filename
        if event != "call" or not file.startswith(str(PACKAGE)) or file in found:
            return
        if code.co_name not in _COMPREHENSIONS and not _is_class(frame) and not _while_importing(frame):
            found.add(file)

    os.chdir(folder)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        sys.setprofile(profile)
        try:
            main(arguments)
        finally:
            sys.setprofile(None)
    json.dump(sorted(str(Path(file).relative_to(ROOT)) for file in found), sys.stdout)


def _is_class(frame: FrameType) -> bool:
    return "__qualname__" in frame.f_code.co_names and "__module__" in frame.f_code.co_names


def _while_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_name == "<module>" and frame.f_code.co_filename.startswith(str(PACKAGE)):
            return True
        frame = frame.f_back
    return False


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2:])
