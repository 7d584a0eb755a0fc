"""Where a store in PostgreSQL is: its URL, and connecting. No other module but `postgres.py` uses psycopg.

One account is one schema, so that a database can hold hundreds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Conninfo

from seatsync.errors import NoAccount, TargetBusy, TargetProblem, WrongUsage
from seatsync.secret import masked
from seatsync.targets.sql.database import PATIENCE
from seatsync.targets.sql.lock import LEASE
from seatsync.targets.sql.postgres import PostgresDatabase, by_message, content_of, problem_of, require_empty

OLDEST_SERVER: Final = 14
"""The oldest major version of the server that is supported."""

SCHEMA: Final = "seatsync"
"""The schema of a URL that names none."""

SECRETS: Final = ("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
"""Parameters of libpq whose values nobody may see."""
_NAME: Final = re.compile(r"(?!pg_)[A-Za-z_][A-Za-z0-9_-]{0,62}")
_DEFAULTS: Final = {
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "fallback_application_name": "seatsync",
}
"""Parameters of libpq unless the URL has others: a dead network is noticed soon."""
_TIMEOUT: Final = "10"
"""Seconds to connect, unless URL or environment have others."""
_MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True)
class PostgresSchema:
    """The schema of a store, as `Place` describes it. `parameters` are libpq's, and may have a password."""

    url: str
    schema: str
    parameters: Mapping[str, str] = field(repr=False)

    def exists(self) -> bool:
        """Return True if the schema exists and is not empty."""
        with closing(self._connected(PATIENCE)) as database:
            return content_of(database) in {"store", "foreign"}

    def open_to_read(self) -> PostgresDatabase:
        """Open a store for reading."""
        return self.open_to_write()

    def open_to_write(self, patience: float = PATIENCE) -> PostgresDatabase:
        """Open a store for changes."""
        database = self._connected(patience)
        try:
            _require_store(database)
        except TargetProblem:
            database.close()
            raise
        return database

    def roles(self, reader: str, writer: str) -> str:
        """Return the SQL that lets two roles read or change the store. Raises WrongUsage if these are no names."""
        for name in (reader, writer):
            if not _NAME.fullmatch(name):
                raise WrongUsage(f"{name!r} is no name for a role; use up to 63 letters, digits, _ and -")
        text = Path(__file__).with_name("roles.sql").read_text(encoding="utf-8")
        for mark, name in (("{schema}", self.schema), ("{reader}", reader), ("{writer}", writer)):
            text = text.replace(mark, name)
        return text

    def open_new(self) -> PostgresDatabase:
        """Open a schema for a new store, which need not exist yet."""
        database = self._connected(PATIENCE)
        try:
            require_empty(database)
        except TargetProblem:
            database.close()
            raise
        return database

    def _connected(self, patience: float) -> PostgresDatabase:
        return PostgresDatabase(self.url, self.schema, lambda: self._connect(patience))

    def _connect(self, patience: float) -> psycopg.Connection[Any]:
        settings = {
            "search_path": f'"{self.schema}", pg_temp',
            "lock_timeout": str(max(1, int(patience * _MILLISECONDS))),
            "idle_in_transaction_session_timeout": str(LEASE * _MILLISECONDS),
            "client_encoding": "UTF8",
            "jit": "off",
        }
        try:
            connection = psycopg.Connection.connect(make_conninfo(**self.parameters), autocommit=True)
        except (psycopg.Error, UnicodeError, OSError) as error:
            problem, remedy, passes = by_message(masked(str(error)))
            raise (TargetBusy if passes else TargetProblem)(self.url, problem, remedy) from None
        try:
            _require_server(self.url, connection)
            choices = ", ".join(f"set_config('{name}', ${n}, false)" for n, name in enumerate(settings, 1))
            psycopg.RawCursor(connection).execute(f"SELECT {choices}".encode(), tuple(settings.values()))
        except psycopg.Error as error:
            connection.close()
            raise problem_of(self.url, error) from error
        except TargetProblem:
            connection.close()
            raise
        return connection


def _require_server(url: str, connection: psycopg.Connection[Any]) -> None:
    major = connection.info.server_version // 10_000
    if major < OLDEST_SERVER:
        problem = f"the server is PostgreSQL {major}, which is too old"
        raise TargetProblem(url, problem, f"use version {OLDEST_SERVER} or newer")
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        remedy = "create one with `createdb --encoding=UTF8 --template=template0`"
        raise TargetProblem(url, f"the database has encoding {encoding}, not UTF8", remedy)


def place_of(url: str, environ: Mapping[str, str]) -> PostgresSchema:
    """Return the place that a URL names, without connecting. Raises TargetProblem if the URL is malformed."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        own = [value for name, value in pairs if name == "schema"]
        rest = urlencode([pair for pair in pairs if pair[0] != "schema"], quote_via=quote)
        given = conninfo_to_dict(f"postgresql://{parts.netloc}{parts.path}?{rest}")
    except (psycopg.Error, ValueError) as error:
        problem = f"not a URL of PostgreSQL ({' '.join(masked(str(error)).split())})"
        raise TargetProblem(masked(url), problem, "write postgresql://USER@HOST/DATABASE?schema=NAME") from None
    if any(name in given for name in SECRETS):
        remedy = "remove it, and set PGPASSWORD or PGPASSFILE, or name a service file"
        raise TargetProblem("the target", "the URL contains a password", remedy)
    schema = own[-1] if own else SCHEMA
    if not _NAME.fullmatch(schema) or schema == "information_schema":
        raise TargetProblem(url, f"{schema!r} is no name for a schema", "use up to 63 letters, digits, _ and -")
    defaults = {**_DEFAULTS, "connect_timeout": environ.get("PGCONNECT_TIMEOUT") or _TIMEOUT}
    parameters = {name: str(value) for name, value in given.items()}
    return PostgresSchema(url, schema, {**defaults, **_from_environment(environ), **parameters})


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of an environment that libpq does not read by itself, because it is not the process's."""
    found = {}
    for option in Conninfo.get_defaults():
        variable = (option.envvar or b"").decode()
        if variable in environ and environ[variable] != os.environ.get(variable):
            found[option.keyword.decode()] = environ[variable]
    return found


def _require_store(database: PostgresDatabase) -> None:
    """Raise NoAccount if there is nothing in the schema, TargetProblem if there is anything but a store."""
    found = content_of(database)
    if found == "foreign":
        raise TargetProblem(database.url, f"schema {database.schema} is of another program", "check the target")
    if found != "store":
        problem = f"there is no account in schema {database.schema}"
        raise NoAccount(database.url, problem, "create one with `seatsync account create`")
