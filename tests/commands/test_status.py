"""`seatsync status`, and the reminders of `forecast`: open cases by person."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.model import Account, Scope
from seatsync.account.unknowns import Seen
from seatsync.clock import Clock
from seatsync.insight.open_cases import Status, status_of
from seatsync.reporting import status_report
from seatsync.reporting.formats import STATUSES
from seatsync.reporting.terminal import PLAIN
from seatsync.targets.target import Case, CaseRequest, State
from tests.commands.running import DAY, FILES, Run, write
from tests.commands.test_every_format import JUDGES, SAMPLE
from tests.documents import checked
from tests.targets.sample import ANA, BEN, BUY, CLOCK, DESIGN, OLD, sample
from tests.targets.stores import FREE, URL, at, mirror
from tests.targets.test_mirror_store import ASSIGN, INVITE, TRANSFER, ask

LATER = "2026-06-18"
GONE = Step.make("team.delete", OLD)
REQUESTS = (
    CaseRequest(1, FREE, "console", (ANA, BEN)),
    CaseRequest(2, INVITE, "csv", (BEN,)),
    CaseRequest(3, ASSIGN, "csv", (BEN,), (2,)),
    CaseRequest(4, BUY, "purchase", (ANA,), (2, 3)),
    CaseRequest(5, GONE, "support", ()),
)
SHOWN = """\
Account acme (serial 1), 2026-06-18: 5 cases are open

ben@acme.example
  CASE-1  team design: take AutoCAD from gus@acme.example
    console, open for 3 days
  CASE-2  team design: invite new@acme.example (N O)
    csv, open for 3 days; CASE-3 and CASE-4 wait for it
  CASE-3  team design: assign Maya to new@acme.example
    csv, open for 3 days; after CASE-2; CASE-4 waits for it

ana@acme.example
  CASE-4  team design: order for subscription 574-1: seats 5 -> 6
    purchase, open for 3 days; after CASE-2 and CASE-3

nobody in the account
  CASE-5  team old: delete the team
    support, open for 3 days
"""
UNSEEN = "The real account has not been seen yet; `seatsync refresh` looks at it.\n"
CLOSING = "`seatsync account confirm` closes a case, `seatsync refresh` those that it finds done.\n"


@pytest.fixture(name="opened")
def _opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEATSYNC_AT", LATER)
    ask(mirror(folder), *REQUESTS)
    return folder


def test_text(opened: Path, run: Run) -> None:
    assert run("status", "--target", URL) == 0
    assert run.said == (f"{SHOWN}\n{UNSEEN}\n{CLOSING}", "")
    assert at(opened).read().cases != ()


@pytest.mark.usefixtures("opened")
def test_json(run: Run) -> None:
    assert run("status", "--target", URL, "--format", "json") == 0
    document = checked(run.out, "status")
    assert list(document) == ["format", "cases"]
    assert document["cases"][2] == {
        "case": "CASE-3",
        "step": {
            "action": "seat.assign",
            "scope": {"team": "design"},
            "args": {"product": "Maya", "user": "new@acme.example"},
        },
        "person": BEN,
        "since": CLOCK.stamp,
        "route": "csv",
        "waits": ["CASE-4"],
    }
    assert [(each["case"], each["person"], each["waits"]) for each in document["cases"]] == [
        ("CASE-1", BEN, []),
        ("CASE-2", BEN, ["CASE-3", "CASE-4"]),
        ("CASE-3", BEN, ["CASE-4"]),
        ("CASE-4", ANA, []),
        ("CASE-5", None, []),
    ]


@pytest.mark.usefixtures("opened")
def test_markdown(run: Run) -> None:
    assert run("status", "--target", URL, "--format", "markdown") == 0
    head = "| Case | What | How | Open | Next |\n|---|---|---|---|---|\n"
    blocks = run.out.split("\n\n")
    assert blocks[:3] == ["### Open cases of account acme", "5 cases are open on 2026-06-18.", "**`ben@acme.example`**"]
    since = "open for 3 days"
    assert blocks[3] == head + "\n".join(
        [
            f"| `CASE-1` | team design: take AutoCAD from `gus@acme.example` | console | {since} |  |",
            (
                f"| `CASE-2` | team design: invite `new@acme.example` (N O) | csv | {since}"
                " | `CASE-3` and `CASE-4` wait for it |"
            ),
            (
                f"| `CASE-3` | team design: assign Maya to `new@acme.example` | csv | {since}"
                " | after `CASE-2`; `CASE-4` waits for it |"
            ),
        ]
    )
    assert blocks[4] == "**`ana@acme.example`**"
    assert blocks[6:] == [
        "**nobody in the account**",
        f"{head}| `CASE-5` | team old: delete the team | support | {since} |  |\n",
    ]


@pytest.mark.usefixtures("opened")
def test_files_are_written_beside(folder: Path, run: Run) -> None:
    assert run("status", "--target", URL, "--output", "json=status.json", "--output", "markdown=status.md") == 0
    assert run.out.startswith(SHOWN)
    checked((folder / "status.json").read_text(encoding="utf-8"), "status")
    assert (folder / "status.md").read_text(encoding="utf-8").startswith("### Open cases")


def test_an_embedded_account_with_a_form(loaded: Path, run: Run) -> None:
    text = (loaded / "subscriptions.yaml").read_text()
    (loaded / "subscriptions.yaml").write_text(text.replace("ana@acme.example", "ben@acme.example"))
    assert run("apply", "--at", DAY, "--auto-approve") == 3
    assert run("status", "--at", DAY) == 0
    assert run.said == (
        """\
Account acme (serial 1), 2026-11-21: 1 case is open

ana@acme.example
  CASE-1  team design: make ben@acme.example contract manager of subscription 574-1
    form, opened today

`seatsync account confirm` closes a case.
""",
        "",
    )
    (loaded / "teams" / "design.yaml").write_text("broken: [")  # only the project file is read
    assert run("-C", "..", "status", loaded.name, "--at", DAY) == 0
    assert "1 case is open" in run.out
    assert run("account", "confirm", "--all") == 0
    assert run("status", "--at", DAY) == 0
    assert run.said == ("Account acme (serial 2), 2026-11-21: no case is open\n", "")


@pytest.mark.parametrize(
    ("files", "arguments", "line"),
    [
        ({}, (), "or above it; create one with `seatsync init`, or name its folder with `-C DIR`"),
        ({"seatsync.yaml": "version: ["}, (), "seatsync.yaml:1:11: YAML001 not well-formed YAML"),
        ({"seatsync.yaml": "version: 1\naccount: a\n"}, (), "no target; add `target:` to seatsync.yaml, set"),
        (FILES, (), "sqlite:///account.db: there is no account here"),
        (FILES, ("--format", "html"), "unknown format"),
    ],
)
def test_wrong_usage_is_one_line(
    folder: Path, run: Run, files: dict[str, str], arguments: tuple[str, ...], line: str
) -> None:
    write(folder, files)
    assert run("status", *arguments) == 1
    assert run.out == ""
    assert line in run.err
    assert run.err.count("\n") == 1


def test_a_damaged_mirror_is_not_shown(opened: Path, run: Run) -> None:
    data = (opened / "account.db").read_bytes()
    (opened / "account.db").write_bytes(data[: len(data) // 2])
    assert run("status", "--target", URL) == 1
    assert run.out == ""


def test_forecast_reminds_of_open_cases(repository: Path, run: Run) -> None:
    ask(mirror(repository), *REQUESTS)
    project = repository / "seatsync.yaml"
    project.write_text(project.read_text() + "portal: {exports: exports/}\n")
    assert run("forecast", "--at", LATER, "--days", "30", "--target", URL) == 0
    head, _, reminder = run.out.partition("open cases\n")
    assert head == "Account acme, 2026-06-18 to 2026-07-18\n\n"
    assert reminder == (
        """\
  CASE-1  team design: take AutoCAD from gus@acme.example (open for 3 days, ben@acme.example)
  CASE-2  team design: invite new@acme.example (N O) (open for 3 days, ben@acme.example)
  CASE-3  team design: assign Maya to new@acme.example (open for 3 days, ben@acme.example)
  CASE-4  team design: order for subscription 574-1: seats 5 -> 6 (open for 3 days, ana@acme.example)
  CASE-5  team old: delete the team (open for 3 days, nobody in the account)

Forecast: 0 changes, 5 open cases, and nothing runs short.
"""
    )
    assert run("forecast", "--at", LATER, "--target", URL, "--team", "design", "--format", "json") == 0
    assert [each["case"] for each in checked(run.out)["cases"]] == ["CASE-1", "CASE-2", "CASE-3", "CASE-4"]
    project.write_text(project.read_text().replace("portal: {exports: exports/}\n", ""))
    assert run("forecast", "--at", LATER, "--days", "30") == 0
    assert "case" not in run.out


def test_forecast_reads_the_mirror_of_a_project_with_a_portal(repository: Path, run: Run) -> None:
    ask(mirror(repository), *REQUESTS)
    project = repository / "seatsync.yaml"
    project.write_text(project.read_text() + "portal: {exports: exports/}\n")
    assert run("forecast", "--at", LATER, "--days", "30") == 0
    assert "5 open cases" in run.out


class TestStatus:
    def of(self, *cases: Case, account: Account | None = None, seen: tuple[Seen, ...] = ()) -> Status:
        state = State(account or sample(), cases, mirror="{}", seen=seen)
        return status_of(state, Clock.at(LATER))

    def case(self, number: int, people: tuple[str, ...] = (ANA,), *needs: str, step: Step = FREE) -> Case:
        return Case(f"CASE-{number}", step, CLOCK.stamp, None, route="console", people=people, needs=needs)

    def test_what_is_needed_comes_first(self) -> None:
        status = self.of(self.case(1, (ANA,), "CASE-2"), self.case(2, step=INVITE))
        assert [(each.case.id, each.first, each.waits) for each in status.cases] == [
            ("CASE-2", (), ("CASE-1",)),
            ("CASE-1", ("CASE-2",), ()),
        ]

    def test_closed_needs_are_not_shown(self) -> None:
        (case,) = self.of(self.case(1, (ANA,), "CASE-9")).cases
        assert case.first == ()

    def test_few_people_get_many_cases(self) -> None:
        status = self.of(
            self.case(1, (ANA, BEN)), self.case(2, (BEN,), step=TRANSFER), self.case(3, (ANA, BEN), step=GONE)
        )
        assert [person for person, _ in status.by_person()] == [BEN]

    def test_a_case_from_the_future_is_new(self) -> None:
        late = self.case(1)._replace(opened_at="2027-01-01T00:00:00Z")
        assert self.of(late).cases[0].days == 0

    def test_the_age_counts_days_of_the_account(self) -> None:
        state = State(sample(), (self.case(1)._replace(opened_at="2026-06-15T23:30:00Z"),), mirror="{}")
        clock = Clock(LATER, "2026-06-18T12:00:00Z", "Europe/Lisbon")
        assert status_of(state, clock).cases[0].days == 2

    def test_when_it_was_last_seen(self) -> None:
        status = self.of(seen=(Seen("exports/users.csv", "2026-06-15"), Seen("exports/seats.csv", None)))
        assert status_report.render_text(status, PLAIN) == (
            """\
Account acme (serial 0), 2026-06-18: no case is open

Last seen 2026-06-15 in exports/users.csv
Last seen at an unknown time in exports/seats.csv
"""
        )
        assert status_report.render_markdown(status).endswith(
            "\nLast seen `2026-06-15` in `exports/users.csv`; at an unknown time in `exports/seats.csv`.\n"
        )

    def test_no_name_is_more_than_text(self) -> None:
        cases = [
            Case(
                f"CASE-{number}",
                Step.make("seat.assign", Scope("team", text), product=text, user=text),
                CLOCK.stamp,
                None,
                route="console",
                people=(text,),
                needs=(f"CASE-{number - 1}",),
            )
            for number, text in enumerate(SAMPLE)
        ]
        status = self.of(*cases, seen=tuple(Seen(text, text) for text in SAMPLE))
        assert len(status.cases) == len(SAMPLE)
        for form, render in STATUSES.items():
            JUDGES[form](render(status, PLAIN))

    def test_many_waiting_cases_are_counted(self) -> None:
        cases = [self.case(number, (ANA,), "CASE-1") for number in range(2, 12)]
        text = status_report.render_text(self.of(self.case(1), *cases), PLAIN)
        assert "CASE-2, CASE-3, CASE-4, CASE-5, CASE-6 and 5 more wait for it" in text

    def test_the_markdown_is_limited(self) -> None:
        cases = [self.case(number, step=replace_user(number)) for number in range(1, 3000)]
        text = status_report.render_markdown(self.of(*cases))
        assert len(text.encode()) < 65_000
        shown = text.count("| `CASE-")
        assert text.endswith(f"\nNot shown: {2999 - shown} more, which `seatsync status` lists.\n")


def replace_user(number: int) -> Step:
    return Step.make("seat.assign", DESIGN, product="Maya", user=f"p{number}@acme.example")
