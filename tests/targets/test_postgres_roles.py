"""Roles of PostgreSQL: one may plan, one may apply as well, and only the owner changes the tables."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from psycopg import sql

from seatsync.errors import SeatsyncError, TargetProblem, WrongUsage
from seatsync.targets.sql import administration, inquiries
from seatsync.targets.sql.store import SqlTarget, open_postgres, upgrade
from seatsync.targets.sql.tables import VERSION
from tests.postgres import server
from tests.targets.sample import CLOCK, sample
from tests.targets.stores import FREE, alter, old, older, opened, store

NO_RIGHT = (
    "the role of this connection may not do that; connect as a role that may; `seatsync account roles` prints the SQL"
    " that grants it"
)
OWNERS = (
    "the role of this connection may not create or change tables here; let the owner do it; `seatsync account upgrade`"
    " upgrades an older store"
)


class Store(NamedTuple):
    """A store, as three roles have it."""

    owner: SqlTarget
    writer: SqlTarget
    reader: SqlTarget


@pytest.fixture
def roles(postgres_schema: str) -> Iterator[Store]:
    """Return a store of a role that is no superuser, and whose other roles have the rights of `account roles`."""
    names = [f"{postgres_schema}_{each}" for each in ("owner", "writer", "reader")]
    owner, *_ = names
    server().run(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(owner)))
    server().run(
        sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(sql.Identifier(postgres_schema), sql.Identifier(owner))
    )
    store = Store(*(open_postgres(server().url(postgres_schema, name), Path(), {}) for name in names))
    administration.create(store.owner, "acme", "UTC", CLOCK)
    administration.load_state(store.owner, sample(), CLOCK)
    text = store.owner.place.roles(reader=names[2], writer=names[1])
    assert text is not None
    for _ in range(2):  # it can be run again
        server().run(sql.SQL(text))
    for name in names[1:]:
        server().run(sql.SQL("ALTER ROLE {} LOGIN").format(sql.Identifier(name)))
    yield store
    server().drop(postgres_schema)
    for name in names:
        server().run(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(name)))


def complaint(target: SqlTarget, statement: str | None = None) -> str:
    """Return the error of a statement, or of changing the store."""
    with pytest.raises(TargetProblem) as caught:
        _change(target, statement)
    return str(caught.value).removeprefix(f"{target.url}: ")


def _change(target: SqlTarget, statement: str | None) -> None:
    if statement is not None:
        alter(target, statement)
    else:
        with target.session(None, CLOCK) as session:
            session.perform([(FREE, False)])


def test_a_reader_reads_everything_and_changes_nothing(roles: Store) -> None:
    before = roles.owner.read()
    assert roles.reader.read() == before
    assert roles.reader.journal() == roles.owner.journal()
    assert inquiries.verify(roles.reader).ok
    assert complaint(roles.reader) == NO_RIGHT
    assert complaint(roles.reader, "DELETE FROM audit") == NO_RIGHT
    assert complaint(roles.reader, "UPDATE meta SET serial = 7") == NO_RIGHT
    assert roles.reader.count("100001", 60, 1) == 0  # a call to the vendor's API
    assert roles.writer.count("100001", 60, 1) > 0
    assert roles.owner.read() == before


def test_a_writer_changes_the_account_but_not_its_past(roles: Store) -> None:
    with roles.writer.session(None, CLOCK) as session:
        assert session.perform([(FREE, False)])[0].status == "done"
        session.applied("{}", "{}", "")
        session.applied('{"teams":{}}', "{}", "")
    assert inquiries.verify(roles.writer).ok
    for statement in ("DELETE FROM audit", "UPDATE audit SET at = ''", "UPDATE seatsync_store SET version = 1"):
        assert complaint(roles.writer, statement) == NO_RIGHT
    for statement in ("DROP TABLE audit", "ALTER TABLE meta ADD COLUMN x TEXT", "CREATE TABLE x (y TEXT)"):
        assert complaint(roles.writer, statement) == NO_RIGHT


def test_only_the_owner_upgrades(roles: Store) -> None:
    older(roles.owner, 9)
    ours = "let a role that owns its tables upgrade it with `seatsync account upgrade`"
    with pytest.raises(TargetProblem) as caught:
        roles.reader.read()
    assert str(caught.value) == f"{roles.reader.url}: created by an older seatsync (store version 9); {ours}"
    assert complaint(roles.writer) == OWNERS
    assert complaint(roles.reader) == OWNERS
    assert administration.upgraded(roles.owner) == (9, VERSION)
    assert administration.upgraded(roles.writer) == (VERSION, VERSION)
    assert roles.reader.read().account.serial == 1
    with roles.writer.session(None, CLOCK) as session:
        assert session.perform([(FREE, False)])[0].status == "done"


def test_a_role_that_may_not_create_a_schema(roles: Store) -> None:
    url = roles.owner.url.replace("?schema=", "?schema=other_")
    with pytest.raises(TargetProblem) as caught:
        administration.create(open_postgres(url, Path(), {}), "acme", "UTC", CLOCK)
    assert str(caught.value) == f"{url}: {OWNERS}"


@pytest.mark.parametrize("name", ["", "pg_x", 'a"; DROP TABLE x; --'])
def test_no_name_of_a_role(name: str) -> None:
    place = open_postgres("postgresql://db/acme", Path(), {}).place
    with pytest.raises(WrongUsage, match="is no name for a role"):
        place.roles(name, "writer")


@pytest.mark.parametrize("version", [9, 8, 7, 5, 3])
def test_two_open_an_older_store_at_once(folder: Path, version: int) -> None:
    """Both can change it afterwards, and nothing is upgraded twice."""
    target = store(folder)
    before = target.read().account
    if version == 3:
        old(target)
    else:
        older(target, version)
    begin, failed = threading.Barrier(2), list[BaseException]()

    def opening() -> None:
        try:
            with closing(target.place.open_to_write()) as database:
                begin.wait()
                upgrade(database)
        except (SeatsyncError, threading.BrokenBarrierError) as error:
            failed.append(error)

    threads = [threading.Thread(target=opening) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with opened(target) as database:
        assert database.version() == VERSION
    assert target.read().account == before
    assert inquiries.verify(target).ok
    assert administration.upgraded(target) == (VERSION, VERSION)
