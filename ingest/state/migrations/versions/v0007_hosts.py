"""What is known of hosts: politeness, robots.txt; what feeds opt out of; which batches stop their workers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "scopes",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("memory", sa.LargeBinary(), nullable=False),
        sa.Column("touched_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_scopes")),
    )
    op.create_table(
        "robots",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("memory", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_robots")),
    )
    op.add_column("feeds", sa.Column("verify_tls", sa.Boolean(), nullable=False, server_default="1"))
    op.add_column("feeds", sa.Column("obey_robots", sa.Boolean(), nullable=False, server_default="1"))
    op.add_column("batches", sa.Column("stopped", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("batches", sa.Column("begun_token", sa.BigInteger(), nullable=True))
