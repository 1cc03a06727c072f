"""The tables of the ledger. Instants are milliseconds since 1970 UTC, by the database's clock unless said otherwise."""

from __future__ import annotations

import re

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

_NOT_STORED = re.compile(r"[\x00\ud800-\udfff]")


class _Text(TypeDecorator[str]):
    """Any text, also of outside: NUL and lone surrogates, which databases refuse, are stored as U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return value and _NOT_STORED.sub("\ufffd", value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_BIG = BigInteger().with_variant(Integer, "sqlite")  # SQLite's rowid, counted up by itself, must be INTEGER

feeds = Table(
    "feeds",
    metadata,
    Column("id", _BIG, primary_key=True, autoincrement=True),
    Column("url", _Text, nullable=False, unique=True),
    Column("title", _Text, nullable=False),
    Column("folder", _Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("shard_key", BigInteger, nullable=False),  # crc32 of the host: one host, one shard
    Column("added_at", BigInteger, nullable=False),
    Column("etag", _Text),
    Column("last_modified", _Text),
    Column("body_hash", String(64)),
    Column("interval_s", Float, nullable=False),
    Column("next_poll_at", BigInteger, nullable=False),
    Column("poll_reason", _Text, nullable=False),
    Column("last_polled_at", BigInteger),
    Column("last_new_at", BigInteger),
    Column("errors", Integer, nullable=False),
    Column("last_error", _Text, nullable=False),
    Column("lease_owner", _Text),
    Column("lease_token", BigInteger, nullable=False),
    Column("lease_expires_at", BigInteger, nullable=False),
    Column("memory", LargeBinary),  # ingest.feeds.memory.FeedMemory as JSON
    Column("verify_tls", Boolean, nullable=False, server_default="1"),
    Column("obey_robots", Boolean, nullable=False, server_default="1"),  # for the articles that it names
    Index(None, "enabled", "next_poll_at"),
    sqlite_autoincrement=True,  # an id is never given again: a late worker must not meet another feed under it
)

feed_secrets = Table(
    "feed_secrets",
    metadata,
    Column("feed_id", _BIG, ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True),
    Column("userinfo", _Text, nullable=False),  # "name:password", apart from everything that is shown
)

feed_aliases = Table(
    "feed_aliases",
    metadata,
    Column("url", _Text, primary_key=True),  # where the feed was before
    Column("feed_id", _BIG, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    Index(None, "feed_id"),
)

feed_history = Table(
    "feed_history",
    metadata,
    Column("id", _BIG, primary_key=True, autoincrement=True),
    Column("feed_id", _BIG, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("event", String(32), nullable=False),
    Column("detail", _Text, nullable=False),
    Index(None, "feed_id", "id"),
)

websub = Table(
    "websub",
    metadata,
    Column("id", _BIG, primary_key=True, autoincrement=True),
    Column("feed_id", _BIG, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    Column("hub", _Text, nullable=False),
    Column("topic", _Text, nullable=False),
    Column("key", String(64), nullable=False, unique=True),  # the last part of the callback's path
    Column("secret", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # ingest.feeds.websub.State
    Column("turn", Integer, nullable=False),  # counts the writes
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),  # when something is to be sent to the hub
    Column("lease_ends_at", BigInteger),
    Column("rung_at", BigInteger),  # the hub has told of news, and the feed is not due for it yet
    Column("proven_at", BigInteger),  # the hub last told of news, unless it failed to since
    Column("error", _Text, nullable=False),
    Index(None, "feed_id"),
    Index(None, "next_at"),
    Index(None, "rung_at"),
    sqlite_autoincrement=True,
)

urls = Table(
    "urls",
    metadata,
    Column("id", String(64), primary_key=True),  # sha256 of the canonical URL
    Column("url", _Text, nullable=False),
    Column("host", _Text, nullable=False),
    Column("first_seen_at", BigInteger, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("again", Boolean, nullable=False),  # announced as changed while it was in a batch
    Column("batch_id", String(40)),
    Column("kind", String(16)),
    Column("reason", String(32)),
    Column("article_id", String(64)),
    Column("duplicate_of", String(64)),
    Column("detail", _Text, nullable=False),
    Column("done_at", BigInteger),
    Column("extractor", String(64)),  # version of the code that judged the page; null: none did, or from before it was noted
    Index(None, "stage", "next_attempt_at"),
    Index(None, "stage", "kind", "reason"),  # counts of outcomes are read from it alone
    Index(None, "batch_id"),
    Index(None, "article_id"),
)

sightings = Table(
    "sightings",
    metadata,
    Column("feed_id", _BIG, ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True),
    Column("entry_key", String(80), primary_key=True),
    Column("url_id", String(64)),
    Column("fingerprint", String(64), nullable=False),
    Column("first_seen_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Column("changes", Integer, nullable=False),
    Column("entry", LargeBinary, nullable=False),  # ingest.model.Entry as JSON, the latest
    Index(None, "url_id"),
)

articles = Table(
    "articles",
    metadata,
    Column("article_id", String(64), primary_key=True),
    Column("url_id", String(64), nullable=False),  # the URL that owns the article; others are its duplicates
    Column("claimed_at", BigInteger, nullable=False),
    Column("extraction_score", Float),  # 0 to 1; null: from before it was noted
)

copies = Table(
    "copies",
    metadata,
    Column("id", _BIG, primary_key=True, autoincrement=False),  # counted up by us, under a lock
    Column("article_id", String(64), nullable=False, unique=True),
    Column("story", BigInteger, nullable=False),  # `id` of the story's first article
    Column("site", _Text, nullable=False),
    Column("published_at", BigInteger, nullable=False),  # by the publisher's clock
    Column("first_seen_at", BigInteger, nullable=False),
    Index(None, "story"),
)

# Bytes that hurt an extractor: rule X1.
poison = Table(
    "poison",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("extractor", String(64), primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("last_at", BigInteger, nullable=False),
)

# What new articles are compared with, for as long as the window is wide.
signatures = Table(
    "signatures",
    metadata,
    Column("copy_id", _BIG, primary_key=True, autoincrement=False),
    Column("added_at", BigInteger, nullable=False),
    Column("shingles", Integer, nullable=False),
    Column("hashes", LargeBinary, nullable=False),  # of ingest.model.Signature
    Column("title_key", BigInteger, nullable=False),
    Index(None, "added_at"),
)

signature_keys = Table(
    "signature_keys",
    metadata,
    Column("hash", BigInteger, primary_key=True, autoincrement=False),  # one of the least of a signature
    Column("story", BigInteger, primary_key=True, autoincrement=False),
    Column("copy_id", BigInteger, nullable=False),  # the story's latest article with the hash
    sqlite_with_rowid=False,
)

revisions = Table(
    "revisions",
    metadata,
    Column("article_id", String(64), primary_key=True),
    Column("fetched_at", BigInteger, primary_key=True, autoincrement=False),  # by the clock of the worker that fetched it
    Column("title", _Text, nullable=False),
    Column("text", LargeBinary, nullable=False),  # UTF-8, zstd
)

batches = Table(
    "batches",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(16), nullable=False),  # ingest, replay
    Column("state", String(16), nullable=False),  # open, done
    Column("size", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("lease_owner", _Text),
    Column("lease_token", BigInteger, nullable=False),
    Column("lease_expires_at", BigInteger, nullable=False),
    Column("stopped", Integer, nullable=False, server_default="0"),  # workers that held it and were never heard of again
    Column("begun_token", BigInteger),  # whose holder has begun to work on it
    Index(None, "state", "lease_expires_at"),
)

scopes = Table(
    "scopes",
    metadata,
    Column("scope", _Text, primary_key=True),  # a host, a registrable domain or an address
    Column("memory", LargeBinary, nullable=False),  # ingest.web.manners.ScopeMemory as JSON
    Column("touched_at", BigInteger, nullable=False),
)

robots = Table(
    "robots",
    metadata,
    Column("origin", _Text, primary_key=True),  # the address of the robots.txt
    Column("memory", LargeBinary, nullable=False),  # ingest.web.robots.Robots as JSON
    Column("fetched_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

alert_rules = Table(
    "alert_rules",
    metadata,
    Column("id", _BIG, primary_key=True, autoincrement=True),
    Column("name", _Text, nullable=False, unique=True),
    Column("kind", String(16), nullable=False, server_default="query"),  # query, pipeline
    Column("query", _Text, nullable=False),  # of a pipeline rule: the conditions that it watches
    Column("enabled", Boolean, nullable=False),
    Column("delivery", JSON, nullable=False, server_default="{}"),  # ingest.model.Delivery
    Column("flags", JSON, nullable=False, server_default="[]"),
    Column("created_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

alert_channels = Table(
    "alert_channels",
    metadata,
    Column("id", _BIG, primary_key=True, autoincrement=True),
    Column("name", _Text, nullable=False, unique=True),
    Column("shown", _Text, nullable=False),  # the URL without what must not be seen
    Column("created_at", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),  # in a row
    Column("blocked_until", BigInteger, nullable=False),  # nothing is sent before: it failed
    Column("last_error", _Text, nullable=False),
    sqlite_autoincrement=True,
)

alert_channel_secrets = Table(
    "alert_channel_secrets",
    metadata,
    Column("channel_id", _BIG, ForeignKey("alert_channels.id", ondelete="CASCADE"), primary_key=True),
    Column("url", _Text, nullable=False, unique=True),  # in full, apart from everything that is shown
)

alert_rule_channels = Table(
    "alert_rule_channels",
    metadata,
    Column("rule_id", _BIG, ForeignKey("alert_rules.id", ondelete="CASCADE"), primary_key=True),
    Column("channel_id", _BIG, ForeignKey("alert_channels.id", ondelete="CASCADE"), primary_key=True),
    Index(None, "channel_id"),
)

alert_events = Table(
    "alert_events",
    metadata,
    Column("id", _BIG, primary_key=True, autoincrement=True),
    Column("rule_id", _BIG, ForeignKey("alert_rules.id", ondelete="CASCADE"), nullable=False),
    Column("story_key", String(80), nullable=False),  # the story; the article where each copy counts, or belongs to none
    Column("article_id", String(64), nullable=False),  # the first that fired; empty for news of the pipeline itself
    Column("created_at", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),  # pending: goes to the rule's channels; too_old: to none
    Column("late", Boolean, nullable=False, server_default="0"),
    Column("card", JSON, nullable=False, server_default="{}"),  # ingest.model.Card
    UniqueConstraint("rule_id", "story_key"),
)

alert_copies = Table(
    "alert_copies",
    metadata,
    Column("event_id", _BIG, ForeignKey("alert_events.id", ondelete="CASCADE"), primary_key=True),
    Column("article_id", String(64), primary_key=True),  # another article of the event's story that fits the rule
    Column("site", _Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

alert_messages = Table(
    "alert_messages",
    metadata,
    Column("id", _BIG, primary_key=True, autoincrement=True),
    Column("key", String(40), nullable=False, unique=True),  # the same on every try: receivers can tell a repeat by it
    Column("channel_id", _BIG, ForeignKey("alert_channels.id", ondelete="CASCADE"), nullable=False),
    Column("rule_id", _BIG, ForeignKey("alert_rules.id", ondelete="CASCADE")),  # none: a summary over several rules
    Column("kind", String(16), nullable=False),  # ingest.alerts.plan.Kind
    Column("state", String(16), nullable=False),  # waiting, sent, dead
    Column("created_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", BigInteger, nullable=False),
    Column("last_error", _Text, nullable=False),
    Column("sent_at", BigInteger),
    Column("lease_owner", _Text),
    Column("lease_token", BigInteger, nullable=False),
    Column("lease_expires_at", BigInteger, nullable=False),
    Index(None, "state", "next_attempt_at"),
    Index(None, "channel_id", "created_at"),
    sqlite_autoincrement=True,
)

alert_deliveries = Table(
    "alert_deliveries",
    metadata,
    Column("event_id", _BIG, ForeignKey("alert_events.id", ondelete="CASCADE"), primary_key=True),
    Column("channel_id", _BIG, ForeignKey("alert_channels.id", ondelete="CASCADE"), primary_key=True),
    Column("message_id", _BIG, ForeignKey("alert_messages.id", ondelete="CASCADE")),  # none: no message was written of it yet
    Index(None, "message_id"),
    Index(None, "channel_id"),
)
