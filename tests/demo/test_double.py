"""The made-up portal as a whole: its log, faults, clock and server, and the account in memory or in a store."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from urllib.parse import urlencode

import pytest

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Step
from seatsync.account.engine import perform
from seatsync.account.model import WHOLE_ACCOUNT, Account, Scope
from seatsync.clock import Clock
from seatsync.demo.double import Double, Settings
from seatsync.demo.exchange import Arrived, Fault, Reply, Request
from seatsync.demo.made_up_account import ADA, GRACE, LINUS, TEAM, made_up_account
from seatsync.demo.profiles import VARIANTS, Profile
from seatsync.demo.served_account import Effect, InStore, OwnClock, at_second
from seatsync.demo.web_server import WebServer
from seatsync.errors import SeatsyncError
from seatsync.targets.sql import administration
from seatsync.targets.sql.store import SqlTarget, open_sqlite
from tests.demo.conversation import ANA, BEN, CHO, DEE, NOON, Visitor, account, call, portal
from tests.demo.test_profiles import lost

DESIGN = Scope("team", "design")
CLOCK = Clock.of(NOON)


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> SqlTarget:
    store = open_sqlite("sqlite:///account.db", tmp_path, {})
    administration.create(store, "acme", "UTC", CLOCK)
    administration.load_state(store, account(), CLOCK)
    return store


@pytest.fixture(name="stored")
def _stored(store: SqlTarget) -> Iterator[Visitor]:
    with Double(InStore(store), Settings(clock=at_second(NOON))) as double:
        yield Visitor(double, double.token(ANA), double.team_id("design"))


# The log


def test_effects_have_numbers_times_and_who_asked() -> None:
    with portal(who=BEN) as ben:
        ben.assign(DEE, "AutoCAD")
        ben.double.clock.advance(5)
        ben.invite(email="F@acme.example")
        ben.unassign(DEE, "AutoCAD")
    start = NOON.timestamp()
    assert [tuple(each) for each in ben.double.effects] == [
        (1, start, "assign", "design", DEE, "AutoCAD", BEN),
        (2, start + 5, "invite", "design", "f@acme.example", "", BEN),
        (3, start + 5, "unassign", "design", DEE, "AutoCAD", BEN),
    ]


def test_calls_have_neither_queries_nor_tokens() -> None:
    with portal() as ana:
        ana.ask("users", "GET", {"email": ANA}, headers={"X-Request-Id": "mine"})
    (found,) = ana.double.calls
    path = f"/team-admin/v1/teams/{ana.team}/users"
    assert found == (1, NOON.timestamp(), "GET", path, 200, "mine", ana.team, None)


def test_changes_in_the_portal_itself_are_no_effects() -> None:
    with portal() as ana:
        ana.double.change(Step.make("seat.assign", DESIGN, product="Maya", user=DEE))
        assert len(ana.rows(DEE, "Maya")) == 1
        assert ana.double.effects == ()
        with pytest.raises(SeatsyncError, match="holds a seat of Maya"):
            ana.double.change(Step.make("seat.assign", DESIGN, product="Maya", user=DEE))


def test_the_account_is_a_copy() -> None:
    with portal() as ana:
        ana.double.account().teams["design"].members = set()
        assert len(ana.ask("users").data) == 4


def test_ids_stay_the_same_for_ever() -> None:
    with portal() as ana:
        double = ana.double
        assert (ana.team, double.context_id("design")) == ("136951400", double.context_id("design"))
        before = double.user_id(CHO)
        double.change(Step.make("user.change_email", WHOLE_ACCOUNT, user=CHO, to="choi@acme.example"))
        assert ana.ask(f"users/{before}").json["email"] == "choi@acme.example"
        assert double.product_id("Revit").startswith("prod_")
        assert len(double.product_id("Revit")) == len("prod_8f3a1c9d7b2e")


# Faults


@pytest.mark.parametrize(
    ("fault", "status", "effects"),
    [
        (Fault("drop"), None, 1),
        (Fault("drop", after=False), None, 0),
        (Fault("reset"), None, 1),
        (Fault("reset", after=False), None, 0),
        (Fault("status", status=500), 500, 1),
        (Fault("status", after=False, status=502), 502, 0),
        (Fault("status", after=False, status=429, retry_after="7"), 429, 0),
        (Fault("cut", most=10), None, 1),
    ],
)
def test_faults_before_and_after_the_work(fault: Fault, status: int | None, effects: int) -> None:
    def faults(arrived: Arrived) -> Fault | None:
        return fault if arrived.method == "POST" and arrived.of_method == 1 else None

    with portal(faults=faults) as ana:
        answer = lost(lambda: ana.assign(DEE, "AutoCAD"))
        assert (None if answer is None else answer.status) == status
        if fault.retry_after:
            assert answer is not None
            assert answer.headers["retry-after"] == "7"
        assert len(ana.double.effects) == effects
        assert ana.assign(DEE, "AutoCAD").status == (200 if effects else 201)
        assert len(ana.double.effects) == 1


def replayed(effects: Iterable[Effect]) -> Account:
    """Return the account of the tests after some effects."""
    found = account()
    for each in effects:
        scope, clock = Scope("team", each.team), Clock.of(datetime.fromtimestamp(each.at, UTC))
        if each.kind == "invite":
            step = Step.make("user.invite", scope, user=each.user, first_name="", last_name="")
        else:
            step = Step.make(f"seat.{each.kind}", scope, product=each.product, user=each.user)
        assert not isinstance(perform(found, step, clock), Refused)
    return found


@pytest.mark.parametrize("seed", range(5))
def test_the_log_of_effects_leads_to_the_account(seed: int) -> None:
    chance = Random(seed)
    kinds = (
        None,
        *(Fault("drop", after=after) for after in (True, False)),
        *(Fault("reset", after=after) for after in (True, False)),
        *(Fault("status", after=after, status=503) for after in (True, False)),
        Fault("status", after=False, status=429),
        Fault("cut", most=5),
    )
    people = [ANA, BEN, CHO, DEE, *(f"p{number}@acme.example" for number in range(3))]
    with portal(faults=lambda _: chance.choice(kinds), allowed=10**6) as ana:
        for _ in range(100):
            user, product = chance.choice(people), chance.choice(("AutoCAD", "Revit", "Maya"))
            ana.double.clock.advance(chance.random() * 30)
            works = (
                partial(ana.assign, user, product),
                partial(ana.unassign, user, product),
                partial(ana.invite, email=user),
            )
            lost(chance.choice(works))
        assert len(ana.double.effects) > 10
        assert [each.number for each in ana.double.effects] == list(range(1, len(ana.double.effects) + 1))
        assert list(replayed(ana.double.effects).rows()) == list(ana.double.account().rows())


@pytest.mark.parametrize("seed", range(10))
def test_any_profiles_go_together(seed: int) -> None:
    chance = Random(seed)
    chosen: dict[str, str] = {}
    for name in chance.sample(sorted(VARIANTS), len(VARIANTS)):
        chosen.setdefault(VARIANTS[name].field, name)
    names = chance.sample(sorted(chosen.values()), chance.randint(5, len(chosen)))
    with portal(*names) as ana:
        works = [
            lambda: ana.at("/team-admin/v1/teams"),
            lambda: ana.ask("users", "GET", {"limit": 2, "cursor": "cGFnZSAy"}),
            lambda: ana.ask("users", "GET", {"email": DEE}),
            lambda: ana.ask("product-pools"),
            lambda: ana.ask("assignments"),
            lambda: ana.assign(DEE, "AutoCAD"),
            lambda: ana.unassign(ANA, "Revit"),
            lambda: ana.invite(**{ana.double.profile.add_keys[0]: "f@acme.example"}),
            lambda: ana.at("/insights/v1/contexts"),
        ]
        answers = [lost(work) for work in works]
        changes = {each.kind for each in ana.double.effects} - {"join"}
    assert {each.status for each in answers if each is not None} <= {200, 201, 204, 400, 422, 429, 503}
    without_seats = ana.double.profile.pending == "without seats"
    assert changes | ({"assign"} if without_seats else set()) >= {"assign", "unassign"}


# The server


def test_connections_are_kept_and_end_with_the_server() -> None:
    with portal() as ana:
        connection = HTTPConnection("127.0.0.1", int(ana.double.url.rpartition(":")[2]), timeout=20)
        for _ in range(3):
            connection.request(
                "GET", f"/team-admin/v1/teams/{ana.team}/users", headers={"Authorization": f"Bearer {ana.token}"}
            )
            response = connection.getresponse()
            assert (response.status, len(response.read()) > 0) == (200, True)
    assert connection.sock is None or connection.sock.recv(1) == b""
    connection.close()
    assert [each.name for each in threading.enumerate() if "process_request" in each.name] == []


def test_it_listens_on_loopback_alone() -> None:
    with portal() as ana:
        assert ana.double.url.startswith("http://127.0.0.1:")
        assert set(ana.double.environment()) == {
            "SEATSYNC_TEAM_ADMIN_URL",
            "SEATSYNC_INSIGHTS_URL",
            "SEATSYNC_AUTH_URL",
        }


def test_a_port_that_is_taken() -> None:
    with portal() as ana:
        port = int(ana.double.url.rpartition(":")[2])
        with pytest.raises(SeatsyncError, match=f"port {port} of this machine: address already in use; choose another"):
            WebServer(port, lambda _: (Reply(200), None), lambda: 0.0).start()


def test_its_own_mistakes_are_raised_at_the_end() -> None:
    def faults(_: Arrived) -> Fault | None:
        raise ZeroDivisionError

    def visit() -> None:
        with portal(faults=faults) as ana:
            assert lost(lambda: ana.ask("users")) is None

    with pytest.raises(ZeroDivisionError):
        visit()


def test_waiting_ends_with_its_own_mistake() -> None:
    def faults(_: Arrived) -> Fault | None:
        raise ZeroDivisionError

    def visit() -> None:
        with portal(faults=faults) as ana:
            threading.Thread(target=lost, args=(lambda: ana.ask("users"),)).start()
            ana.double.wait()

    with pytest.raises(ZeroDivisionError):
        visit()


@pytest.mark.parametrize("length", ["-1", "x", "9999999"])
def test_lengths_that_are_wrong(length: str) -> None:
    with portal() as ana, socket.create_connection(("127.0.0.1", int(ana.double.url.rpartition(":")[2]))) as connection:
        connection.sendall(f"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_half_a_request_has_no_effect() -> None:
    with portal() as ana:
        body = b'{"email": "f@acme.example"}'
        head = f"POST /team-admin/v1/teams/{ana.team}/users HTTP/1.1\r\nAuthorization: Bearer {ana.token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body) + 1}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", int(ana.double.url.rpartition(":")[2]))) as connection:
            connection.sendall(head.encode() + body)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b""
        assert ana.double.effects == ()


HOSTILE = (
    "",
    "a",
    "0",
    "9" * 5000,
    "-1",
    "%",
    "\ud800",
    "\0",
    "é",
    "[",
    "http://[",
    "x" * 4000,
    "{}",
    "[" * 3000,
    "\r\nX: y",
)


@pytest.mark.parametrize("seed", range(20))
def test_nothing_that_is_sent_breaks_it(seed: int) -> None:
    chance = Random(seed)
    double = Double(account(), Settings(clock=at_second(NOON), allowed=10**6, auto=ANA))
    token, team = double.token(ANA), double.team_id("design")
    rooms = (f"/team-admin/v1/teams/{team}/", "/team-admin/v1/", "/insights/v1/", "/authentication/v2/", "/")
    pages = (
        "users",
        "assignments",
        "product-pools",
        "exports",
        "contexts",
        "authorize",
        "token",
        "revoke",
        "teams",
        "",
        "a/b",
    )
    names = (
        *("limit", "cursor", "userId", "productId", "email", "offset", "teamId", "reports", "startDate", "firstName"),
        *("redirect_uri", "scope", "state", "client_id", "response_type", "grant_type", "code", "outputFormat"),
    )
    right = {
        "client_id": "demo-client",
        "response_type": "code",
        "scope": "x",
        "outputFormat": "CSV",
        "reports": ["USAGE"],
    }
    for _ in range(150):
        fields: dict[str, object] = {name: chance.choice(HOSTILE) for name in chance.sample(names, 4)}
        fields |= {name: right[name] for name in chance.sample(sorted(right), 2)}
        target = f"{chance.choice(rooms)}{chance.choice(pages)}"
        if chance.random() < 0.8:
            target += "?" + urlencode(fields, errors="surrogatepass")
        body = chance.choice(
            (json.dumps(fields).encode(), urlencode(fields, errors="replace").encode(), b"\xff", b"[" * 9999)
        )
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        method = chance.choice(("GET", "POST", "DELETE", "PUT"))
        reply, _ = double.answer(Request.parsed(method, target, headers, body))
        assert 200 <= reply.status < 500, (method, target, reply)
        assert not any("\n" in value or "\r" in value for value in reply.headers.values())


def test_a_line_that_is_no_address() -> None:
    with portal() as ana, socket.create_connection(("127.0.0.1", int(ana.double.url.rpartition(":")[2]))) as connection:
        connection.sendall(b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


def test_pages_that_there_are_not() -> None:
    with portal() as ana:
        for path in ("/", "/team-admin/v2/teams", "/insights", "/made-up-downloads", "/made-up-downloads/x"):
            assert call(f"{ana.double.url}{path}").status in {403, 404}


def test_the_date_is_that_of_its_own_clock() -> None:
    with portal() as ana:
        ana.double.clock.advance(3600)
        assert ana.ask("users").headers["date"] == "Thu, 30 Jul 2026 13:00:05 GMT"
        assert call(f"{ana.double.url}/").headers["server"].strip() == "made-up-portal"


def test_a_clock_that_runs() -> None:
    clock = OwnClock()
    first = clock.now()
    clock.advance(100)
    assert clock.now() >= first + 100


def test_minutes_of_another_length() -> None:
    with portal(allowed=2, minute=5.0) as ana:
        assert [ana.ask("users").status for _ in range(3)] == [200, 200, 429]
        ana.double.clock.advance(5)
        assert ana.ask("users").status == 200
        assert list(ana.double.by_minute("design").values()) == [3, 1]


def test_many_at_once_have_each_effect_once() -> None:
    with portal(allowed=1000) as ana:
        threads = [threading.Thread(target=ana.assign, args=(user, "Maya")) for user in (BEN, CHO, DEE) * 5]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert sorted(each.user for each in ana.double.effects) == [BEN, CHO, DEE]
        assert sorted(each.status for each in ana.double.calls) == [*[200] * 12, *[201] * 3]


def test_answers_do_not_need_a_server() -> None:
    double = Double(account(), Settings(clock=at_second(NOON), profile=Profile()))
    reply, fault = double.answer(Request.parsed("GET", "/insights/v1/contexts", {}, b""))
    assert (reply.status, fault) == (401, None)


# A store


def test_a_store_is_changed_as_the_person_who_calls(stored: Visitor, store: SqlTarget) -> None:
    assert stored.assign(DEE, "AutoCAD").status == 201
    assert stored.invite(email="f@acme.example", firstName="Fay").status == 201
    team = store.read().account.teams["design"]
    assert DEE in team.seats["AutoCAD"]
    assert "f@acme.example" in team.members
    assert [entry.actor for entry in store.journal(1)] == [ANA, ANA]
    assert stored.assign(CHO, "Revit").status == 422
    assert len(stored.double.effects) == 2


def test_what_others_change_in_the_store_is_seen(stored: Visitor, store: SqlTarget) -> None:
    cho = stored.double.user_id(CHO)
    with store.session(None, CLOCK) as session:
        rename = Step.make("team.rename", DESIGN, to="Design")
        moved = Step.make("user.change_email", WHOLE_ACCOUNT, user=CHO, to="choi@acme.example")
        assert [each.status for each in session.perform([(rename, False), (moved, False)])] == ["done", "done"]
    assert stored.at("/team-admin/v1/teams").data == [{"id": stored.team, "name": "Design"}]
    assert stored.ask(f"users/{cho}").json["email"] == "choi@acme.example"
    with Double(InStore(store)) as again:  # also after a restart
        assert (again.team_id("Design"), again.user_id("choi@acme.example")) == (stored.team, cho)


def test_a_store_in_use_is_a_503(stored: Visitor, store: SqlTarget) -> None:
    with store.session(None, CLOCK):
        answer = stored.assign(DEE, "AutoCAD")
        assert (answer.status, "has been changing this account" in answer.json["detail"]) == (503, True)
        assert stored.ask("users").status == 200
    assert stored.double.effects == ()
    assert stored.assign(DEE, "AutoCAD").status == 201


# The made-up account


def test_the_made_up_account_has_something_of_everything() -> None:
    day = "2026-07-30"
    with Double(made_up_account(day), Settings(clock=at_second(NOON))) as double:
        ada = Visitor(double, double.token(ADA), double.team_id(TEAM))
        pools = [
            (row["totalQuantity"], row["assignedQuantity"], row["unlimited"]) for row in ada.ask("product-pools").data
        ]
        assert sorted(map(str, pools)) == sorted(
            map(str, [(2, 2, False), (25, 3, False), (None, None, True), (5, None, False)])
        )
        types = {row["assignmentType"] for row in ada.ask("assignments").data}
        assert types == {"DIRECT", "GROUP"}
        people = {row["email"]: (row["role"], row["status"]) for row in ada.ask("users").data}
        assert people[GRACE] == ("SECONDARY_ADMIN", "Active")
        assert people[LINUS] == ("USER", "Pending")
