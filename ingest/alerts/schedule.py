"""When a rule may speak: throttle, digest, quiet hours, as people write them and as clocks show them.

All functions are pure: `now` is passed in, an aware instant. Quiet hours and digests are wall-clock times of the rule's zone,
so a change to or from summer time moves them with the wall clock: an hour that does not exist is taken an hour later, an hour
that comes twice counts the first time.
"""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from babel.core import Locale, UnknownLocaleError

from ingest.errors import UsageError
from ingest.model import Delivery

MAX_SPAN_S = 400 * 86_400  # longer than any throttle or age limit makes sense
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_SPAN = re.compile(r"(\d{1,6})\s*([smhdw])", re.ASCII)
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def parse_span(text: str) -> int:
    """Seconds of "90s", "15m", "6h", "7d", "2w". Raises UsageError."""
    found = _SPAN.fullmatch(text.strip().lower())
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not found or seconds > MAX_SPAN_S:
        raise UsageError(f"{text!r} is no span of time: write 90s, 15m, 6h or 7d, at most 400d")
    return seconds


def show_span(seconds: int) -> str:
    """The reverse of `parse_span`, in the largest unit up to days that divides it."""
    unit = next((u for u in ("d", "h", "m") if seconds and seconds % _UNITS[u] == 0), "s")
    return f"{seconds // _UNITS[unit]}{unit}"


@dataclasses.dataclass(frozen=True, slots=True)
class Digest:
    """`day` 0 is Monday; None: every day. `at` None: every full hour."""

    at: time | None
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of "hourly", "daily@07:30" or "mon@07:30". Raises UsageError."""
        if text == "hourly":
            return cls(None)
        name, _, at = text.partition("@")
        if name == "daily" or name in _DAYS:
            return cls(_time(at, text), None if name == "daily" else _DAYS.index(name))
        raise UsageError(f"{text!r} is no digest: write hourly, daily@07:30, or a day as in mon@07:30")

    def after(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """The first moment of the digest that is later than `instant`, in UTC."""
        if self.at is None:
            whole = instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            return whole + timedelta(hours=1)
        local = instant.astimezone(zone)
        for ahead in range(9):  # a week and the days around it
            day = (local + timedelta(days=ahead)).date()
            if self.day is not None and day.weekday() != self.day:
                continue
            moment = _instant(datetime.combine(day, self.at), zone)
            if moment > instant:
                return moment
        raise AssertionError("a week has every day")


@dataclasses.dataclass(frozen=True, slots=True)
class Quiet:
    """From `start` to before `end`; over midnight where `end` is earlier."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of "22:00-07:00". Raises UsageError."""
        start, _, end = text.partition("-")
        quiet = cls(_time(start, text), _time(end, text))
        if quiet.start == quiet.end:
            raise UsageError(f"{text!r} is quiet for ever or never: give two different times, or pause the rule")
        return quiet

    def holds(self, instant: datetime, zone: ZoneInfo) -> bool:
        """Whether `instant` is within the quiet hours."""
        clock = instant.astimezone(zone).time()
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def until(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """When the quiet hours that hold at `instant` end, in UTC."""
        return Digest(self.end).after(instant, zone)


def zone_of(delivery: Delivery) -> ZoneInfo:
    """The rule's time zone. Raises UsageError."""
    name = delivery.timezone
    try:
        # A zone is read from a file of that name: what could lead elsewhere, or is no zone, zoneinfo refuses by ValueError.
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise UsageError(f"{name[:60]!r} is not a time zone: write one such as Europe/Berlin or UTC") from None


def locale_of(delivery: Delivery) -> Locale:
    """The locale of dates. Raises UsageError."""
    try:
        return Locale.parse(delivery.locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise UsageError(f"{delivery.locale[:60]!r} is not a locale: write one such as de, en_GB or pt_BR") from None


def check(delivery: Delivery) -> Delivery:
    """The same value, once all of it can be read. Raises UsageError."""
    zone_of(delivery)
    locale_of(delivery)
    if delivery.digest:
        Digest.parse(delivery.digest)
    if delivery.quiet:
        Quiet.parse(delivery.quiet)
    if delivery.digest and delivery.throttle_s:
        raise UsageError("a digest gathers by itself: give --digest or --throttle, not both")
    for seconds in (delivery.throttle_s, delivery.max_age_s or 0):
        if not 0 <= seconds <= MAX_SPAN_S:
            raise UsageError(f"{seconds} s is out of range: a span is at most 400d")
    return delivery


def _time(text: str, whole: str) -> time:
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise UsageError(f"{whole!r} holds no time of day: write hours and minutes as in 07:30")
    return time(int(found[1]), int(found[2]))


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the zone's clock shows `wall`; in the gap of spring the clock that has not been put forward decides."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
