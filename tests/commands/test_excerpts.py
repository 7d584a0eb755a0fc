from __future__ import annotations

import os
from pathlib import Path

from seatsync.commands.shared.repository import excerpts, no_line
from seatsync.finding import Location


def at(file: str, line: int) -> Location:
    return Location(file, line, 1, line, 2)


def test_lines_as_the_readers_count_them(folder: Path) -> None:
    (folder / "a.yaml").write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n\xc2\x85five \xff\xe2\x80\xa8six")
    line_of = excerpts(folder, ())
    lines = [line_of(at("a.yaml", number)) for number in range(8)]
    assert lines == [None, "one", "two", "three", "", "five \ufffd", "six", None]
    assert no_line(at("a.yaml", 1)) is None


def test_only_regular_files_of_the_repository(folder: Path) -> None:
    inside = folder / "repository"
    inside.mkdir()
    (folder / "secret").write_text("secret\n")
    (inside / "link").symlink_to(folder / "secret")
    os.mkfifo(inside / "pipe")
    line_of = excerpts(inside, ())
    for name in ("../secret", "/etc/passwd", "link", "pipe", ".", "none"):
        assert line_of(at(name, 1)) is None


def test_a_very_large_file_is_not_shown(folder: Path) -> None:
    (folder / "large").write_bytes(b"x\n" * (9 << 20))
    assert excerpts(folder, ())(at("large", 1)) is None


def test_many_files_one_after_another(folder: Path) -> None:
    for number in range(10):
        (folder / f"{number}.yaml").write_text(f"first\nof {number}\n")
    line_of = excerpts(folder, ())
    names = [*range(10), *range(10)]
    assert [line_of(at(f"{number}.yaml", 2)) for number in names] == [f"of {number}" for number in names]
