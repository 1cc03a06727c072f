"""Copies of one report: which articles make a story, and the signatures that new ones are compared with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite: the rowid itself, no second index


def upgrade() -> None:
    op.create_table(
        "copies",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("story", sa.BigInteger(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copies")),
        sa.UniqueConstraint("article_id", name=op.f("uq_copies_article_id")),
    )
    op.create_index(op.f("ix_copies_story"), "copies", ["story"], unique=False)
    op.create_table(
        "signatures",
        sa.Column("copy_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("shingles", sa.Integer(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("title_key", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("copy_id", name=op.f("pk_signatures")),
    )
    op.create_index(op.f("ix_signatures_added_at"), "signatures", ["added_at"], unique=False)
    op.create_table(
        "signature_keys",
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("story", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("copy_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", "story", name=op.f("pk_signature_keys")),
        sqlite_with_rowid=False,
    )
