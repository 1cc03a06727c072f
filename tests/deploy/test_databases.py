"""Two databases, two roles, closed to one another."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from ingest.deploy.databases import make_databases
from ingest.errors import StateError

pytestmark = pytest.mark.postgres


@pytest.fixture
def server() -> str:
    url = os.environ.get("TEST_POSTGRES_URL")
    if not url:
        pytest.skip("no PostgreSQL server: set TEST_POSTGRES_URL to postgresql://USER@HOST:PORT/postgres")
    return url


@pytest.fixture
def names(server: str) -> Iterator[tuple[str, str]]:
    made = (f"one_{secrets.token_hex(4)}", f"two_{secrets.token_hex(4)}")
    yield made
    with psycopg.connect(server, autocommit=True) as connection:
        for name in made:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def url_of(server: str, role: str, database: str) -> str:
    return make_url(server).set(username=role, password="word", database=database).render_as_string(hide_password=False)


def test_each_role_owns_its_database_and_cannot_enter_the_other(server: str, names: tuple[str, str]) -> None:
    one, two = names
    make_databases(server, {one: "wo'rd", two: "word"})
    make_databases(server, {one: "word", two: "word"})  # again: nothing is made twice, the password is the new one

    with psycopg.connect(url_of(server, one, one)) as connection:
        connection.execute("CREATE TABLE t (x int)")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(url_of(server, two, one))


def test_a_refusal_is_one_sentence(server: str, names: tuple[str, str]) -> None:
    one, two = names
    make_databases(server, {one: "word"})
    with pytest.raises(StateError, match=r"^cannot make the databases in PostgreSQL: permission denied"):
        make_databases(url_of(server, one, one), {two: "word"})
