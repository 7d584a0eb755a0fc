from __future__ import annotations

import os
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.declaration.files import Folder, Unreadable, content, included, inside
from seatsync.finding import Location
from tests.declaration.repositories import repository
from tests.reading.corpora import TRAVERSAL, needs

ENTRY = Location("seatsync.yaml", 3, 11, 3, 20)


def names(root: Path, *patterns: str) -> list[str]:
    files, findings = included(Folder(root), [(pattern, ENTRY) for pattern in patterns])
    return [file.name for file in files] + [finding.message for finding in findings]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Create a repository `in` next to an unrelated folder `out`."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "secret.yaml").write_text("secret: 1\n")
    files = ["a.yaml", "b.yaml", "people.csv", "teams/x.yaml", "teams/y.yaml", "teams/old/z.yaml", "teams/.hid.yaml"]
    hidden = [".git/config.yaml", ".seatsync/cache.yaml", "teams/.cache/c.yaml"]
    return repository(tmp_path / "in", dict.fromkeys([*files, *hidden], ""))


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["b.yaml", "a.yaml", "b.yaml"], ["b.yaml", "a.yaml"]),
        (["*.yaml"], ["a.yaml", "b.yaml"]),
        (["*.csv", "a.yaml"], ["people.csv", "a.yaml"]),
        (["?.yaml", "[ab].yaml"], ["a.yaml", "b.yaml"]),
        (["teams/*.yaml"], ["teams/x.yaml", "teams/y.yaml"]),
        (["./teams//x.*", "teams/./y.yaml"], ["teams/x.yaml", "teams/./y.yaml"]),
        (["*/x.yaml"], ["teams/x.yaml"]),
        (["teams/*/*.yaml"], ["teams/old/z.yaml"]),
        (["**/*.yaml"], ["a.yaml", "b.yaml", "teams/old/z.yaml", "teams/x.yaml", "teams/y.yaml"]),
        (["teams/**"], ["teams/old/z.yaml", "teams/x.yaml", "teams/y.yaml"]),
        (["**/**/z.yaml"], ["teams/old/z.yaml"]),
        (["teams/.hid.*"], ["teams/.hid.yaml"]),
        ([".git/config.yaml"], [".git/config.yaml"]),
        ([".seatsync/*.yaml"], ["pattern '.seatsync/*.yaml' matches nothing"]),
        ([".*/cache.yaml"], ["pattern '.*/cache.yaml' matches nothing"]),
        (["seatsync.yaml", "a.yaml"], ["a.yaml"]),
        (["nothing/*.yaml"], ["pattern 'nothing/*.yaml' matches nothing"]),
        (["a.yaml/*"], ["pattern 'a.yaml/*' matches nothing"]),
        (["c.yaml"], ["c.yaml"]),  # whether it is there is seen when it is read
    ],
)
def test_patterns(root: Path, patterns: list[str], expected: list[str]) -> None:
    assert names(root, *patterns) == expected


@pytest.mark.parametrize(
    "pattern",
    ["/etc/passwd", "../out/secret.yaml", "../out/*.yaml", "teams/../../out/secret.yaml", "/etc/*", "teams/../a.yaml"],
)
def test_paths_that_climb(root: Path, pattern: str) -> None:
    problem = "is outside the repository; use a path below the project file, without `..`"
    assert names(root, pattern) == [f"included file '{pattern}' {problem}"]


def test_links_that_stay_inside_are_followed_once(root: Path) -> None:
    (root / "c.yaml").symlink_to("a.yaml")
    (root / "current").symlink_to("teams/old", target_is_directory=True)
    (root / "self.yaml").symlink_to("seatsync.yaml")
    assert names(root, "*.yaml", "c.yaml", "current/*.yaml", "teams/old/z.yaml") == [
        "a.yaml",
        "b.yaml",
        "current/z.yaml",
    ]


@pytest.mark.parametrize("backwards", [False, True])
def test_first_name_of_a_folder_counts(root: Path, monkeypatch: pytest.MonkeyPatch, *, backwards: bool) -> None:
    """Check that the result does not depend on the order of listings."""
    for name in ("aaa", "zzz"):
        (root / name).symlink_to("teams/old", target_is_directory=True)
    listed = Folder.names
    monkeypatch.setattr(Folder, "names", lambda self, folder: sorted(listed(self, folder), reverse=backwards))
    assert names(root, "*/z.yaml") == ["aaa/z.yaml"]
    assert names(root, "**/z.yaml", "teams/*/z.yaml", "aaa/*") == ["teams/old/z.yaml"]


@pytest.mark.parametrize(
    ("link", "to", "pattern", "found"),
    [
        ("c.yaml", "../out/secret.yaml", "c.yaml", "c.yaml"),
        ("c.yaml", "../out/secret.yaml", "*.yaml", "c.yaml"),
        ("c.yaml", "/etc/passwd", "c.yaml", "c.yaml"),
        ("away", "../out", "away/secret.yaml", "away/secret.yaml"),
        ("teams/away", "/", "teams/away/etc/passwd", "teams/away/etc/passwd"),
    ],
)
def test_links_that_lead_outside(root: Path, link: str, to: str, pattern: str, found: str) -> None:
    (root / link).symlink_to(to)
    expected = f"included file '{found}' points outside the repository through a symbolic link"
    assert expected in names(root, pattern)
    assert not any("secret" in name for name in names(root, pattern) if name != expected)


@pytest.mark.parametrize(
    ("link", "to", "pattern", "found"),
    [
        ("away", "../out", "away/*.yaml", "away"),
        ("away", "../out", "*/secret.yaml", "away"),
        ("teams/away", "../../out", "teams/*/secret.yaml", "teams/away"),
    ],
)
def test_links_to_folders_outside(root: Path, link: str, to: str, pattern: str, found: str) -> None:
    (root / link).symlink_to(to)
    expected = f"included folder '{found}' points outside the repository through a symbolic link"
    assert expected in names(root, pattern)
    assert not any("secret" in name for name in names(root, pattern) if name != expected)


def test_loops_of_links_come_to_an_end(root: Path) -> None:
    for number in range(12):
        (root / "teams" / f"loop{number}").symlink_to("..", target_is_directory=True)
    deep = "/".join(["*"] * 30)
    (said,) = names(root, f"{deep}/nothing.yaml")
    assert said.endswith("…' matches nothing")
    assert names(root, "**/nothing.yaml") == ["pattern '**/nothing.yaml' matches nothing"]
    (root / "round.yaml").symlink_to("round.yaml")
    assert names(root, "round.yaml") == ["round.yaml"]
    with pytest.raises(Unreadable, match=r"cannot be read \(too many levels of symbolic links\)"):
        content(inside(root, "round.yaml"))


def test_deep_folders(tmp_path: Path) -> None:
    (tmp_path / ("d/" * 400)).mkdir(parents=True)
    assert all(name.endswith("matches nothing") for name in names(tmp_path, "**/*.yaml", "*/" * 3000 + "x"))


def unlisted(folder: str) -> str:
    return f"included folder '{folder}' cannot be listed (permission denied)"


@pytest.mark.parametrize(
    ("folder", "pattern", "expected"),
    [
        ("", "*.yaml", [unlisted(".")]),
        ("", "**/*.yaml", [unlisted(".")]),
        ("teams", "teams/*.yaml", [unlisted("teams")]),
        ("teams", "*/x.*", [unlisted("teams")]),
        ("teams", "teams/x.yaml", ["teams/x.yaml"]),
        ("teams", "*.yaml", ["a.yaml", "b.yaml"]),
        ("teams/old", "teams/**", ["teams/x.yaml", "teams/y.yaml", unlisted("teams/old")]),
        (".git", "**/x.yaml", ["teams/x.yaml"]),
    ],
)
def test_a_folder_that_cannot_be_listed_is_not_empty(
    root: Path, folder: str, pattern: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = os.scandir

    def refuse(path: str) -> object:
        if Path(path) == root / folder:
            raise PermissionError(13, "Permission denied", path)
        return listing(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert names(root, pattern) == expected


def test_inaccessible_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> object:
        raise OSError(5, "Input/output error", path)

    (root / "linked").symlink_to("teams")
    monkeypatch.setattr(os, "lstat", refuse)
    assert names(root, "teams/*.yaml") == ["included folder '.' cannot be read (input/output error)"]
    monkeypatch.undo()
    monkeypatch.setattr(os, "stat", refuse)
    assert names(root, "linked/*.yaml") == ["included folder 'linked' cannot be read (input/output error)"]


@pytest.mark.parametrize(
    ("to", "problem"),
    [
        ("away", "cannot be read (too many levels of symbolic links)"),
        ("gone", "is a broken symbolic link"),
        ("x" * 300, "cannot be read (file name too long)"),
        ("a.yaml/x", "cannot be read (not a directory)"),
    ],
)
@pytest.mark.parametrize("pattern", ["away/*.yaml", "*/x.yaml"])
def test_a_link_in_the_place_of_a_folder_that_cannot_be_followed(
    root: Path, to: str, problem: str, pattern: str
) -> None:
    (root / "away").symlink_to(to)
    assert f"included folder 'away' {problem}" in names(root, pattern)


def test_a_name_that_no_folder_can_have(root: Path) -> None:
    long = "x" * 300
    assert names(root, f"{long}/*.yaml") == ["included folder '.' cannot be read (file name too long)"]
    assert names(root, "a\0b/*.yaml") == ["included folder '.' is not a valid path on this system"]


@pytest.mark.parametrize(("pattern", "meant"), [("teams/*.yml", "teams/*.yaml"), ("t*/*.yml", "t*/*.yaml")])
def test_the_other_ending_is_suggested(root: Path, pattern: str, meant: str) -> None:
    _, (finding,) = included(Folder(root), [(pattern, ENTRY)])
    assert (finding.code, finding.location, finding.replacement) == ("FILE001", ENTRY, meant)
    assert (finding.message, finding.hint) == (f"pattern '{pattern}' matches nothing", f"did you mean '{meant}'?")


def test_names_that_are_no_text(root: Path) -> None:
    with open(os.fsencode(root / "teams") + b"/\xff.yaml", "w"):  # noqa: PTH123
        pass
    assert names(root, "teams/*.yaml") == ["teams/x.yaml", "teams/y.yaml", "teams/\ufffd.yaml"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nothing.yaml", "does not exist"),
        ("teams", "is a folder, not a file"),
        ("", "is a folder, not a file"),
        ("a.yaml/b.yaml", "cannot be read (not a directory)"),
        ("fifo.yaml", "is not a regular file"),
        ("device", "is not a regular file"),
        ("x" * 300, "cannot be read (file name too long)"),
        ("a\x00b", "is not a valid path on this system"),
        ("\ud800", "is not a valid path on this system"),
    ],
)
def test_not_a_regular_file(root: Path, name: str, problem: str) -> None:
    os.mkfifo(root / "fifo.yaml")
    (root / "device").symlink_to("/dev/null")
    with pytest.raises(Unreadable) as refusal:
        content(inside(root, name) if name != "device" else "/dev/zero")
    assert str(refusal.value) == problem


def test_a_file_that_may_not_be_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        with pytest.raises(Unreadable, match=r"^cannot be read \(permission denied\)$"):
            content(root / "a.yaml")


def test_a_disk_that_fails_while_it_is_read() -> None:
    with pytest.raises(Unreadable, match=r"^cannot be read \("):
        content("/proc/self/mem")


@needs(TRAVERSAL)
def test_traversal_strings_reach_nothing(root: Path) -> None:
    for pattern in TRAVERSAL.read_text().splitlines():
        files, _ = included(Folder(root), [(pattern, ENTRY)])
        assert all(file.real.startswith(f"{root}/") for file in files)
        for file in files:
            with pytest.raises(Unreadable):
                content(file.real)


@given(st.text(alphabet=st.sampled_from("*?[]!-./ab" + string.whitespace) | st.characters(), max_size=30))
def test_any_pattern(pattern: str) -> None:
    root = Path(__file__).parent
    files, findings = included(Folder(root), [(pattern, ENTRY)])
    assert all(file.real == str(root) or file.real.startswith(f"{root}/") for file in files)
    assert all(finding.location == ENTRY for finding in findings)
