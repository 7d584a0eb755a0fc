"""The PostgreSQL server of the tests ends with the process that started it, also if that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.postgres import server

HERE = Path(__file__).parents[1]
_STARTS = """
import sys
from tests.postgres import server
print(server().folder, flush=True)
sys.stdin.read()
"""


def test_an_undeclared_order_is_not_that_of_bytes() -> None:
    with server().connected() as connection:
        rows = connection.execute("SELECT * FROM (VALUES ('B'), ('a'), ('ä'), ('z')) AS each (x) ORDER BY x").fetchall()
    assert [row[0] for row in rows] == ["a", "ä", "B", "z"]


def test_children_share_the_server() -> None:
    print_folder = "from tests.postgres import server; print(server().folder)"
    told = subprocess.run([sys.executable, "-c", print_folder], cwd=HERE, check=True, capture_output=True, text=True)
    assert (told.stdout.strip() or "") == str(server().folder)


@pytest.mark.parametrize("killed", [False, True])
def test_it_ends_with_its_process(killed: bool) -> None:  # noqa: FBT001 - a parameter
    server()  # skips
    environment = {name: value for name, value in os.environ.items() if name != "TESTS_POSTGRESQL"}
    process = subprocess.Popen(
        [sys.executable, "-c", _STARTS],
        cwd=HERE,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    assert folder != server().folder
    # A connection reads until the server goes: the end of the server is what ends the query.
    port = (folder / "data/postmaster.pid").read_text().splitlines()[3]
    with psycopg.connect(f"postgresql://tests@127.0.0.1:{port}/postgres", autocommit=True) as connection:
        if killed:
            process.send_signal(signal.SIGKILL)
        else:
            process.stdin.close()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT pg_sleep(60)")
    process.stdin.close()
    process.stdout.close()
    process.wait()


def test_it_offers_encryption() -> None:
    place = f"{server().url()}?sslmode=verify-full&sslrootcert={server().authority}"
    with psycopg.connect(place) as connection:
        row = connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
    assert row == (True,)
    with psycopg.connect(server().url()) as connection:
        row = connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
    assert row == (False,)
