"""While the search server is down: no poll is lost, the spool is bounded, and afterwards every article is indexed once (rule E4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import EngineUnavailable
from ingest.pipeline.context import Context
from ingest.pipeline.plan import plan
from ingest.pipeline.run import run_once
from tests.pipeline.world import FEED, HOST, context_of, page, rss
from tests.search.elastic.scripted import Answer, Scripted, failed
from tests.site import Site

OPEN = 2  # batches
SIZE = 3  # articles in each
TURNS = 4  # of the poll while the server is down
DOWN = Answer(503, failed(503, "unavailable_shards_exception"), applied=False)


def publish(site: Site, articles: int) -> None:
    """A feed of that many articles."""
    for n in range(articles):
        site.route(HOST, f"/{n}", page(f"Report {n}"))
    site.route(HOST, "/feed.xml", rss([f"/{n}" for n in range(articles)]), content_type="application/rss+xml")


def turn(ctx: Context) -> None:
    """One pass; all feeds are due."""
    with ctx.ledger.database.write() as c:
        c.exec_driver_sql("UPDATE feeds SET next_poll_at = 0")
    run_once(ctx)


def test_polls_go_on_the_spool_stays_small_and_every_article_is_indexed_once(tmp_path: Path) -> None:
    with Site() as site, Scripted([DOWN]) as server:
        settings = {"search_url": server.url, "search_patience_s": 0.05, "batch_open": OPEN, "batch_size": SIZE, "entities": "none"}
        with context_of(tmp_path, site, **settings) as ctx:
            ctx.ledger.feeds.add(FEED)
            for n in range(1, TURNS + 1):
                publish(site, n * SIZE)
                with pytest.raises(EngineUnavailable, match="could not be written"):
                    turn(ctx)

                assert ctx.ledger.counts.total() == n * SIZE  # this poll and all before it
                assert len(list(ctx.settings.spool.iterdir())) <= OPEN
                assert ctx.ledger.counts.backlog().claimed <= OPEN * SIZE
            assert server.documents == {}

            server.answers = [Answer()]
            turn(ctx)

            backlog = ctx.ledger.counts.backlog()
            assert (backlog.discovered, backlog.waiting_retry, backlog.claimed) == (0, 0, 0)
            assert ctx.ledger.counts.outcomes() == {("indexed", None): TURNS * SIZE}
            assert len(server.documents) == TURNS * SIZE
            assert set(server.writes.values()) == {1}


def test_a_batch_that_failed_is_taken_up_by_the_next_plan_under_a_new_lease(tmp_path: Path) -> None:
    with Site() as site, Scripted([DOWN]) as server:
        publish(site, 1)
        with context_of(tmp_path, site, search_url=server.url, search_patience_s=0.05, entities="none") as ctx:
            ctx.ledger.feeds.add(FEED)
            with pytest.raises(EngineUnavailable):
                turn(ctx)

            (again,) = plan(ctx)

            assert again.token == 2
            assert plan(ctx) == []  # it is held once more
