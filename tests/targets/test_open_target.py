"""Targets by URL: built-in kinds, kinds of other packages, and unknown ones."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.clock import Clock
from seatsync.errors import TargetProblem
from seatsync.targets import plug_ins
from seatsync.targets.snapshot import SnapshotTarget
from seatsync.targets.sql.sqlite import SqliteFile
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import BUILT_IN, GROUP, Session, State, open_target
from tests.targets.sample import sample


@dataclass
class Foreign:
    """A target of another package."""

    url: str

    def read(self) -> State:
        return State(sample())

    def route(self, step: Step) -> str:  # noqa: ARG002 - the words of the protocol
        return "api"

    def session(self, actor: str | None, clock: Clock) -> AbstractContextManager[Session]:  # noqa: ARG002 - the words of the protocol
        raise TargetProblem(self.url, "not written yet")


def open_foreign(url: str, root: Path, environ: Mapping[str, str], clock: Clock | None) -> Foreign:
    return Foreign(f"{url} in {root} with {environ['TOKEN']}")


def open_broken(url: str, root: Path, environ: Mapping[str, str], clock: Clock | None) -> Foreign:
    raise ZeroDivisionError("secret")


def open_refusing(url: str, root: Path, environ: Mapping[str, str], clock: Clock | None) -> Foreign:
    raise TargetProblem("x:…", "no token", "set TOKEN")


def open_half(url: str, root: Path, environ: Mapping[str, str], clock: Clock | None) -> object:
    return object()


@dataclass(frozen=True)
class Package:
    name: str
    version: str


def offer(scheme: str, function: str, package: str | None = "seatsync-plus") -> EntryPoint:
    point = EntryPoint(scheme, f"{__name__}:{function}", "seatsync.targets")
    vars(point)["dist"] = Package(package, "1.2") if package else None
    return point


@pytest.fixture
def _others(monkeypatch: pytest.MonkeyPatch) -> None:
    offers = EntryPoints(
        [
            offer("x", "open_foreign"),
            offer("broken", "open_broken"),
            offer("refusing", "open_refusing"),
            offer("half", "open_half"),
            offer("gone", "open_gone"),
            offer("nobody", "open_broken", None),
            offer("twice", "open_foreign"),
            offer("twice", "open_foreign", "another"),
            offer("sqlite", "open_foreign"),
        ]
    )
    monkeypatch.setattr(plug_ins, "entry_points", lambda group: offers.select(group=group))


def complaint(url: str) -> str:
    with pytest.raises(TargetProblem) as caught:
        open_target(url, Path("/project"), {})
    return str(caught.value)


@pytest.mark.parametrize(
    ("url", "kind", "path"),
    [
        ("sqlite:///.seatsync/account.db", SqliteFile, "/project/.seatsync/account.db"),
        ("SQLite:////var/a b?.db", SqliteFile, "/var/a b?.db"),
        ("file:state.yaml", SnapshotTarget, "/project/state.yaml"),
        ("file:/var/state.yaml", SnapshotTarget, "/var/state.yaml"),
    ],
)
def test_paths_start_at_the_project_folder(url: str, kind: type, path: str) -> None:
    target = open_target(url, Path("/project"), {})
    assert (target.place if isinstance(target, SqlTarget) else target) == kind(url, Path(path))


def test_our_own_kinds_are_the_entry_points_of_the_package() -> None:
    pyproject = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert pyproject["project"]["entry-points"][GROUP] == BUILT_IN


@pytest.mark.parametrize("url", ["sqlite:", "sqlite:///", "sqlite://host/a.db", "sqlite:a.db", "sqlite:///a\0b"])
def test_url_without_a_file(url: str) -> None:
    assert complaint(url) == (
        f"{url}: not the name of a file; write sqlite:///FILE, or sqlite:////FOLDER/FILE for an absolute path"
    )


@pytest.mark.parametrize("url", ["account.db", "/var/account.db", "", "3:x"])
def test_not_a_url(url: str) -> None:
    assert complaint(url) == (
        f"{url or 'the target'}: not a URL of the form SCHEME:PLACE; write for example sqlite:///account.db"
    )


@pytest.mark.usefixtures("_others")
class TestOthers:
    def test_an_unknown_kind_is_answered_with_those_that_are_known(self) -> None:
        said = complaint("mysql://ana@db/acme")
        assert said == (
            "mysql:…: unknown kind of target; "
            "use one of broken, file, gone, half, nobody, postgresql, refusing, sqlite, twice, x"
        )

    @pytest.mark.parametrize("url", ["x://ana:secret@db/acme", "sqlite://ana:secret@db", "//ana:secret@db"])
    def test_a_password_is_refused_and_not_repeated(self, url: str) -> None:
        assert complaint(url) == (
            f"{url.replace('secret', '***')}: the URL of the target contains a password; "
            "remove it: secrets come from the environment (SEATSYNC_TOKEN, PGPASSWORD) or a file"
        )

    def test_a_kind_of_another_package(self) -> None:
        target = open_target("x:place", Path("/project"), {"TOKEN": "t"})
        assert target.url == "x:place in /project with t"

    def test_built_in_kinds_cannot_be_replaced(self) -> None:
        assert isinstance(open_target("sqlite:///a.db", Path(), {}), SqlTarget)

    def test_the_package_at_fault_is_named_and_the_url_is_not_shown(self) -> None:
        fault = f"the target plug-in of seatsync-plus 1.2 ({__name__}"
        remedy = "update or remove that package"
        assert complaint("broken:secret") == f"broken:…: {fault}:open_broken) fails with ZeroDivisionError; {remedy}"
        assert complaint("gone:secret") == f"gone:…: {fault}:open_gone) fails with AttributeError; {remedy}"
        assert complaint("half:secret") == (
            f"half:…: {fault}:open_half) returns a target without url, read, route, session; {remedy}"
        )
        assert complaint("nobody:secret").startswith(f"nobody:…: the target plug-in of {__name__}:open_broken ")

    def test_two_packages_with_one_kind(self) -> None:
        assert complaint("twice:x") == (
            "twice:…: more than one package offers this kind of target: another 1.2, seatsync-plus 1.2;"
            " remove all but one of them"
        )

    def test_its_own_words_stay(self) -> None:
        assert complaint("refusing:x") == "x:…: no token; set TOKEN"


def test_without_other_packages_ours_are_known() -> None:
    assert complaint("mysql://db/acme") == "mysql:…: unknown kind of target; use one of file, postgresql, sqlite"
