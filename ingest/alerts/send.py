"""One try to hand a message to a channel."""

from __future__ import annotations

from datetime import datetime

from ingest.alerts import webhook
from ingest.alerts.message import Message
from ingest.alerts.retry import Sent


def send(url: str, message: Message, now: datetime) -> Sent:
    """To the channel `url`, of any kind but rss. Never raises for what the other side does."""
    if url.lower().startswith("webhook+"):
        return webhook.send(url, message, now)
    from ingest.alerts import services  # noqa: PLC0415  # Apprise takes a second to load, and not every channel needs it

    return services.send(url, message)
