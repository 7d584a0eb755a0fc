"""Insights as a source, in front of the made-up portal: orders, waiting, links, and everything that goes wrong.

    python -m tests.portal.test_insights_source

cuts each file after every byte, and kills a run before every event, of which the tests take samples.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.model import Scope
from seatsync.account.usage import SourceKind, UsageSource
from seatsync.clock import Clock
from seatsync.demo.exchange import Arrived, Fault
from seatsync.demo.served_account import OwnClock, at_second
from seatsync.demo.served_insights import READ
from seatsync.errors import FileProblem
from seatsync.finding import Finding
from seatsync.portal.observation import Moment, Observation
from seatsync.portal.sources.fetched_files import PLACE, FetchedFiles, Orders
from seatsync.portal.sources.insights_source import Insights
from seatsync.portal.usage_checks import first_day_to_fetch
from seatsync.vendor.http_client import Client, Failed, Limits, Timing
from tests.demo.conversation import ANA, BEN, CHO, DEE, NOON, Visitor, account, portal
from tests.portal.source_conformance import check_source

WHOLE = ["SUBSCRIPTIONS", "USAGE", "USAGE_REPORT", "USERS"]


@contextmanager
def source(ana: Visitor, root: Path, own: OwnClock | None = None) -> Iterator[Insights]:
    """Yield the source of a project folder, on the clock of the portal or on another one."""
    clock = own or ana.double.clock
    timing = Timing(now=clock.moment, seconds=clock.now, sleep=clock.advance, jitter=lambda: 0.0)
    url = f"{ana.double.url}/insights/v1"
    with Client(url, lambda: ana.token, limits=Limits(attempts=3), timing=timing) as client:
        today = clock.moment().date().isoformat()
        yield Insights(client, root, Clock.of(NOON), "2026-06-01", (), today)


def another(kind: type[Client], insights: Insights, auth: Callable[[], str]) -> Client:
    """Return a client of another kind, or with other tokens, for the same portal."""
    timing = insights.client._timing
    return kind(insights.client.base, auth, limits=Limits(attempts=2), timing=timing)


def observed(ana: Visitor, root: Path, own: OwnClock | None = None) -> tuple[list[Observation], list[Finding]]:
    with source(ana, root, own) as insights:
        return insights.observe()


def failure(ana: Visitor, root: Path, own: OwnClock | None = None) -> str:
    """Return the message of the one finding that stops a refresh, without the id of a request."""
    observations, (finding,) = observed(ana, root, own)
    assert (observations, finding.code, finding.severity.value) == ([], "SOURCE001", "error")
    return finding.message.replace(ana.double.url, "").partition(" (request")[0]


def warnings(ana: Visitor, root: Path) -> list[str]:
    """Return the messages about what an observation lacks."""
    observations, findings = observed(ana, root)
    assert any(about[0] == "people" for each in observations for about in each.facts)
    assert {each.code for each in findings} <= {"SOURCE010"}
    return [each.message.replace(ana.double.url, "").partition(" (request")[0] for each in findings]


def ordered(ana: Visitor) -> list[str]:
    """Return the reports that the portal was asked for."""
    return sorted(report for order in ana.at("/insights/v1/exports").json["exports"] for report in order["reports"])


def test_the_exports_are_ordered_awaited_and_read(tmp_path: Path) -> None:
    reached: list[tuple[int, int]] = []
    with portal() as ana, source(ana, tmp_path) as insights:
        found, findings = replace(insights, reached=lambda done, of: reached.append((done, of))).observe()
        calls = [(call.method, call.path.removeprefix("/insights/v1"), call.status) for call in ana.double.calls]
        assert ordered(ana) == WHOLE
    assert findings == []
    assert {each.source: sorted({kind for kind, _ in each.facts}) for each in found} == {
        f"{PLACE}/subscriptions.csv": ["subscriptions"],
        f"{PLACE}/usage-2026-06-01-2026-07-30.csv": [],
        f"{PLACE}/usage-report.csv": ["direct_seats", "group_products"],
        f"{PLACE}/users.csv": ["people", "roles", "seats", "status"],
    }
    assert {each.moment for each in found} == {Moment("2026-07-30", NOON)}
    people = next(facts for each in found for about, facts in each.facts.items() if about[0] == "people")
    assert {user for (user,) in people} == account().teams["design"].members
    assert {each.source for each in found if each.usage is not None} == {
        f"{PLACE}/usage-2026-06-01-2026-07-30.csv",
        f"{PLACE}/usage-report.csv",
    }
    assert reached == [(0, 4)] * 5 + [(4, 4)]
    assert calls[:5] == [("GET", "/contexts", 200), *[("POST", "/exports", 200)] * 4]
    one = ["/exports/…", "/made-up-downloads/…"]
    assert [re.sub("[0-9a-f-]{36}", "…", path) for _, path, _ in calls[-8:]] == 4 * one
    assert len(calls) == 5 + 6 * 4 + 4
    assert sorted(path.name for path in (tmp_path / ".seatsync/insights").iterdir()) == [
        ".gitignore",
        "exports",
        "lock",
    ]


def test_it_is_a_source(tmp_path: Path) -> None:
    with portal("export-at-once") as ana, source(ana, tmp_path) as insights:
        check_source(insights)


def test_the_files_are_private(tmp_path: Path) -> None:
    with portal() as ana:
        observed(ana, tmp_path)
    folder = tmp_path / PLACE
    assert [path.stat().st_mode & 0o777 for path in (folder, folder.parent)] == [0o700] * 2
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert (folder.parent / ".gitignore").read_text(encoding="utf-8") == "*\n"


@pytest.mark.parametrize(
    "profile",
    ["G0", "G1", "same-ids", "filter-sheet", "more-fields", "mixed-case", "no-request-id", "error-html"],
)
def test_every_profile_is_read(profile: str, tmp_path: Path) -> None:
    with portal(profile) as ana:
        found, findings = observed(ana, tmp_path)
    people = next(facts for each in found for about, facts in each.facts.items() if about[0] == "people")
    assert {user for (user,) in people} == {ANA, BEN, CHO, DEE}
    assert [each for each in findings if each.severity.value == "error"] == []
    assert len(found) == 4


@pytest.mark.parametrize("profile", ["drop-after", "reset-after", "error-after", "error-before", "busy"])
def test_orders_whose_answers_are_lost_are_placed_again(profile: str, tmp_path: Path) -> None:
    with portal(profile, "every-2") as ana:
        assert warnings(ana, tmp_path) == []
        assert sorted(set(ordered(ana))) == WHOLE
        assert len(ordered(ana)) == (4 if profile in {"error-before", "busy"} else 7)


@pytest.mark.parametrize("profile", ["drop-after", "reset-after", "error-after", "error-before", "busy"])
def test_reads_whose_answers_are_lost_are_repeated(profile: str, tmp_path: Path) -> None:
    with portal(profile, "every-2", "on-reads") as ana:
        assert warnings(ana, tmp_path) == []
        assert [call.method for call in ana.double.calls].count("POST") == 4


def recorded(last: str, kind: SourceKind = "usage") -> UsageSource:
    return UsageSource("usage.csv", "digest", kind, last, "2026-01-01", last, ("design",), 1)


@pytest.mark.parametrize(
    ("sources", "first"),
    [
        ((), "2026-06-01"),
        ((recorded("2026-07-29"),), "2026-06-01"),
        ((recorded("2026-04-30"), recorded("2026-05-31")), "2026-04-01"),
        ((recorded("2026-01-02"),), "2025-12-01"),
        ((recorded("2026-01-02", "seat usage"),), "2026-06-01"),  # it has no tokens
        ((recorded("2026-08-02"),), "2026-06-01"),  # of a clock that is ahead
    ],
)
def test_usage_is_ordered_from_the_month_before_the_last_known(sources: tuple[UsageSource, ...], first: str) -> None:
    assert first_day_to_fetch(sources, "2026-07-30") == first


def test_not_more_than_a_year_of_usage_is_ordered(tmp_path: Path) -> None:
    with portal("export-at-once") as ana, source(ana, tmp_path) as insights:
        replace(insights, usage_from="2020-01-01").observe()
    assert (tmp_path / PLACE / "usage-2025-07-31-2026-07-30.csv").exists()


# Orders of earlier runs


def test_an_order_that_takes_too_long_is_awaited_by_the_next_run(tmp_path: Path) -> None:
    own = at_second(NOON)
    with portal() as ana:
        assert failure(ana, tmp_path, own) == (
            "/insights/v1: after 15 minutes there is no users, subscriptions, usage report and usage export; the next"
            " refresh waits for the same orders"
        )
        assert 15 * 60 <= own.now() - NOON.timestamp() <= 15 * 60 + 30
        found, findings = observed(ana, tmp_path)
        assert (len(found), findings, ordered(ana)) == (4, [], WHOLE)
        assert {each.moment for each in found} == {Moment("2026-07-30", NOON)}
        observed(ana, tmp_path)
        assert ordered(ana) == sorted(2 * WHOLE)  # a further run orders anew


class Killed(BaseException):
    """The end of a run, as by a signal that nothing can handle."""


@pytest.mark.parametrize("number", range(1, 36))
def test_a_run_that_was_killed_is_continued(number: int, tmp_path: Path) -> None:
    """Kill a run before each request in turn: what was ordered is not ordered again."""
    seen: list[str] = []

    def auth(token: str) -> str:
        seen.append(token)
        if len(seen) == number:
            raise Killed
        return token

    with portal() as ana:
        with source(ana, tmp_path) as insights:
            client = another(Client, insights, lambda: auth(ana.token))
            with client, suppress(Killed):
                replace(insights, client=client).observe()
        assert warnings(ana, tmp_path) == []
        assert ordered(ana) == (WHOLE if len(seen) == number else sorted(2 * WHOLE))
        assert (len(seen) == number) == (number <= 1 + 4 + 6 * 4)  # every request that takes a token


_EVENTS = frozenset({"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.rmtree", "socket.connect"})
"""What changes files, or connects: a run is killed before each of these in turn."""


def killed_before(number: int, insights: Insights) -> bool:
    """Run in a process that kills itself before an event of this number; return False if it ended before that."""
    child = os.fork()
    if child == 0:
        count = iter(range(1, 10**6))

        def hook(event: str, _: object) -> None:
            if event in _EVENTS and next(count) == number:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        insights.observe()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def check_kills(folder: Path, step: int) -> int:
    """Kill runs before each `step`-th event, and return how many. The next run has the same result.

    At most one order is placed twice.
    """
    with portal("export-at-once") as visitor:
        ana = visitor.with_token(visitor.double.token(ANA, lifetime=10**9))
        with source(ana, folder / "whole") as insights:
            whole = facts_of(insights.observe()[0])
        for number in itertools.count(1, step):
            ana.double.clock.advance(60)
            root, before = folder / str(number), len(ana.double.calls)
            with source(ana, root) as insights:
                is_killed = killed_before(number, insights)
            was_fetched = (root / PLACE).exists() and not (root / ".seatsync/insights/orders.json").exists()
            found, findings = observed(ana, root)
            assert (facts_of(found), findings) == (whole, [])
            orders = [call.method for call in ana.double.calls[before:]].count("POST")
            assert orders in ({8} if was_fetched else {4, 5}), number
            assert sorted(path.name for path in (root / ".seatsync/insights").iterdir()) == OWN
            if not is_killed:
                return number // step
    raise AssertionError("there is no end")


OWN = [".gitignore", "exports", "lock"]


def test_a_process_that_was_killed_is_continued(tmp_path: Path) -> None:
    assert check_kills(tmp_path, 7) > 5


def test_orders_that_are_unknown_old_or_elsewhere_are_placed_again(tmp_path: Path) -> None:
    files = FetchedFiles(tmp_path)
    ids = tuple((report, "0") for report in WHOLE)
    with portal("export-at-once") as ana:
        url = f"{ana.double.url}/insights/v1"
        for number, orders in enumerate(
            (
                Orders(url, "2026-07-30T11:00:00Z", "2026-07-01", "2026-07-30", ids),
                Orders(url, "2026-07-29T11:00:00Z", "2026-07-01", "2026-07-30", ids),
                Orders("http://127.0.0.1:1/insights/v1", "2026-07-30T11:00:00Z", "2026-07-01", "2026-07-30", ids),
            ),
            1,
        ):
            with files.locked():
                files.write_orders(orders)
            assert warnings(ana, tmp_path) == []
            assert ordered(ana) == sorted(number * WHOLE)
            ana.double.clock.advance(60)


GOOD = Orders("u", "2026-07-30T11:00:00Z", "2026-07-01", "2026-07-30", (("USERS", "1"),))


@pytest.mark.parametrize(
    "change",
    [
        {"format": "x"},
        {"orders": {"USERS": 1}},
        {"orders": []},
        {"url": None},
        {"asked": "soon"},
        {"asked": "2026-07-30T11:00:00"},
        {"first": "../../elsewhere"},  # it would be part of the name of a file
        {"last": "20260730"},
    ],
)
def test_a_changed_file_of_orders(change: dict[str, object], tmp_path: Path) -> None:
    files = FetchedFiles(tmp_path)
    with files.locked():
        files.write_orders(GOOD)
    path = tmp_path / ".seatsync/insights/orders.json"
    assert files.read_orders() == GOOD
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    assert files.read_orders() is None


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "[" * 10_000])
def test_a_damaged_file_of_orders(text: str, tmp_path: Path) -> None:
    files = FetchedFiles(tmp_path)
    with files.locked():
        (tmp_path / ".seatsync/insights/orders.json").write_text(text, encoding="utf-8")
    assert files.read_orders() is None


def test_two_runs_at_once(tmp_path: Path) -> None:
    with portal() as ana, FetchedFiles(tmp_path).locked(), pytest.raises(FileProblem) as caught:
        observed(ana, tmp_path)
    lock = tmp_path / ".seatsync/insights/lock"
    remedy = "wait until it has ended, and try again"
    assert str(caught.value) == f"{lock}: is locked: another refresh is fetching exports; {remedy}"
    assert ana.double.calls == []


# What the portal refuses


def test_ten_orders_a_minute_are_awaited(tmp_path: Path) -> None:
    with portal("export-at-once") as ana:
        for _ in range(8):
            ana.at("/insights/v1/exports", "POST", body={"outputFormat": "CSV", "reports": ["USERS"]})
        assert warnings(ana, tmp_path) == []
        assert ana.double.clock.now() > NOON.timestamp() + 55  # until the next minute


def test_too_many_orders_that_are_not_done(tmp_path: Path) -> None:
    with portal("export-slow") as ana:
        for _ in range(2):
            for _ in range(5):
                ana.at("/insights/v1/exports", "POST", body={"outputFormat": "CSV", "reports": ["USERS"]})
            ana.double.clock.advance(61)
        words = "answered 429: There are too many orders; try again later."
        assert failure(ana, tmp_path) == f"/insights/v1/exports: {words}"


@pytest.mark.parametrize(("profile", "end"), [("export-error", "ERROR"), ("export-expired", "EXPIRED")])
def test_exports_that_fail(profile: str, end: str, tmp_path: Path) -> None:
    with portal(profile) as ana:
        for number in (1, 2):
            assert failure(ana, tmp_path) == f"/insights/v1: the order of the users export ended as {end}"
            assert ordered(ana).count("USERS") == number  # each run orders it anew


def test_usage_that_is_refused_is_left_out(tmp_path: Path) -> None:
    def refuse(arrived: Arrived) -> Fault | None:
        return Fault("status", after=False, status=403) if (arrived.method, arrived.of_method) == ("POST", 3) else None

    with portal(faults=refuse) as ana:
        message = "no usage report export by API: /insights/v1/exports: answered 403: Try again later."
        assert warnings(ana, tmp_path) == [message]
        assert ordered(ana) == ["SUBSCRIPTIONS", "USAGE", "USERS"]
    assert sorted(path.name for path in (tmp_path / PLACE).iterdir()) == [
        "subscriptions.csv",
        "usage-2026-06-01-2026-07-30.csv",
        "users.csv",
    ]


def test_usage_that_is_too_large_is_left_out(tmp_path: Path) -> None:
    """Of its file, nothing is left in the folder, where it would be read."""
    with portal() as ana, source(ana, tmp_path) as insights:
        limits, timing = Limits(attempts=1, most_bytes=1500), insights.client._timing
        with Client(insights.client.base, lambda: ana.token, limits=limits, timing=timing) as client:
            found, (finding,) = replace(insights, client=client).observe()
        url = ana.double.url
    message = f"no usage export by API: {url}/…: the answer is larger than 0.00143051 MiB"
    assert (finding.code, finding.message) == ("SOURCE010", message)
    assert sorted(each.source for each in found) == [
        f"{PLACE}/subscriptions.csv",
        f"{PLACE}/usage-report.csv",
        f"{PLACE}/users.csv",
    ]
    assert len(list((tmp_path / PLACE).iterdir())) == len(found)


def test_an_export_of_another_kind_is_not_read(tmp_path: Path) -> None:
    def writer(*_: object) -> bytes:
        return b"Email,Group,Group type,Role\n"

    with portal("export-at-once", writer=writer) as ana:
        assert failure(ana, tmp_path) == "/insights/v1: a groups export came instead of the users export"


def test_a_full_disk(tmp_path: Path) -> None:
    """What a file holds back may reach the disk only when it is closed."""
    kept = FetchedFiles(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with kept.locked():
        kept.begin()
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
        try:
            with pytest.raises(FileProblem, match=r"users\.csv: cannot be used \(file too large\); check the path"):
                kept.save("users.csv", [b"x" * 20])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list((tmp_path / PLACE).parent.glob("incoming/*"))


@pytest.mark.parametrize("link", [".seatsync", ".seatsync/insights"])
def test_a_link_is_not_followed(link: str, tmp_path: Path) -> None:
    """The files there are replaced, so that a link in a repository could make it delete others."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "exports").mkdir(parents=True)
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(elsewhere, target_is_directory=True)
    with portal() as ana, pytest.raises(FileProblem, match="is a symbolic link"):
        observed(ana, tmp_path)
    assert [path.name for path in elsewhere.iterdir()] == ["exports"]


def test_a_link_is_not_written_to(tmp_path: Path) -> None:
    place, victim = tmp_path / ".seatsync/insights", tmp_path / "victim"
    place.mkdir(parents=True)
    victim.write_text("mine")
    (place / ".gitignore").symlink_to(victim)
    with portal() as ana, pytest.raises(FileProblem, match="is a symbolic link; remove it"):
        observed(ana, tmp_path)
    assert victim.read_text() == "mine"


def test_there_is_no_place_for_the_files(tmp_path: Path) -> None:
    (tmp_path / ".seatsync").write_text("")
    with (
        portal() as ana,
        pytest.raises(FileProblem, match=r"cannot be used \(.*\); check the path and its permissions"),
    ):
        observed(ana, tmp_path)


def test_teams_without_the_benefit_are_named(tmp_path: Path) -> None:
    message = "no exports by API of team 'works', without the benefit ReportingAPIAccess"
    with portal(without_insights=frozenset({"works"})) as ana:
        ana.double.change(Step.make("admin.assign_secondary", Scope("team", "works"), user=ANA))
        assert warnings(ana, tmp_path) == [message]


def test_no_team_has_the_benefit(tmp_path: Path) -> None:
    with portal(without_insights=frozenset({"design"})) as ana:
        expected = "/insights/v1: none of your teams ('design') has exports by API, the benefit ReportingAPIAccess"
        assert failure(ana, tmp_path) == expected
        assert ordered(ana) == []


def test_without_the_scope(tmp_path: Path) -> None:
    with portal() as ana:
        reader = ana.with_token(ana.double.token(ANA, frozenset({READ})))
        words = "answered 403: The token lacks the scope data:write."
        assert failure(reader, tmp_path) == f"/insights/v1/exports: {words}"


@pytest.mark.parametrize("token", ["unknown", "without the scope"])
def test_who_may_not_read_is_told_to_sign_in(token: str, tmp_path: Path) -> None:
    with portal() as ana:
        used = token if token == "unknown" else ana.double.token(ANA, frozenset({READ}))
        _, (finding,) = observed(ana.with_token(used), tmp_path)
    assert finding.hint == "sign in again with `seatsync login`, or renew the token in SEATSYNC_ACCESS_TOKEN"


# Files


def test_links_that_die_are_fetched_again(tmp_path: Path) -> None:
    waits = iter([2.0, 0.0, 2.0])

    class Slow(Client):
        def download(self, url: str) -> Iterator[bytes]:
            ana.double.clock.advance(next(waits, 0.0))
            return super().download(url)

    with portal("short-links") as ana, source(ana, tmp_path) as insights:
        with another(Slow, insights, lambda: ana.token) as client:
            found, findings = replace(insights, client=client).observe()
        statuses = [call.status for call in ana.double.calls if call.path == "/made-up-downloads/…"]
    assert (len(found), findings, statuses) == (4, [], [403, 200, 403, 200, 200, 200])


def test_masked_exports_are_refused(tmp_path: Path) -> None:
    with portal("masked") as ana:
        _, findings = observed(ana, tmp_path)
    assert {each.code for each in findings if each.severity.value == "error"} == {"SOURCE003"}


def test_the_files_of_the_last_time_stay_until_the_next_ones_are_complete(tmp_path: Path) -> None:
    def refuse(arrived: Arrived) -> Fault | None:
        is_link = arrived.path.startswith("/made-up-downloads/")
        return Fault("status", status=403) if is_link and failing else None

    failing: list[bool] = []
    with portal("export-at-once", faults=refuse) as ana:
        observed(ana, tmp_path)
        failing.append(True)
        assert len(ana.double.calls) == _CALLS_OF_A_RUN
        before = {path.name: path.read_bytes() for path in (tmp_path / PLACE).iterdir()}
        assert failure(ana, tmp_path) == "/…: answered 403"
        assert [call.path for call in ana.double.calls].count("/made-up-downloads/…") == 4 + 3
        assert {path.name: path.read_bytes() for path in (tmp_path / PLACE).iterdir()} == before
        failing.clear()
        assert warnings(ana, tmp_path) == []
        assert ordered(ana) == sorted(2 * WHOLE)  # the last run fetched what the second one had ordered


_CALLS_OF_A_RUN = 1 + 4 + 4 + 4
"""Contexts, orders, looks whether they are ready, and links."""


# Cut off

FILES = ("users.csv", "subscriptions.csv", "usage-report.csv", "usage-2026-06-01-2026-07-30.csv")
"""The files in the order in which they are downloaded."""


_NEEDED = 2
"""So many of them have to be read."""


class Cuts:
    """Faults that cut one of the files of a run after some bytes, each time that it is downloaded."""

    def __init__(self) -> None:
        self.begin(0, 0, announced=True)

    def begin(self, place: int, most: int, *, announced: bool) -> None:
        self.place, self.fault = place, Fault("cut", most=most, announced=announced)
        self.seen: list[str] = []
        self.last = ""

    def __call__(self, arrived: Arrived) -> Fault | None:
        if arrived.path.startswith("/made-up-downloads/"):
            return self.fault if self.seen.index(self.last) + 1 == self.place else None
        self.last = arrived.path
        if self.last not in self.seen and arrived.path.startswith("/insights/v1/exports/"):
            self.seen.append(self.last)
        return None


class Careless(Client):
    """A client that takes the end of a connection for that of the file."""

    def download(self, url: str) -> Iterator[bytes]:
        with suppress(Failed):
            yield from super().download(url)


def facts_of(observations: list[Observation]) -> dict[tuple[object, ...], object]:
    return {
        (about, key): fact.value
        for each in observations
        for about, facts in each.facts.items()
        for key, fact in facts.items()
    }


def check_cuts(root: Path, *, step: int, announced: bool, kind: type[Client] = Client) -> tuple[int, int]:
    """Cut each file after each `step` bytes. Return how often that was done, and how often it was noticed.

    A cut is noticed if nothing is read, or nothing about usage (SOURCE010).
    """
    counts = [check_cuts_of(root / file, place, step, announced, kind) for place, file in enumerate(FILES, 1)]
    return sum(tried for tried, _ in counts), sum(noticed for _, noticed in counts)


def check_cuts_of(root: Path, place: int, step: int, announced: bool, kind: type[Client]) -> tuple[int, int]:  # noqa: FBT001
    """Cut one of the files."""
    cuts, tried, noticed = Cuts(), 0, 0
    with portal("export-at-once", faults=cuts) as ana:
        whole, _ = observed(ana, root)
        content = (root / PLACE / FILES[place - 1]).read_bytes()
        token = ana.double.token(ANA, lifetime=10**9)
        for most in range(0, len(content), step):
            cuts.begin(place, most, announced=announced)
            with source(ana, root) as insights, another(kind, insights, lambda: token) as client:
                found, findings = replace(insights, client=client).observe()
            ana.double.clock.advance(60)
            tried += 1
            is_stopped = any(each.severity.value == "error" for each in findings)
            if is_stopped or any(each.code == "SOURCE010" for each in findings):
                noticed += 1
                assert is_stopped or place > _NEEDED
                assert all(each.source != f"{PLACE}/{FILES[place - 1]}" for each in found)
            else:
                check_unnoticed(found, whole, content[:most])
    return tried, noticed


def check_unnoticed(found: list[Observation], whole: list[Observation], content: bytes) -> None:
    """Check that a cut that was not noticed is one between rows, or in a cell that says nothing.

    A header alone covers no team, so that nothing becomes unknown that was known.
    """
    shows, real = facts_of(found), facts_of(whole)
    assert shows.items() <= real.items()
    if not content.endswith(b"\n"):
        rows = content.decode("utf-8-sig").splitlines()
        covered = {about for each in found for about in each.facts}
        missing = {key for key in real if key[0] in covered} - shows.keys()
        assert not missing or len(rows) > 1, rows[-1]


def test_files_that_are_cut_on_their_way_are_not_used(tmp_path: Path) -> None:
    tried, noticed = check_cuts(tmp_path, step=97, announced=True)
    assert noticed == tried > 40


def test_the_proof_notices_a_careless_client(tmp_path: Path) -> None:
    tried, noticed = check_cuts(tmp_path, step=97, announced=True, kind=Careless)
    assert noticed < tried


def test_files_that_are_cut_by_the_server_itself_are_noticed_within_a_row(tmp_path: Path) -> None:
    tried, noticed = check_cuts(tmp_path, step=97, announced=False)
    assert noticed > tried * 0.8


def main() -> None:
    """Run the proofs in full, and write what they counted."""
    for name, announced in (("on the way", True), ("by the server", False)):
        with TemporaryDirectory() as folder:
            tried, noticed = check_cuts(Path(folder), step=1, announced=announced)
        sys.stdout.write(f"cut {name}: {tried} times, noticed {noticed}\n")
    with TemporaryDirectory() as folder:
        sys.stdout.write(f"killed: {check_kills(Path(folder), 1)} times\n")


if __name__ == "__main__":
    main()
