"""What a response's status means for a URL, and how long its server asks us to wait: pure decisions."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ingest.model import Reason

RETRY_AFTER_CAP_S = 86_400.0  # a server that asks for more has made a mistake; a day later we may ask again
_LOOKED_AT = 500_000  # bytes of an error page
_HAS_ITS_PRICE = re.compile(rb'"isAccessibleForFree"\s{0,9}:\s{0,9}"?(?:https?://schema\.org/)?false', re.IGNORECASE)
_SECONDS = re.compile(r"[+-]?[0-9]+")
_REASONS = {
    204: Reason.HTTP_OTHER,  # no content, by definition
    205: Reason.HTTP_OTHER,
    206: Reason.HTTP_OTHER,  # a part of the page; none was asked for
    401: Reason.HTTP_DENIED,
    402: Reason.PAYWALL,
    403: Reason.HTTP_DENIED,
    404: Reason.HTTP_GONE,
    408: Reason.HTTP_BUSY,
    410: Reason.HTTP_GONE,
    425: Reason.HTTP_BUSY,
    429: Reason.HTTP_BUSY,
    451: Reason.HTTP_DENIED,
}
_REASON_OF_CLASS = {4: Reason.HTTP_CLIENT, 5: Reason.HTTP_SERVER}
_RETRYABLE = frozenset({Reason.HTTP_BUSY, Reason.HTTP_SERVER})


def verdict(status: int) -> tuple[Reason | None, bool]:
    """Why a response of this status gives no page (None: it does), and whether another try may help."""
    reason = _REASONS.get(status)
    if reason is None:
        if status // 100 == 2:
            return None, False
        reason = _REASON_OF_CLASS.get(status // 100, Reason.HTTP_OTHER)
    return reason, reason in _RETRYABLE


def page_verdict(status: int, body: bytes) -> tuple[Reason | None, bool]:
    """`verdict` on an article's page: one that is denied and says in its markup that the article has its price stands behind a paywall."""
    reason, retryable = verdict(status)
    if reason is Reason.HTTP_DENIED and _HAS_ITS_PRICE.search(body[:_LOOKED_AT]):
        return Reason.PAYWALL, False
    return reason, retryable


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """The wait that a Retry-After header (RFC 9110, 10.2.3) asks for, in seconds from `now`, between 0 and a day.

    None where it says nothing that can be read.
    """
    text = (value or "").strip()
    if not text:
        return None
    if _SECONDS.fullmatch(text):
        seconds = float(text[:20])  # more digits change nothing: it is beyond the cap
    else:
        try:
            moment = parsedate_to_datetime(text)
            seconds = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
        except (ValueError, OverflowError):
            return None
    return min(max(seconds, 0.0), RETRY_AFTER_CAP_S)
