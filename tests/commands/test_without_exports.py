"""From a project file alone to a repository: refresh by API, then import of the project's own mirror."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seatsync.account.model import Account
from seatsync.commands.shared.real_account import own_project
from seatsync.declaration.changing.transaction import Changed
from seatsync.demo.double import Double
from tests.commands.portals import download, portal_project
from tests.commands.running import Run, replace_in
from tests.demo.conversation import ANA
from tests.demo.conversation import account as made_up

PROJECT = """\
# our account
version: 1
account: acme
target: sqlite:///.seatsync/account.db
portal:
  team_admin:
    client_id: demo-client  # the app of our company
    write: true
    teams: {design: "DESIGN"}
policy:
  email_domains: [acme.example]
"""
MIRROR = "sqlite:///.seatsync/account.db"


@contextmanager
def only_a_project_file(
    monkeypatch: pytest.MonkeyPatch, folder: Path, *profiles: str, text: str = PROJECT, account: Account | None = None
) -> Iterator[Double]:
    """Serve the account of `tests/demo/conversation.py` to a folder that has nothing but a project file."""
    with portal_project(monkeypatch, folder, *profiles, exports=False, account=account) as double:
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        (folder / "seatsync.yaml").write_text(own(double, text))
        yield double


def own(double: Double, text: str) -> str:
    """Return a project file with the id that a portal has for the team."""
    return text.replace("DESIGN", double.team_id("design"))


def files(folder: Path) -> dict[str, str]:
    """Return the files besides the mirror and the schemas."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in found}
    return {name: path.read_text() for name, path in names.items() if not name.startswith((".seatsync/", "schemas/"))}


def test_a_repository_by_the_team_admin_api_alone(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with only_a_project_file(monkeypatch, folder) as double:
        assert run("validate") == 0
        assert run("refresh") == 0
        assert run.err == f"The project declares nothing yet. Next: seatsync import {MIRROR}\n"
        assert run("import", MIRROR) == 0
        assert run.said == (
            """\
Wrote
  .gitignore
  schemas/fragment.schema.json
  schemas/project.schema.json
  subscriptions.yaml
  teams/design.yaml
  users.yaml
and added them to seatsync.yaml.

They declare account acme as it is known: 1 team, 4 people, 3 subscriptions.
Comments mark 13 facts that no source shows and that were assumed.

Next:
  seatsync plan    compare the files with the account; there is nothing to do yet
  git init         keep the files in git, and correct what was assumed
  seatsync apply   after a change of the files: do what the API can, and write the checklist for people
""",
            "2 kinds of facts are unknown (listed with -v).\n",
        )
        written = files(folder)
        assert written["seatsync.yaml"] == own(double, PROJECT).replace(
            "portal:\n", 'include: [users.yaml, subscriptions.yaml, "teams/*.yaml"]\nportal:\n'
        )
        assert written["teams/design.yaml"] == TEAM
        assert written["subscriptions.yaml"].startswith(POOL)
        assert run("validate", "--strict") == 0
        for command in ("plan", "drift", "apply"):
            assert run(command, *["--auto-approve"] * (command == "apply")) == 0, run.said
            assert "as declared" in run.out
        assert run("refresh") == 0
        assert run.err == ""
        assert run.out.endswith("\nNothing new.\n")
        assert run("plan") == 0
        assert run.out.endswith("\nNothing to change: the account is as declared.\n")
        assert double.effects == ()


TEAM = """\
# yaml-language-server: $schema=../schemas/fragment.schema.json
teams:
  design:  # assumed: that what groups give to ben@acme.example and cho@acme.example is held directly
    primary_admin: ana@acme.example
    secondary_admins:
      - ben@acme.example
    seats:
      AutoCAD:
        - ana@acme.example
        - ben@acme.example
        - cho@acme.example
      Revit:
        - ana@acme.example
    members:
      - Dee@acme.example
"""
POOL = """\
# yaml-language-server: $schema=schemas/fragment.schema.json
subscriptions:
  pool-1:  # assumed: that this pool of seats is one subscription, the offering single-user, the channel store and the \
contract manager ana@acme.example
    team: design
    product: AutoCAD
    offering: single-user
    seats: 7
    channel: store
    contract_manager: ana@acme.example
    starts: 2026-01-01
    ends: 2027-01-31
"""


def test_seats_are_given_as_far_as_the_pools_have_some(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: without the subscriptions that stand for pools, no seat can be given."""
    with only_a_project_file(monkeypatch, folder) as double:
        assert run("refresh") == 0
        assert run("import", MIRROR) == 0
        replace_in(folder / "teams/design.yaml", "      Revit:\n", "        - Dee@acme.example\n      Revit:\n")
        assert run("plan") == 0
        assert "  1. + assign AutoCAD to Dee@acme.example (api)\n" in run.out
        assert run("apply", "--auto-approve") == 0, run.said
        assert [(each.kind, each.product) for each in double.effects] == [("assign", "AutoCAD")]
        (folder / "subscriptions.yaml").write_text("")
        assert run("plan") == 1
        assert "SEAT002" in run.err
        assert run("import", MIRROR, "--out", "again") == 0
        replace_in(folder / "again/teams/design.yaml", "      Revit:\n", "      Revit:\n        - Dee@acme.example\n")
        assert run("-C", "again", "plan") == 1
        assert "SEAT001 team design assigns 2 seats of Revit, but its pool holds 1" in run.err
        assert len(double.effects) == 1


def test_declared_seats_that_the_pool_does_not_have(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first apply takes them over, and afterwards; a step that the pool refuses is no surprise."""
    with only_a_project_file(monkeypatch, folder):
        assert run("refresh") == 0
        assert run("import", MIRROR) == 0
        assert run("plan", "--strict") == 0, run.said
        replace_in(folder / "subscriptions.yaml", "    seats: 1\n", "    seats: 3\n")
        for _ in range(2):
            assert run("plan") == 0
            assert run.err == (
                "warning SOURCE009 the seats of 'Revit' in team 'design' are 1 by the API, but 3 by the subscriptions"
                " that are assumed\n"
                "  hint: correct `seats` of the subscriptions in the files: free seats are counted by them\n\n"
            )
            assert run("apply", "--auto-approve") == 0, run.said


def test_pools_that_say_too_little(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with only_a_project_file(monkeypatch, folder, account=with_a_seat_of("Maya")) as double:
        assert run("refresh") == 0
        assert run("import", MIRROR) == 0
        assert "Maya" not in (folder / "subscriptions.yaml").read_text()
        assert run.err == (
            "2 kinds of facts are unknown (listed with -v).\n"
            "info SOURCE007 no export shows the subscriptions of team 'design', so SEAT002 is suppressed there\n"
            "  hint: add the subscriptions export and import again, or declare them and remove the entries of"
            " `suppress`\n\n"
        )
        assert (folder / "seatsync.yaml").read_text() == own(double, PROJECT).replace(
            "portal:\n", 'include: [users.yaml, subscriptions.yaml, "teams/*.yaml"]\nportal:\n'
        ) + (
            "  suppress: [{code: SEAT002, reason: no export showed the subscriptions on 2026-07-30, team: design, "
            "product: Maya}]\n"
        )
        assert run("plan") == 0
        assert run.out.endswith("\nNothing to change: the account is as declared.\n")


def with_a_seat_of(product: str) -> Account:
    found = made_up()
    found.teams["design"].seats[product] = {ANA}
    return found


def test_subscriptions_by_insights(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    text = PROJECT.replace("portal:\n", "portal:\n  insights: true\n")
    with only_a_project_file(monkeypatch, folder, text=text) as double:
        assert run("refresh") == 0
        assert run("import", MIRROR) == 0, run.said
        assert (folder / "subscriptions.yaml").read_text().count("\n  574-") == 6
        assert run("plan") == 0
        assert run.out.endswith("\nNothing to change: the account is as declared.\n")
        assert double.effects == ()


@pytest.mark.parametrize("where", ["from outside", "from below", "by init"])
def test_the_command_that_refresh_names(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    project = folder / "a b"
    project.mkdir()
    with only_a_project_file(monkeypatch, project):
        monkeypatch.chdir(folder if where == "from outside" else project)
        if where == "from below":
            (project / "below").mkdir()
            monkeypatch.chdir(project / "below")
        assert run("refresh", *["a b"] * (where == "from outside")) == 0
        _, _, command = run.err.rstrip("\n").partition("Next: seatsync ")
        arguments = shlex.split(command)
        if where == "by init":
            arguments = ["init", "--from", *arguments[1:]]
        assert run(*arguments) == 0, (command, run.said)
        assert run("-C", str(project), "plan") == 0
        assert run.out.endswith("\nNothing to change: the account is as declared.\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("policy:", "include: [more.yaml]\npolicy:"),
        ("policy:", "polcy:"),
        ("account.db", "other.db"),
        (f"target: {MIRROR}\n", ""),
    ],
)
def test_other_project_files_are_not_touched(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    with only_a_project_file(monkeypatch, folder):
        assert run("refresh") == 0
        (folder / "other").mkdir()
        replace_in(folder / "seatsync.yaml", old, new)
        before = files(folder)
        assert run("import", MIRROR) == 1
        assert run.err.splitlines()[-1].startswith("seatsync: ")
        assert files(folder) == before


@pytest.mark.parametrize("fails", ["a file is in the way", "the project file changes meanwhile"])
def test_nothing_is_half_written(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    with only_a_project_file(monkeypatch, folder):
        assert run("refresh") == 0
        if fails == "a file is in the way":
            (folder / "users.yaml").write_text("mine\n")
        else:
            changed = Changed(b"", b"")
            monkeypatch.setattr(own_project, "Changed", lambda *_: changed)
        before = files(folder)
        assert run("import", MIRROR) == 1
        assert files(folder) == before
        assert not (folder / "teams").exists()


def test_elsewhere_the_portal_is_written_too(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal_project(monkeypatch, folder, write=True) as double:
        assert run("refresh") == 0
        assert run("import", MIRROR, "--out", "other/copy") == 0
        text = (folder / "other/copy/seatsync.yaml").read_text()
        portal = f"""\
portal:
  exports: ../../exports
  team_admin:
    client_id: demo-client
    write: true
    teams:
      design: "{double.team_id("design")}"
"""
        assert portal in text
        assert "target: sqlite:///../../.seatsync/account.db\n" in text
        assert run("-C", "other/copy", "plan") == 0, run.said
        assert run.out.endswith("\nNothing to change: the account is as declared.\n")
        assert run("-C", "other/copy", "refresh") == 0
        assert "Nothing new." in run.out


def test_what_git_ignores_already(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with only_a_project_file(monkeypatch, folder):
        assert run("refresh") == 0
        (folder / ".gitignore").write_text(".seatsync/\n")
        assert run("import", MIRROR) == 0
        assert run.err.endswith(f"\n{folder}/.gitignore already exists; add runs/ and seatsync-ci/ to it\n")


def test_an_export_replaces_the_subscriptions_that_stood_for_pools(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are not counted as gone (SOURCE005), and a second import shows what to declare instead."""
    with only_a_project_file(monkeypatch, folder) as double:
        for command in ("refresh", f"import {MIRROR}", "apply --auto-approve"):
            assert run(*command.split()) == 0, run.said
        double.clock.advance(3600)
        download(double, folder / "exports", "users", "subscriptions")
        assert run("refresh", "--exports", "exports") == 0, run.said
        assert "  - subscription pool-1 is gone  exports/subscriptions.csv\n" in run.out
        assert run("plan") == 0
        assert "buy subscription pool-1" in run.out
        assert run("import", MIRROR, "--out", "new") == 0
        for name in ("subscriptions.yaml", "teams/design.yaml", "teams/works.yaml"):
            (folder / name).write_text((folder / "new" / name).read_text())
        assert "pool" not in (folder / "subscriptions.yaml").read_text()
        replace_in(folder / "seatsync.yaml", "policy:\n", f"policy:\n{OLD}")
        (folder / "users.yaml").write_text((folder / "new/users.yaml").read_text())
        assert run("plan") == 0, run.said
        assert run.out.endswith("\nNothing to change: the account is as declared.\n")


OLD = "  suppress: [{code: SEAT003, reason: it ended, team: design, product: Old}]\n"


@pytest.mark.parametrize("command", ["import exports:exports", "init --from exports"])
def test_exports_for_a_project_that_declares_nothing(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    with only_a_project_file(monkeypatch, folder) as double:
        download(double, folder / "exports")
        before = files(folder)
        assert run(*command.split()) == 1
        assert run.err == (
            f"seatsync: {folder}/seatsync.yaml declares nothing yet, and has a portal: run `seatsync refresh` with"
            " these exports, and the command that it names next\n"
        )
        assert files(folder) == before
        assert run("refresh", "--exports", "exports") == 0
        assert run(*shlex.split(run.err.partition("Next: seatsync ")[2])) == 0
        assert (folder / "subscriptions.yaml").read_text().count("\n  574-") == 6
        assert run("plan") == 0
        assert run.out.endswith("\nNothing to change: the account is as declared.\n")
        assert run("refresh") == 0
        assert run("plan") == 0
        assert run.out.endswith("\nNothing to change: the account is as declared.\n")


@pytest.mark.parametrize(
    "profile",
    ["future-zero", "inherited-invented", "no-roles", "no-types", "pending-hidden", "pools-split"],
)
def test_whatever_the_api_leaves_open(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, profile: str) -> None:
    with only_a_project_file(monkeypatch, folder, profile) as double:
        for command in ("refresh", f"import {MIRROR}", "validate", "apply --auto-approve"):
            assert run(*command.split()) == 0, run.said
        double.clock.advance(4000)
        for command in ("refresh", "plan"):
            assert run(command) == 0, run.said
        assert run.out.endswith("\nNothing to change: the account is as declared.\n")
        assert double.effects == ()
