from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.model import Reason
from ingest.web.status import RETRY_AFTER_CAP_S, page_verdict, retry_after_s, verdict

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
DAY = 86_400.0

VERDICTS: dict[str, tuple[list[int], Reason | None, bool]] = {
    "a page": ([200, 201, 202, 203, 226, 299], None, False),
    "no page, although all went well": ([204, 205, 206], Reason.HTTP_OTHER, False),
    "informational: never a final status": ([100, 103, 199], Reason.HTTP_OTHER, False),
    "a redirect without a target, or not modified": ([300, 301, 302, 304, 307, 399], Reason.HTTP_OTHER, False),
    "not for us": ([401, 403, 451], Reason.HTTP_DENIED, False),
    "for who pays": ([402], Reason.PAYWALL, False),
    "gone": ([404, 410], Reason.HTTP_GONE, False),
    "busy: later perhaps": ([408, 425, 429], Reason.HTTP_BUSY, True),
    "our request is at fault": ([400, 405, 406, 411, 414, 418, 421, 431, 499], Reason.HTTP_CLIENT, False),
    "their server is at fault: later perhaps": ([500, 501, 502, 503, 504, 520, 599], Reason.HTTP_SERVER, True),
    "no status of HTTP": ([0, 1, 99, 600, 999, -1], Reason.HTTP_OTHER, False),
}


@pytest.mark.parametrize(("statuses", "reason", "retryable"), VERDICTS.values(), ids=VERDICTS.keys())
def test_a_status_has_one_meaning(statuses: list[int], reason: Reason | None, *, retryable: bool) -> None:
    assert {status: verdict(status) for status in statuses} == dict.fromkeys(statuses, (reason, retryable))


PRICE = b'<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree" : "False"}</script>'


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        pytest.param(401, PRICE, Reason.PAYWALL, id="401 that names a price"),
        pytest.param(403, PRICE.replace(b'"False"', b"false"), Reason.PAYWALL, id="403"),
        pytest.param(403, PRICE.replace(b"False", b"http://schema.org/False"), Reason.PAYWALL, id="in full"),
        pytest.param(403, PRICE.replace(b"False", b"True"), Reason.HTTP_DENIED, id="that names none"),
        pytest.param(403, b"<h1>Are you a robot?</h1>", Reason.HTTP_DENIED, id="that keeps robots out"),
        pytest.param(404, PRICE, Reason.HTTP_GONE, id="one that is gone"),
        pytest.param(200, PRICE, None, id="a page: extraction reads its markup"),
        pytest.param(402, b"", Reason.PAYWALL, id="402 always"),
    ],
)
def test_a_denied_page_that_names_a_price_stands_behind_a_paywall(status: int, body: bytes, reason: Reason | None) -> None:
    assert page_verdict(status, body)[0] is reason


@given(st.integers())
def test_every_number_has_a_verdict_and_what_is_fine_is_not_retried(status: int) -> None:
    reason, retryable = verdict(status)
    assert reason is not None or (200 <= status < 300 and not retryable)


RETRY_AFTER: dict[str, tuple[str | None, float | None]] = {
    "no header": (None, None),
    "an empty header": ("  ", None),
    "seconds": ("120", 120.0),
    "seconds with blanks": (" 120 ", 120.0),
    "at once": ("0", 0.0),
    "negative": ("-1", 0.0),
    "a day": ("86400", DAY),
    "ten years": ("315360000", DAY),
    "more digits than any clock has": ("9" * 400, DAY),
    "more digits than Python reads": ("9" * 5000, DAY),
    "a fraction, which is none of RFC 9110": ("1.5", None),
    "two signs": ("+-5", None),
    "words": ("soon", None),
    "not a number": ("nan", None),
    "infinite": ("inf", None),
    "a date": ("Tue, 24 Nov 2026 12:02:00 GMT", 120.0),
    "a date in another zone": ("Tue, 24 Nov 2026 13:02:00 +0100", 120.0),
    "a date without a zone, meant as GMT": ("Tue, 24 Nov 2026 12:02:00", 120.0),
    "a date of RFC 850": ("Tuesday, 24-Nov-26 12:02:00 GMT", 120.0),
    "a date of asctime": ("Tue Nov 24 12:02:00 2026", 120.0),
    "a date that has passed": ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
    "a date in ten years": ("Mon, 24 Nov 2036 12:00:00 GMT", DAY),
    "a date that there is not": ("Tue, 31 Feb 2026 12:00:00 GMT", None),
    "a year too many": ("Tue, 24 Nov 99999 12:00:00 GMT", None),
    "a zone too many": ("Tue, 24 Nov 2026 12:00:00 +9999999", None),
}


@pytest.mark.parametrize(("value", "seconds"), RETRY_AFTER.values(), ids=RETRY_AFTER.keys())
def test_retry_after_is_read_within_a_day(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, NOW) == seconds


def test_retry_after_does_not_mind_the_zone_of_now() -> None:
    berlin = NOW.astimezone(timezone(timedelta(hours=1)))
    assert retry_after_s("Tue, 24 Nov 2026 12:02:00 GMT", berlin) == 120.0


@given(st.text() | st.integers().map(str) | st.datetimes().map(lambda d: d.strftime("%a, %d %b %Y %H:%M:%S GMT")))
def test_any_retry_after_is_a_wait_within_a_day_or_nothing(value: str) -> None:
    seconds = retry_after_s(value, NOW)
    assert seconds is None or 0 <= seconds <= RETRY_AFTER_CAP_S
