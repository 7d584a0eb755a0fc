"""Accounts in PostgreSQL: what a URL may say, and errors of the server in our words."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from contextlib import AbstractContextManager, closing
from pathlib import Path
from threading import Timer

import pytest
from psycopg import sql

from seatsync.errors import NoAccount, SeatsyncError, TargetProblem
from seatsync.targets.sql import administration
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.postgres_place import place_of
from seatsync.targets.sql.session import SqlSession
from seatsync.targets.sql.store import SqlTarget, open_postgres
from seatsync.targets.target import open_target
from tests.postgres import WITH_PASSWORD, server
from tests.targets.postgres_proxy import Link, Proxy
from tests.targets.sample import CLOCK, sample
from tests.targets.stores import store

CANARY = "canary-4711"
GIVE_ONE = "set PGPASSWORD or PGPASSFILE, or name a service file; a URL has no password"


def complaint(url: str, environ: dict[str, str] | None = None) -> str:
    """Return the error of reading an account, without its URL."""
    with pytest.raises(SeatsyncError) as caught:
        open_target(url, Path(), environ or {}).read()
    said = str(caught.value)
    assert said.isprintable()
    return said.removeprefix(f"{url}: ")


def in_schema(schema: str, user: str = "tests") -> SqlTarget:
    """Return the target of a schema."""
    return open_postgres(server().url(schema, user), Path(), {})


class TestUrl:
    """What a URL says goes to libpq, except the schema."""

    def test_parameters(self) -> None:
        place = place_of("postgresql://ana@db:5433/acme%20x?sslmode=verify-full&schema=a-1&sslrootcert=/ca.pem", {})
        given = dict(place.parameters)
        assert (place.schema, given["host"], given["port"], given["user"]) == ("a-1", "db", "5433", "ana")
        assert (given["dbname"], given["sslmode"], given["sslrootcert"]) == ("acme x", "verify-full", "/ca.pem")
        assert (given["connect_timeout"], "schema" in given) == ("10", False)

    def test_defaults_give_way(self) -> None:
        place = place_of("PostgreSQL:///?service=acme&connect_timeout=2", {})
        assert (place.schema, place.parameters["service"]) == ("seatsync", "acme")
        assert (place.parameters["connect_timeout"], "host" in place.parameters) == ("2", False)

    def test_the_time_to_connect(self) -> None:
        for url, seconds in (("postgresql://db", "3"), ("postgresql://db?connect_timeout=5", "5")):
            assert place_of(url, {"PGCONNECT_TIMEOUT": "3"}).parameters["connect_timeout"] == seconds

    def test_several_hosts(self) -> None:
        place = place_of("postgresql://a:1,b:2/acme?target_session_attrs=read-write", {})
        assert (place.parameters["host"], place.parameters["port"]) == ("a,b", "1,2")

    def test_the_environment_of_a_command(self) -> None:
        place = place_of("postgresql://db/acme", {"PGPASSWORD": CANARY, "PGSSLMODE": "require", "PGHOST": "other"})
        assert (place.parameters["password"], place.parameters["sslmode"]) == (CANARY, "require")
        assert place.parameters["host"] == "db"
        assert CANARY not in repr(SqlTarget(place))

    @pytest.mark.parametrize("schema", ["", "pg_x", "1a", "a b", 'a"b', "information_schema", "x" * 64])
    def test_no_name_of_a_schema(self, schema: str) -> None:
        url = f"postgresql://db/acme?schema={schema}"
        problem = f"{schema!r} is no name for a schema; use up to 63 letters, digits, _ and -"
        assert complaint(url) == problem

    @pytest.mark.parametrize(
        ("url", "fault"),
        [
            ("postgresql://db/acme?foo=1", 'invalid URI query parameter: "foo"'),
            ("postgresql://db/acme?schema", "bad query field: 'schema'"),
            ("postgresql://[db/acme", "Invalid IPv6 URL"),
        ],
    )
    def test_no_url(self, url: str, fault: str) -> None:
        remedy = "write postgresql://USER@HOST/DATABASE?schema=NAME"
        assert complaint(url) == f"not a URL of PostgreSQL ({fault}); {remedy}"

    @pytest.mark.parametrize(
        "url",
        [
            f"postgresql://ana:{CANARY}@db/acme",
            f"postgresql://db/acme?password={CANARY}",
            f"postgresql://db/acme?pass%77ord={CANARY}",
            f"postgresql://db/acme?sslpassword={CANARY}",
        ],
    )
    def test_a_password_is_refused_and_not_repeated(self, url: str) -> None:
        with pytest.raises(TargetProblem) as caught:
            open_target(url, Path(), {})
        assert "contains a password; remove it" in str(caught.value)
        assert CANARY not in str(caught.value)


@pytest.fixture(scope="module")
def role() -> str:
    """Return a role that needs a password."""
    name = server().new_schema()
    words = sql.SQL("CREATE ROLE {} LOGIN IN ROLE {} PASSWORD {}")
    server().run(words.format(sql.Identifier(name), sql.Identifier(WITH_PASSWORD), sql.Literal(CANARY)))
    return name


class TestConnecting:
    """One line with what, where and how to mend, and never a password."""

    def test_a_password_of_the_environment(self, role: str) -> None:
        said = complaint(server().url("nothing", role), {"PGPASSWORD": CANARY})
        assert said == "there is no account in schema nothing; create one with `seatsync account create`"

    def test_a_password_file(self, role: str, tmp_path: Path) -> None:
        file = tmp_path / "pass"
        file.write_text(f"*:*:*:*:{CANARY}\n")
        file.chmod(0o600)
        assert "there is no account" in complaint(server().url("nothing", role), {"PGPASSFILE": str(file)})

    @pytest.mark.parametrize("password", [f"{CANARY}-x", ""])
    def test_a_wrong_password_or_none(self, role: str, password: str, tmp_path: Path) -> None:
        said = complaint(server().url("x", role), {"PGPASSWORD": password, "PGPASSFILE": str(tmp_path / "none")})
        assert said.startswith(
            "user or password is wrong (" if password else "the server asks for a password, and there is none ("
        )
        assert said.endswith(GIVE_ONE)
        assert CANARY not in said

    @pytest.mark.parametrize(
        ("change", "problem", "remedy"),
        [
            (("/postgres", "/nowhere"), "there is no such database", "create it with `createdb`, or correct the URL"),
            (("tests@", "nobody@"), "there is no such role", "create it with `createuser`, or correct the URL"),
            (
                ("$", "&sslmode=verify-full&sslrootcert=/nowhere.pem"),
                "the encrypted connection failed",
                "check sslmode, certificates and the server's settings",
            ),
            ((r":\d+/", ":1/"), "the server cannot be reached", "check that it runs, and host"),
        ],
    )
    def test_refusals(self, change: tuple[str, str], problem: str, remedy: str) -> None:
        said = complaint(re.sub(*change, server().url("x")))
        assert said.startswith(f"{problem} (")
        assert remedy in said
        assert "Is the server running" not in said

    def test_a_schema_of_another_program(self, postgres_schema: str) -> None:
        name = sql.Identifier(postgres_schema)
        server().run(sql.SQL("CREATE SCHEMA {}").format(name))
        assert isinstance(_error(in_schema(postgres_schema)), NoAccount)
        server().run(sql.SQL("CREATE TABLE {} (x INT)").format(sql.Identifier(postgres_schema, "other")))
        assert str(_error(in_schema(postgres_schema))).endswith(
            f"schema {postgres_schema} is of another program; check the target"
        )
        with pytest.raises(TargetProblem, match="already contains something; name a new one"):
            administration.create(in_schema(postgres_schema), "acme", "UTC", CLOCK)

    def test_a_schema_that_somebody_else_created(self, postgres_schema: str) -> None:
        server().run(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(postgres_schema)))
        assert not in_schema(postgres_schema).place.exists()
        administration.create(in_schema(postgres_schema), "acme", "UTC", CLOCK)
        assert in_schema(postgres_schema).place.exists()
        assert in_schema(postgres_schema).read().account.name == "acme"

    def test_no_right_to_use_it(self, postgres_schema: str) -> None:
        administration.create(in_schema(postgres_schema), "acme", "UTC", CLOCK)
        server().run(sql.SQL("DROP ROLE IF EXISTS stranger"), sql.SQL("CREATE ROLE stranger LOGIN"))
        assert str(_error(in_schema(postgres_schema, "stranger"))).endswith(
            "the role of this connection may not do that; connect as a role that may;"
            " `seatsync account roles` prints the SQL that grants it"
        )


def _error(target: SqlTarget) -> TargetProblem:
    with pytest.raises(TargetProblem) as caught:
        target.read()
    return caught.value


def _opened(target: SqlTarget) -> AbstractContextManager[Database]:
    return closing(target.place.open_to_write())


def _session(target: SqlTarget) -> AbstractContextManager[SqlSession]:
    return target.session(None, CLOCK)


class TestStatements:
    """Errors of statements."""

    def test_text_that_no_database_can_hold(self, postgres_schema: str) -> None:
        target = in_schema(postgres_schema)
        administration.create(target, "acme", "UTC", CLOCK)
        with _opened(target) as database:
            for name, mark in (("\0", 0), ("\udcff", 0), ("acme", 1 << 63)):
                with pytest.raises(TargetProblem, match="a number or text cannot be stored; check the arguments"):
                    database.run("UPDATE meta SET name = ?, mark = ?", (name, mark))

    @pytest.mark.parametrize("verb", ["terminate", "cancel"])
    def test_a_connection_that_an_administrator_ends(self, postgres_schema: str, verb: str) -> None:
        target = in_schema(postgres_schema)
        administration.create(target, "acme", "UTC", CLOCK)
        with _opened(target) as database:
            row = database.row("SELECT pg_backend_pid()")
            assert row is not None
            with server().connected() as other, database.reading():
                ending = Timer(0.1, other.execute, (f"SELECT pg_{verb}_backend({row[0]})".encode(),))
                ending.start()
                with pytest.raises(TargetProblem) as caught:
                    database.row("SELECT pg_sleep(60)")
                ending.join()
        assert (
            str(caught.value).removeprefix(f"{target.url}: ")
            == {
                "terminate": "the connection was ended by the server or its administrator;"
                " run the command again when it is up; the unfinished change is rolled back",
                "cancel": "the statement was cancelled, by the server's statement_timeout or somebody;"
                " run the command again",
            }[verb]
        )

    def test_a_standby(self, postgres_schema: str) -> None:
        administration.create(in_schema(postgres_schema), "acme", "UTC", CLOCK)
        url = f"{server().url(postgres_schema)}&options=-c%20default_transaction_read_only%3Don"
        target = open_postgres(url, Path(), {})
        assert target.read().account.name == "acme"
        with pytest.raises(TargetProblem, match="the server is read-only, such as a standby"), _session(target):
            pass

    def test_another_writer_is_waited_for(self, postgres_schema: str) -> None:
        target = in_schema(postgres_schema)
        administration.create(target, "acme", "UTC", CLOCK)
        with _opened(target) as database, database.writing():
            impatient = SqlTarget(target.place, patience=0)
            with pytest.raises(TargetProblem, match="another process is writing to it; try again"), _session(impatient):
                pass
        with _session(target):
            pass

    def test_a_missing_column(self, postgres_schema: str) -> None:
        target = in_schema(postgres_schema)
        administration.create(target, "acme", "UTC", CLOCK)
        server().run(sql.SQL("ALTER TABLE {} DROP COLUMN sums").format(sql.Identifier(postgres_schema, "meta")))
        assert "the store is damaged: a table or column is missing" in str(_error(target))


def test_texts_are_sorted_by_their_bytes(postgres_schema: str) -> None:
    target = in_schema(postgres_schema)
    administration.create(target, "acme", "UTC", CLOCK)
    administration.load_state(target, sample(), CLOCK)
    assert target.read().account.users == sample().users
    with server().connected() as connection:
        others = connection.execute(
            "SELECT count(*) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
            " WHERE relnamespace = %s::regnamespace AND atttypid = 'text'::regtype"
            " AND attcollation <> '\"C\"'::regcollation",
            (postgres_schema,),
        ).fetchone()
    assert others == (0,)


def test_a_store_in_a_file_does_not_load_the_driver(tmp_path: Path) -> None:
    store(tmp_path)
    code = "import sys; from pathlib import Path; from seatsync.targets.target import open_target\n"
    code += "open_target(sys.argv[1], Path(sys.argv[2]), {}).read(); print('psycopg' in sys.modules)"
    for url, loaded in (("sqlite:///account.db", "False"), (server().url("nothing"), "NoAccount")):
        done = subprocess.run([sys.executable, "-c", code, url, tmp_path], capture_output=True, text=True, check=False)
        assert loaded in done.stdout + done.stderr


def test_a_connection_that_the_server_does_not_know_to_be_lost_is_ended(tmp_path: Path, postgres_schema: str) -> None:
    kept: list[socket.socket] = []

    def lose_client(link: Link) -> None:
        kept.append(link.server)
        link.server = socket.socket()  # nothing is passed on any more, and the server notices nothing
        raise BrokenPipeError

    def change(database: Database, proxy: Proxy) -> None:
        with database.writing(lambda: False):
            database.run("UPDATE lock SET token = token + 1")
            proxy.at(1, lose_client)

    administration.create(in_schema(postgres_schema), "acme", "UTC", CLOCK)
    with Proxy() as proxy:
        url = server().url(postgres_schema).replace(f":{server().port}/", f":{proxy.port}/")
        place = open_postgres(url, tmp_path, {}).place
        with closing(place.open_to_write()) as database, pytest.raises(TargetProblem, match="lost before the last"):
            change(database, proxy)
        for side in kept:
            side.close()
