"""Articles that have their price, or whose pages ask for consent first, from the feed to the index."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.alerts import health
from ingest.model import Entry, OutcomeKind, Reason
from ingest.pipeline.run import run_once, work_off
from ingest.search.engine import SearchRequest
from ingest.search.query import parse
from tests.pipeline.world import FEED, HOST, context_of, indexed, page, rss
from tests.site import Site

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LD = '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle", "isAccessibleForFree": %s}</script>'
PAID = page("Bridge").replace("</head>", LD % '"False"' + "</head>")


@pytest.mark.slow
def test_articles_that_have_their_price_are_found_by_what_is_free_and_flagged(tmp_path: Path) -> None:
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
        untold = Entry(key="untold", fingerprint="1", url=f"http://{HOST}/402-untold", title="Untold story")
        ctx.ledger.feeds.store_entries(feed, [*entries, untold])
        assert work_off(ctx) == 1

        texts = {article.url.rpartition("/")[2]: (article.text, article.flags) for article in indexed(ctx)}
        assert {path: flags for path, (_, flags) in texts.items() if path != "free"} == {
            "402": ("paywall", "feed_text"),
            "403-price": ("paywall", "feed_text"),
            "sent": ("paywall", "feed_text"),
            "402-untold": ("paywall", "title_only"),
        }
        assert {text for path, (text, _) in texts.items() if path != "free"} == {
            "The summary of 402.",
            "The summary of 403-price.",
            "The summary of sent.",
            "",
        }
        assert ctx.ledger.counts.outcomes() == {
            (OutcomeKind.INDEXED, None): 5,
            (OutcomeKind.DROPPED, Reason.HTTP_DENIED): 1,
        }
        with ctx.engine() as engine:
            found = engine.search(SearchRequest(query=parse("flag:paywall"), size=10))
            assert found.total == 4
            assert engine.search(SearchRequest(query=parse("untold flag:title_only"), size=10)).total == 1
            assert engine.search(SearchRequest(query=parse("engineers flag:paywall"), size=10)).total == 0, "their text is not indexed"


CONSENT = (
    "<html><body><p>We and our 842 partners store cookies and process personal data for advertising. You can accept or reject, and withdraw"
    " your consent in the privacy settings.</p><form action='/save'><button>Accept all</button></form></body></html>"
)


def announce(site: Site, *items: tuple[str, str]) -> None:
    """The feed with (path, summary) of each item."""
    document = rss([path for path, _ in items])
    for path, summary in items:
        document = document.replace(f"<guid>{path}<", f"<description>{summary}</description><guid>{path}<")
    site.route(HOST, "/feed.xml", document, content_type="application/rss+xml")


@pytest.mark.slow
def test_behind_a_consent_wall_they_are_found_by_what_the_feed_says(tmp_path: Path) -> None:
    with Site() as site, context_of(tmp_path, site, entities="none") as ctx:
        site.redirect(HOST, "/elsewhere", f"http://consent.example/?to=http://{HOST}/elsewhere", status=302)
        site.route("consent.example", f"/?to=http://{HOST}/elsewhere", CONSENT)
        site.redirect(HOST, "/forbidden", "http://privacy-wall.example/?to=it")
        site.route("privacy-wall.example", "/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")
        site.redirect(HOST, "/denied", "http://www.cmp.example/?to=it")
        site.route("www.cmp.example", "/?to=it", "Are you a robot?", status=403)
        site.route(HOST, "/in-place", CONSENT)
        site.route(HOST, "/untold", CONSENT)
        site.route(HOST, "/later", page("Later"))
        announce(
            site,
            ("/elsewhere", "The ferry sails."),
            ("/in-place", "The ferry lands."),
            ("/untold", ""),
            ("/later", "It was free."),
            ("/forbidden", "The ferry stays."),
            ("/denied", "The ferry is late."),
        )
        ctx.ledger.feeds.add(FEED)
        run_once(ctx)

        found = {article.url.removeprefix(f"http://{HOST}/"): article for article in indexed(ctx)}
        assert {path: (a.title, a.text, a.flags) for path, a in found.items() if path != "later"} == {
            "elsewhere": ("Report elsewhere", "The ferry sails.", ("consent_wall", "feed_text")),
            "in-place": ("Report in-place", "The ferry lands.", ("consent_wall", "feed_text")),
            "forbidden": ("Report forbidden", "The ferry stays.", ("consent_wall", "feed_text")),
            "denied": ("Report denied", "The ferry is late.", ("consent_wall", "feed_text")),
            "untold": ("Report untold", "", ("consent_wall", "title_only")),
        }
        with ctx.engine() as engine:
            assert engine.search(SearchRequest(query=parse("ferry flag:consent_wall"), size=10)).total == 4
            assert engine.search(SearchRequest(query=parse("advertising"), size=10)).total == 0, "what the wall says is not indexed"
        ends = {
            (OutcomeKind.INDEXED, None): 1,
            (OutcomeKind.INDEXED, Reason.CONSENT_WALL): 5,
        }
        assert ctx.ledger.counts.outcomes() == ends
        (pages,) = ctx.ledger.health.site_pages(EPOCH, EPOCH, health.WITHOUT_TEXT)
        assert (pages.recent, pages.recent_empty) == (6, 5), "a site that puts up walls is noticed"

        site.route(HOST, "/later", CONSENT)
        announce(site, ("/later", "It was changed."))
        with ctx.ledger.database.write() as c:
            c.exec_driver_sql("UPDATE feeds SET next_poll_at = 0")
        run_once(ctx)
        (later,) = [article for article in indexed(ctx) if article.url.endswith("/later")]
        assert ctx.ledger.counts.outcomes()[OutcomeKind.INDEXED, Reason.CONSENT_WALL] == 6
        assert (later.text, later.flags) == (found["later"].text, ()), "the text of before stays"
