"""A database of its own on the PostgreSQL server that TEST_POSTGRES_URL names."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import make_url


@contextmanager
def postgres_database() -> Iterator[str]:
    """URL of an empty database, dropped afterwards; the test is skipped, and says so, where there is no server."""
    server = os.environ.get("TEST_POSTGRES_URL")
    if not server:
        pytest.skip("no PostgreSQL server: set TEST_POSTGRES_URL to postgresql://USER@HOST:PORT/postgres")
    name = f"newsflow_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
