"""The `file:` target: the reading part of the conformance suite, and errors of unreadable files."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.declaration.writing.write import repository_files, snapshot_text
from seatsync.errors import SeatsyncError
from seatsync.targets.target import Target, open_target
from tests.targets.conformance import ReadingConformance
from tests.targets.sample import ANA, CLOCK, DESIGN, FAY, sample


def write_repository(account: Account, folder: Path) -> None:
    for name, text in repository_files(account, None).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


class TestSnapshot(ReadingConformance):
    def make(self, account: Account, folder: Path) -> Target:
        (folder / "state.yaml").write_text(snapshot_text(account), encoding="utf-8")
        return open_target("file:state.yaml", folder, {})

    def test_lineage_and_serial(self, tmp_path: Path) -> None:
        account = sample()
        account.serial = 12
        found = self.make(account, tmp_path).read().account
        assert (found.lineage, found.serial) == (account.lineage, 12)
        assert found.users[FAY].status == "pending"


class TestRepository(ReadingConformance):
    """A repository cannot declare a person as pending."""

    def make(self, account: Account, folder: Path) -> Target:
        write_repository(account, folder)
        return open_target(f"file:{folder}", Path("/"), {}, CLOCK)

    def test_it_reads_the_whole_account(self, target: Target) -> None:
        wanted = sample()
        wanted.users[FAY] = wanted.users[FAY]._replace(status="active", invited_at=None)
        wanted.lineage = wanted.serial = None
        assert target.read().account == wanted

    def test_it_is_taken_on_the_day_of_the_clock(self, tmp_path: Path) -> None:
        text = """\
users: {ana@acme.example: {}, dee@acme.example: {}}
teams:
  design: {primary_admin: ana@acme.example, members: [{user: dee@acme.example, until: 2026-06-15}]}
"""
        (tmp_path / "seatsync.yaml").write_text("version: 1\naccount: acme\ninclude: [all.yaml]\n", encoding="utf-8")
        (tmp_path / "all.yaml").write_text(text, encoding="utf-8")

        def people(clock: Clock | None) -> list[str]:
            return sorted(open_target("file:.", tmp_path, {}, clock).read().account.users)

        assert people(CLOCK) == [ANA, "dee@acme.example"]
        assert people(Clock.at("2026-06-16")) == [ANA]
        assert ANA in people(None)


def complaint(url: str, folder: Path) -> str:
    with pytest.raises(SeatsyncError) as caught:
        open_target(url, folder, {}).read()
    return str(caught.value).replace(str(folder), "FOLDER")


def test_its_faults_are_named_with_the_first_place_and_their_number(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        "account: acme\nteams: {design: {primary_admin: 3}}\nusers: {x: {}}\n", encoding="utf-8"
    )
    said = complaint("file:s.yaml", tmp_path)
    assert said.startswith("file:s.yaml: FOLDER/s.yaml:2:")
    assert "SCHEMA001" in said
    assert said.endswith(" more); fix the files")
    assert "\n" not in said


def test_a_repository_whose_people_are_missing_is_no_state(tmp_path: Path) -> None:
    (tmp_path / "seatsync.yaml").write_text("version: 1\naccount: acme\ninclude: [all.yaml]\n", encoding="utf-8")
    (tmp_path / "all.yaml").write_text("teams: {design: {primary_admin: ana@acme.example}}\n", encoding="utf-8")
    assert complaint("file:.", tmp_path) == (
        "file:.: all.yaml:1:33: REF001 'ana@acme.example' is not declared under `users`; fix the files"
    )


@pytest.mark.parametrize("name", ["absent.yaml", "n" * 300])
def test_missing_snapshot(tmp_path: Path, name: str) -> None:
    said = complaint(f"file:{name}", tmp_path)
    assert name in said
    assert "\n" not in said


def test_a_folder_without_a_repository(tmp_path: Path) -> None:
    assert complaint("file:.", tmp_path).startswith("no seatsync.yaml in FOLDER")


@pytest.mark.parametrize("url", ["file:", "file:a\0b"])
def test_not_a_path(tmp_path: Path, url: str) -> None:
    assert "not the name of a file or folder" in complaint(url, tmp_path)


def test_an_empty_file_is_no_state(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_bytes(b"")
    assert complaint("file:s.yaml", tmp_path).startswith("file:s.yaml: ")


def test_three_slashes_are_a_path_from_the_root(tmp_path: Path) -> None:
    (tmp_path / "state.yaml").write_text(snapshot_text(sample()), encoding="utf-8")
    account = open_target(f"file://{tmp_path}/state.yaml", Path("/elsewhere"), {}).read().account
    assert account.teams == sample().teams


def test_routes_of_steps_by_people(tmp_path: Path) -> None:
    target = open_target("file:state.yaml", tmp_path, {})
    routes = {name: target.route(Step(name, DESIGN)) for name in ("seat.assign", "user.change_email", "team.delete")}
    assert routes == {"seat.assign": "account", "user.change_email": "form", "team.delete": "support"}


def test_a_project_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "seatsync.yaml").write_text("a: [", encoding="utf-8")
    assert complaint("file:.", tmp_path).startswith("file:.: seatsync.yaml:1:")
