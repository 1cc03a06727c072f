"""What servers and feeds ask for about the time of the next poll."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds.hints import MAX_FRESH_S, fresh_s, skipped

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, 0, id="nothing said"),
        pytest.param({"cache-control": "public, max-age=600"}, 600, id="max-age"),
        pytest.param({"cache-control": 'Max-Age="600"'}, 600, id="quoted, in capitals"),
        pytest.param({"cache-control": "max-age=600", "age": "200"}, 400, id="less the age of a cache's copy"),
        pytest.param({"cache-control": "max-age=600", "expires": "Tue, 24 Nov 2026 20:00:00 GMT"}, 600, id="max-age before Expires"),
        pytest.param({"cache-control": "no-cache, max-age=600"}, 0, id="no-cache"),
        pytest.param({"cache-control": "s-maxage=600"}, 0, id="for shared caches, which we are not"),
        pytest.param({"cache-control": "max-age=99999999999999999999"}, MAX_FRESH_S, id="a mistake is capped"),
        pytest.param({"expires": "Tue, 24 Nov 2026 12:10:00 GMT"}, 600, id="Expires"),
        pytest.param(
            {"expires": "Tue, 24 Nov 2026 15:10:00 GMT", "date": "Tue, 24 Nov 2026 15:00:00 GMT"}, 600, id="by the server's own clock"
        ),
        pytest.param({"expires": "0"}, 0, id="Expires: 0"),
        pytest.param({"expires": "Mon, 01 Jan 1990 00:00:00 GMT"}, 0, id="expired"),
    ],
)
def test_how_long_an_answer_is_fresh(headers: dict[str, str], seconds: float) -> None:
    assert fresh_s(headers, NOW) == seconds


@given(st.dictionaries(st.sampled_from(["cache-control", "expires", "date", "age"]), st.text()))
def test_any_header_gives_a_wait_within_bounds(headers: dict[str, str]) -> None:
    assert 0 <= fresh_s(headers, NOW) <= MAX_FRESH_S


@pytest.mark.parametrize(
    ("document", "hours", "days"),
    [
        pytest.param(b"<rss/>", (), (), id="nothing"),
        pytest.param(b"<skipHours><hour>0</hour><hour> 7 </hour></skipHours>", (0, 7), (), id="hours"),
        pytest.param(b"<skipHours><hour>24</hour><hour>25</hour><hour>x</hour></skipHours>", (0,), (), id="24 is midnight, 25 nothing"),
        pytest.param(b"<skipDays><day>Sunday</day><day>saturday</day><day>Funday</day></skipDays>", (), (5, 6), id="days"),
        pytest.param(b"<SKIPHOURS><HOUR>3</HOUR></SKIPHOURS>", (3,), (), id="capitals"),
        pytest.param(b"<skipHours><hour>3</hour>", (), (), id="never closed"),
    ],
)
def test_hours_and_days_that_a_feed_excludes(document: bytes, hours: tuple[int, ...], days: tuple[int, ...]) -> None:
    assert skipped(document) == (hours, days)


@given(st.binary(max_size=200))
def test_any_bytes_give_hours_and_days_that_exist(document: bytes) -> None:
    hours, days = skipped(b"<skipHours>" + document + b"</skipHours><skipDays>" + document + b"</skipDays>")
    assert set(hours) <= set(range(24))
    assert set(days) <= set(range(7))
