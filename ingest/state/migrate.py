"""Bring the tables of a state database to the present form with Alembic. Loaded only where they are not."""

from __future__ import annotations

from pathlib import Path

import alembic.command
import alembic.config
from alembic.util import CommandError
from sqlalchemy import Connection

_SCRIPTS = Path(__file__).with_name("migrations")


def upgrade(connection: Connection) -> bool:
    """To the newest revision, in the connection's transaction; False where a newer Newsflow made the database."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        alembic.command.upgrade(config, "head")
    except CommandError:
        return False
    return True
