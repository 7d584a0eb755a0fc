"""`seatsync ci` in a project with `portal:`: who reads the mirror, who refreshes it, and who is told what to do."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest

from tests.ci.env_file import gitlab
from tests.commands.build_servers import Server
from tests.commands.running import Run, replace_in, write
from tests.documents import checked
from tests.gits import commit, git
from tests.reporting.any_findings import HOSTILE
from tests.reporting.hostile import OWN
from tests.reporting.rendered import rendered
from tests.reporting.workflow_commands import commands

HEAD = "first_name,last_name,email,team_alias,role,account_status,offering_name\n"
ANA = "Ana,Silva,ana@acme.example,design,Primary admin,Active,AutoCAD\n"
BEN = "Ben,Ode,ben@acme.example,design,Secondary admin,Active,\n"
CHO = "Cho,Park,cho@acme.example,design,User,Active,AutoCAD\n"
USERS = HEAD + ANA + BEN + CHO
DONE = HEAD + ANA + BEN.replace(",\n", ",AutoCAD\n") + CHO
BOUGHT = (
    "team_alias,offering_name,subscription_id,start_date,end_date,seat_quantity,reseller_name,autorenew_date\n"
    "design,AutoCAD,574-1,2026-01-01,2027-12-31,5,Dealer AG,\n"
)
FILES = {
    "seatsync.yaml": "version: 1\naccount: acme\ntarget: sqlite:///.seatsync/account.db\n"
    "include: [want.yaml]\nportal: {exports: exports/}\npolicy: {max_removals: 100%}\n",
    "want.yaml": """\
users:
  ana@acme.example: {}
  ben@acme.example: {}
  cho@acme.example: {}
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    seats: {AutoCAD: [ana@acme.example, cho@acme.example]}
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 5, channel: reseller,
            contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2027-12-31}
""",
    ".gitignore": ".seatsync/\nexports/\nruns/\nseatsync-ci/\n",
}
EVENTS = {
    "github": {"pull": "pull_request", "push": "push", "schedule": "schedule"},
    "gitlab": {"pull": "merge_request_event", "push": "push", "schedule": "schedule"},
}
Kind = Literal["github", "gitlab"]


class Pipeline:
    """A repository, a machine with the mirror and the exports, and jobs that each have their own checkout."""

    def __init__(self, top: Path, patch: pytest.MonkeyPatch, run: Run, kind: Kind) -> None:
        self.top, self.patch, self.run, self.kind = top, patch, run, kind
        self.origin, self.machine = top / "origin", top / "machine"
        self.exports, self.mirror = self.machine / "exports", self.machine / "mirror.db"
        self.here = self.origin
        self.jobs = 0

    def export(self, day: str, **files: str) -> None:
        """Put exports of a day beside those before, as somebody downloads them."""
        write(self.exports, {f"{name}-2026-06-{day}.csv": text for name, text in files.items()})

    def at(self, day: str) -> None:
        self.patch.setenv("SEATSYNC_AT", f"2026-06-{day}")

    def job(self, event: str, *arguments: str, branch: str = "main", made: Path | None = None) -> int:
        """Run `seatsync ci` in a new checkout of a branch; `made` is the output of an earlier job."""
        self.jobs += 1
        self.here = self.top / f"job-{self.jobs}" / "checkout"
        git(self.top, "clone", "--quiet", "--branch", branch, str(self.origin), str(self.here))
        if made is not None:
            shutil.copytree(made, self.here / "seatsync-ci")
        server = Server(self.here, self.patch)
        server.set(CI="true", SEATSYNC_TARGET=f"sqlite:///{self.mirror}")
        if self.kind == "github":
            server.github(EVENTS["github"][event], branch=branch)
        else:
            server.gitlab(EVENTS["gitlab"][event], "" if event == "pull" else branch)
        self.patch.chdir(self.here)
        return self.run("ci", *arguments)

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of the last job, with the names that GitHub uses."""
        if self.kind == "github":
            return Server(self.here, self.patch).outputs
        there = gitlab((self.here / "seatsync-ci" / "outputs.env").read_text(encoding="utf-8"))
        assert len(there) <= 20, "the most that GitLab takes"
        return {name.removeprefix("SEATSYNC_").replace("_", "-").lower(): value for name, value in there}

    @property
    def page(self) -> str:
        """What people see of the last job: GitHub's summary, or the log."""
        if self.kind == "github":
            return (self.here.parent / "summary").read_text(encoding="utf-8")
        return self.run.out

    @staticmethod
    def digest(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def contents(self) -> dict[str, str]:
        """Return every file of the machine, with its digest."""
        return {str(path): self.digest(path) for path in sorted(self.machine.rglob("*")) if path.is_file()}

    def recorded(self) -> list[str]:
        """Return what is in the mirror, but for who locked it last."""
        with closing(sqlite3.connect(self.mirror)) as store:
            return [line for line in store.iterdump() if not line.startswith('INSERT INTO "lock"')]

    def copy(self) -> Path:
        """Return a copy of the mirror, as pull requests get it."""
        return Path(shutil.copy(self.mirror, self.top / "copy.db"))

    def pull_request(self) -> None:
        """Propose that Ben gets a seat."""
        git(self.origin, "switch", "--quiet", "--create", "seat")
        replace_in(self.origin / "want.yaml", "[ana@acme.example, cho", "[ana@acme.example, ben@acme.example, cho")
        commit(self.origin, "seat for ben".replace(" ", "-"))
        git(self.origin, "switch", "--quiet", "main")

    def merge(self) -> None:
        git(self.origin, "merge", "--quiet", "seat")


@pytest.fixture(name="pipeline", params=["github", "gitlab"])
def _pipeline(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Pipeline:
    return set_up(folder, monkeypatch, run, request.param)


@pytest.fixture(name="github")
def _github(folder: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Pipeline:
    return set_up(folder, monkeypatch, run, "github")


@pytest.fixture(name="started")
def _started(pipeline: Pipeline) -> Pipeline:
    """Return the pipeline after the first refresh, which created the mirror."""
    assert pipeline.job("schedule", "--exports", str(pipeline.exports)) == 0, pipeline.run.said
    return pipeline


def set_up(folder: Path, monkeypatch: pytest.MonkeyPatch, run: Run, kind: Kind) -> Pipeline:
    made = Pipeline(folder, monkeypatch, run, kind)
    made.at("15")
    write(made.origin, FILES)
    commit(made.origin, "start")
    made.export("14", users=USERS, subscriptions=BOUGHT)
    return made


def test_from_a_pull_request_to_what_people_did(pipeline: Pipeline) -> None:
    exports = ("--exports", str(pipeline.exports))
    assert pipeline.job("schedule", *exports) == 0
    assert "Recorded 2 changes" in pipeline.page
    assert (pipeline.outputs["job"], pipeline.outputs["verdict"]) == ("plan", "no-changes")
    mirror = pipeline.digest(pipeline.mirror)

    pipeline.pull_request()
    assert pipeline.job("pull", branch="seat") == 0
    assert "+ AutoCAD for ben@acme.example" in pipeline.run.out
    copy = pipeline.copy()
    assert pipeline.job("pull", "plan", "--target", f"sqlite:///{copy}", branch="seat") == 0
    assert "1. + assign AutoCAD to ben@acme.example (console)" in pipeline.run.out
    assert (pipeline.outputs["has-new-steps"], "open-cases" in pipeline.outputs) == ("true", False)
    assert pipeline.digest(pipeline.mirror) == pipeline.digest(copy) == mirror

    pipeline.merge()
    assert pipeline.job("push", "plan", "--refresh", *exports) == 0
    intent, made = pipeline.outputs["intent"], pipeline.here / "seatsync-ci"
    assert (pipeline.outputs["has-new-steps"], pipeline.outputs["open-cases"]) == ("true", "0")
    code = pipeline.job("push", "apply", "--rebase", "--intent", intent, *exports, made=made)
    assert code == (0 if pipeline.kind == "github" else 3)
    outputs = pipeline.outputs
    assert (outputs["verdict"], outputs["open-cases"]) == ("waiting", "1")
    assert "`CASE-1`" in (pipeline.here / outputs["status"]).read_text(encoding="utf-8")
    run = pipeline.here / outputs["run"]
    assert run.parent == pipeline.here / "seatsync-ci" / "runs"
    assert sorted(path.name for path in run.iterdir()) == ["CHECKLIST.html", "CHECKLIST.md"]
    assert "ben@acme.example" in (run / "CHECKLIST.md").read_text(encoding="utf-8")
    outcome = checked((pipeline.here / outputs["outcome"]).read_text(encoding="utf-8"), "apply")
    assert outcome["folder"] == outputs["run"]
    if pipeline.kind == "github":
        assert (
            f"### seatsync: steps are waiting for people; their checklist is in `{outputs['run']}`\n" in pipeline.page
        )
        row = "| `CASE-1` | team design: assign AutoCAD to `ben@acme.example` | console | opened today |  |"
        assert f"**`ana@acme.example`**\n\n| Case | What | How | Open | Next |\n|---|---|---|---|---|\n{row}" in (
            pipeline.page
        )
    assert "CASE-1  team design: assign AutoCAD to ben@acme.example\n    console, opened today" in pipeline.run.out
    assert not (pipeline.here / "runs").exists()

    pipeline.at("18")
    assert pipeline.job("push", "plan", "--refresh", *exports) == 0
    assert (pipeline.outputs["has-changes"], pipeline.outputs["has-new-steps"]) == ("true", "false")
    assert "console, open for 3 days" in pipeline.run.out
    pipeline.export("17", users=DONE)
    assert pipeline.job("schedule", *exports) == 0
    outputs = pipeline.outputs
    assert (outputs["closed-cases"], outputs["open-cases"], outputs["verdict"]) == ("1", "0", "no-changes")
    assert "Done, as the sources show:\n" in pipeline.page
    found = checked((pipeline.here / outputs["refresh"]).read_text(encoding="utf-8"), "refresh")
    assert found["closed"] == ["CASE-1"]
    pipeline.patch.chdir(pipeline.here)
    assert pipeline.run("account", "verify") == 0


def opened(pipeline: Pipeline) -> str:
    """Apply the change of the pull request; return the option for the exports."""
    pipeline.pull_request()
    pipeline.merge()
    assert pipeline.job("push", "plan") == 0
    made = pipeline.here / "seatsync-ci"
    pipeline.job("push", "apply", "--exports", str(pipeline.exports), made=made)
    assert pipeline.outputs["verdict"] == "waiting", pipeline.run.said
    return str(pipeline.exports)


def test_a_confirmed_case_that_newer_exports_do_not_show_is_named(started: Pipeline) -> None:
    exports = opened(started)
    assert started.run("account", "confirm", "CASE-1", "--evidence", "seen on the screen") == 0
    started.at("18")
    started.export("17", users=USERS)
    assert started.job("schedule", "--exports", exports) == 0
    outputs = started.outputs
    assert (outputs["closed-cases"], outputs["reopened-cases"], outputs["open-cases"]) == ("0", "1", "1")
    assert "Confirmed, but not shown by a newer source, so open again:" in started.page
    assert "SOURCE008" in started.page + started.run.err


def test_an_apply_without_new_steps_has_no_checklist(started: Pipeline) -> None:
    exports = opened(started)
    assert started.job("push", "plan") == 0
    made = started.here / "seatsync-ci"
    assert started.job("push", "apply", "--exports", exports, made=made) == (0 if started.kind == "github" else 3)
    assert (started.outputs["verdict"], "run" in started.outputs) == ("waiting", False)


def test_exports_that_arrive_after_the_approval(started: Pipeline) -> None:
    exports = ("--exports", str(started.exports))
    started.pull_request()
    started.merge()
    assert started.job("push", "plan", "--refresh", *exports) == 0
    made = started.here / "seatsync-ci"
    started.at("17")
    started.export("16", users=USERS + "Dee,Kim,dee@acme.example,lab,Primary admin,Active,\n")
    assert started.job("push", "apply", *exports, made=made) == 1
    assert "PLAN001" in started.run.out + started.run.err
    assert (started.outputs["verdict"], "run" in started.outputs) == ("failed", False)
    code = started.job("push", "apply", "--rebase", *exports, made=made)
    assert code == (0 if started.kind == "github" else 3)
    assert (started.outputs["verdict"], started.outputs["open-cases"]) == ("waiting", "1")
    # Somebody gave Cho's seat to Ben in the meantime: that is what the plan is about.
    started.at("19")
    started.export("18", users=DONE.replace("Active,AutoCAD\nBen", "Active,\nBen"))
    assert started.job("push", "apply", "--rebase", *exports, made=made) == 1
    assert "PLAN001" in started.run.out + started.run.err


REFUSED = (("--refresh",), ("--exports", "exports"), ("--exported", "2026-06-14"), ("--stale-ok",))


@pytest.mark.parametrize("options", REFUSED, ids=lambda options: options[0])
def test_pull_requests_and_other_branches_never_refresh(started: Pipeline, options: tuple[str, ...]) -> None:
    before = started.digest(started.mirror)
    started.pull_request()
    target = ("--target", f"sqlite:///{started.mirror}")
    for event in ("pull", "push"):
        for job in ((), ("check",), ("plan",)):
            assert started.job(event, *job, *target, *options, branch="seat") == 1
            assert started.run.err.startswith(f"seatsync: ci {(*job, 'check')[0]}: this run is for neither a protected")
            assert started.run.err.endswith("leave --refresh, --exports, --exported and --stale-ok out\n")
        assert started.job(event, "apply", *target, *options, branch="seat") == 1
        assert started.run.err.endswith("so nothing is applied\n")
    assert started.digest(started.mirror) == before


def test_a_pull_request_cannot_choose_exports_target_or_mirror(started: Pipeline) -> None:
    before = started.contents()
    started.pull_request()
    git(started.origin, "switch", "--quiet", "seat")
    replace_in(started.origin / "seatsync.yaml", "exports/", "evil/")
    replace_in(started.origin / "seatsync.yaml", "target: sqlite:///.seatsync/account.db", "target: sqlite:///evil.db")
    write(started.origin / "evil", {"users-2026-06-15.csv": HEAD + ANA})
    commit(started.origin, "evil")
    git(started.origin, "switch", "--quiet", "main")
    assert started.job("pull", branch="seat") == 0
    assert started.job("pull", "plan", "--target", f"sqlite:///{started.copy()}", branch="seat") == 0
    assert "Plan: 1 to add, 0 to change, 0 to remove" in started.run.out
    assert not (started.here / "evil.db").exists()
    assert started.contents() == before
    # The trusted job reads what its recipe says, also before the merge is noticed by anybody.
    started.merge()
    assert started.job("push", "plan", "--refresh", "--exports", str(started.exports)) == 0
    assert "evil" not in started.run.out


def test_without_a_mirror_a_pull_request_is_checked_and_compared_only(pipeline: Pipeline) -> None:
    pipeline.pull_request()
    assert pipeline.job("pull", branch="seat") == 0
    assert pipeline.outputs["verdict"] == "sound"
    nowhere = pipeline.top / "copy.db"
    assert pipeline.job("pull", "plan", "--target", f"sqlite:///{nowhere}", branch="seat") == 1
    reason = (
        f"not planned: sqlite:///{nowhere}: there is no mirror here; put it here if it is kept elsewhere, or create it"
        " with `seatsync refresh` in a job for the default branch; only the files were checked"
    )
    assert reason in pipeline.run.out + pipeline.run.err
    assert "+ AutoCAD for ben@acme.example" in pipeline.run.out
    outputs = pipeline.outputs
    assert (outputs["job"], outputs["verdict"], outputs["has-changes"]) == ("plan", "failed", "true")
    assert outputs.get("diff", "seatsync-ci/diff.md") == "seatsync-ci/diff.md"
    assert not nowhere.exists()
    assert not pipeline.mirror.exists()
    if pipeline.kind == "github":
        assert "### seatsync: not planned, no mirror. nothing wrong. Diff: 1 added" in pipeline.page


def test_only_a_refresh_creates_the_mirror(pipeline: Pipeline) -> None:
    assert pipeline.job("push") == 1
    assert (
        "there is no mirror here; put it here if it is kept elsewhere, or create it with `seatsync refresh`"
        in pipeline.run.out + pipeline.run.err
    )
    assert pipeline.job("push", "plan") == 1
    assert pipeline.job("schedule", "--no-refresh") == 1
    assert not pipeline.mirror.exists()
    assert pipeline.job("push", "plan", "--refresh", "--exports", str(pipeline.exports)) == 0
    assert pipeline.mirror.exists()


def test_exports_that_cannot_be_used_stop_the_job(started: Pipeline) -> None:
    started.pull_request()
    started.merge()
    assert started.job("push", "plan") == 0
    made = started.here / "seatsync-ci"
    before = started.recorded()
    started.export("15", users=USERS[:-20])
    for job in (("schedule",), ("push", "apply")):
        exports = ("--exports", str(started.exports))
        assert started.job(*job, *exports, made=made if "apply" in job else None) == 1
        assert started.outputs["verdict"] == "failed"
        assert "SOURCE001" in started.page + started.run.err
        if started.kind == "github":
            assert "### seatsync: the sources cannot be used, so nothing was recorded: 1 error\n" in started.page
            assert [each.values["title"] for each in commands(started.run.out) if each.name == "error"] == ["SOURCE001"]
        assert "Nothing was recorded." in started.run.out
    assert started.recorded() == before


def test_exports_that_contradict_each_other_fail_the_job_after_the_rest(started: Pipeline) -> None:
    started.export("15", users=DONE, more=USERS.replace("Cho,Park", "Cho,Parker"))
    started.at("16")
    assert started.job("schedule", "--exports", str(started.exports)) == 1
    assert "SOURCE002" in started.page + started.run.err
    assert started.outputs["verdict"] in {"changes", "no-changes"}


def test_old_exports_remind_people_to_download_them(started: Pipeline) -> None:
    started.at("30")
    assert started.job("schedule", "--exports", str(started.exports)) == 1
    assert "SOURCE004" in started.page + started.run.err
    assert started.job("schedule", "--exports", str(started.exports), "--stale-ok") == 0
    assert started.job("schedule", "--no-refresh") == 0


def test_the_time_of_a_file_does_not_count_in_a_pipeline(started: Pipeline) -> None:
    started.at("18")
    shutil.rmtree(started.exports)
    write(started.exports, {"users.csv": DONE})
    assert started.job("schedule", "--exports", str(started.exports)) == 1
    assert "--exported" in started.page + started.run.err
    assert started.job("schedule", "--exports", str(started.exports), "--exported", "2026-06-17") == 0


def test_a_removal_of_many_is_let_pass_by_number(started: Pipeline) -> None:
    replace_in(started.origin / "seatsync.yaml", "100%", "0")
    commit(started.origin, "guarded")
    started.at("18")
    started.export("17", users=HEAD + ANA + BEN)
    exports = ("--exports", str(started.exports))
    assert started.job("schedule", *exports) == 1
    assert "SOURCE005" in started.page + started.run.err
    allowed = ("--allow", "SOURCE005.users=1", "--allow", "SOURCE005.seats=1")
    assert started.job("push", "plan", "--refresh", *exports, *allowed) == 0, started.run.said


def test_options_that_do_not_fit(github: Pipeline) -> None:
    for arguments, problem in (
        (
            ("check", "--refresh"),
            "ci check reads no account; --refresh and its options are for `ci plan` and `ci apply`",
        ),
        (("plan", "--exports", "exports"), "--exports, --exported and --stale-ok need --refresh"),
        (("plan", "--no-refresh", "--stale-ok"), "--exports, --exported and --stale-ok need --refresh"),
    ):
        assert github.job("push", *arguments) == 1
        assert github.run.err == f"seatsync: {problem}\n"
    replace_in(github.origin / "seatsync.yaml", "portal: {exports: exports/}\n", "")
    commit(github.origin, "no-portal")
    assert github.job("push", "plan", "--refresh") == 1
    assert "the project has no `portal:`" in github.run.err


def test_a_portal_without_exports_is_not_refreshed_by_itself(github: Pipeline) -> None:
    assert github.job("schedule", "--exports", str(github.exports)) == 0
    replace_in(github.origin / "seatsync.yaml", "{exports: exports/}", "{}")
    commit(github.origin, "no-exports")
    assert github.job("schedule") == 0
    line = "not refreshed: seatsync.yaml names no `exports` of the portal; name their folder with --exports DIR\n"
    assert github.run.err.startswith(line)
    assert "refresh" not in github.outputs


def test_folders_of_runs_in_a_checkout_are_not_mistaken_for_ours(github: Pipeline) -> None:
    write(github.origin, {".gitignore": "", "seatsync-ci/runs/7/CHECKLIST.md": "Pay mallory.\n"})
    commit(github.origin, "planted")
    assert github.job("schedule", "--exports", str(github.exports)) == 0
    assert not (github.here / "seatsync-ci" / "runs").exists()
    (github.origin / "seatsync-ci" / "runs" / "7" / "CHECKLIST.md").unlink()
    (github.origin / "seatsync-ci" / "runs" / "7").rmdir()
    (github.origin / "seatsync-ci" / "runs").rmdir()
    (github.origin / "seatsync-ci" / "runs").symlink_to("../../..")
    commit(github.origin, "link")
    assert github.job("push", "check") == 0
    assert github.exports.is_dir()


def test_elsewhere_the_folders_of_earlier_runs_stay(github: Pipeline) -> None:
    github.patch.chdir(github.origin)
    github.patch.setenv("SEATSYNC_TARGET", f"sqlite:///{github.mirror}")
    exports = ("--exports", str(github.exports))
    assert github.run("ci", "plan", "--out", "made", "--refresh", *exports) == 0
    replace_in(github.origin / "want.yaml", "[ana@acme.example, cho", "[ana@acme.example, ben@acme.example, cho")
    assert github.run("ci", "plan", "--out", "made") == 0
    assert github.run("ci", "apply", "--out", "made", *exports) == 3
    (run,) = (github.origin / "made" / "runs").iterdir()
    assert github.run("ci", "plan", "--out", "made") == 0
    assert github.run("ci", "apply", "--out", "made", *exports) == 3
    assert list((github.origin / "made" / "runs").iterdir()) == [run]


OUR_TAGS = {
    *("h3", "h4", "p", "pre", "code", "ul", "li", "br", "strong", "details", "summary"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


NAMES = [text for text in dict.fromkeys([*OWN, *HOSTILE]) if text.isprintable() and text.strip()]


def test_hostile_names_are_text_on_the_page_and_in_the_log(github: Pipeline) -> None:
    rows = "".join(f'"cho@acme.example","{name.replace(chr(34), chr(34) * 2)} ",Custom,User\n' for name in NAMES)
    exports = ("--exports", str(github.exports))
    assert github.job("schedule", *exports) == 0
    github.at("17")
    github.export("16", groups="Email,Group,Group type,Role\n" + rows)
    keys = [json.dumps(f"{name} 2", ensure_ascii=False) for name in NAMES]
    groups = "".join(f"      {key}: {{members: [cho@acme.example]}}\n" for key in keys)
    replace_in(github.origin / "want.yaml", "    seats:", f"    groups:\n{groups}    seats:")
    commit(github.origin, "names")
    assert github.job("push", "plan", "--refresh", *exports) in {0, 1}
    pages, logs = [github.page], [github.run.out]
    assert github.outputs["has-new-steps"] == "true"
    made = github.here / "seatsync-ci"
    github.job("push", "apply", *exports, made=made)
    assert github.outputs["verdict"] == "waiting", github.run.said
    assert set(github.outputs) <= {
        "job",
        "verdict",
        "intent",
        "run",
        "open-cases",
        "closed-cases",
        "reopened-cases",
    } | {
        *("sarif", "plan", "markdown", "html", "outcome", "refresh", "status"),
    }
    for page in [*pages, github.page]:
        seen = rendered(page)
        assert {tag.partition(" ")[0] for tag in seen.tags} <= OUR_TAGS
        assert seen.found == []
        assert "bold" in seen.text
    for log in [*logs, github.run.out]:
        outside = re.sub(r"::stop-commands::(\S+)\n.*?\n::\1::\n", "", log, flags=re.DOTALL)
        assert [line for line in outside.splitlines() if not line.startswith(("::notice ", "::warning "))] == []
        assert {each.name for each in commands(outside)} <= {"notice", "warning"}
