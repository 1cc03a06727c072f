"""What a server and a feed ask for about the time of the next poll."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

MAX_FRESH_S = 30 * 86_400.0  # longer ones are mistakes
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)
_UNCACHED = re.compile(r"(?:^|[\s,])(?:no-cache|no-store)\b(?!\s*=)", re.IGNORECASE)
_SKIP = re.compile(rb"<skip(hours|days)\b[^<>]*>(.{0,2000}?)</skip\1\s*>", re.IGNORECASE | re.DOTALL)
_HOUR = re.compile(rb"<hour\b[^<>]*>\s*(\d{1,2})\s*</hour", re.IGNORECASE)
_DAY = re.compile(rb"<day\b[^<>]*>\s*([a-z]{6,9})\s*</day", re.IGNORECASE)
_DAYS = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")


class Hints(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Waits in seconds; hours and days are UTC, 0 to 23 and 0 (Monday) to 6."""

    fresh_s: float = 0.0  # Cache-Control or Expires: the answer stays as it is
    ttl_s: float = 0.0  # `ttl`, or `sy:updatePeriod` by `sy:updateFrequency`
    retry_after_s: float = 0.0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


def fresh_s(headers: Mapping[str, str], now: datetime) -> float:
    """How much longer the answer is fresh, in seconds (RFC 9111, 4.2): max-age less Age, else Expires less Date; 0 where neither says so.

    `headers` have lower-case names.
    """
    control = headers.get("cache-control", "")
    if _UNCACHED.search(control):
        return 0.0
    if match := _MAX_AGE.search(control):
        age = headers.get("age", "").strip()
        fresh = float(match[1]) - (float(age[:10]) if age.isascii() and age.isdigit() else 0.0)
    else:
        expires = _date(headers.get("expires"))
        fresh = (expires - (_date(headers.get("date")) or now)).total_seconds() if expires else 0.0
    return min(max(fresh, 0.0), MAX_FRESH_S)


def skipped(document: bytes) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The hours and days of RSS `skipHours` and `skipDays`. An hour 24, of RSS 0.91, is midnight."""
    hours: set[int] = set()
    days: set[int] = set()
    for match in _SKIP.finditer(document):
        if match[1].lower() == b"hours":
            hours |= {int(hour) % 24 for hour in _HOUR.findall(match[2]) if int(hour) <= 24}
        else:
            days |= {_DAYS.index(day.lower()) for day in _DAY.findall(match[2]) if day.lower() in _DAYS}
    return tuple(sorted(hours)), tuple(sorted(days))


def _date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text) if text else None
    except (ValueError, OverflowError):
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
