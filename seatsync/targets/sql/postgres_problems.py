"""Errors of PostgreSQL in our words: problem and remedy by SQLSTATE, and of failed connections by libpq's message."""

from __future__ import annotations

from typing import Final

_TRY_AGAIN: Final = "try again when it has finished"
_ROLES: Final = "connect as a role that may; `seatsync account roles` prints the SQL that grants it"
_LATER: Final = "run the command again when it is up; the unfinished change is rolled back"
_REPORT: Final = "please report this as a bug"

LOST: Final = ("the connection to the server was lost", "run the command again; the unfinished change is rolled back")
UNFIT: Final = ("a number or text cannot be stored", "check the arguments of the command")

_STATES: Final[dict[str, tuple[str, str]]] = {
    "55P03": ("another process is writing to it", _TRY_AGAIN),
    "40001": ("another process is writing to it", _TRY_AGAIN),
    "40P01": ("another process is writing to it", _TRY_AGAIN),
    "42501": ("the role of this connection may not do that", _ROLES),
    "25006": ("the server is read-only, such as a standby", "name the primary server, or wait until it is one"),
    "53100": ("the server's disk is full", "free some space and run the command again; the change is rolled back"),
    "53200": ("the server has not enough memory", "free some and run the command again"),
    "53300": ("the server has no connection left", "raise its max_connections, or run fewer processes at once"),
    "57014": ("the statement was cancelled, by the server's statement_timeout or somebody", "run the command again"),
    "57P01": ("the connection was ended by the server or its administrator", _LATER),
    "57P02": ("the server crashed", _LATER),
    "57P03": ("the server is starting or stopping", _LATER),
    "25P03": ("this run paused inside a change for so long that the server ended it", "plan again"),
    "58030": ("the server's disk could not be read or written", "check the disk, then run the command again"),
    "XX001": ("the server's files are damaged", "restore the database from a backup"),
    "XX002": ("the server's files are damaged", "restore the database from a backup"),
    "22003": UNFIT,
    "22021": UNFIT,
    "54000": UNFIT,
    "22P05": UNFIT,
}
_CLASSES: Final[dict[str, tuple[str, str]]] = {
    "08": LOST,
    "23": ("the store's constraints reject the change, which is rolled back", _REPORT),
    # The statements are valid, so a table or column that they name must be missing.
    "42": ("the store is damaged: a table or column is missing", "restore it from a backup"),
}
PASSING: Final = frozenset({"55P03", "40001", "40P01", "53200", "53300", "57P01", "57P02", "57P03", "25P03"})
"""The errors that may be over when a command is run again; so is a connection that was lost or refused."""

_GIVE_ONE: Final = "set PGPASSWORD or PGPASSFILE, or name a service file; a URL has no password"
_CONNECTING: Final[tuple[tuple[tuple[str, ...], str, str], ...]] = (
    (("password authentication failed",), "user or password is wrong", f"check the user; {_GIVE_ONE}"),
    (("no password supplied",), "the server asks for a password, and there is none", _GIVE_ONE),
    (("no pg_hba.conf entry",), "the server lets nobody in from here", "add a line for it to the server's pg_hba.conf"),
    (("permission denied for database",), "the role may not connect to this database", "grant it CONNECT"),
    (("database", "does not exist"), "there is no such database", "create it with `createdb`, or correct the URL"),
    (("role", "does not exist"), "there is no such role", "create it with `createuser`, or correct the URL"),
    (("definition of service",), "there is no such service", "check the name, and PGSERVICEFILE"),
    (("too many",), *_STATES["53300"]),
    (("connection slots",), *_STATES["53300"]),
    (("starting up",), *_STATES["57P03"]),
    (("shutting down",), *_STATES["57P03"]),
    (("SSL",), "the encrypted connection failed", "check sslmode, certificates and the server's settings"),
    (("certificate",), "the encrypted connection failed", "check sslmode, certificates and the server's settings"),
    (("read-only",), *_STATES["25006"]),
)
_AWAY: Final = ("the server cannot be reached", "check that it runs, and host and port")


def by_state(state: str, name: str) -> tuple[str, str]:
    """Return problem and remedy of a failed statement, by its SQLSTATE; `name` is that of the error."""
    known = _STATES.get(state) or _CLASSES.get(state[:2])
    return known or (f"the database returned error {state} ({name})", "check the server's log")


def by_message(message: str) -> tuple[str, str]:
    """Return problem and remedy of a connection that failed. libpq has no code for that, but its message is quoted.

    Messages of the server are in its language: one that is not known is quoted, with the remedy of a server that is
    away.
    """
    lines = [line for line in message.splitlines() if not line.startswith("\t")]  # others are libpq's own advice
    text = " ".join(" ".join(lines).split()).removeprefix("connection failed: ").removeprefix("connection is bad: ")
    problem, remedy = next((each[1:] for each in _CONNECTING if all(part in text for part in each[0])), _AWAY)
    return f"{problem} ({text})", remedy
