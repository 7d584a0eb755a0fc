"""Files are found and read identically in a folder and in git."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seatsync.declaration.files import Files, Folder, Unreadable, included
from seatsync.declaration.revision import Revision, revision
from seatsync.finding import Location
from seatsync.reading.git_objects import Contents, Git
from tests.gits import commit, git

ENTRY = Location("seatsync.yaml", 3, 11, 3, 20)


@contextmanager
def at(folder: Path, name: str, below: str = "") -> Iterator[Revision]:
    """Return the files of a revision of the repository in a folder."""
    asked = Git(folder, os.environ)
    with asked.contents() as contents:
        yield revision(asked.listing(asked.tree(name)), below, contents)


def seen(files: Files, *patterns: str) -> list[str | bytes]:
    """Return names, contents and findings."""
    found, findings = included(files, [(pattern, ENTRY) for pattern in patterns])
    result: list[str | bytes] = [finding.message for finding in findings]
    for file in found:
        result.append(file.name)
        try:
            result.append(files.content(file.real))
        except Unreadable as problem:
            result.append(str(problem))
    return result


PIECES = st.sampled_from(["a.yaml", "b.yaml", "x", "y", ".hid", ".seatsync", "x/a.yaml", "x/y/b.yaml", "y/.hid/c.yaml"])
TARGETS = st.sampled_from(
    ["a.yaml", "x", "../a.yaml", "../x/a.yaml", "../../a.yaml", "/etc/passwd", ".", "nothing", "y/b.yaml", "l"]
)
LINKS = st.dictionaries(st.sampled_from(["l", "x/l", "y/l", "m", "x/m.yaml", "n.yaml"]), TARGETS, max_size=4)
PATTERNS = st.sampled_from(
    [
        "*.yaml",
        "**/*.yaml",
        "*/*.yaml",
        "**",
        "l/*.yaml",
        "l/a.yaml",
        "x/l/*",
        "*",
        "*/l/**/*.yaml",
        "n.yaml",
        "m",
        "../*.yaml",
        "x",
        ".*",
        "l/y/*",
    ]
)


@settings(max_examples=40)
@given(st.sets(PIECES, max_size=6), LINKS, st.lists(PATTERNS, min_size=1, max_size=3))
@example({"x/a.yaml"}, {"m": "x"}, ["*"])
@example({"y"}, {"m": "y/b.yaml"}, ["*"])
@example(set(), {"l": "l"}, ["l/a.yaml"])
def test_a_folder_and_its_commit_are_alike(files: set[str], links: dict[str, str], patterns: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in sorted(files, key=len, reverse=True):
            path = folder / file
            if not path.exists() and not any(parent.is_file() for parent in path.parents):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(file)
        for link, target in links.items():
            path = folder / link
            if not os.path.lexists(path) and path.parent.is_dir() and not path.parent.is_symlink():
                path.symlink_to(target)
        commit(folder, "all")
        shown = [pattern if pattern not in {"**", "*", ".*"} else f"{pattern}/*.yaml" for pattern in patterns]
        with at(folder, "all") as there:
            assert seen(there, *shown) == seen(Folder(folder), *shown)


def test_links_and_submodules_in_git(tmp_path: Path) -> None:
    commit(tmp_path, "first")
    head = git(tmp_path, "rev-parse", "first").strip()
    git(tmp_path, "update-index", "--add", "--cacheinfo", f"160000,{head},module")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/round.yaml").symlink_to("round.yaml")
    (tmp_path / "deep/up.yaml").symlink_to("../deep/./a.yaml")
    (tmp_path / "deep/a.yaml").write_text("a")
    (tmp_path / "deep/long.yaml").symlink_to("x/" * 2000)
    git(tmp_path, "add", "deep")
    git(tmp_path, "commit", "--quiet", "--message=second")
    with at(tmp_path, "main") as files:
        assert seen(files, "module", "deep", "nothing", "deep/up.yaml", "deep/*.yaml") == [
            *("module", "is not a regular file", "deep", "is a folder, not a file", "nothing", "does not exist"),
            *("deep/up.yaml", b"a", "deep/long.yaml", "does not exist"),
            *("deep/round.yaml", "cannot be read (too many levels of symbolic links)"),
        ]
        unlisted = "included folder 'module' cannot be listed (it is a submodule)"
        assert seen(files, "module/*.yaml") == [unlisted]
        assert seen(files, "*/nothing.yaml") == ["included folder 'module' cannot be read (it is in a submodule)"]
        assert seen(files, "module/a.yaml") == ["included file 'module/a.yaml' cannot be read (it is in a submodule)"]
        for link, problem in (("round", "too many levels of symbolic links"), ("long", "is a broken symbolic link")):
            with pytest.raises(Unreadable, match=problem):
                files.is_folder(f"/deep/{link}.yaml")
        assert files.real("/deep/round.yaml") == "/deep/round.yaml"
    with at(tmp_path, "main", "deep/") as files:
        assert seen(files, "up.yaml") == [
            "included file 'up.yaml' points outside the repository through a symbolic link"
        ]
        assert seen(files, "a.yaml") == ["a.yaml", b"a"]
        for look in (lambda: files.kind("/up.yaml/x"), lambda: files.is_folder("/up.yaml")):
            with pytest.raises(Unreadable, match="points outside"):
                look()
        assert files.real("/up.yaml") == "/up.yaml"


def test_names_of_any_bytes(tmp_path: Path) -> None:
    Path(os.fsdecode(bytes(tmp_path) + b"/\xff\n.yaml")).write_text("a")
    commit(tmp_path, "all")
    with at(tmp_path, "all") as files:
        assert seen(files, "*.yaml") == ["\ufffd\n.yaml", b"a"] == seen(Folder(tmp_path), "*.yaml")


def test_a_link_whose_target_git_lacks(tmp_path: Path) -> None:
    (tmp_path / "l.yaml").symlink_to("a.yaml")
    commit(tmp_path, "all")
    ident = git(tmp_path, "rev-parse", "all:l.yaml").strip()
    (tmp_path / ".git/objects" / ident[:2] / ident[2:]).unlink()
    with at(tmp_path, "all") as files, pytest.raises(Unreadable, match="its content is missing in the git repository"):
        files.inside("l.yaml")


def test_a_git_that_ended(tmp_path: Path) -> None:
    commit(tmp_path, "all")
    with Git(tmp_path, os.environ).contents() as contents:
        contents._requests.close()
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb", buffering=0) as nobody:
            contents._requests = nobody
            assert contents.of("0" * 40) is None


@pytest.mark.parametrize("output", [b"", b"x" * 40 + b" blob 10\n12345", b"x" * 40 + b" blob 10\n1234567890"])
def test_a_git_that_ends_before_all_is_read(output: bytes) -> None:
    asked, answers = io.BytesIO(), io.BytesIO(output)
    with tempfile.TemporaryFile() as sink:
        asked.fileno = sink.fileno  # type: ignore[method-assign]
        assert Contents(asked, answers).of("x" * 40) is None
