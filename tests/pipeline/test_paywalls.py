"""Articles that have their price, from the feed to the index."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.model import Entry, OutcomeKind, Reason
from ingest.pipeline.run import work_off
from ingest.search.engine import SearchRequest
from ingest.search.query import parse
from tests.pipeline.world import FEED, HOST, context_of, indexed, page
from tests.site import Site

LD = '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle", "isAccessibleForFree": %s}</script>'
PAID = page("Bridge").replace("</head>", LD % '"False"' + "</head>")


@pytest.mark.slow
def test_they_are_found_by_what_is_free_and_flagged(tmp_path: Path) -> None:
    with Site() as site, context_of(tmp_path, site, entities="none") as ctx:
        site.route(HOST, "/402", "Pay first.", status=402)
        site.route(HOST, "/403-price", LD % "false", status=403)
        site.route(HOST, "/403-robot", "Are you a robot?", status=403)
        site.route(HOST, "/sent", PAID)
        site.route(HOST, "/free", page("Free"))
        site.route(HOST, "/402-untold", "Pay first.", status=402)
        ctx.ledger.feeds.add(FEED)
        (feed,) = ctx.ledger.feeds.claim_due(owner="t", lease_s=60, limit=1)
        entries = [
            Entry(key=path, fingerprint="1", url=f"http://{HOST}/{path}", title=f"Title {path}", summary=f"The summary of {path}.")
            for path in ("402", "403-price", "403-robot", "sent", "free")
        ]
        untold = Entry(key="untold", fingerprint="1", url=f"http://{HOST}/402-untold", title="Untold")
        ctx.ledger.feeds.store_entries(feed, [*entries, untold])
        assert work_off(ctx) == 1

        texts = {article.url.rpartition("/")[2]: (article.text, article.flags) for article in indexed(ctx)}
        assert {path: flags for path, (_, flags) in texts.items() if path != "free"} == {
            "402": ("paywall", "feed_text"),
            "403-price": ("paywall", "feed_text"),
            "sent": ("paywall", "feed_text"),
        }
        assert {text for path, (text, _) in texts.items() if path != "free"} == {
            "The summary of 402.",
            "The summary of 403-price.",
            "The summary of sent.",
        }
        assert ctx.ledger.counts.outcomes() == {
            (OutcomeKind.INDEXED, None): 4,
            (OutcomeKind.DROPPED, Reason.HTTP_DENIED): 1,
            (OutcomeKind.DROPPED, Reason.PAYWALL): 1,
        }
        with ctx.engine() as engine:
            found = engine.search(SearchRequest(query=parse("flag:paywall"), size=10))
            assert found.total == 3
            assert engine.search(SearchRequest(query=parse("engineers flag:paywall"), size=10)).total == 0, "their text is not indexed"
