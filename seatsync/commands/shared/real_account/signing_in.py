"""Runs `login` and `logout`, and finds the app, the tokens and the access of a project for other commands."""

from __future__ import annotations

import secrets
import shlex
import webbrowser
from collections.abc import Callable
from threading import Thread
from typing import Final

from seatsync.commands.shared.console import Console
from seatsync.commands.shared.plan_inputs import project_of
from seatsync.commands.shared.real_account.team_ids import write_team_ids
from seatsync.declaration.declared import Project
from seatsync.declaration.files import OWN_FOLDER
from seatsync.errors import WrongUsage
from seatsync.fleet.app_calls import app_calls
from seatsync.targets.sql.sqlite import file_of
from seatsync.targets.sql.store import STORES, SqlTarget
from seatsync.targets.target import open_target
from seatsync.vendor.callback import listening
from seatsync.vendor.http_client import Budget, Client, Failed, Limits, Timing
from seatsync.vendor.rate_budget import CallFile, Calls, RateBudget
from seatsync.vendor.settings import ACCESS_TOKEN, TEAM_ADMIN_URL, App, app_of, base_url, rate_minute, secret_from
from seatsync.vendor.sign_in import Attempt, SignInFailed, access, attempt, exchange, revoke
from seatsync.vendor.team_admin import teams
from seatsync.vendor.token_store import TokenStore, token_file

_PATIENCE: Final = 5 * 60.0
"""Seconds to wait for the browser; the vendor's codes are valid for as long."""
_RANDOM_BYTES: Final = 48


def sign_in(console: Console, directory: str | None, *, browser: bool) -> int:
    """Sign in, keep the tokens, and write the ids of the declared teams; return the exit code."""
    project = project_of(console, directory)
    if console.environment.get(ACCESS_TOKEN, "").strip():
        raise WrongUsage(f"{ACCESS_TOKEN} is set, and is used instead of a sign-in; unset it before you sign in")
    app, store, timing = app_and_store(console, project)
    app.need_secret()
    with store.locked():  # says now if tokens cannot be kept
        pass
    started = attempt(app, lambda: secrets.token_urlsafe(_RANDOM_BYTES))
    code = _code_by_browser(console, started) if browser else _code_by_hand(console, started)
    tokens = exchange(started, code, timing)
    with store.locked():
        store.write(tokens)
    console.output(f"Signed in. The tokens are in {store.path}.\n")
    with api_client(console, project, TEAM_ADMIN_URL) as client:
        found = teams(client)
    where = "" if directory is None else f" {shlex.quote(directory)}"
    return write_team_ids(console, project, found, f"seatsync refresh{where}")


def sign_out(console: Console, directory: str | None) -> int:
    """Revoke and delete the tokens; return the exit code."""
    app, store, timing = app_and_store(console, project_of(console, directory))
    with store.locked():
        tokens = store.read()
        if tokens is None:
            console.output("Nobody is signed in.\n")
            return 0
        if not tokens.are_of(app):
            raise SignInFailed(f"{store.path} has the sign-in of another app or server; it is kept")
        try:
            words = revoke(app, tokens, timing)
        except (Failed, SignInFailed) as error:
            raise SignInFailed(f"{error}; the tokens are kept, so that you can try again") from error
        store.delete()
    if words:
        console.info(f"the vendor did not know the sign-in any more: {words}")
    console.output("Signed out. The tokens are revoked and deleted.\n")
    return 0


def app_and_store(console: Console, project: Project) -> tuple[App, TokenStore, Timing]:
    """Return the app of a project, the store of its tokens, and the time. Raises WrongUsage without an app."""
    portal = project.portal
    if portal is None or portal.team_admin is None:
        remedy = "add `team_admin: {client_id: …}` to `portal:` in seatsync.yaml"
        raise WrongUsage(f"the project names no app for the vendor's APIs; {remedy}")
    app = app_of(portal.team_admin, console.environment, insights=portal.insights)
    store = TokenStore(token_file(app, console.environment, console.folder))
    root = project.root.resolve()
    if store.path.is_relative_to(root) and not store.path.is_relative_to(root / OWN_FOLDER):
        raise WrongUsage(f"{store.path} is in the project folder, where tokens could be committed; name another file")
    return app, store, _timing(console)


def project_access(console: Console, project: Project) -> Callable[[], str]:
    """Return the function that returns a valid access token for a project, for a client.

    A token of the environment is used as it is, and no file is read.
    """
    given = secret_from(ACCESS_TOKEN, console.environment)
    if given is not None:
        return lambda: given
    return access(*app_and_store(console, project))


def api_client(console: Console, project: Project, variable: str, budget: Budget | None = None) -> Client:
    """Return a client of an API on behalf of the signed-in person; `variable` is that of its address."""
    base = base_url(variable, console.environment)
    limits = Limits(minute=rate_minute(base, console.environment))
    return Client(base, project_access(console, project), limits=limits, timing=_timing(console), budget=budget)


def team_admin_client(
    console: Console, project: Project, target: str, waiting: Callable[[float], None] = lambda _: None
) -> Client:
    """Return a client of the Team Admin API within the allowance that all runs on a store share.

    `target` is the URL of the store. Calls are counted in a store of several machines, else in a file beside the store
    or in `.seatsync/`. `waiting` is called with the seconds of each wait for the allowance, and with 0 for each call:
    see `CallProgress`.
    """
    calls = _calls(console, project, target)
    app = project.portal.team_admin.client_id if project.portal and project.portal.team_admin else ""
    of_app = app_calls(console.environment, app)
    budget = RateBudget(calls, _timing(console), allowance_minute(console), waiting, of_app)
    return api_client(console, project, TEAM_ADMIN_URL, budget)


def _calls(console: Console, project: Project, target: str) -> Calls:
    file = file_of(target, project.root)
    if file is None and target.lower().startswith(STORES):
        found = open_target(target, project.root, console.environment)
        if isinstance(found, SqlTarget):
            return found
    store = file or project.root / OWN_FOLDER / "account.db"
    return CallFile(store.with_name(f"{store.name}-calls"), _timing(console))


def allowance_minute(console: Console) -> float:
    """Return the length in seconds of a minute of the Team Admin API's allowance. Raises WrongUsage."""
    return rate_minute(base_url(TEAM_ADMIN_URL, console.environment), console.environment)


def _timing(console: Console) -> Timing:
    return Timing(now=console.now, seconds=console.seconds, sleep=console.sleep)


def _code_by_browser(console: Console, started: Attempt) -> str:
    with listening(started) as callback:
        console.info("Sign in with the vendor in your browser. If it does not open, use this address:")
        console.err.write(f"\n  {started.url}\n\n")
        console.err.flush()
        Thread(target=webbrowser.open, args=(started.url,), daemon=True).start()  # a browser can block
        code = callback.wait(_PATIENCE, console.seconds)
    if callback.strangers:
        console.info(f"ignored {callback.strangers} answers to other sign-ins")
    return code


def _code_by_hand(console: Console, started: Attempt) -> str:
    console.info("Open this address in any browser, and sign in with the vendor:")
    console.err.write(f"\n  {started.url}\n\n")
    console.info("The browser is then sent to an address that it may not be able to show. Copy that address.")
    code = started.code_in(console.ask("Address: "))
    if code is None:
        raise SignInFailed("this is not the answer to this sign-in; start again, and copy the whole address")
    return code
