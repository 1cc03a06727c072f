"""When is a feed polled next, and why?"""

from __future__ import annotations

import pytest

from ingest.feeds.schedule import next_poll, span
from ingest.model import Feed

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


def feed(errors: int = 0, interval_s: float = 0.0, url: str = "https://a.example/feed") -> Feed:
    return Feed(id=1, url=url, errors=errors, interval_s=interval_s)


def wait(item: Feed, *, error: str | None = None, retry_after_s: float | None = None) -> tuple[float, str]:
    poll = next_poll(item, interval_s=15 * MINUTE, error_cap_s=DAY, error=error, retry_after_s=retry_after_s)
    return poll.in_s, poll.reason


@pytest.mark.parametrize(
    ("item", "error", "retry_after_s", "least_s", "reason"),
    [
        pytest.param(feed(), None, None, 15 * MINUTE, "every 15 min", id="the interval of the settings"),
        pytest.param(feed(interval_s=HOUR), None, None, HOUR, "every 60 min", id="a feed's own interval"),
        pytest.param(feed(), "timeout", None, 30 * MINUTE, "error 1 in a row (timeout): wait 30 min", id="an error doubles it"),
        pytest.param(feed(errors=2), "dns", None, 2 * HOUR, "error 3 in a row (dns): wait 2 h", id="further errors double it again"),
        pytest.param(feed(errors=10**6), "dns", None, DAY, "error 1000001 in a row (dns): wait 24 h", id="capped at a day, never for good"),
        pytest.param(feed(), None, HOUR, HOUR, "the server asks for 60 min", id="Retry-After holds where it is longer"),
        pytest.param(feed(), None, 5.0, 15 * MINUTE, "every 15 min", id="a shorter Retry-After changes nothing"),
    ],
)
def test_the_wait_and_its_reason(item: Feed, error: str | None, retry_after_s: float | None, least_s: float, reason: str) -> None:
    in_s, because = wait(item, error=error, retry_after_s=retry_after_s)

    assert least_s <= in_s <= least_s * 1.1
    assert because == reason


def test_feeds_are_spread_and_each_keeps_its_place() -> None:
    waits = [wait(feed(url=f"https://a.example/{n}"))[0] for n in range(100)]

    assert len({round(w) for w in waits}) > 50
    assert waits == [wait(feed(url=f"https://a.example/{n}"))[0] for n in range(100)]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.5, "0.5 s"), (45, "45 s"), (119, "119 s"), (900, "15 min"), (7_200, "2 h"), (3 * DAY, "3 d")]
)
def test_spans_for_people(seconds: float, text: str) -> None:
    assert span(seconds) == text
