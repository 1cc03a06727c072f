"""An article out of page, feed and fetch."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from ingest.errors import ExtractRejected
from ingest.extract.article import Extraction
from ingest.model import Capture, Claim, DateSource, Entry, Reason
from ingest.pipeline.assemble import assemble
from ingest.pipeline.fates import WALLS
from ingest.settings import Settings

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SETTINGS = Settings(min_text_chars=20)
LONG = "A long enough text of a page."


def capture(url: str = "https://paper.example/a", **entry: str) -> Capture:
    told = Entry(key="k", fingerprint="f", title=entry.get("title", ""), summary=entry.get("summary", ""), text=entry.get("text", ""))
    claim = Claim(url_id="1" * 64, url=url, first_seen_at=NOW, entry=told)
    return Capture(claim=claim, fetched_at=NOW, final_url=url, warc="w.warc.gz", offset=7)


def page(text: str = LONG, *, canonical: str | None = None, title: str = "") -> Extraction:
    return Extraction(text=text, extractor="x 1", canonical_url=canonical, title=title)


@pytest.mark.parametrize(
    ("url", "canonical", "expected"),
    [
        pytest.param("https://p.example/a?utm_source=rss", None, "https://p.example/a", id="trackers do not count"),
        pytest.param("http://p.example/a", None, "https://p.example/a", id="nor does the scheme"),
        pytest.param("https://p.example/a", "https://p.example/story/a", "https://p.example/story/a", id="the page's own canonical URL"),
        pytest.param("https://p.example/a", "https://p.example/", "https://p.example/a", id="not the front page, which some sites claim"),
    ],
)
def test_the_identity_of_an_article(url: str, canonical: str | None, expected: str) -> None:
    assert assemble(capture(url), page(canonical=canonical), SETTINGS).canonical_url == expected


@pytest.mark.parametrize(
    ("text", "entry", "expected", "flags"),
    [
        pytest.param(LONG, {"text": "x" * 500}, LONG, (), id="a page that is long enough"),
        pytest.param("short", {"text": "x" * 500}, "x" * 500, ("feed_text",), id="the feed says more"),
        pytest.param("short", {"summary": "a bit more"}, "a bit more", ("short", "feed_text"), id="both are short"),
        pytest.param("short", {}, "short", ("short",), id="the feed says nothing"),
    ],
)
def test_where_the_text_comes_from(text: str, entry: dict[str, str], expected: str, flags: tuple[str, ...]) -> None:
    article = assemble(capture(**entry), page(text), SETTINGS)

    assert (article.text, article.flags) == (expected, flags)


@pytest.mark.parametrize(
    ("asked", "came_from", "flags"),
    [
        pytest.param("https", "http", ("unencrypted",), id="redirected to http"),
        pytest.param("http", "https", (), id="to https"),
        pytest.param("http", "http", (), id="http was what its feed said"),
        pytest.param("https", "https", (), id="all is well"),
    ],
)
def test_a_page_that_came_over_http_although_https_was_asked_for_is_flagged(asked: str, came_from: str, flags: tuple[str, ...]) -> None:
    """Rule N4."""
    found = msgspec.structs.replace(capture(f"{asked}://paper.example/a"), final_url=f"{came_from}://paper.example/a")

    assert assemble(found, page(), SETTINGS).flags == flags


ARTICLE = "The whole article. " * 200


@pytest.mark.parametrize(
    ("text", "entry", "description", "expected", "flags"),
    [
        pytest.param(ARTICLE, {"summary": "What it is about."}, "", "What it is about.", ("paywall", "feed_text"), id="the feed's summary"),
        pytest.param(
            ARTICLE, {"text": "Much of it.", "summary": "It."}, "", "Much of it.", ("paywall", "feed_text"), id="what the feed carries"
        ),
        pytest.param(ARTICLE, {}, "In one sentence.", "In one sentence.", ("paywall", "description_text"), id="the page's description"),
        pytest.param("The first lines.", {"summary": "It."}, "", "The first lines.", ("paywall",), id="a teaser that all may read"),
    ],
)
def test_an_article_that_has_its_price_is_known_by_what_is_free(
    text: str, entry: dict[str, str], description: str, expected: str, flags: tuple[str, ...]
) -> None:
    walled = Extraction(text=text, extractor="x 1", title="T", description=description, flags=("paywall",))
    article = assemble(capture(**entry), walled, SETTINGS)

    assert (article.title, article.text, article.flags) == ("T", expected, flags)


def test_the_text_that_is_sent_all_the_same_is_indexed_where_that_is_asked_for() -> None:
    walled = Extraction(text=ARTICLE, extractor="x 1", flags=("paywall",))
    article = assemble(capture(summary="It."), walled, SETTINGS.model_copy(update={"paywalled_text": True}))

    assert (article.text, article.flags) == (ARTICLE, ("paywall",))


@pytest.mark.parametrize("wall", WALLS)
def test_behind_a_wall_an_article_is_known_by_what_its_feed_says_and_by_its_link(wall: Reason) -> None:
    found = msgspec.structs.replace(capture(title="T", summary="What it is about."), final_url="https://consent.example/?to=a")
    article = assemble(found, wall, SETTINGS)

    assert (article.title, article.text, article.flags) == ("T", "What it is about.", (wall, "feed_text"))
    assert (article.url, article.canonical_url) == ("https://paper.example/a", "https://paper.example/a")


@pytest.mark.parametrize(
    ("page_of_it", "wall"),
    [
        pytest.param(Reason.PAYWALL, Reason.PAYWALL, id="priced, by status"),
        pytest.param(Extraction(text=ARTICLE, extractor="x 1", flags=("paywall",)), Reason.PAYWALL, id="priced, by markup"),
        pytest.param(Reason.CONSENT_WALL, Reason.CONSENT_WALL, id="consent is asked for"),
    ],
)
def test_behind_a_wall_a_title_is_enough(page_of_it: Extraction | Reason, wall: Reason) -> None:
    article = assemble(capture(title="Only a title"), page_of_it, SETTINGS)

    assert (article.title, article.text, article.flags) == ("Only a title", "", (wall, "title_only"))


@pytest.mark.parametrize(
    ("page_of_it", "title", "reason"),
    [
        pytest.param(Reason.PAYWALL, "", Reason.PAYWALL, id="priced, by status"),
        pytest.param(Extraction(text=ARTICLE, extractor="x 1", flags=("paywall",)), "", Reason.PAYWALL, id="priced, by markup"),
        pytest.param(Reason.CONSENT_WALL, "", Reason.CONSENT_WALL, id="consent is asked for"),
        pytest.param(Reason.NO_TEXT, "Only a title", Reason.NO_TEXT, id="no text"),
        pytest.param(Reason.EMPTY, "Only a title", Reason.NO_TEXT, id="an empty page"),
    ],
)
def test_an_article_of_which_nothing_is_said_is_dropped_with_the_reason(
    page_of_it: Extraction | Reason, title: str, reason: Reason
) -> None:
    with pytest.raises(ExtractRejected) as caught:
        assemble(capture(title=title), page_of_it, SETTINGS)

    assert caught.value.reason is reason


def test_without_a_believable_date_the_fetch_stands_in() -> None:
    article = assemble(capture(), page(), SETTINGS)

    assert (article.published_at, article.published_source) == (NOW, DateSource.FETCHED)


def test_an_article_of_the_feeds_own_text_has_the_feeds_date() -> None:
    told = Entry(key="k", fingerprint="f", title="T", text="x" * 50, published_at=datetime(2026, 11, 20, tzinfo=UTC))
    claim = Claim(url_id="1" * 64, url="https://paper.example/a", first_seen_at=NOW, entry=told)

    article = assemble(Capture(claim=claim, fetched_at=NOW), Reason.NO_TEXT, SETTINGS)

    assert (article.published_at, article.published_source, article.extractor) == (told.published_at, DateSource.FEED, "feed")


def test_the_version_is_the_time_of_the_fetch() -> None:
    assert assemble(capture(), page(), SETTINGS).version == int(NOW.timestamp() * 1000)


def test_the_feed_fills_what_the_page_does_not_say() -> None:
    article = assemble(capture(title="From the feed"), page(), SETTINGS)

    assert (article.title, article.warc, article.warc_offset) == ("From the feed", "w.warc.gz", 7)
