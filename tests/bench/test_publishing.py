"""Which documents are other bytes whenever they are asked for?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bench.pollers import Poller, rivals
from bench.publishing import CAPTURED_AT, made_when_asked

CAPTURE = datetime.fromtimestamp(CAPTURED_AT, UTC)


@pytest.mark.parametrize(
    ("age", "ticks"),
    [(timedelta(minutes=-5), True), (timedelta(minutes=5), False), (timedelta(days=3), False), (timedelta(days=-30), False)],
    ids=["of its capture", "from before", "old", "of the future"],
)
@pytest.mark.parametrize(
    "document",
    [
        "<rss version='2.0'><channel><lastBuildDate>{0}</lastBuildDate><item><title>t</title></item></channel></rss>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><updated>{0}</updated><entry><title>t</title></entry></feed>",
    ],
    ids=["RSS", "Atom"],
)
def test_a_document_with_the_time_of_its_capture_was_made_then(document: str, age: timedelta, *, ticks: bool) -> None:
    assert made_when_asked(document.format((CAPTURE - age).isoformat()).encode()) is ticks


def test_a_document_without_a_time_of_its_own_is_taken_to_stay_as_it_is() -> None:
    body = f"<rss version='2.0'><channel><item><pubDate>{(CAPTURE + timedelta(minutes=5)).isoformat()}</pubDate></item></channel></rss>"
    assert not made_when_asked(body.encode())


def last_wait_s(poller: Poller) -> float:
    """The last of twenty waits where nothing new came."""
    return [poller.after(n * 1e5, [], [0.0]) for n in range(20)][-1]


@pytest.mark.parametrize("name", ["stormcrawler", "news_crawl"])
def test_a_signature_of_the_bytes_takes_a_clock_in_them_for_news(name: str) -> None:
    still, ticking = (last_wait_s(rivals()[name](ticks)) for ticks in (False, True))
    assert ticking < 2 * 3_600 < 24 * 3_600 < still
    assert [last_wait_s(rivals()[f"{name}_by_items"](ticks)) for ticks in (False, True)] == [still, still]
