"""The two databases of the stack in PostgreSQL, Airflow's and Newsflow's, each with a role of its own."""

from __future__ import annotations

import time

import psycopg
from psycopg import sql

from ingest.errors import StateError

_CONNECT_S = 5
_WAIT_S = 60.0  # for a server that is about to come up


def make_databases(server: str, owners: dict[str, str]) -> None:
    """A database per name, owned by a role of the same name with the password given, closed to other roles.

    `server`: a URL of the superuser. Run again it only sets the passwords. Raises StateError.
    """
    try:
        with _connect(server) as connection:
            for name, password in owners.items():
                _role(connection, name, password)
                _database(connection, name)
    except psycopg.Error as error:
        raise StateError(f"cannot make the databases in PostgreSQL: {str(error).splitlines()[0]}") from error


def _connect(server: str) -> psycopg.Connection:
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            return psycopg.connect(server, autocommit=True, connect_timeout=_CONNECT_S)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline or "password" in str(error):
                raise
        time.sleep(1)


def _role(connection: psycopg.Connection, name: str, password: str) -> None:
    role, word = sql.Identifier(name), sql.Literal(password)
    there = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    statement = "ALTER ROLE {} LOGIN PASSWORD {}" if there else "CREATE ROLE {} LOGIN PASSWORD {}"
    connection.execute(sql.SQL(statement).format(role, word))


def _database(connection: psycopg.Connection, name: str) -> None:
    database = sql.Identifier(name)
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, database))
    connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(database))
