from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds.dates import believable
from ingest.moments import EARLIEST_YEAR, FUTURE_SLACK

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(*parts: int) -> datetime:
    year, month, day, *clock = parts
    return datetime(year, month, day, tzinfo=UTC) + timedelta(
        **dict(zip(("hours", "minutes", "seconds", "microseconds"), clock, strict=False))
    )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param("Tue, 24 Nov 2026 10:00:00 GMT", at(2026, 11, 24, 10), id="RFC 822"),
        pytest.param("Tue, 24 Nov 2026 10:00:00 +0100", at(2026, 11, 24, 9), id="RFC 822 with an offset"),
        pytest.param("24 Nov 2026 10:00 EST", at(2026, 11, 24, 15), id="no weekday, no seconds, a zone's name"),
        pytest.param("Tue, 24 Nov 2026 10:00:00 CEST", at(2026, 11, 24, 8), id="summer time"),
        pytest.param("Tue, 24 Nov 2026 10:00:00 XYZ", at(2026, 11, 24, 10), id="unknown zone is UTC"),
        pytest.param("Mon, 24 Nov 2026 10:00:00 GMT", at(2026, 11, 24, 10), id="wrong weekday"),
        pytest.param("Tue, 24 Nov 26 10:00:00 GMT", at(2026, 11, 24, 10), id="two-digit year of this century"),
        pytest.param("Sun, 06 Nov 94 08:49:37 GMT", at(1994, 11, 6, 8, 49, 37), id="two-digit year of the last one"),
        pytest.param("Sunday, 06-Nov-94 08:49:37 GMT", at(1994, 11, 6, 8, 49, 37), id="RFC 850"),
        pytest.param("Sun Nov  6 08:49:37 1994", at(1994, 11, 6, 8, 49, 37), id="asctime"),
        pytest.param("Tue Nov 24 01:00:00 PST 2026", at(2026, 11, 24, 9), id="asctime with a zone"),
        pytest.param("Tue, 24 Nov 2026 10:00:00 UTC+2", at(2026, 11, 24, 8), id="UTC+2"),
        pytest.param("Tue, 24 Nov 2026 10:00:00 GMT+0100 (CET)", at(2026, 11, 24, 9), id="JavaScript"),
        pytest.param("2026-11-24T10:00:00Z", at(2026, 11, 24, 10), id="RFC 3339"),
        pytest.param("2026-11-24T10:00:00.123456789+01:00", at(2026, 11, 24, 9, 0, 0, 123_456), id="nanoseconds"),
        pytest.param("2026-11-24 10:00", at(2026, 11, 24, 10), id="ISO with a space"),
        pytest.param("2026-11-24", at(2026, 11, 24), id="ISO date"),
        pytest.param("20261124T100000Z", at(2026, 11, 24, 10), id="basic format keeps its time"),
        pytest.param("20261124", at(2026, 11, 24), id="basic date"),
        pytest.param("2026-11-23T24:00:00Z", at(2026, 11, 24), id="24:00 is the next midnight"),
        pytest.param("2026-11-24T10:00:60Z", at(2026, 11, 24, 10, 0, 59), id="leap second"),
        pytest.param("24.11.2026", at(2026, 11, 24), id="German"),
        pytest.param("24.11.2026, 10:15 Uhr", at(2026, 11, 24, 10, 15), id="German with a time"),
        pytest.param("Di, 24 Nov 2026 10:00:00 +0100", at(2026, 11, 24, 9), id="German weekday"),
        pytest.param("24. Dezember 2025", at(2025, 12, 24), id="German month"),
        pytest.param("15 août 2026", at(2026, 8, 15), id="French month"),
        pytest.param("November 24, 2026", at(2026, 11, 24), id="American"),
        pytest.param("Nov 23, 2026 3:04 pm", at(2026, 11, 23, 15, 4), id="American with a time"),
        pytest.param("11/23/2026 10:00:00 AM", at(2026, 11, 23, 10), id="American slashes"),
        pytest.param("2004년 05월 28일  01:31:15", at(2004, 5, 27, 16, 31, 15), id="Korean"),
        pytest.param("2026-11-24T10:00:00+9999", at(2026, 11, 24, 10), id="offset beyond +14 h is UTC"),
        pytest.param("2026-11-24T10:00:00-1300", at(2026, 11, 24, 10), id="offset beyond -12 h is UTC"),
        pytest.param("2026-11-24T10:00:00+14:00", at(2026, 11, 23, 20), id="offset +14 h"),
        pytest.param("2026-11-25T12:00:00Z", at(2026, 11, 25, 12), id="24 h ahead"),
        pytest.param("1990-01-01", at(1990, 1, 1), id="the first believable day"),
        pytest.param("  2026-11-24\n", at(2026, 11, 24), id="white space around"),
    ],
)
def test_a_date_names_its_instant(raw: str, expected: datetime) -> None:
    assert believable(raw, NOW) == expected


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(None, id="none"),
        pytest.param("", id="empty"),
        pytest.param("0000-00-00", id="zero date"),
        pytest.param("0000-00-00T00:00:00Z", id="zero instant"),
        pytest.param("10000-01-01", id="five-digit year"),
        pytest.param("1970-01-01T00:00:00Z", id="epoch"),
        pytest.param("1989-12-31T23:59:59Z", id="before 1990"),
        pytest.param("2026-11-25T12:00:01Z", id="more than 24 h ahead"),
        pytest.param("2026-02-30", id="30 February"),
        pytest.param("2026-11-24T25:00:00Z", id="hour 25"),
        pytest.param("yesterday", id="yesterday"),
        pytest.param("Tuesday", id="a weekday alone"),
        pytest.param("2026", id="a year alone"),
        pytest.param("November 2026", id="a month alone"),
        pytest.param("10:00", id="a time alone"),
        pytest.param("1764000000", id="seconds since the epoch"),
        pytest.param("9" * 100_000, id="100 000 digits"),
    ],
)
def test_what_names_no_believable_instant_is_none(raw: str | None) -> None:
    assert believable(raw, NOW) is None


@pytest.mark.parametrize(
    "raw", ["9" * 100_000, " " * 100_000, "1 " * 50_000, "(" * 100_000, "2026-" * 20, "+" * 99], ids=lambda raw: raw[:6]
)
def test_hostile_lengths_cost_nothing(raw: str) -> None:
    start = time.process_time()
    assert believable(raw, NOW) is None
    assert time.process_time() - start < 0.25


@given(st.text(max_size=120) | st.from_regex(r"\d{1,5}[-/.]\d{1,5}[-/.]\d{1,5}[T ]\d{1,3}:\d{1,3}.{0,8}", fullmatch=True))
def test_any_string_is_a_believable_utc_instant_or_none(raw: str) -> None:
    instant = believable(raw, NOW)
    if instant is not None:
        assert instant.tzinfo is UTC
        assert instant.year >= EARLIEST_YEAR
        assert instant <= NOW + FUTURE_SLACK


@given(st.datetimes(datetime(1990, 1, 2), datetime(2026, 11, 24), timezones=st.just(UTC)))  # noqa: DTZ001  # bounds are naive
def test_an_iso_instant_comes_back_to_the_microsecond(instant: datetime) -> None:
    assert believable(instant.isoformat(), NOW) == instant
