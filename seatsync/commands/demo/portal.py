"""`seatsync demo portal`: a made-up portal on this machine, to try everything that talks to the vendor's APIs."""

from __future__ import annotations

import gc
from datetime import timedelta
from math import ceil

import click

from seatsync.account.email import identity
from seatsync.clock import Clock
from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.plan_inputs import base_folder
from seatsync.demo.double import Double, Settings
from seatsync.demo.exchange import Call
from seatsync.demo.made_up_account import made_up_account
from seatsync.demo.profiles import DEFAULT, VARIANTS, profile_of
from seatsync.demo.served_account import Backing, Effect, InMemory, InStore, OwnClock
from seatsync.demo.served_sign_in import admins_of
from seatsync.errors import TargetProblem, WrongUsage
from seatsync.reporting.escape import visible
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import open_target


@options.command
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, help="Port of this machine (default 8765; 0: any)."
)
@click.option(
    "--profile",
    "profiles",
    metavar="NAME",
    multiple=True,
    help="Behave in this way where the documentation leaves it open (repeatable).",
)
@click.option("--profiles", "lists", is_flag=True, help="List the profiles, and exit.")
@click.option("--account", metavar="URL", help="Embedded account, sqlite:///FILE (default: a made-up one in memory).")
@click.option("--auto", metavar="EMAIL", help="Sign in this admin without asking.")
@click.option(
    "--minute",
    metavar="SECONDS",
    type=click.FloatRange(0.1, 60),
    default=60.0,
    help="Length of the minute in which a team has 60 calls (default 60).",
)
@options.day
def run(
    console: Console,
    *,
    port: int,
    profiles: tuple[str, ...],
    lists: bool,
    account: str | None,
    auto: str | None,
    minute: float,
    day: str | None,
) -> int:
    """Serve a made-up portal on this machine, to try login, refresh and apply.

    It has sign-in, the Team Admin API and Insights, behaves as their documentation describes, and changes an embedded
    account. It is not the vendor's portal, and nothing in it is real. Press Ctrl-C to stop it.

    Examples:
      seatsync demo portal
    """
    if lists:
        console.output([f"{name}: {text}\n" for name, text in _listed()])
        return 0
    profile = profile_of(profiles)
    clock = _clock(console, day, minute)
    backing, place = _backing(console, account, clock)
    if auto is not None and identity(auto) not in admins_of(backing.read()):
        raise WrongUsage(f"--auto {auto}: is not the address of an admin of the account")
    settings = Settings(
        profile=profile,
        clock=clock,
        minute=minute,
        auto=auto,
        port=port,
        on_call=lambda call, effects: _log(console, call, effects),
    )
    gc.enable()  # other commands are too short to need it
    with Double(backing, settings) as double:
        console.output(_welcome(double, place, minute))
        console.out.flush()
        double.wait()
    return 0


_SPOILT = {
    "drop": " (the answer is lost)",
    "reset": " (the connection is reset)",
    "cut": " (the answer is cut)",
}


def _listed() -> list[tuple[str, str]]:
    usual = (DEFAULT, "without any other profile: the likely guesses")
    return [usual, *((name, variant.meaning.replace("`", "")) for name, variant in VARIANTS.items())]


def _clock(console: Console, day: str | None, minute: float) -> OwnClock:
    """Return the clock of the portal: the machine's or, with a day, one that goes on from about its noon.

    Its minutes begin with those of the machine, as those of a server would.
    """
    clock = OwnClock()
    if day is not None:
        noon = console.now().fromisoformat(Clock.at(day).stamp)
        clock.advance(ceil((noon - clock.moment()) / timedelta(seconds=minute)) * minute)
    return clock


def _backing(console: Console, url: str | None, clock: OwnClock) -> tuple[Backing, str]:
    """Return the account behind the portal, and what it is. Raises SeatsyncError unless it can be changed."""
    if url is None:
        day = clock.moment().date().isoformat()
        return InMemory(made_up_account(day)), "a made-up account, which is forgotten when it stops"
    target = open_target(url, base_folder(console), console.environment)
    if not isinstance(target, SqlTarget):
        raise WrongUsage(f"{target.url}: demo portal needs an embedded account; pass --account sqlite:///FILE")
    if target.read().mirror is not None:
        problem = "this is the mirror of a portal, not an account of its own"
        raise TargetProblem(target.url, problem, "create another one with `seatsync account create --target …`")
    return InStore(target), f"the account {visible(target.url)}"


def _welcome(double: Double, place: str, minute: float) -> str:
    client = double.settings.client
    variables = double.environment() | {"SEATSYNC_CLIENT_SECRET": client.secret}
    if minute != 60:  # noqa: PLR2004 - a real minute
        variables["SEATSYNC_RATE_MINUTE"] = f"{minute:g}"
    lines = "".join(f"  export {name}={value}\n" for name, value in variables.items())
    return (
        f"A made-up portal at {double.url}, in front of {place}. Press Ctrl-C to stop it.\n\n"
        f"In another terminal:\n{lines}\n"
        f"In seatsync.yaml:\n  portal:\n    team_admin: {{client_id: {client.id}, write: true}}\n    insights: true\n\n"
    )


def _log(console: Console, call: Call, effects: list[Effect]) -> None:
    spoilt = _SPOILT.get(call.fault.kind, "") if call.fault is not None else ""
    console.info(f"{call.method} {call.path} {call.status}{spoilt}")
    for effect in effects:
        about = " ".join(filter(None, (effect.kind, effect.user, effect.product, "in", effect.team)))
        console.info(f"  effect {effect.number}: {about}")
