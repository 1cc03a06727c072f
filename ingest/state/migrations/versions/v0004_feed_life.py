"""Feeds: what is remembered between polls, former addresses, history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("feeds", sa.Column("memory", sa.LargeBinary(), nullable=True))
    op.create_table(
        "feed_aliases",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("feed_id", big, nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_feed_aliases_feed_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_feed_aliases")),
    )
    op.create_index(op.f("ix_feed_aliases_feed_id"), "feed_aliases", ["feed_id"], unique=False)
    op.create_table(
        "feed_history",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("feed_id", big, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_feed_history_feed_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_history")),
    )
    op.create_index(op.f("ix_feed_history_feed_id_id"), "feed_history", ["feed_id", "id"], unique=False)
