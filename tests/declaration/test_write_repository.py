from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from seatsync.declaration.writing.write import write_repository
from seatsync.errors import FileProblem

FILES = {"teams/a.yaml": "a: 1\n", "é.yaml": "b: é\n", "seatsync.yaml": "version: 1\n"}
NOTHING_WRITTEN = "nothing was written; move it, or choose an empty folder"


def tree(directory: Path) -> dict[str, str]:
    return {str(path.relative_to(directory)): path.read_text() for path in directory.rglob("*") if path.is_file()}


def test_files_are_written_into_a_new_folder(tmp_path: Path) -> None:
    write_repository(tmp_path / "new" / "here", FILES)
    assert tree(tmp_path / "new" / "here") == FILES
    assert (tmp_path / "new" / "here" / "é.yaml").read_bytes() == b"b: \xc3\xa9\n"


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "teams").mkdir()
    write_repository(tmp_path, FILES)
    assert tree(tmp_path) == {**FILES, "README.md": "mine"}


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_written_over_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(FileProblem) as refusal:
        write_repository(tmp_path, FILES)
    assert str(refusal.value) == f"{tmp_path / name}: already exists; {NOTHING_WRITTEN}"
    assert tree(tmp_path) == {name: "mine"}


def test_a_dangling_link_is_in_the_way_too(tmp_path: Path) -> None:
    (tmp_path / "seatsync.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    with pytest.raises(FileProblem, match="already exists"):
        write_repository(tmp_path, FILES)
    assert tree(tmp_path) == {}


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / "teams").symlink_to(tmp_path / "outside")
    with pytest.raises(FileProblem, match="is a symbolic link, which may point elsewhere"):
        write_repository(tmp_path / "repo", FILES)
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("in_the_way", ["teams", "../repo"])
def test_a_file_where_a_folder_should_be(tmp_path: Path, in_the_way: str) -> None:
    if in_the_way == "teams":
        (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / in_the_way).resolve().write_text("mine")
    with pytest.raises(FileProblem, match=r"cannot be written \(Not a directory\); nothing was written"):
        write_repository(tmp_path / "repo", FILES)
    assert list(tree(tmp_path).values()) == ["mine"]


@pytest.mark.parametrize("call", ["fsync", "link", "mkdir"])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_failure_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, after: int
) -> None:
    monkeypatch.setattr(os, call, failing(getattr(os, call), after, OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(FileProblem) as refusal:
        write_repository(tmp_path / "a" / "b", FILES)
    assert str(refusal.value).endswith("cannot be written (No space left on device); nothing was written")
    assert list(tmp_path.iterdir()) == []


def test_somebody_who_is_faster_keeps_what_they_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def late(source: Path, target: Path) -> None:
        if target.name == "seatsync.yaml":
            target.write_text("theirs")
        link(source, target)

    monkeypatch.setattr(os, "link", late)
    with pytest.raises(FileProblem) as refusal:
        write_repository(tmp_path, FILES)
    assert str(refusal.value) == f"{tmp_path / 'seatsync.yaml'}: already exists; {NOTHING_WRITTEN}"
    assert tree(tmp_path) == {"seatsync.yaml": "theirs"}


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", failing(os.link, 0, OSError(errno.EPERM, "Operation not permitted")))
    write_repository(tmp_path, FILES)
    assert tree(tmp_path) == FILES


def test_files_that_cannot_be_removed_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", failing(os.link, 0, OSError(errno.EIO, "Input/output error")))
    monkeypatch.setattr(Path, "unlink", failing(Path.unlink, 0, OSError(errno.EIO, "Input/output error")))
    with pytest.raises(FileProblem, match="Input/output error"):
        write_repository(tmp_path, FILES)


def failing(real: Callable[..., object], after: int, error: OSError) -> Callable[..., object]:
    """Return a function that fails after a number of calls."""
    calls = iter(range(10**6))

    def call(*args: object, **kwargs: object) -> object:
        if next(calls) >= after:
            raise error
        return real(*args, **kwargs)

    return call
