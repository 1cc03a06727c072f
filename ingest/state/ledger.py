"""The ledger as the pipeline and the command line use it."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from ingest.state.alerts import Alerts
from ingest.state.batches import Batches, BatchRef
from ingest.state.channels import Channels
from ingest.state.copies import Copies, Story
from ingest.state.database import Database
from ingest.state.dead_letters import GivenUp
from ingest.state.feeds import Feeds, PollEnd
from ingest.state.health import Health
from ingest.state.hosts import Hosts
from ingest.state.outbox import Outbox
from ingest.state.poison import PoisonTries
from ingest.state.records import Backlog, Counts, UrlRecord, Urls
from ingest.state.revisions import Revisions
from ingest.state.sightings import Shown, Stored
from ingest.state.upkeep import Upkeep
from ingest.state.websub import WebSub

__all__ = ["Backlog", "BatchRef", "Ledger", "PollEnd", "Shown", "Stored", "Story", "UrlRecord"]


class Ledger:
    """One state database, opened and migrated. Use as a context manager."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.feeds = Feeds(database)
        self.batches = Batches(database)
        self.hosts = Hosts(database)
        self.urls = Urls(database)
        self.given_up = GivenUp(database)
        self.counts = Counts(database)
        self.alerts = Alerts(database)
        self.copies = Copies(database)
        self.revisions = Revisions(database)
        self.channels = Channels(database)
        self.outbox = Outbox(database)
        self.health = Health(database)
        self.upkeep = Upkeep(database)
        self.poison = PoisonTries(database)
        self.websub = WebSub(database)

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect and bring the tables to the present form. Raises StateError."""
        database = Database(url)
        try:
            database.migrate()
        except BaseException:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
