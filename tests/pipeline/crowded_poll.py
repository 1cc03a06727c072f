"""`python -m tests.pipeline.crowded_poll`: poll all feeds; what was found, and the largest memory of this process and of one that parses, in bytes."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta

from ingest.feeds.parse import FeedBytes
from ingest.pipeline.context import open_context
from ingest.pipeline.poll import poll_due
from ingest.sandbox import Sandbox
from ingest.settings import load
from tests.pipeline.memory import peak, peak_of_parse

ENTRIES = 100_000
HOST = "paper.example"  # not from tests.pipeline.world, which loads more than a poll does


def document() -> str:
    """A feed that shows all it ever had."""
    start = datetime(2026, 11, 20, tzinfo=UTC)
    dates = (start - timedelta(minutes=n) for n in range(ENTRIES))
    items = "".join(f"<item><link>http://{HOST}/{n}</link><pubDate>{d:%Y-%m-%dT%H:%MZ}</pubDate></item>" for n, d in enumerate(dates))
    return f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>"


def main() -> None:
    """Poll as the product does; only then is the document here too."""
    settings = load()
    with open_context(settings) as ctx:
        counts = poll_due(ctx)
    found: dict[str, object] = {"new": counts.new_urls, "entries": counts.entries, "failed": counts.failed, "parent": peak()}
    with Sandbox.of(settings, "ingest.feeds.parse") as children:
        item = FeedBytes(body=document().encode(), url=f"http://{HOST}/feed.xml", now=datetime.now(UTC))
        (found["child"],) = children.map(peak_of_parse, [item])
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
