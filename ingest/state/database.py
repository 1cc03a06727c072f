"""Connections, transactions, the database's clock, migrations. All that differs between SQLite and PostgreSQL is here."""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakSet

from filelock import FileLock
from sqlalchemy import URL, Column, Connection, Engine, Executable, Table, create_engine, event, inspect, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import Pool, QueuePool

from ingest.errors import StateError

BUSY_TIMEOUT_S = 60.0  # SQLite: how long a writer waits for another; batches write for milliseconds
_CHUNK = 500  # keys in one IN (…): SQLite allows 32,766 variables, PostgreSQL plans long lists slowly
_MIGRATION_LOCK = 0x6E657773  # PostgreSQL advisory lock: one process migrates at a time
_TURNS_LOCK = 0x6E657774  # PostgreSQL advisory lock with the name of what takes turns
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_NOW = {
    "sqlite": text("SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"),
    "postgresql": text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"),
}

_Key = TypeVar("_Key", str, int)
_Value = TypeVar("_Value")


class Database:
    """One state database. Connections are opened when needed, kept for the next time, and never cross a fork."""

    def __init__(self, url: str) -> None:
        """Raises StateError where `url` names no database that we support."""
        parsed = _parse(url)
        self.shown = parsed.set(query={}).render_as_string(hide_password=True)  # libpq takes a password in the query too
        self.dialect = parsed.get_backend_name()
        if self.dialect == "sqlite":
            self._file = Path(parsed.database or "")
            # Pooled: the last connection that closes writes the log back and syncs, which would make each commit wait for the disk.
            self._engine = create_engine(parsed, poolclass=QueuePool, connect_args={"timeout": BUSY_TIMEOUT_S})
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
        else:
            self._engine = create_engine(parsed, pool_pre_ping=True, pool_size=2)
        _databases.add(self)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads; all its statements see the same moment."""
        with self._faults(), self._connect() as connection, connection.begin():
            if self.dialect == "postgresql":
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: on SQLite it takes the write lock at once, so it never fails half-way."""
        with self._faults(), self._connect(write=True) as connection, connection.begin():
            yield connection

    def now(self, connection: Connection) -> int:
        """Milliseconds since 1970 by the database's clock."""
        return int(connection.execute(_NOW[self.dialect]).scalar_one())

    def insert_new(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert the rows whose key is not there yet, leave the others as they are; how many are new."""
        if not rows:
            return 0
        return connection.execute(_insert_new(table, self.dialect), [dict(row) for row in rows]).rowcount

    def insert_new_of(self, connection: Connection, column: Column[_Value], rows: Sequence[Mapping[str, Any]]) -> list[_Value]:
        """Insert as `insert_new` does into the table of `column`; what the rows that are new have there."""
        if not rows:
            return []
        return list(connection.execute(_insert_new_of(column, self.dialect), [dict(row) for row in rows]).scalars())

    def upsert(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert the rows; where the key is there already, the row takes the new values."""
        if not rows:
            return
        connection.execute(_upsert(table, self.dialect), [dict(row) for row in rows])

    def take_turns(self, connection: Connection, what: str) -> None:
        """Let only one transaction of all processes do `what` at a time; SQLite has one writer anyhow."""
        if self.dialect == "postgresql":
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:lock, :turn)"), {"lock": _TURNS_LOCK, "turn": zlib.crc32(what.encode()) >> 1}
            )

    def migrate(self) -> None:
        """Bring the tables to the present form. Safe when several processes do it at once.

        Where they have it already, as at nearly every start, this is one read: no lock, no Alembic.
        """
        with self._faults():
            if self._is_present():
                return
            if self.dialect == "sqlite":
                with FileLock(f"{self._file}.migrate.lock"):
                    self._file.touch(mode=0o600)  # it holds passwords of feeds
                    with self._connect(write=True) as connection:
                        self._upgrade(connection)
            else:
                with self._connect(write=True) as connection:
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
                    self._upgrade(connection)

    def _is_present(self) -> bool:
        """Whether the tables have the present form. Opening a SQLite file that is not there would make it, readable by all."""
        if self.dialect == "sqlite" and not self._file.exists():
            return False
        with self._connect() as connection:
            return _revision(connection) == HEAD

    def close(self) -> None:
        """Close pooled connections."""
        self._engine.dispose()

    @property
    def engine(self) -> Engine:
        """For migrations and tests."""
        return self._engine

    def _upgrade(self, connection: Connection) -> None:
        from ingest.state.migrate import upgrade  # noqa: PLC0415  # half a second that only a migration needs

        if _revision(connection) != HEAD and not upgrade(connection):
            raise StateError(f"the state database {self.shown} was made by a newer Newsflow: install that version, or newer")
        connection.commit()

    def _connect(self, *, write: bool = False) -> Connection:
        return self._engine.connect().execution_options(newsflow_write=write)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, PoolTimeout) as error:
            text_of = str(getattr(error, "orig", error)).strip()
            cause = text_of.splitlines()[0] if text_of else type(error).__name__
            raise StateError(
                f"the state database {self.shown} cannot be used: {cause}; check NEWSFLOW_DATABASE_URL and that it is reachable"
            ) from error
        except OSError as error:
            raise StateError(f"the state database {self.shown} cannot be opened: {error.strerror}; check NEWSFLOW_HOME") from error


_databases: WeakSet[Database] = WeakSet()
_of_parent: list[Pool] = []


def _leave_to_parent() -> None:
    """In a forked child: neither use nor close the connections that it inherited (SQLite, "How to corrupt", 2.6)."""
    for database in list(_databases):
        _of_parent.append(database.engine.pool)
        database.engine.dispose(close=False)


os.register_at_fork(after_in_child=_leave_to_parent)

HEAD = "0010"  # the newest revision in migrations/versions


# Made once for each table: to make one takes longer than to write a few rows.
@cache
def _insert_new(table: Table, dialect: str) -> Executable:
    return _insert(table, dialect).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


@cache
def _insert_new_of(column: Column[Any], dialect: str) -> Executable:
    return _insert(column.table, dialect).on_conflict_do_nothing().returning(column)


@cache
def _upsert(table: Table, dialect: str) -> Executable:
    statement = _insert(table, dialect)
    values = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=values)


def _insert(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def _revision(connection: Connection) -> str | None:
    """The revision of the tables; None in an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # not chained: some of its messages show what may be part of a password
        raise StateError("NEWSFLOW_DATABASE_URL is no database URL: give sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME") from None
    backend = parsed.drivername.partition("+")[0]
    if backend not in _DRIVERS:
        raise StateError(f"{backend} is not supported as state database: use sqlite:///PATH or postgresql://…")
    if backend == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise StateError("a state database in memory is lost with each connection: give sqlite:///PATH")
    return parsed.set(drivername=_DRIVERS[backend])


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")  # with WAL: durable against kill -9, last commits may go with the power
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("newsflow_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def chunks(items: Sequence[_Key]) -> Iterable[Sequence[_Key]]:
    """`items` in pieces that fit into one IN (…)."""
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


def instant(milliseconds: int | None) -> datetime | None:
    """A stored instant as an aware datetime."""
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def instant_of(milliseconds: int) -> datetime:
    """A stored instant that is always there."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def milliseconds(moment: datetime) -> int:
    """An aware datetime as it is stored."""
    return round(moment.timestamp() * 1000)
