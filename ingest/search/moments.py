"""Dates in queries: a year, a month, a day or a moment, each a span of time with a beginning and an end."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_FORM = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?:[T ](\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_ZONE_FIRST = "+"


def span(text: str) -> tuple[datetime, datetime] | None:
    """The first moment of `text` and the first after it, in UTC; None where it is no date.

    "2026" and "2026-11" and "2026-11-01" are whole years, months and days; "2026-11-01T12:30" is a minute,
    with seconds a second. Without a zone, UTC.
    """
    found = _FORM.fullmatch(text.strip())
    if not found:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    if hour is not None and day is None:
        return None
    try:
        start = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC)
        start -= _offset(zone)
        return start, _end(start, month=month, day=day, hour=hour, second=second)
    except (ValueError, OverflowError):
        return None


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta()
    amount = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return amount if zone[0] == _ZONE_FIRST else -amount


def _end(start: datetime, *, month: str | None, day: str | None, hour: str | None, second: str | None) -> datetime:
    if second is not None:
        return start + timedelta(seconds=1)
    if hour is not None:
        return start + timedelta(minutes=1)
    if day is not None:
        return start + timedelta(days=1)
    if month is not None:
        return (start + timedelta(days=31)).replace(day=1)
    return start.replace(year=start.year + 1)
