"""Housekeeping: the files of finished batches go, and the ledger forgets those batches."""

from __future__ import annotations

from pathlib import Path

from ingest.pipeline.run import run_once
from ingest.pipeline.upkeep import upkeep
from tests.pipeline.world import FEED, context_of, indexed, publish
from tests.site import Site


def test_a_finished_batch_is_removed_once_and_its_articles_stay(tmp_path: Path) -> None:
    with Site() as site, context_of(tmp_path, site, spool_keep_s=0.0) as ctx:
        publish(site)
        ctx.ledger.feeds.add(FEED)
        run_once(ctx)
        outcomes = ctx.ledger.counts.outcomes()
        assert len(list(ctx.settings.spool.iterdir())) == 1

        assert upkeep(ctx).removed == 1
        assert list(ctx.settings.spool.iterdir()) == []
        assert ctx.ledger.upkeep.finished_batches(0) == []
        assert upkeep(ctx).removed == 0
        assert ctx.ledger.counts.outcomes() == outcomes
        assert len(indexed(ctx)) == 6
