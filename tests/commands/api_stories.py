"""A story in front of a made-up portal: a project that is refreshed, changed, applied and refreshed again, by API."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from seatsync.account.model import Account
from seatsync.commands.shared.real_account import signing_in
from seatsync.demo.double import Double
from seatsync.demo.exchange import Fault, Reply, Request
from seatsync.vendor.http_client import Timing
from tests.commands.mirrors import mirror
from tests.commands.portals import portal_project
from tests.commands.running import Run, replace_in
from tests.demo.conversation import ANA, BEN, CHO, DEE
from tests.demo.conversation import account as made_up
from tests.portal.made_up_steps import assign, unassign

FAY = "fay@acme.example"


def crowd() -> Account:
    """Return an account whose team design has two pages of people, and two seats of Revit, one of them free."""
    found = made_up()
    more = {f"p{number:02}@acme.example" for number in range(97)}
    found.users |= {user: found.users[CHO]._replace(email=user) for user in more}
    found.teams["design"].members = found.teams["design"].members | more
    found.subscriptions["574-3"] = found.subscriptions["574-3"]._replace(seats=2)
    return found


def change(folder: Path) -> None:
    """Declare that Fay comes with AutoCAD, that Ana and Ben give it up, and that three others get something."""
    replace_in(folder / "seatsync.yaml", "policy:\n", "policy:\n  max_removals: 100%\n")
    replace_in(folder / "users.yaml", "users:\n", f"users:\n  {FAY}: {{first_name: Fay, last_name: Ng}}\n")
    team = folder / "teams" / "design.yaml"
    both = f"        - {ANA}\n        - {BEN}\n"
    maya = f"      Maya:\n        - {CHO}\n        - {DEE}\n"
    replace_in(team, f"      AutoCAD:\n{both}", f"{maya}      AutoCAD:\n        - {FAY}\n")
    replace_in(team, f"      Revit:\n        - {ANA}\n", f"      Revit:\n        - {BEN}\n")


def meanwhile(double: Double) -> None:
    """Let others do two of the steps, and take the last seat of Revit."""
    for step in (assign(CHO, "Maya"), unassign(ANA, "Revit")):
        double.change(step)
    for user in ("p00@acme.example", "p01@acme.example"):
        double.change(assign(user, "Revit"))


def in_short(text: str) -> str:
    """Return a text without addresses, ids of requests and domains of people."""
    text = re.sub(r" \(request [^)]*\)| \(Fay Ng\)| \(api\)$", "", text)
    text = re.sub(r"(?:http://[^ ]*|/teams/\d+)/(?=\w+:)", "…/", text)
    return re.sub(r"(?i)([a-z0-9]+)@acme\.example", lambda found: found[1].lower(), text)


def refreshed(run: Run, *, first: bool = False) -> str:
    """Refresh; return the code, the first message of each code of warnings and errors, and the changes."""
    code = run("refresh", "--format", "json")
    document = json.loads(run.out)
    said = {each["code"]: each["message"] for each in reversed(document["findings"]) if each["severity"] != "info"}
    changes = [] if first else [named(each["action"], each["args"]) for each in document["changes"]]
    told = "".join(f" {number} {in_short(words)}" for number, words in sorted(said.items()))
    return f"{code}{told}" + (f"; {', '.join(changes)}" if changes else "")


def named(action: str, arguments: Mapping[str, Any]) -> str:
    parts = (action.partition(".")[2], arguments.get("product"), in_short(str(arguments.get("user") or "")))
    return " ".join(filter(None, parts))


def applied(run: Run) -> str:
    """Apply; return the code and the outcomes of steps, or the error."""
    code = run("apply", "--auto-approve")
    outcomes = re.findall(r"(?m)^  (done|failed|case|skipped) +team design: (.*)$", run.out)
    if not outcomes:
        return f"apply: {code} {run.err.rstrip().rpartition('account.db: ')[2]}"
    return "\n".join([f"apply: {code}", *(f"  {kind} {in_short(what)}" for kind, what in outcomes)])


def planned(run: Run) -> str:
    assert run("plan", "--format", "json") == 0, run.said
    return ", ".join(
        f"{named(each['action'], each['args'])} ({each['route']})" for each in json.loads(run.out)["steps"]
    )


def as_shown(account: Account) -> object:
    """Return what the API shows of an account, None if it has no such team."""
    team = account.teams.get("design")
    if team is None:
        return None
    held = {product: account.holders("design", product) for product in ("AutoCAD", "Maya", "Revit")}
    return team.members, team.external, held, {user: account.users[user].status for user in team.members}


class Teller:
    """Tells stories, each in a new folder."""

    def __init__(self, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._run, self._folder, self._patch = run, folder, monkeypatch
        self._count = 0

    def __call__(self, *profiles: str, insights: bool) -> tuple[str, list[str]]:
        """Return a story, and everything that the portal answered, without what differs by chance."""
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        heard: list[str] = []
        with self._patch.context() as patch:
            patch.chdir(folder)
            patch.setattr(signing_in, "Timing", partial(Timing, jitter=lambda: 0.5))
            patch.setattr(Double, "answer", listening(heard))
            with portal_project(
                patch, folder, *profiles, account=crowd(), write=True, allowed=15, insights=insights
            ) as double:
                return "".join(f"{line}\n" for line in self._lines(folder, double, patch)), heard

    def _lines(self, folder: Path, double: Double, patch: pytest.MonkeyPatch) -> Iterator[str]:
        """Refresh, change the files, apply, refresh twice, plan, and refresh when the sign-in has ended."""
        run = self._run
        yield f"refresh: {refreshed(run, first=True)}"
        double.clock.advance(120)
        change(folder)
        meanwhile(double)
        yield applied(run)
        done = [f"{each.kind} {in_short(each.user)} {each.product}".strip() for each in double.effects if each.by]
        yield f"effects: {', '.join(done)}"
        has_mirror = (folder / ".seatsync/account.db").exists()
        for when, seconds in (("at once", 1), ("later", 3700)):
            double.clock.advance(seconds)
            yield f"refresh {when}: {refreshed(run)}"
            if has_mirror:
                yield f"as in the portal: {as_shown(mirror().account) == as_shown(double.account())}"
        if has_mirror:
            yield f"plan: {planned(run)}"
        patch.setenv("SEATSYNC_ACCESS_TOKEN", "token-of-nobody")
        yield f"signed out: {refreshed(run)}"


def listening(heard: list[str]) -> Callable[[Double, Request], tuple[Reply, Fault | None]]:
    """Return the answering of a portal that also keeps what it answers."""
    answer = Double.answer

    def answering(double: Double, request: Request) -> tuple[Reply, Fault | None]:
        reply, fault = answer(double, request)
        text = f"{request.path} {reply.status} {dict(reply.headers)} {reply.content!r} {fault}"
        text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=-downloads/)[\w-]{32}", "BY-CHANCE", text.replace(double.url, ""))
        heard.append(text)
        return reply, fault

    return answering
