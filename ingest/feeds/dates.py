"""Dates of feeds, read from the raw string: the instant it names, or None where it cannot be believed.

A wrong date is worse than none, since None makes the page's own date count. feedparser's own values are not used where
they guess: it reads `10000-01-01` as 2010-11-01, drops the time of `20261124T100000Z` and moves `+9999` by four days.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

from dateutil.parser import parse as dateutil_parse
from feedparser.datetimes.greek import _parse_date_greek
from feedparser.datetimes.hungarian import _parse_date_hungarian
from feedparser.datetimes.korean import _parse_date_nate, _parse_date_onblog

from ingest import moments
from ingest.moments import MAX_OFFSET_MIN, MIN_OFFSET_MIN, month, zone

MAX_LENGTH = 100  # characters; a longer string is no date, and costs time

_TIME = r"(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{1,2})(?:[.,](?P<f>\d+))?)?(?:\s*(?P<ampm>[ap]\.?m)\b\.?)?"
_ZONE = r"(?:\s*(?P<zone>(?:(?:gmt|utc)\s?)?[+-]\s?\d{1,4}(?::?\d{2})?|[a-z]{1,5})\b)?(?:\s*\([^()]*\))?"
_FORMS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        # ISO 8601 and RFC 3339, extended and basic
        rf"(?P<y>\d{{4}})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?:(?:t|\s|,)+{_TIME}{_ZONE})?",
        rf"(?P<y>\d{{4}})(?P<m>\d{{2}})(?P<d>\d{{2}})(?:[t ]?(?P<h>\d{{2}}):?(?P<mi>\d{{2}}):?(?P<s>\d{{2}})?(?:[.,](?P<f>\d+))?{_ZONE})?",
        # RFC 822 with its later forms: the day's name may be missing or wrong, the year two digits
        rf"(?:[^\W\d]+\.?,?\s*)?(?P<d>\d{{1,2}})\.?[\s-](?:de )?(?P<name>[^\W\d]{{3,12}})\.?,?[\s-](?:de )?(?P<y>\d{{4}}|\d{{2}})(?:[\s,-]+{_TIME}{_ZONE})?",
        # 24.11.2026
        rf"(?P<d>\d{{1,2}})\.\s?(?P<m>\d{{1,2}})\.\s?(?P<y>\d{{4}})(?:[\s,-]+{_TIME}(?:\s?uhr)?{_ZONE})?",
        # asctime, with or without a zone before the year
        rf"[a-z]{{3,9}},?\s+(?P<name>[a-z]{{3,9}})\.?\s+(?P<d>\d{{1,2}}),?\s+{_TIME}{_ZONE}\s+(?P<y>\d{{4}})",
        # November 24, 2026
        rf"(?:[a-z]{{3,9}},?\s+)?(?P<name>[a-z]{{3,9}})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})(?:[\s,-]+(?:at )?{_TIME}{_ZONE})?",
    )
)
_YEAR = re.compile(r"(?<!\d)(?:199\d|20\d\d)(?!\d)")


def believable(raw: str | None, now: datetime) -> datetime | None:
    """The instant in UTC that `raw` names, or None: unreadable, before 1990, or more than 24 h after `now` (rule F4).

    A date without a time is midnight UTC; a zone outside -12 to +14 h, or one that is not known, is UTC. A two-digit
    year is of this century up to that of `now`. Never raises.
    """
    text = " ".join(raw[: 4 * MAX_LENGTH].split()) if raw else ""
    if not text or len(text) > MAX_LENGTH:
        return None
    try:
        instant = _read(text, now)
        if instant is None:
            return None
        instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):  # 30 February, 25:61
        return None
    return instant if moments.believable(instant, now) else None


@lru_cache(maxsize=4_096)  # an entry's dates are asked for up to four times, and many entries share one
def _read(text: str, now: datetime) -> datetime | None:
    for form in _FORMS:
        if match := form.fullmatch(text):
            return _assemble(match.groupdict(), now)
    return _exotic(text) if not text.isascii() else _loose(text)


def _assemble(part: dict[str, str | None], now: datetime) -> datetime | None:
    number = month(part["name"] or "") if "name" in part else int(part["m"] or 0)
    if not number and "name" in part:
        return None
    year = int(part["y"] or 0)
    if len(part["y"] or "") == 2:
        year += 2000 if 2000 + year <= now.year + 1 else 1900
    day = date(year, number, int(part["d"] or 0))
    hour, minute, second = (int(part.get(name) or 0) for name in ("h", "mi", "s"))
    if half := (part.get("ampm") or "").lower():
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and minute):
        raise ValueError(part)
    micro = int(((part.get("f") or "") + "000000")[:6])
    # 24:00 is the next midnight; second 60, a leap second, the last moment of its minute
    since = timedelta(hours=hour, minutes=minute, seconds=min(second, 59), microseconds=micro)
    return datetime(day.year, day.month, day.day, tzinfo=zone(part.get("zone") or "")) + since


def _exotic(text: str) -> datetime | None:
    """Korean, Greek and Hungarian dates, by feedparser."""
    readers: tuple[Callable[[str], object], ...] = (*(_parse_date_onblog, _parse_date_nate, _parse_date_greek, _parse_date_hungarian),)
    for reader in readers:
        try:
            fields = reader(text)
        except (KeyError, ValueError, OverflowError):
            continue
        if isinstance(fields, tuple) and len(fields) >= 6:
            year, month, day, hour, minute, second = (int(part) for part in fields[:6])
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return None


def _loose(text: str) -> datetime | None:
    """Any other order of the parts, by dateutil; only where the string itself names year, month and day."""
    if not _YEAR.search(text):
        return None
    # dateutil fills in what is missing from its default: two defaults show whether it did.
    try:
        one, two = (dateutil_parse(text, default=default, tzinfos=_tzinfo) for default in _DEFAULTS)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
    if one != two:
        return None
    return one if one.tzinfo else one.replace(tzinfo=UTC)


_DEFAULTS = (datetime(1971, 1, 1), datetime(1972, 2, 2))  # noqa: DTZ001  # dateutil wants naive ones


def _tzinfo(name: str | None, offset_s: int | None) -> timezone:
    if offset_s is None:
        return zone(name or "")
    minutes = offset_s // 60
    return timezone(timedelta(minutes=minutes)) if MIN_OFFSET_MIN <= minutes <= MAX_OFFSET_MIN else UTC
