"""Alembic runs this; the connection comes from `ingest.state.database.Database.migrate`."""

from __future__ import annotations

from alembic import context

from ingest.state.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
