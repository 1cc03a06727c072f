"""What the ledger counts of its sources."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.state.ledger import Ledger
from tests.state.acts import claim, done, entry, id_of, polled


def test_the_scores_of_a_site_before_and_of_late(ledger: Ledger) -> None:
    ledger.feeds.store_entries(polled(ledger), [entry(n) for n in range(1, 5)])
    (ref,) = claim(ledger)
    articles = {n: "a" * 63 + str(n) for n in range(1, 5)}
    ledger.batches.own_articles(ref, [(article, id_of(n)) for n, article in articles.items()])
    ledger.batches.note_scores(ref, {articles[1]: 0.9, articles[2]: 0.7, articles[3]: 0.2})
    ledger.batches.note_scores(ref, {articles[3]: 0.4})  # extracted anew
    ledger.batches.settle(ref, [done(n) for n in range(1, 5)])
    now = datetime.now(UTC)
    with ledger.database.write() as c:
        ago = round((now - timedelta(days=3)).timestamp() * 1000)
        for n in (1, 2):
            c.exec_driver_sql(f"UPDATE urls SET done_at = {ago} WHERE id = '{id_of(n)}'")

    (site,) = ledger.health.site_scores(now - timedelta(days=28), now - timedelta(days=1))

    assert (site.host, site.recent, site.before) == ("paper.example", 1, 2)
    assert site.recent_mean == pytest.approx(0.4)
    assert site.before_mean == pytest.approx(0.8)
    assert ledger.health.site_scores(now - timedelta(days=28), now + timedelta(days=1)) == []
