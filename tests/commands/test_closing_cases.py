"""`account confirm`, `withdraw` and `cases` on a mirror of the real account."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from seatsync.targets.target import CaseRequest, Observed
from tests.commands.running import Run
from tests.targets.sample import ANA, BEN
from tests.targets.stores import EXPORT, FREE, URL, at, mirror
from tests.targets.test_mirror_store import ASSIGN, FREED, INVITE, TRANSFER, ask, look

DAY = "2026-06-16"
FILE = ("--target", URL)


@pytest.fixture(name="cases", autouse=True)
def _cases(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Create a mirror with four open cases, of which the third needs the second."""
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    monkeypatch.setenv("SEATSYNC_TARGET", URL)
    moves = (CaseRequest(2, INVITE, "csv", (ANA, BEN)), CaseRequest(3, ASSIGN, "csv", (ANA,), (2,)))
    ask(mirror(folder), CaseRequest(1, FREE, "console", (BEN,)), *moves, CaseRequest(4, TRANSFER, "form"))


def test_open_ones_are_listed_with_who_is_asked(run: Run) -> None:
    assert run("account", "cases") == 0
    assert run.said == (
        """\
CASE-1  team design: take AutoCAD from gus@acme.example
  opened 2026-06-15T12:00:00Z by the owner, console, ben@acme.example
CASE-2  team design: invite new@acme.example (N O)
  opened 2026-06-15T12:00:00Z by the owner, csv, ana@acme.example or ben@acme.example
CASE-3  team design: assign Maya to new@acme.example
  opened 2026-06-15T12:00:00Z by the owner, csv, ana@acme.example, after CASE-2
CASE-4  team design: make ben@acme.example contract manager of subscription 574-1
  opened 2026-06-15T12:00:00Z by the owner, form
""",
        "",
    )


def test_how_each_was_closed(folder: Path, run: Run) -> None:
    look(at(folder), Observed(FREE, (FREED,), EXPORT, "CASE-1"), seen={"CASE-1": EXPORT})
    assert run("account", "confirm", "2", "--evidence", "ticket 7", "--as", "ana@acme.example") == 0
    assert run.said == ("CASE-2 done: team design: invite new@acme.example (N O) (serial 3)\n", "")
    look(at(folder), seen={"CASE-2": "exports/users-2026-06-17.csv"})
    assert run("account", "withdraw", "case-3", "--why", "not needed", "--as", "ben@acme.example") == 0
    assert run.said == ("CASE-3 withdrawn: team design: assign Maya to new@acme.example\n", "")
    assert run("account", "confirm", "--all") == 0
    assert run("account", "cases", "--all") == 0
    assert [line for line in run.out.splitlines() if line.startswith(" ")] == [
        (
            "  opened 2026-06-15T12:00:00Z by the owner, console, ben@acme.example;"
            " seen 2026-06-15T12:00:00Z in exports/users-2026-06-15.csv"
        ),
        (
            "  opened 2026-06-15T12:00:00Z by the owner, csv, ana@acme.example or ben@acme.example;"
            " confirmed 2026-06-16T12:00:00Z by ana@acme.example: ticket 7; seen in exports/users-2026-06-17.csv"
        ),
        (
            "  opened 2026-06-15T12:00:00Z by the owner, csv, ana@acme.example, after CASE-2;"
            " withdrawn 2026-06-16T12:00:00Z by ben@acme.example: not needed"
        ),
        "  opened 2026-06-15T12:00:00Z by the owner, form; confirmed 2026-06-16T12:00:00Z by the owner",
    ]
    assert run("account", "log") == 0
    assert "ana@acme.example  CASE-2 closed, done: ticket 7\n" in run.out
    assert (
        "CASE-3 opened: team design: assign Maya to new@acme.example (csv, ana@acme.example, after CASE-2)" in run.out
    )
    assert run("account", "verify") == 0


def test_what_comes_first_is_named(run: Run) -> None:
    assert run("account", "confirm", "CASE-3") == 1
    assert run.out == (
        "CASE-3 refused, still open: team design: assign Maya to new@acme.example (confirm CASE-2 first)\n"
    )
    assert run("account", "confirm", "CASE-3", "CASE-2") == 0
    assert run.out.startswith("CASE-2 done: ")


def test_of_a_file_name_and_hash_are_kept(folder: Path, run: Run) -> None:
    (folder / "letters").mkdir()
    (folder / "letters/form.pdf").write_bytes(b"signed")
    assert run("account", "confirm", "CASE-1", "--evidence", "letters/form.pdf") == 0
    assert run("account", "cases", "--all") == 0
    assert f": form.pdf (SHA-256 {sha256(b'signed').hexdigest()})\n" in run.out


@pytest.mark.parametrize("text", ["letters", "no.pdf", "x" * 5000, ""])
def test_what_names_no_file_is_text(folder: Path, run: Run, text: str) -> None:
    (folder / "letters").mkdir()
    assert run("account", "confirm", "CASE-1", "--evidence", text) == 0
    assert run("account", "cases", "--all") == 0
    assert f" by the owner: {text}\n" in run.out


def test_an_unreadable_file_closes_nothing(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "form.pdf").write_bytes(b"signed")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refused)
        assert run("account", "confirm", "CASE-1", "--evidence", "form.pdf") == 1
    assert run.said == ("", f"seatsync: {folder / 'form.pdf'}: cannot be read (permission denied)\n")
    assert run("account", "cases") == 0
    assert run.out.count("CASE-1 ") == 1


def test_what_needs_a_withdrawn_one_is_named(run: Run) -> None:
    assert run("account", "withdraw", "CASE-2", "--why", "no budget") == 0
    assert run.out == "CASE-2 withdrawn: team design: invite new@acme.example (N O) (CASE-3 needs it)\n"
    assert run("account", "withdraw", "CASE-2", "--why", "no budget") == 1
    assert run.out == (
        "CASE-2 already closed: team design: invite new@acme.example (N O) (withdrawn 2026-06-16T12:00:00Z)\n"
    )
    assert run("account", "confirm", "CASE-1", "CASE-2") == 1, "the effect of a withdrawn case is not recorded"
    assert "CASE-1 done" in run.out
    assert "CASE-2 already closed" in run.out


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (("withdraw", "CASE-1"), "Missing option '--why'; see `seatsync account withdraw --help`"),
        (("withdraw", "CASE-1", "--why", " "), "--why needs a reason"),
        (("withdraw", "--why", "x"), "Missing argument 'CASE...'; see `seatsync account withdraw --help`"),
        (
            ("withdraw", "CASE-9", "--why", "x"),
            "unknown case CASE-9; `seatsync account cases` lists the open ones",
        ),
        (
            ("withdraw", "CASE-1", "--why", "x", "--as", "ana"),
            "--as needs the e-mail address of a person; leave it out to act as the owner",
        ),
        (
            ("confirm", "CASE-1", "--as", ""),
            "--as needs the e-mail address of a person; leave it out to act as the owner",
        ),
        (
            ("accept", "--user", "fay@acme.example"),
            (
                f"{URL}: a mirror of the real account; only `seatsync refresh`, `seatsync apply` and"
                " `seatsync account confirm` write to it"
            ),
        ),
    ],
)
def test_wrong_usage_closes_nothing(run: Run, command: tuple[str, ...], line: str) -> None:
    assert run("account", *command) == 1
    assert run.said == ("", f"seatsync: {line}\n")
    assert run("account", "cases") == 0
    assert run.out.count("CASE-1 ") == 1
