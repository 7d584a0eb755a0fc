"""Atomic replacement of several files, under failures and concurrent modification."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from seatsync.declaration.changing import transaction
from seatsync.declaration.changing.change_record import UnfinishedChange, must_be_whole
from seatsync.declaration.changing.transaction import Changed, replace_files
from seatsync.errors import FileProblem, SeatsyncError

OLD = {"a.yaml": b"1", "teams/b.yaml": b"2", "teams/c.yaml": b"3"}
NEW = {"a.yaml": b"one", "teams/b.yaml": b"two", "teams/c.yaml": b"three"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "teams").mkdir()
    for name, old in OLD.items():
        (tmp_path / name).write_bytes(old)
    return tmp_path.resolve()


def change(root: Path, **old: bytes) -> dict[Path, Changed]:
    return {root / name: Changed(old.get(name[-6], OLD[name]), new) for name, new in NEW.items()}


def contents(root: Path) -> dict[str, bytes]:
    """Return all entries of a folder, including hidden ones."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def finish_change(root: Path) -> str | None:
    """Return the message for a completed change."""
    lines: list[str] = []
    transaction.finish_change(root, lines.append)
    assert len(lines) <= 1
    return lines[0] if lines else None


def said(problem: pytest.ExceptionInfo[SeatsyncError], root: Path) -> str:
    return str(problem.value).replace(str(root), "ROOT")


def interrupt(root: Path, monkeypatch: pytest.MonkeyPatch, *, back: bool = False) -> None:
    """Create the state after a process was killed while replacing files."""
    put = transaction._put

    def killed(staged: Path, place: Path, otherwise: str) -> None:
        if place.name == "b.yaml":
            raise KeyboardInterrupt
        put(staged, place, otherwise)

    with monkeypatch.context() as patch:
        patch.setattr(transaction, "_put", killed)
        if not back:
            patch.setattr(transaction, "_roll_back", lambda *_: None)
        else:
            patch.setattr(transaction, "_discard", lambda _: None)
        with pytest.raises(KeyboardInterrupt):
            replace_files(root, change(root), "fmt")


def test_files_are_replaced_and_keep_their_permissions(root: Path) -> None:
    (root / "a.yaml").chmod(0o640)
    replace_files(root, change(root), "fmt")
    assert contents(root) == NEW
    assert (root / "a.yaml").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in root.iterdir()) == ["a.yaml", "teams"]


def test_account_in_the_own_folder_is_kept(root: Path) -> None:
    (root / ".seatsync").mkdir()
    (root / ".seatsync/account.db").write_bytes(b"store")
    replace_files(root, change(root), "fmt")
    assert contents(root) == {**NEW, ".seatsync/account.db": b"store"}


def test_nothing_to_change_touches_nothing(root: Path) -> None:
    replace_files(root / "nowhere", {}, "fmt")
    assert contents(root) == OLD


def test_nothing_is_written_where_a_file_was_changed_meanwhile(root: Path) -> None:
    with pytest.raises(FileProblem) as problem:
        replace_files(root, change(root, b=b"other"), "fmt")
    assert said(problem, root) == (
        "ROOT/teams/b.yaml: was changed by another program in the meantime; nothing was written; try again"
    )
    assert contents(root) == OLD
    assert not (root / ".seatsync").exists()


def test_nothing_is_written_where_a_file_is_gone(root: Path) -> None:
    files = {**change(root), root / "no" / "d.yaml": Changed(b"", b"4")}
    with pytest.raises(FileProblem) as problem:
        replace_files(root, files, "fmt")
    assert said(problem, root) == "ROOT/no/d.yaml: cannot be written (no such file or directory); nothing was written"
    assert contents(root) == OLD


def test_nothing_is_written_where_a_file_cannot_be_read_any_more(root: Path) -> None:
    (root / "teams/b.yaml").unlink()
    (root / "teams/b.yaml").mkdir()
    with pytest.raises(FileProblem) as problem:
        replace_files(root, change(root), "fmt")
    assert said(problem, root) == "ROOT/teams/b.yaml: is a folder, not a file; nothing was written"


def test_nothing_is_written_where_the_folder_cannot_be_made(root: Path) -> None:
    (root / ".seatsync").write_bytes(b"in the way")
    with pytest.raises(FileProblem) as problem:
        replace_files(root, change(root), "fmt")
    assert said(problem, root) == "ROOT/.seatsync: cannot be written (file exists); nothing was written"


def test_another_run_that_is_under_way_is_not_disturbed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install = transaction._install

    def meanwhile(*arguments: object) -> None:
        others: tuple[Callable[[], object], ...] = (
            lambda: finish_change(root),
            lambda: replace_files(root, change(root), "edit"),
        )
        for other in others:
            with pytest.raises(FileProblem) as problem:
                other()
            assert said(problem, root) == "ROOT: another seatsync is changing its files; try again later"
        install(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(transaction, "_install", meanwhile)
    replace_files(root, change(root), "fmt")
    assert contents(root) == NEW


@pytest.mark.parametrize("name", NEW)
def test_all_is_taken_back_where_one_cannot_be_replaced(name: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def refused(self: Path, target: Path) -> Path:
        if self.suffix == ".new" and target == root / name:
            raise OSError(errno.EROFS, "Read-only file system")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(FileProblem) as problem:
        replace_files(root, change(root), "fmt")
    assert said(problem, root) == f"ROOT/{name}: cannot be written (read-only file system); nothing was written"
    assert contents(root) == OLD
    assert not (root / ".seatsync").exists()


def test_a_rollback_that_fails_is_completed_later(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def refused(self: Path, target: Path) -> Path:
        if self.name in {"1.new", "0.old"}:
            raise OSError(errno.EIO, "Input/output error")
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refused)
        with pytest.raises(UnfinishedChange) as problem:
            replace_files(root, change(root), "fmt")
    what = "the change of a.yaml, teams/b.yaml, teams/c.yaml by `seatsync fmt`"
    remedy = "run `seatsync edit`, `seatsync fmt` or `seatsync drift --adopt` to roll it back"
    assert said(problem, root) == f"ROOT: {what} was interrupted; {remedy}"
    with pytest.raises(UnfinishedChange):
        must_be_whole(root)
    assert finish_change(root) == f"{what} was interrupted, and is rolled back now"
    assert contents(root) == OLD


def test_an_interrupted_change_is_finished(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt(root, monkeypatch)
    assert (root / "a.yaml").read_bytes() == b"one"
    assert (root / "teams/b.yaml").read_bytes() == b"2"
    what = "the change of a.yaml, teams/b.yaml, teams/c.yaml by `seatsync fmt`"
    stopped: tuple[Callable[[], object], ...] = (
        lambda: must_be_whole(root),
        lambda: replace_files(root, change(root), "edit"),
    )
    for refused in stopped:
        with pytest.raises(UnfinishedChange) as problem:
            refused()
        assert said(problem, root) == (
            f"ROOT: {what} was interrupted; "
            "run `seatsync edit`, `seatsync fmt` or `seatsync drift --adopt` to finish it"
        )
    assert finish_change(root) == f"{what} was interrupted, and is finished now"
    assert contents(root) == NEW
    assert finish_change(root) is None
    must_be_whole(root)


def test_a_change_of_many_files_is_named_by_the_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "teams/d.yaml").write_bytes(b"4")
    monkeypatch.setitem(OLD, "teams/d.yaml", b"4")
    monkeypatch.setitem(NEW, "teams/d.yaml", b"four")
    interrupt(root, monkeypatch)
    done = finish_change(root)
    assert done is not None
    assert done.startswith("the change of a.yaml, teams/b.yaml, teams/c.yaml and 1 more by `seatsync fmt`")
    assert contents(root) == NEW


def test_a_file_that_was_changed_since_is_not_overwritten(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt(root, monkeypatch)
    (root / "teams/c.yaml").write_bytes(b"mine")
    before = contents(root)
    with pytest.raises(FileProblem) as problem:
        finish_change(root)
    assert said(problem, root) == (
        "ROOT/teams/c.yaml: was changed after the interrupted change; "
        "compare it with ROOT/.seatsync/change/2.new, then delete ROOT/.seatsync/change; the files stay as they are"
    )
    assert contents(root) == before


def test_a_file_whose_new_content_is_lost_is_left_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt(root, monkeypatch)
    (root / ".seatsync/change/2.new").write_bytes(b"thr")
    before = contents(root)
    with pytest.raises(FileProblem) as problem:
        finish_change(root)
    assert said(problem, root).startswith("ROOT/teams/c.yaml: cannot be changed, as its new content is missing; ")
    assert contents(root) == before


def test_staged_change_without_a_record_is_dropped(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(transaction, "_commit", _interrupted)
        patch.setattr(transaction, "_discard", lambda _: None)
        with pytest.raises(KeyboardInterrupt):
            replace_files(root, change(root), "fmt")
    assert (root / ".seatsync/change/0.new").exists()
    assert (root / ".seatsync/change/.gitignore").read_text() == "*\n"
    must_be_whole(root)
    replace_files(root, change(root), "edit")
    assert contents(root) == NEW


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "tamper",
    [
        lambda record: record.update(format="seatsync/change/2"),
        lambda record: record.update(back="no"),
        lambda record: record.pop("command"),
        lambda record: record["files"][0].update(path="../outside"),
        lambda record: record["files"][0].update(path="/etc/hosts"),
        lambda record: record["files"][0].update(path=".git/config"),
        lambda record: record["files"][0].update(path="teams/.GIT/hooks/pre-commit"),
        lambda record: record["files"][0].update(path="elsewhere/a.yaml"),
        lambda record: record["files"][0].update(path=5),
        lambda record: record["files"][0].update(before="0"),
        lambda record: record["files"][0].update(after=None),
        lambda record: record.update(files=None),
    ],
)
def test_a_record_that_is_not_ours_is_not_followed(
    tamper: Callable[[dict[str, object]], object], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(root, monkeypatch)
    (root / "elsewhere").symlink_to("teams")
    record = root / ".seatsync/change/record.json"
    document = json.loads(record.read_text())
    tamper(document)
    for text in (json.dumps(document), "[", "[]", "[" * 100_000):
        record.write_text(text)
        before = contents(root)
        for refused in (must_be_whole, finish_change):
            with pytest.raises(FileProblem) as problem:
                refused(root)
            assert said(problem, root) == (
                "ROOT/.seatsync/change/record.json: is not a valid record of a change; "
                "compare the files in ROOT/.seatsync/change with yours, then delete that folder"
            )
        assert contents(root) == before


def test_a_link_in_place_of_the_folder_is_not_followed(root: Path) -> None:
    (root / ".seatsync").mkdir()
    (root / ".seatsync/change").symlink_to(root / "teams")
    (root / "teams/.gitignore").write_bytes(b"*.bak")
    stopped: tuple[Callable[[], object], ...] = (
        lambda: finish_change(root),
        lambda: replace_files(root, change(root), "fmt"),
    )
    for refused in stopped:
        with pytest.raises(FileProblem) as problem:
            refused()
        assert said(problem, root) == "ROOT/.seatsync/change: is not a folder of seatsync; move it away"
    assert contents(root)["teams/.gitignore"] == b"*.bak"


def test_foreign_files_in_the_folder_are_kept(root: Path) -> None:
    (root / ".seatsync/change").mkdir(parents=True)
    (root / ".seatsync/change/notes.txt").write_bytes(b"mine")
    with pytest.raises(FileProblem) as problem:
        replace_files(root, change(root), "fmt")
    assert said(problem, root) == "ROOT/.seatsync/change: cannot be removed (directory not empty); move it away"
    assert contents(root) == {**OLD, ".seatsync/change/notes.txt": b"mine"}


def test_on_another_file_system_a_copy_takes_the_place(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def across(self: Path, target: Path) -> Path:
        if self.suffix == ".new" and self.name[0].isdigit():
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return replace(self, target)

    (root / "a.yaml").chmod(0o600)
    (root / "teams/.b.yaml.seatsync-change").write_bytes(b"of a run that was killed here")
    monkeypatch.setattr(Path, "replace", across)
    replace_files(root, change(root), "fmt")
    assert contents(root) == NEW
    assert (root / "a.yaml").stat().st_mode & 0o777 == 0o600


def test_one_file_alone_may_be_anywhere(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("elsewhere") / "CODEOWNERS"
    place.write_bytes(b"old")
    replace_files(root, {place: Changed(b"old", b"new")}, "codeowners")
    assert place.read_bytes() == b"new"
    assert contents(root) == OLD
