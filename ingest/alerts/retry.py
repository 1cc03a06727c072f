"""What becomes of a message that could not be sent: pure decisions."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

BACKOFF_BASE_S = 30.0  # most faults of a mail or chat server are over within a minute
BACKOFF_CAP_S = 3_600.0
MAX_ATTEMPTS = 30  # a day at the cap: an alert older than that is no news


@dataclasses.dataclass(frozen=True, slots=True)
class Sent:
    """How one try ended. `error` is one line without secrets; empty: it was delivered."""

    error: str = ""
    final: bool = False  # trying again cannot help, until someone changes something
    retry_after_s: float = 0.0  # as the receiver asks

    @property
    def ok(self) -> bool:
        return not self.error


def wait_s(failures: int) -> float:
    """How long a channel rests after so many failures in a row."""
    return float(min(BACKOFF_BASE_S * 2.0 ** min(max(0, failures - 1), 20), BACKOFF_CAP_S))


def gives_up(result: Sent, attempts: int) -> bool:
    """Whether the message goes to the dead letters. `attempts` counts this try."""
    return result.final or attempts >= MAX_ATTEMPTS


def blocked_until(result: Sent, failures: int, now: datetime) -> datetime:
    """When the channel is tried again; `failures` counts this one."""
    asked = min(result.retry_after_s, BACKOFF_CAP_S * 24)
    return now + timedelta(seconds=max(wait_s(failures), asked))
