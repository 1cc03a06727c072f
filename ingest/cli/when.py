"""Times as a person reads them."""

from __future__ import annotations

from datetime import datetime

from ingest.feeds.schedule import span


def ago(instant: datetime | None, now: datetime) -> str:
    """Such as "5 min ago", or "never"."""
    return "never" if instant is None else f"{span(max(0, round((now - instant).total_seconds())))} ago"


def until(instant: datetime | None, now: datetime) -> str:
    """Such as "in 5 min", or "now"."""
    if instant is None or instant <= now:
        return "now"
    return f"in {span(round((instant - now).total_seconds()))}"
