"""Dates as pages write them, checked, and which of all sources counts. Never an invented date (rule F4)."""

# ruff: noqa: RUF001  # Cyrillic letters are meant

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from htmldate.extractors import custom_parse

from ingest import moments
from ingest.model import DateSource
from ingest.moments import EARLIEST_YEAR, FUTURE_SLACK, month, zone

SAME_EVENT = timedelta(hours=36)  # a day at midnight and a moment closer than that speak of one publication
MAX_LENGTH = 80  # characters; a longer string is no date

_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})"
    r"(?:[T ,]+(\d{1,2}):?(\d{2})(?::?(\d{2}))?(?:[.,](\d+))?(?::\d+)?\s*(z|(?-i:[A-Z]{1,5})\b|[+-]\d{2}(?::?\d{2})?)?)?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-3])[:.h]([0-5]\d)(?:[:.]([0-5]\d))?\s*([ap]\.?m)?(?![\d.])", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:199\d|20\d\d)(?!\d)|(?<!\d)\d{1,2}[./]\d{1,2}[./]\d{2}(?!\d)")
_URL_DATE = re.compile(r"/((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?!\d)")
# Day first, in a name: /02-01-2022-a-bridge, /bericht_vom_22.04.2020, /08112021-online
_URL_DAY_FIRST = re.compile(r"(?<!\d)(0[1-9]|[12]\d|3[01])([-._]?)(0[1-9]|1[0-2])\2((?:199|20[0-4])\d)(?!\d)")
_MONTH = r"[^\W\d_]{3,12}"
_NAMED = (
    re.compile(
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s*(?:of |de |d['’])?\s*(?P<m>{_MONTH})\.?,?\s+(?:de |del )?(?P<y>(?:199|20\d)\d)(?!\d)"
    ),
    re.compile(rf"(?P<m>{_MONTH})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>(?:199|20\d)\d)(?!\d)"),
)
_NUMBERED = (
    re.compile(r"(?P<y>(?:199|20\d)\d)\s?[年년]\s?(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日일]"),
    re.compile(r"(?<!\d)(?P<d>\d{1,2})\.\s(?P<m>\d{1,2})\.\s(?P<y>(?:199|20\d)\d)(?!\d)"),
    re.compile(r"(?<!\d)(?P<m>0?[1-9]|1[0-2])/(?P<d>1[3-9]|2\d|3[01])/(?P<y>(?:199|20\d)\d)(?!\d)"),  # American: no month has such a number
)


class Dated(NamedTuple):
    """An instant in UTC, whether it has a time of day, and who says so."""

    instant: datetime
    has_time: bool
    source: DateSource


def read(raw: object, now: datetime, source: DateSource) -> Dated | None:
    """The date that a machine-readable string names; None: unreadable, before 1990, or more than 24 h after `now`.

    A date without a zone is taken as UTC.
    """
    if not isinstance(raw, str) or not (text := raw[: 4 * MAX_LENGTH].strip()) or len(text) > MAX_LENGTH:
        return None
    try:
        if text.isdigit() and len(text) in (10, 13):  # seconds or milliseconds since 1970
            return _believable(datetime.fromtimestamp(int(text[:10]), UTC), now, source, has_time=True)
        if match := _ISO.match(text):
            return _believable(_from_iso(match), now, source, has_time=match[4] is not None)
        if text[:3].isalpha() and text[3:5] in (", ", " ,"):
            return _believable(parsedate_to_datetime(text), now, source, has_time=True)
    except (ValueError, OverflowError, TypeError):  # 30 February, 25:61
        return None
    return read_shown(text, now, source)


def read_shown(raw: str, now: datetime, source: DateSource) -> Dated | None:
    """The date that a short text for readers names, such as `24. November 2026, 10:05 Uhr`, in some twenty languages (ours, then htmldate's)."""
    text = " ".join(raw[: 4 * MAX_LENGTH].split())
    if not text or len(text) > MAX_LENGTH or not _YEAR.search(text):
        return None
    try:
        day = _spelled(text) or custom_parse(text, "%Y-%m-%d", datetime(EARLIEST_YEAR, 1, 1), (now + FUTURE_SLACK).replace(tzinfo=None))  # noqa: DTZ001  # htmldate wants naive ones
    except (ValueError, OverflowError, TypeError):
        return None
    if not day:
        return None
    try:
        instant = datetime.fromisoformat(day).replace(tzinfo=UTC)
    except ValueError:  # 31 November
        return None
    numbers = {int(number) for number in re.findall(r"\d+", text)}
    if day.replace("-", "") not in text and not (instant.day in numbers and {instant.year, instant.year % 100} & numbers):
        return None  # htmldate fills in what the text does not say, from the clock
    clock = _CLOCK.search(text) if not re.fullmatch(r"[\d./-]+", text) else None
    if clock and ":" in clock[0]:
        hour = int(clock[1]) % 12 + (12 if clock[4][0] in "pP" else 0) if clock[4] else int(clock[1])
        instant += timedelta(hours=hour, minutes=int(clock[2]), seconds=int(clock[3] or 0))
    return _believable(instant, now, source, has_time=bool(clock and ":" in clock[0]))


def _spelled(text: str) -> str:
    """The day in `24 ноября 2026`, `November 24, 2026` or `2026年11月24日` as YYYY-MM-DD, "" where there is none."""
    for form in (*_NAMED, *_NUMBERED):
        for match in form.finditer(text):
            number = int(match["m"]) if match["m"].isdigit() else month(match["m"])
            if 1 <= number <= 12 and 1 <= int(match["d"]) <= 31:
                return f"{match['y']}-{number:02}-{int(match['d']):02}"
    return ""


def _from_iso(match: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    if hour > 24 or minute > 59 or second > 60:
        raise ValueError(match[0])
    # 24:00 is the next midnight; second 60, a leap second, the last moment of its minute
    since = timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
    return datetime(year, month, day, tzinfo=zone(match[8] or "")) + since


def _believable(instant: datetime, now: datetime, source: DateSource, *, has_time: bool) -> Dated | None:
    instant = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    return Dated(instant, has_time, source) if moments.believable(instant, now) else None


def from_url(url: str, now: datetime) -> Dated | None:
    """The day in a path such as /2026/11/24/, /20261124 or /24-11-2026-a-bridge."""
    if match := _URL_DATE.search(url[:2_000]):
        return read("-".join(match.groups()), now, DateSource.PAGE)
    match = _URL_DAY_FIRST.search(urlsplit(url[:2_000]).path) if _is_url(url) else None
    return read(f"{match[4]}-{match[3]}-{match[1]}", now, DateSource.PAGE) if match else None


def _is_url(url: str) -> bool:
    try:
        urlsplit(url[:2_000])
    except ValueError:
        return False
    return True


def choose(feed: datetime | None, now: datetime, found: Iterable[Dated | None]) -> Dated | None:
    """The date that counts: the feed's where believable, else the first of `found` (given best first), else None.

    A feed date at midnight is often a day without a time: the page's moment of about that day is more exact.
    """
    dates = [date for date in found if date]
    if feed is not None:
        announced = _believable(feed, now, DateSource.FEED, has_time=(feed.hour, feed.minute, feed.second) != (0, 0, 0))
        if announced is not None:
            if not announced.has_time:
                exact = next((date for date in dates if date.has_time and abs(date.instant - announced.instant) < SAME_EVENT), None)
                return exact or announced
            return announced
    if not dates:
        return None
    first = dates[0]
    # The same day told with a time elsewhere is the same date, more exactly.
    exact = next((date for date in dates if date.has_time and date.instant.date() == first.instant.date()), None)
    return first if first.has_time or exact is None else exact
