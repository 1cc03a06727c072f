"""What an Airflow task calls, where another worker has taken its batch over: it does nothing, and nothing is wrong."""

from __future__ import annotations

from pathlib import Path

from ingest.pipeline.plan import plan
from ingest.pipeline.poll import poll_due
from ingest.pipeline.tasks import match_batch, run_stage
from tests.pipeline.world import FEED, HOST, context_of, page, rss
from tests.site import Site


def test_a_batch_that_another_worker_has(tmp_path: Path) -> None:
    with Site() as site, context_of(tmp_path, site) as ctx:
        site.route(HOST, "/feed.xml", rss(["/1"]))
        site.route(HOST, "/1", page("One"))
        ctx.ledger.feeds.add(FEED)
        poll_due(ctx)
        (ref,) = plan(ctx)
        lost = f"{ref.id}:{ref.token - 1}"

        assert run_stage("fetch", lost, settings=ctx.settings) == lost
        assert match_batch(lost, settings=ctx.settings) == 0
        assert not ctx.folder(ref).has("fetched")
