"""WebSub under Airflow: `crawl_feeds` subscribes, polls at once what a hub has told of, and renews. The hub is ours, on loopback."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from ingest.state.tables import feeds, websub
from tests.dags.test_run import airflow
from tests.pipeline.hub import Hub, callbacks, serving
from tests.pipeline.world import FEED, HOST, context_of, rss
from tests.site import Site

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

LINKS = {"Link": f'<http://hub.example/>; rel="hub", <{FEED}>; rel="self"'}


def publish(site: Site, *paths: str) -> None:
    """The feed as its server gives it from now on."""
    site.route(HOST, "/feed.xml", rss([*paths]), headers=LINKS, content_type="application/rss+xml")


def test_subscriptions_are_made_answered_and_renewed_by_the_crawl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub()
    database = f"sqlite:///{tmp_path}/newsflow.db"
    with Site() as site, serving(hub.handle) as port, callbacks(database) as base, context_of(tmp_path, site) as ctx:
        names = f"hub.example:80=127.0.0.1:{port},{site.connect_to}"
        run = airflow(tmp_path, site, monkeypatch, CONNECT_TO=names, WEBSUB_URL=base, POLL_INTERVAL_S="86400")
        publish(site, "/1")
        feed, _ = ctx.ledger.feeds.add(FEED)
        run("db", "migrate")
        run("dags", "test", "crawl_feeds")

        assert [r["hub.mode"] for r in hub.requests] == ["subscribe"]
        (made,) = ctx.ledger.websub.of(feed.id)
        assert (made.state, made.error) == ("live", "")

        publish(site, "/2", "/1")
        assert hub.tell(b"news") == [202]
        with ctx.ledger.database.write() as c:
            c.execute(update(feeds).values(last_polled_at=0))  # more than 15 seconds ago
            c.execute(update(websub).values(next_at=1))  # four fifths of the lease are over
        run("dags", "test", "crawl_feeds")

        assert ctx.ledger.urls.find(f"http://{HOST}/2") is not None, "by its schedule it is due tomorrow"
        assert [r["hub.mode"] for r in hub.requests] == ["subscribe", "subscribe"]
        (renewed,) = ctx.ledger.websub.of(feed.id)
        assert (renewed.state, renewed.last_told_at is not None) == ("live", True)
