"""What an HTTP status means for a URL: pure decisions."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ingest.model import Reason

RETRY_AFTER_CAP_S = 86_400.0  # a server that asks for more has made a mistake, or means never


def verdict(status: int) -> tuple[Reason | None, bool]:
    """(why it is no page, or None; whether another try may help)."""
    if status in {404, 410}:
        return Reason.HTTP_GONE, False
    if status in {401, 402, 403, 451}:
        return Reason.HTTP_DENIED, False
    if status in {408, 425, 429}:
        return Reason.HTTP_BUSY, True
    if 400 <= status < 500:
        return Reason.HTTP_CLIENT, False
    if 500 <= status < 600:
        return Reason.HTTP_SERVER, True
    if status in {200, 203}:
        return None, False
    return Reason.HTTP_OTHER, False


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """The header Retry-After (RFC 9110, 10.2.3) in seconds from `now`, between 0 and a day; None where it says nothing."""
    text = (value or "").strip()
    if not text:
        return None
    if text.lstrip("+-").isascii() and text.lstrip("+-").isdigit():
        seconds = float(text[:12])
    else:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
    return min(max(seconds, 0.0), RETRY_AFTER_CAP_S)
