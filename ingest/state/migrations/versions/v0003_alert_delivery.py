"""Delivery of alerts: how rules speak, channels with their secrets apart, copies of stories, the outbox of messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("alert_rules", sa.Column("kind", sa.String(length=16), server_default="query", nullable=False))
    op.add_column("alert_rules", sa.Column("delivery", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("alert_rules", sa.Column("flags", sa.JSON(), server_default="[]", nullable=False))
    op.drop_column("alert_rules", "channels")  # nothing was ever sent to what it named
    op.add_column("alert_events", sa.Column("late", sa.Boolean(), server_default="0", nullable=False))
    op.add_column("alert_events", sa.Column("card", sa.JSON(), server_default="{}", nullable=False))
    op.create_table(
        "alert_channels",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("blocked_until", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_channels")),
        sa.UniqueConstraint("name", name=op.f("uq_alert_channels_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "alert_channel_secrets",
        sa.Column("channel_id", _BIG, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        _foreign("alert_channel_secrets", "channel_id", "alert_channels"),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_alert_channel_secrets")),
        sa.UniqueConstraint("url", name=op.f("uq_alert_channel_secrets_url")),
    )
    op.create_table(
        "alert_rule_channels",
        sa.Column("rule_id", _BIG, nullable=False),
        sa.Column("channel_id", _BIG, nullable=False),
        _foreign("alert_rule_channels", "rule_id", "alert_rules"),
        _foreign("alert_rule_channels", "channel_id", "alert_channels"),
        sa.PrimaryKeyConstraint("rule_id", "channel_id", name=op.f("pk_alert_rule_channels")),
    )
    op.create_index(op.f("ix_alert_rule_channels_channel_id"), "alert_rule_channels", ["channel_id"])
    op.create_table(
        "alert_copies",
        sa.Column("event_id", _BIG, nullable=False),
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        _foreign("alert_copies", "event_id", "alert_events"),
        sa.PrimaryKeyConstraint("event_id", "article_id", name=op.f("pk_alert_copies")),
    )
    op.create_table(
        "alert_messages",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("channel_id", _BIG, nullable=False),
        sa.Column("rule_id", _BIG, nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_token", sa.BigInteger(), nullable=False),
        sa.Column("lease_expires_at", sa.BigInteger(), nullable=False),
        _foreign("alert_messages", "channel_id", "alert_channels"),
        _foreign("alert_messages", "rule_id", "alert_rules"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_alert_messages_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_alert_messages_state_next_attempt_at"), "alert_messages", ["state", "next_attempt_at"])
    op.create_index(op.f("ix_alert_messages_channel_id_created_at"), "alert_messages", ["channel_id", "created_at"])
    op.create_table(
        "alert_deliveries",
        sa.Column("event_id", _BIG, nullable=False),
        sa.Column("channel_id", _BIG, nullable=False),
        sa.Column("message_id", _BIG, nullable=True),
        _foreign("alert_deliveries", "event_id", "alert_events"),
        _foreign("alert_deliveries", "channel_id", "alert_channels"),
        _foreign("alert_deliveries", "message_id", "alert_messages"),
        sa.PrimaryKeyConstraint("event_id", "channel_id", name=op.f("pk_alert_deliveries")),
    )
    op.create_index(op.f("ix_alert_deliveries_message_id"), "alert_deliveries", ["message_id"])
    op.create_index(op.f("ix_alert_deliveries_channel_id"), "alert_deliveries", ["channel_id"])


def _foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")
