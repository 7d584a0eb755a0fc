"""`fleet.yaml` and its CSVs: what they declare, and what is said about every mistake."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from seatsync.errors import FileProblem, FleetNotFound
from seatsync.fleet.declared_fleet import Fleet, GitSource
from seatsync.fleet.reading import find_fleet, read_fleet
from tests.fleet.fleets import fleet_in, line, said, write

PATTERN = "accounts: [customers/*/]\n"
TWO = {"customers/acme/": "", "customers/bolt/": ""}


def names(fleet: Fleet) -> list[str]:
    return [account.name for account in fleet.accounts]


def test_folders_of_a_pattern(tmp_path: Path) -> None:
    others = {"customers/README.md": "Hi.\n", "customers/.hidden/": "", "other/": ""}
    fleet = fleet_in(tmp_path, {"fleet.yaml": PATTERN, **TWO, **others})
    assert (fleet.root, fleet.file, fleet.store) == (tmp_path, "fleet.yaml", "sqlite:///.seatsync/fleet.db")
    assert names(fleet) == ["acme", "bolt"]
    acme = fleet.accounts[0]
    assert (acme.source, acme.folder, acme.git) == ("customers/acme", tmp_path / "customers/acme", None)
    assert (acme.target, acme.labels) == (None, ())


@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        ("customers/*", ["acme", "bolt"]),
        ("[customers/*, ./customers//b*/, customers/acme]", ["acme", "bolt"]),
        ("[customers/bolt/, customers/acme]", ["acme", "bolt"]),
        ("'*/[a]*/'", ["acme"]),
        ("own", ["own"]),
    ],
)
def test_patterns(tmp_path: Path, accounts: str, expected: list[str]) -> None:
    fleet = fleet_in(tmp_path, {"fleet.yaml": f"accounts: {accounts}\n", **TWO, "own/": ""})
    assert names(fleet) == expected


def test_one_project_at_the_top_of_a_fleet(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path / "top", {"fleet.yaml": "accounts: .\n", "./": ""})
    assert [(each.name, each.folder) for each in fleet.accounts] == [("top", tmp_path / "top")]


def test_labels_and_targets(tmp_path: Path) -> None:
    text = """\
version: 1
accounts: [customers/*/, more.csv]
store: postgresql://fleet@db.acme.example/fleet
defaults:
  target: postgresql://db.acme.example/seats?schema={account}
  labels: {tier: standard, region: eu}
labels:
  b*: {region: us}
  bolt: {owner: ana}
  cask: {tier: gold}
"""
    rows = "Account;folder;target;tier;owner\ncask;more/cask; sqlite:///own.db ;test;ben\ndent;more/dent;;;\n"
    files = {"fleet.yaml": text, "more.csv": rows, **TWO, "more/cask/": "", "more/dent/": ""}
    fleet = fleet_in(tmp_path, files)
    assert fleet.store == "postgresql://fleet@db.acme.example/fleet"
    assert [(each.name, each.target, dict(each.labels)) for each in fleet.accounts] == [
        ("acme", "postgresql://db.acme.example/seats?schema=acme", {"region": "eu", "tier": "standard"}),
        (
            "bolt",
            "postgresql://db.acme.example/seats?schema=bolt",
            {"owner": "ana", "region": "us", "tier": "standard"},
        ),
        ("cask", "sqlite:///own.db", {"owner": "ben", "region": "eu", "tier": "gold"}),
        ("dent", "postgresql://db.acme.example/seats?schema=dent", {"region": "eu", "tier": "standard"}),
    ]


def test_accounts_from_git(tmp_path: Path) -> None:
    text = "accounts: accounts.csv\ndefaults: {revision: main, target: 'postgresql://db/seats?schema={account}'}\n"
    rows = "account,git,revision,folder\nacme,https://git.acme.example/seats.git,,\nbolt,git@host:a/b.git,v1,own/bolt\n"
    fleet = fleet_in(tmp_path, {"fleet.yaml": text, "accounts.csv": rows})
    assert [(each.source, each.folder, each.git) for each in fleet.accounts] == [
        (
            "https://git.acme.example/seats.git main",
            None,
            GitSource("https://git.acme.example/seats.git", "main"),
        ),
        ("git@host:a/b.git v1 own/bolt", None, GitSource("git@host:a/b.git", "v1", "own/bolt")),
    ]


def test_the_same_project_for_two_targets(tmp_path: Path) -> None:
    rows = "account,folder,target\nprod,customers/acme,prod\ntest,customers/acme,test\n"
    fleet = fleet_in(tmp_path, {"fleet.yaml": "accounts: accounts.csv\n", "accounts.csv": rows, **TWO})
    assert [each.target for each in fleet.accounts] == ["prod", "test"]


CASES = yaml.safe_load(Path(__file__).with_name("mistakes.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[each["said"][0] for each in CASES])
def test_mistakes(tmp_path: Path, case: dict[str, Any]) -> None:
    assert said(tmp_path, {**case["files"], **TWO}) == case["said"]


def test_two_folders_with_one_name(tmp_path: Path) -> None:
    files = {"fleet.yaml": "accounts: [eu/*/, us/*/]\n", "eu/acme/": "", "us/acme/": ""}
    [message] = said(tmp_path, files)
    assert message == (
        "fleet.yaml:1:19 REF002 account 'acme' is named twice: 'eu/acme' and 'us/acme'"
        " | give each account a name of its own, in the column `account` of a CSV"
    )


def test_links(tmp_path: Path) -> None:
    root = write(tmp_path / "in", {"fleet.yaml": PATTERN, **TWO, "more/cask/": ""})
    write(tmp_path / "out", {"dent/": ""})
    (root / "customers/cask").symlink_to(root / "more/cask")
    assert names(fleet_in(root, {})) == ["acme", "bolt", "cask"]
    (root / "customers/dent").symlink_to(tmp_path / "out/dent")
    (root / "customers/ease").symlink_to("nowhere")
    assert said(root, {}) == [
        "fleet.yaml:1:12 SCHEMA001 folder 'customers/dent' points outside the repository through a symbolic link",
        "fleet.yaml:1:12 SCHEMA001 folder 'customers/ease' is a broken symbolic link",
    ]


def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    root = write(tmp_path, {"fleet.yaml": PATTERN, **TWO})
    (root / "customers/cask").symlink_to("cask")
    reason = "cannot be read (too many levels of symbolic links)"
    assert said(root, {}) == [f"fleet.yaml:1:12 SCHEMA001 folder 'customers/cask' {reason}"]


def test_a_row_whose_folder_cannot_be_read(tmp_path: Path) -> None:
    rows = f"account,folder,region\na,round,\nb,round/more,\nc,customers/acme,{'x' * 257}\n"
    root = write(tmp_path, {"fleet.yaml": "accounts: accounts.csv\n", "accounts.csv": rows, **TWO})
    (root / "round").symlink_to("round")
    assert said(root, {}) == [
        "accounts.csv:2:3 SCHEMA001 folder 'round' is not a folder",
        "accounts.csv:3:3 SCHEMA001 folder 'round/more' cannot be read (too many levels of symbolic links)",
        "accounts.csv:4:18 SCHEMA001 a cell must have at most 256 characters, not 257",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_listed(tmp_path: Path) -> None:
    root = write(tmp_path, {"fleet.yaml": PATTERN, **TWO})
    (root / "customers").chmod(0)
    try:
        assert said(root, {}) == ["fleet.yaml:1:12 SCHEMA001 folder 'customers' cannot be listed (permission denied)"]
    finally:
        (root / "customers").chmod(0o700)


def test_a_fleet_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").mkdir()
    with pytest.raises(FileProblem, match=r"fleet\.yaml: is a folder, not a file"):
        read_fleet(tmp_path / "fleet.yaml")


def test_finding_the_fleet(tmp_path: Path) -> None:
    root = write(tmp_path, {"fleet.yaml": PATTERN, **TWO})
    assert find_fleet(root / "customers/acme") == root / "fleet.yaml"
    (root / "fleet.yaml").unlink()
    with pytest.raises(FleetNotFound, match=r"no fleet\.yaml in .* or above it; create one with"):
        find_fleet(root)


def test_related_places(tmp_path: Path) -> None:
    rows = "account,folder\nacme,customers/acme\nacme,customers/bolt\n"
    write(tmp_path, {"fleet.yaml": "accounts: a.csv\n", "a.csv": rows, **TWO})
    _, [finding] = read_fleet(tmp_path / "fleet.yaml")
    assert line(finding).startswith("a.csv:3:1 REF002")
    assert [(str(each.location), each.message) for each in finding.related] == [("a.csv:2:1", "first named here")]
