"""Steps through the Team Admin API: what each answer means, in front of a made-up portal with every profile."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.model import Scope, User
from seatsync.demo.exchange import Arrived, Fault
from seatsync.demo.profiles import VARIANTS
from seatsync.demo.served_team_admin import Policy
from seatsync.errors import Interrupted, WrongUsage
from seatsync.portal.call_estimate import TeamSize, calls_of
from seatsync.portal.machines import api_calls
from seatsync.portal.machines.api_steps import TeamAdminSteps
from seatsync.portal.machines.remote_ids import NoSuchId, RemoteIds
from seatsync.vendor.http_client import Answer, Client, Timing
from tests.demo.conversation import ANA, BEN, CHO, DEE, EVE
from tests.portal.fault_proof import team_account
from tests.portal.made_up_steps import DESIGN, Run, assign, invite, running, unassign
from tests.reporting.test_plan_text import planned
from tests.vendor.servers import answer, serving

FAY = "Fay@acme.example"
DAY_OF_STEPS = (
    invite(FAY),
    assign(FAY),
    invite(FAY),
    unassign(ANA),
    unassign(ANA),
    assign(ANA),
    assign(ANA),
    assign(CHO, "Revit"),
    assign(CHO, "Maya"),
    assign(DEE, "Maya"),
)
"""Also steps that were done before, and one without a free seat."""
USUALLY = """\
invite fay: done
assign fay AutoCAD: done
invite fay: done
unassign ana AutoCAD: done
unassign ana AutoCAD: done
assign ana AutoCAD: done
assign ana AutoCAD: done
assign cho Revit: refused, answered 422: Team design has 1 seat of Revit, 1 taken; one more is needed.
assign cho Maya: done
assign dee Maya: done
invite fay, assign fay AutoCAD, unassign ana AutoCAD, assign ana AutoCAD, assign cho Maya, assign dee Maya
"""
FULL = "answered 422: Team design has 1 seat of Revit"
NOT_LISTED = "the API does not list {}; right after an invitation, try again some minutes later"
ADDED = ("invite fay, assign fay AutoCAD, ", "")
NO_FAY = f"assign fay AutoCAD: refused, {NOT_LISTED.format(FAY)}"


def refused_fields(*names: str, missing: str = "") -> tuple[tuple[str, str], ...]:
    """Return the differences where an invitation has other names of fields."""
    fields = "; ".join(f"{name}: There is no field {name}." for name in names)
    words = f"invite fay: refused, answered 400: The user cannot be added.; {fields}{missing}"
    return (("invite fay: done", words), ("assign fay AutoCAD: done", NO_FAY), ADDED)


DIFFERENT: dict[str, tuple[tuple[str, str], ...]] = {
    "no-email": (
        ("unassign ana AutoCAD: done", f"unassign ana AutoCAD: refused, {NOT_LISTED.format(ANA)}"),
        ("assign ana AutoCAD: done\nassign ana", f"assign ana AutoCAD: refused, {NOT_LISTED.format(ANA)}\nassign ana"),
        ("assign ana AutoCAD: done\n", f"assign ana AutoCAD: refused, {NOT_LISTED.format(ANA)}\n"),
        (f"{FULL}, 1 taken; one more is needed.", NOT_LISTED.format(CHO)),
        ("assign cho Maya: done", f"assign cho Maya: refused, {NOT_LISTED.format(CHO)}"),
        ("assign dee Maya: done", f"assign dee Maya: refused, {NOT_LISTED.format(DEE)}"),
        (", unassign ana AutoCAD, assign ana AutoCAD, assign cho Maya, assign dee Maya", ""),
    ),
    "pending-hidden": (
        ("assign dee Maya: done", f"assign dee Maya: refused, {NOT_LISTED.format('dee@acme.example')}"),
        (", assign dee Maya", ""),
    ),
    "pending-without-seats": (
        (
            "assign fay AutoCAD: done",
            "assign fay AutoCAD: refused, answered 422: The user has not accepted the invitation.",
        ),
        ("assign dee Maya: done", "assign dee Maya: refused, answered 422: The user has not accepted the invitation."),
        ("assign fay AutoCAD, ", ""),
        (", assign dee Maya", ""),
    ),
    "add-snake": refused_fields("firstName", "lastName"),
    "add-address": refused_fields(
        "email", "firstName", "lastName", missing="; emailAddress: An e-mail address is required."
    ),
    "full-409": ((FULL, FULL.replace("422", "409")),),
    "full-400": ((FULL, FULL.replace("422", "400")),),
}
"""The profiles with another transcript, and what differs."""


def short(step: Step) -> str:
    user = step.text("user").partition("@")[0].casefold()
    return " ".join(filter(None, (step.action.partition(".")[2], user, str(step.get("product") or ""))))


def transcript(run: Run, *steps: Step) -> str:
    """Carry out steps; return the outcomes and the effects, without ids of requests."""
    lines = []
    for step in steps:
        carried = run.carry(step)
        words = re.sub(r" \(request [^)]*\)$", "", carried.detail)
        lines.append(f"{short(step)}: {carried.status}" + (f", {words}" if words else ""))
    return "\n".join([*lines, ", ".join(run.effects())]) + "\n"


@pytest.mark.parametrize("profile", ["guess-A", *VARIANTS])
def test_every_profile(profile: str) -> None:
    with running(profile) as run:
        found = transcript(run, *DAY_OF_STEPS)
        assert run.is_as_mirrored() or profile == "insert-between"
    expected = USUALLY
    for usual, other in DIFFERENT.get(profile, ()):
        assert usual in expected
        expected = expected.replace(usual, other)
    assert found == expected


def test_each_step_takes_two_calls_when_the_ids_are_known() -> None:
    with running() as run:
        run.carry(invite(FAY))
        assert run.calls() == ["POST users", f"GET users/{run.double.user_id(FAY)}"]
        run.carry(assign(FAY))
        assert run.calls() == ["GET product-pools", "POST assignments", "GET assignments"]
        run.carry(unassign(ANA, "Revit"))
        assert run.calls() == ["GET users", "DELETE assignments", "GET assignments"]
        run.carry(unassign(ANA))
        assert run.calls() == ["DELETE assignments", "GET assignments"]


def test_a_whole_list_if_that_is_fewer_calls() -> None:
    with running() as run:
        steps = [unassign(ANA), assign(CHO, "Maya")]
        run.start([invite(FAY), *steps, assign(FAY)])
        for step in steps:
            run.carry(step)
        assert run.calls().count("GET users") == 1
        assert run.log == []


@pytest.mark.parametrize("wanted", [1, 2, 3, 4, 10])
def test_as_many_calls_as_the_plan_says(wanted: int) -> None:
    """In a team of 230 people, the list of all takes three calls."""
    account = team_account()
    for number in range(230 - len(account.users)):
        user = f"more{number}@acme.example"
        account.users[user] = User(user, "More", str(number))
        account.teams["design"].members |= {user}
    steps = [invite(FAY), assign(FAY), *(assign(f"more{number}@acme.example") for number in range(wanted))]
    steps += [unassign(f"more{number}@acme.example") for number in range(wanted)]
    with running(account=account) as run:
        run.start(steps)
        for step in steps:
            assert run.carry(step).status == "done"
        assert len(run.calls()) == calls_of(
            [planned(number, step) for number, step in enumerate(steps, 1)], TeamSize(people=230, pools=3)
        )


@pytest.mark.parametrize("step", [invite(FAY), assign("cho@acme.example", "Maya")])
def test_an_open_step_takes_the_calls_of_the_plan_unless_it_is_done(step: Step) -> None:
    """Asking first is a call more; where it finds the step done, the change and its read-back are saved."""
    size, opened = TeamSize(people=5, pools=3), planned(1, step, case="CASE-1")
    with running() as run:
        run.start([step])
        assert run.carry(step, asked=True).status == "done"
        assert len(run.calls()) == calls_of([opened], size)
    with running() as run:
        run.start([step])
        assert run.carry(step).status == "done"
        assert len(run.calls()) == calls_of([opened._replace(case=None)], size)
        run.start([step])
        assert run.carry(step, asked=True).status == "done"
        assert len(run.calls()) == calls_of([opened], size) - 2


def test_an_address_in_another_case() -> None:
    """Whether the vendor compares addresses with or without their case is not known."""
    with running("email-exact") as run:
        assert run.carry(assign("DEE@acme.example", "Maya")).status == "done"
        assert run.calls()[:3] == ["GET product-pools", "GET users", "GET users"]


class TestInvitations:
    def test_of_new_people(self) -> None:
        with running() as run:
            (change,) = run.carry(invite(FAY)).changes
            assert change[0] == invite(FAY)
            person = run.mirror.users["fay@acme.example"]
        assert (person.email, person.first_name, person.last_name, person.status) == (FAY, "Fay", "Kim", "pending")
        assert person.invited_at == "2026-07-30T12:00:05Z"

    def test_of_people_of_another_team(self) -> None:
        with running() as run:
            (change,) = run.carry(invite(EVE)).changes
        assert [row.table for row in change[1]] == ["team_member"]

    def test_by_a_team_whose_rules_make_them_external(self) -> None:
        with running(policy=Policy(approved_domains=("acme.example",))) as run:
            assert [step.action for step, _ in run.carry(invite("max@else.example")).changes] == [
                "user.invite",
                "member.make_external",
            ]
            assert [step.action for step, _ in run.carry(invite(FAY)).changes] == ["user.invite"]
            assert run.is_as_mirrored()

    @pytest.mark.parametrize("profile", ["roles-spelled", "roles-list"])
    def test_role_words(self, profile: str) -> None:
        with running(profile, policy=Policy(approved_domains=())) as run:
            run.carry(invite(FAY))
            assert run.mirror.teams["design"].external == {"fay@acme.example"}

    def test_without_names(self) -> None:
        with running() as run:
            step = Step.make("user.invite", DESIGN, user=FAY, first_name=None, last_name=None)
            assert run.carry(step).status == "done"
            assert run.is_as_mirrored()

    def test_who_accepted_already(self) -> None:
        with running("status-invited") as run:
            before = run.mirror.copy()
            run.double.change(invite(FAY))
            person = run.double.served.read().users["fay@acme.example"]
            run.double.served.read().users["fay@acme.example"] = person._replace(status="active")
            carried = run.machine.carry_out(invite(FAY), before, run.clock, asked=False)
            assert run.effects() == []
            before.change(row for _, rows in carried.changes for row in rows)
        assert before.users["fay@acme.example"].status == "active"

    @pytest.mark.parametrize(
        ("status", "body", "expected"),
        [
            (204, b"", "done"),
            (202, b'{"status": "queued"}', "unknown"),
            (200, b"<html>Sign in</html>", "unknown"),
        ],
    )
    def test_a_success_without_a_person(
        self, monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, expected: str
    ) -> None:
        """Nobody new is listed: what only says so is believed, but not what says something else."""
        said = Answer("/teams/100001/users", status, {}, body, None)
        monkeypatch.setattr(api_calls, "invite", lambda *_: said)
        with running() as run:
            assert run.carry(invite(FAY)).status == expected


@pytest.mark.parametrize("step", [invite(FAY), assign(ANA, "Maya"), unassign(ANA)], ids=short)
class TestAnswers:
    """Each with the calls that it takes, after ids were looked up."""

    SPOILT = (
        Fault("drop"),
        Fault("reset"),
        Fault("status", status=503),
        Fault("status", status=500),
        Fault("cut", most=1),
    )

    def write(self, step: Step) -> str:
        return {"invite": "POST users", "assign": "POST assignments", "unassign": "DELETE assignments"}[
            step.action.partition(".")[2]
        ]

    def carried(self, step: Step, *faults: Fault | None, asked: bool = False) -> tuple[str, list[str], list[str]]:
        """Carry out a step whose changes are spoilt one after the other; return status, writes and effects."""
        left = list(faults)

        def spoil(arrived: Arrived) -> Fault | None:
            return left.pop(0) if arrived.method != "GET" and left else None

        with running("unassign-200", faults=spoil) as run:
            carried = run.carry(step, asked=asked)
            assert carried.stop == (carried.status == "unknown")
            assert run.is_as_mirrored() or carried.status == "unknown"
            return carried.status, [call for call in run.calls() if not call.startswith("GET")], run.effects()

    @pytest.mark.parametrize("fault", SPOILT, ids=lambda fault: f"{fault.kind}-{fault.status}")
    def test_one_that_is_lost_is_not_repeated(self, step: Step, fault: Fault) -> None:
        assert self.carried(step, fault) == ("done", [self.write(step)], [short(step)])

    @pytest.mark.parametrize("fault", SPOILT[:-1], ids=lambda fault: f"{fault.kind}-{fault.status}")
    def test_a_change_that_was_not_made_is_repeated(self, step: Step, fault: Fault) -> None:
        before = fault._replace(after=False)
        assert self.carried(step, before, before) == ("done", [self.write(step)] * 3, [short(step)])

    def test_too_many_calls(self, step: Step) -> None:
        busy = Fault("status", after=False, status=429, retry_after="7")
        assert self.carried(step, busy, busy) == ("done", [self.write(step)] * 3, [short(step)])

    def test_no_end(self, step: Step) -> None:
        always = [Fault("status", after=False)] * 9
        assert self.carried(step, *always) == ("unknown", [self.write(step)] * 4, [])

    def test_one_that_was_asked_for_before(self, step: Step) -> None:
        assert self.carried(step, asked=True) == ("done", [self.write(step)], [short(step)])
        with running() as run:
            run.double.change(step)
            assert run.carry(step, asked=True).status == "done"
            assert not any(not call.startswith("GET") for call in run.calls())
            assert run.is_as_mirrored()

    def test_one_that_others_did_before(self, step: Step) -> None:
        with running() as run:
            run.double.change(step)
            assert run.carry(step).status == "done"
            assert run.effects() == []
            assert run.is_as_mirrored()

    def test_only_looking(self, step: Step) -> None:
        with running() as run:
            before = run.machine.look(step, run.mirror, run.clock)
            expected = ("unknown", "the API does not show whether it was done")
            if step.action != "user.invite":  # people who were invited may not be listed
                expected = ("refused", "was not carried out")
            assert (before.status, before.detail) == expected
            run.double.change(step)
            found = run.machine.look(step, run.mirror, run.clock)
            assert (found.status, found.at) == ("done", run.clock.stamp)
            run.mirror.change(row for _, rows in found.changes for row in rows)
            assert run.is_as_mirrored()
            assert all(call.startswith("GET") for call in run.calls())


class TestUnreachable:
    def carried(self, fault: Callable[[Arrived], bool], *, asked: bool = False) -> tuple[str, str, bool]:
        with running(faults=lambda arrived: Fault("status", status=503) if fault(arrived) else None) as run:
            carried = run.carry(assign(ANA, "Maya"), asked=asked)
            return carried.status, re.sub(r" \(request .*", "", carried.detail), carried.stop

    def test_before_the_change(self) -> None:
        words = "answered 503: Try again later."
        assert self.carried(lambda arrived: arrived.path.endswith("/users")) == ("refused", words, True)
        assert self.carried(lambda arrived: arrived.path.endswith("/users"), asked=True) == ("unknown", words, True)

    def test_when_reading_back(self) -> None:
        words = "answered 503: Try again later."
        found = self.carried(lambda arrived: arrived.path.endswith("/assignments") and arrived.method == "GET")
        assert found == ("unknown", words, True)

    def test_no_server(self) -> None:
        timing = Timing(sleep=lambda _: None)
        with running() as run, Client("http://127.0.0.1:9/v1", lambda: "token", timing=timing) as client:
            machine = TeamAdminSteps(client, {"design": "100001"})
            for asked, status in ((False, "refused"), (True, "unknown")):
                carried = machine.carry_out(invite(FAY), run.mirror, run.clock, asked=asked)
                assert (carried.status, carried.detail[:18], carried.stop) == (status, "cannot be reached ", True)
            assert machine.look(invite(FAY), run.mirror, run.clock).status == "unknown"

    def test_nobody_is_signed_in(self) -> None:
        def auth() -> str:
            raise WrongUsage("sign in again with `seatsync login`")

        with running() as run, Client(f"{run.double.url}/team-admin/v1", auth) as client:
            carried = TeamAdminSteps(client, {"design": "1"}).carry_out(invite(FAY), run.mirror, run.clock, asked=False)
        assert carried[:2] == ("refused", "sign in again with `seatsync login`")
        assert carried.stop

    def test_a_signal_ends_the_run(self) -> None:
        """A wait in which it arrives raises it."""

        def interrupted(_: float) -> None:
            raise Interrupted(15, "")

        busy = Fault("status", after=False, status=429)
        with running(faults=lambda _: busy) as run:
            timing = Timing(now=run.double.clock.moment, sleep=interrupted)
            with Client(f"{run.double.url}/team-admin/v1", lambda: "token", timing=timing) as client:
                machine = TeamAdminSteps(client, {"design": run.double.team_id("design")})
                for step in (invite(FAY), assign(ANA, "Maya")):
                    with pytest.raises(Interrupted):
                        machine.carry_out(step, run.mirror, run.clock, asked=False)
                    with pytest.raises(Interrupted):
                        machine.look(step, run.mirror, run.clock)

    def test_a_token_that_is_not_known(self) -> None:
        with running() as run, Client(f"{run.double.url}/team-admin/v1", lambda: "other") as client:
            machine = TeamAdminSteps(client, {"design": run.double.team_id("design")})
            carried = machine.carry_out(invite(FAY), run.mirror, run.clock, asked=False)
        assert (carried.status, carried.detail[:13], carried.stop) == ("refused", "answered 401:", True)
        assert carried.detail.endswith("; sign in again (`seatsync login`), or set a new SEATSYNC_ACCESS_TOKEN")


def test_a_team_that_the_person_does_not_administer_any_more() -> None:
    """Steps of other teams are carried out, and the team is not asked again and again."""
    with running(who=EVE) as run:
        words = "answered 403: You cannot do this, or there is no such team."
        for step in (invite(FAY), assign(CHO, "Maya"), invite(FAY)):
            carried = run.carry(step)
            assert (carried.status, carried.stop) == ("refused", False)
            assert carried.detail.startswith(words)
        assert run.calls() == ["POST users"]
        assert run.machine.look(assign(CHO, "Maya"), run.mirror, run.clock).status == "unknown"
        assert run.carry(invite(BEN, team=Scope("team", "works"))).status == "done"


@pytest.mark.parametrize(
    ("status", "stop", "calls"), [(400, False, 2), (401, True, 2), (403, False, 1), (404, False, 1)]
)
def test_a_list_that_is_refused(status: int, calls: int, *, stop: bool) -> None:
    """A team that is not found, or forbidden, is not asked again."""
    with running() as run, serving(answer(status, b'{"detail": "No."}')) as server, Client(server.url) as client:
        machine = TeamAdminSteps(client, {"design": "1"})
        for _ in range(2):
            carried = machine.carry_out(assign(CHO, "Maya"), run.mirror, run.clock, asked=False)
            assert (carried.status, carried.stop) == ("refused", stop)
            assert carried.detail.startswith(f"answered {status}: No.")
        assert len(server.requests) == calls


class TestWhatTheApiDoesNotDo:
    NOT = "the API does not do this"

    @pytest.mark.parametrize(
        "step",
        [
            Step.make("user.remove", DESIGN, user=CHO),
            Step.make("admin.assign_secondary", DESIGN, user=CHO),
            Step.make("seat.assign", DESIGN, product="Maya", group="cad"),
            invite(FAY, team=Scope("team", "elsewhere")),
            Step.make("user.invite", Scope("contract", "design"), user=FAY),
        ],
        ids=lambda step: f"{step.action}-{step.scope}",
    )
    def test_other_steps(self, step: Step) -> None:
        with running() as run:
            assert run.carry(step)[:2] == ("refused", self.NOT)
            assert run.carry(step, asked=True)[:2] == ("unknown", self.NOT)
            assert run.machine.look(step, run.mirror, run.clock)[:2] == ("unknown", self.NOT)
            assert run.calls() == []

    def test_a_team_without_a_certain_id(self) -> None:
        with running() as run:
            machine, step = TeamAdminSteps(run.client, {"works": "100001"}), assign(CHO, "Maya")
            words = "the team was read last by another id than the project file has; refresh, and plan again"
            assert machine.carry_out(step, run.mirror, run.clock, asked=False)[:2] == ("refused", words)
            assert machine.carry_out(step, run.mirror, run.clock, asked=True)[:2] == ("unknown", words)
            assert machine.look(step, run.mirror, run.clock)[:2] == ("unknown", words)
            assert run.calls() == []

    @pytest.mark.parametrize("step", [assign(CHO, "Maya"), unassign(ANA, "Maya")], ids=short)
    def test_products_that_it_does_not_support(self, step: Step) -> None:
        """Their seats are not listed, which would look as if they had been taken away."""
        with running(policy=Policy(unsupported=frozenset({"Maya"}))) as run:
            carried = run.carry(step)
            words = "the API lists no pool of Maya, so it cannot be assigned or taken away there"
            assert carried[:2] == ("refused", words)
            assert run.calls() == ["GET product-pools"]

    def test_a_product_that_is_not_supported_any_more(self) -> None:
        with running() as run:
            run.carry(assign(CHO, "Maya"))
            object.__setattr__(run.double._team_admin, "policy", Policy(unsupported=frozenset({"Maya"})))
            carried = run.carry(unassign(CHO, "Maya"))
            assert (carried.status, carried.detail.partition(" (")[0]) == (
                "refused",
                "answered 422: This product is not supported here.",
            )

    def test_names_of_products(self) -> None:
        """The mirror has them without outer blanks, in the composed form of Unicode."""
        names = ["Maya", "Maya", " Ame\u0301lie Pro "]
        pools = [
            {"productId": f"prod_{number}", "productName": name, "unlimited": True} for number, name in enumerate(names)
        ]
        page = json.dumps({"data": pools, "pagination": {"cursor": None, "hasMore": False}}).encode()
        with serving(answer(200, page)) as server, Client(server.url) as client:
            ids = RemoteIds(client, ())
            assert ids.product("1", "Amélie Pro") == "prod_2"
            with pytest.raises(NoSuchId, match="the API lists several products that are called Maya"):
                ids.product("1", "Maya")

    def test_an_unknown_person(self) -> None:
        with running() as run:
            assert run.carry(assign(EVE))[:2] == ("refused", NOT_LISTED.format(EVE))
            assert run.carry(assign(EVE), asked=True)[:2] == ("unknown", NOT_LISTED.format(EVE))
            assert run.machine.look(assign(EVE), run.mirror, run.clock)[:2] == ("unknown", NOT_LISTED.format(EVE))


class TestInheritedSeats:
    def test_a_seat_that_is_free_needs_no_remark(self) -> None:
        with running("direct-wins") as run:
            assert run.carry(unassign(ANA))[:2] == ("done", "")

    def test_what_a_group_gives_remains(self) -> None:
        with running("direct-wins") as run:
            assert run.carry(unassign(BEN))[:2] == ("done", "still held through a group, so no seat is free")
            assert run.is_as_mirrored()

    def test_how_what_remains_is_held_is_not_told(self) -> None:
        with running("no-types") as run:
            assert run.carry(unassign(BEN))[:2] == ("done", "")

    def test_only_what_a_group_gives_is_left(self) -> None:
        """The refusal of 422 means that the direct seat is not there."""
        with running() as run:
            run.double.change(unassign(BEN))
            assert run.carry(unassign(BEN)).status == "done"
            assert run.is_as_mirrored()

    @pytest.mark.parametrize("profile", ["guess-A", "no-types"])
    def test_a_type_that_hides_whether_it_was_done(self, profile: str) -> None:
        """Assigning it again does no harm, and the answer tells."""
        with running(profile, faults=first_assignment) as run:
            assert run.carry(assign(CHO)).status == "done"
            assert run.effects() == ["assign cho AutoCAD"]
            assert [call for call in run.calls() if not call.startswith("GET")] == ["POST assignments"] * 2

    def test_one_that_nobody_can_tell(self) -> None:
        with running("exists-409", faults=first_assignment) as run:
            carried = run.carry(assign(CHO))
            assert carried.status == "unknown"
            assert carried.detail.startswith("answered 409: The assignment exists already.")


def first_assignment(arrived: Arrived) -> Fault | None:
    """Lose the answer to the first assignment."""
    is_first = arrived.of_method == 1 and arrived.method == "POST" and arrived.path.endswith("/assignments")
    return Fault("drop") if is_first else None
