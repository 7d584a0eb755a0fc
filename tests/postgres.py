"""A PostgreSQL server for tests: Debian's, on loopback, in a temporary folder, without durability.

It is started once for each process that asks for it, is shared with the processes that this one starts, and stops with
it, also if it is killed. Without Debian's binaries and the right to install them, tests that need it are skipped with
the reason. Its default collation is that of English, not of bytes, so that an order which is not declared is noticed.
"""

from __future__ import annotations

import atexit
import itertools
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trustme
from psycopg import sql

from tests.node_packages import MINUTES, last, one_at_a_time, run

OWNER = "tests"
"""The superuser, who needs no password."""
WITH_PASSWORD = "with_password"
"""A role whose members need a password."""

_DEBIAN = Path("/usr/lib/postgresql")
_NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/no-cluster-for-tests.conf")
_SHARED = "TESTS_POSTGRESQL"
_HERE = Path(__file__).parent / "targets"
_NUMBERS = itertools.count(1)
_LONGEST_FOLDER = 60
"""Characters of the folder of the Unix socket, whose path has a limit of about 100."""
_UNENCRYPTED = {"PGSSLMODE": "disable", "PGGSSENCMODE": "disable"}
"""How the tests connect unless they ask for more: encryption takes time."""
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = '{folder}'
port = {port}
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
shared_buffers = 32MB
max_connections = 100
ssl = on
ssl_cert_file = '{folder}/server.pem'
ssl_key_file = '{folder}/server.key'
autovacuum = off
jit = off
"""
_ACCESS = f"""
local all all trust
host all +{WITH_PASSWORD},+seatsync_reader,+seatsync_writer 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
"""
_WATCH = """
"$1/pg_ctl" -D "$2/data" -l "$2/log" -w -s start && echo started
read -r _
"$1/pg_ctl" -D "$2/data" -m immediate -s stop
rm -rf "$2"
"""
"""Runs the server until the standard input ends, which it does with the process that opened it."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    binaries: Path
    folder: Path
    port: int

    @property
    def authority(self) -> Path:
        """The certificate of the authority that signed the server's."""
        return self.folder / "authority.pem"

    def url(self, schema: str | None = None, user: str = OWNER, database: str = "postgres") -> str:
        """Return the URL of a database or, with a schema, of a store."""
        more = "" if schema is None else f"?schema={schema}"
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}{more}"

    def new_schema(self) -> str:
        """Return the name of a schema that does not exist yet."""
        return f"s{os.getpid()}_{next(_NUMBERS)}"

    def new_database(self) -> str:
        """Create an empty database and return its name."""
        name = f"d{os.getpid()}_{next(_NUMBERS)}"
        self.run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    @contextmanager
    def connected(self, database: str = "postgres") -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """Connect as superuser, with every statement a transaction."""
        with psycopg.connect(self.url(database=database), autocommit=True) as connection:
            yield connection

    def run(self, *statements: sql.Composed | sql.SQL, database: str = "postgres") -> None:
        """Run statements as superuser."""
        with self.connected(database) as connection:
            for statement in statements:
                connection.execute(statement)

    def drop(self, schema: str) -> None:
        """Drop a schema if there is one. A transaction that still uses it is an error."""
        with self.connected() as connection:
            connection.execute("SET lock_timeout = '10s'")
            connection.execute("SET client_min_messages = warning")
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


@cache
def server() -> Server:
    """Return the server of this process, started by it or by its parent. Skips the test if there is none."""
    shared = os.environ.get(_SHARED)
    if shared is not None:
        port, binaries, folder = shared.split(":")
        return Server(Path(binaries), Path(folder), int(port))
    found = _start(_binaries())
    os.environ |= {_SHARED: f"{found.port}:{found.binaries}:{found.folder}", **_UNENCRYPTED}
    return found


@contextmanager
def page_database() -> Iterator[str]:
    """Create a database for a page, with a superuser `admin`; yield its host, port and name.

    Roles that begin with `seatsync_` are dropped with it.
    """
    there = server()
    name = there.new_database()
    with there.connected() as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'admin'").fetchone() is None:
            connection.execute("CREATE ROLE admin SUPERUSER LOGIN")
    yield f"127.0.0.1:{there.port}/{name}"
    with there.connected() as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        for (role,) in connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'seatsync\\_%'").fetchall():
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def _binaries() -> Path:
    """Return the folder of the newest server; Debian's package is installed if there is none and permissions allow."""
    with one_at_a_time(_HERE):
        found = _installed()
        if found is None and shutil.which("apt-get") and os.geteuid() == 0:
            _install()
            found = _installed()
    if found is None:
        pytest.skip("no PostgreSQL here, and no rights to install it (Debian and Ubuntu: apt install postgresql)")
    return found


def _installed() -> Path | None:
    versions = sorted(_DEBIAN.glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("postgres")
    return versions[-1].parent if versions else Path(on_path).resolve().parent if on_path else None


def _install() -> None:
    """Install Debian's package, which would otherwise create a cluster and start it."""
    existed = _NO_CLUSTER.parent.exists()
    _NO_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
    _NO_CLUSTER.write_text("create_main_cluster = false\n")
    try:
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "postgresql"]):
            done = run(_HERE, command, 10 * MINUTES, {"DEBIAN_FRONTEND": "noninteractive"})
            if done.returncode != 0:
                pytest.skip(f"no PostgreSQL, and `{' '.join(command)}` fails: {last(done.stderr)}")
    finally:
        _NO_CLUSTER.unlink()
        if not existed:
            with suppress(OSError):
                _NO_CLUSTER.parent.rmdir()


def _start(binaries: Path) -> Server:
    """Create a cluster and start it. As root both are done by the user postgres, since the server refuses root."""
    user = "postgres" if os.geteuid() == 0 else None
    if user is not None and user not in {each.pw_name for each in pwd.getpwall()}:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    folder = Path(tempfile.mkdtemp(prefix="seatsync-postgres-", dir=_place()))
    if user is not None:
        shutil.chown(folder, user)
    identity: dict[str, Any] = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    started = Server(binaries, folder, _free_port())
    command = [str(binaries / "initdb"), "--pgdata", str(folder / "data"), "--username", OWNER, "--auth", "trust"]
    command += ["--no-sync", "--encoding", "UTF8", "--locale", "C.UTF-8", *_collation(binaries)]
    made = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, **identity)
    assert made.returncode == 0, made.stderr
    with (folder / "data/postgresql.conf").open("a") as settings:
        settings.write(_SETTINGS.format(folder=folder, port=started.port))
    (folder / "data/pg_hba.conf").write_text(_ACCESS)
    _make_certificate(started, user)
    watch = subprocess.Popen(
        ["sh", "-c", _WATCH, "sh", str(binaries), str(folder)],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the tests
        **identity,
    )
    atexit.register(_end, watch, folder)
    assert watch.stdout is not None
    assert watch.stdout.readline() == b"started\n", (folder / "log").read_text()
    started.run(sql.SQL("CREATE ROLE {}").format(sql.Identifier(WITH_PASSWORD)))
    return started


def _make_certificate(started: Server, user: str | None) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(started.authority)
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    certificate.cert_chain_pems[0].write_to_path(started.folder / "server.pem")
    key = started.folder / "server.key"
    key.touch(0o600)
    certificate.private_key_pem.write_to_path(key)
    if user is not None:
        shutil.chown(key, user)


def _collation(binaries: Path) -> list[str]:
    """Return the options of initdb for the collation of English. Version 15 is the first that has them."""
    version = subprocess.run([str(binaries / "postgres"), "--version"], check=True, capture_output=True, text=True)
    number = re.search(r"\d+", version.stdout)
    new = number is not None and int(number[0]) >= 15
    return ["--locale-provider", "icu", "--icu-locale", "en-US"] if new else []


def _place() -> str | None:
    """Return the folder for temporary folders: one that other users can write to, and short enough for a socket."""
    place = Path(tempfile.gettempdir()).resolve()
    fits = len(str(place)) < _LONGEST_FOLDER and place.stat().st_mode & 0o002
    return None if fits else "/tmp"  # noqa: S108 - mkdtemp makes a folder of its own there


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def _end(watch: subprocess.Popen[bytes], folder: Path) -> None:
    assert watch.stdin is not None
    assert watch.stdout is not None
    watch.stdin.close()
    watch.wait()
    watch.stdout.close()
    shutil.rmtree(folder, ignore_errors=True)  # the other user may not remove it from its parent
