"""When is a feed polled next? A pure decision that says why."""

from __future__ import annotations

import hashlib

import msgspec

from ingest.model import Feed

MAX_DOUBLINGS = 20  # beyond it the cap holds anyway


class NextPoll(msgspec.Struct, frozen=True):
    """`in_s` seconds from now, because of `reason`, a phrase for people."""

    in_s: float
    reason: str


def next_poll(
    feed: Feed, *, interval_s: float, error_cap_s: float, error: str | None = None, retry_after_s: float | None = None
) -> NextPoll:
    """The time to the next poll of `feed` after one that ended with `error` (None: it went well).

    Errors in a row double the wait up to `error_cap_s` and never stop a feed for good. The server's Retry-After holds
    where it is longer. A spread of up to a tenth, made from the feed's URL, keeps feeds from falling due together.
    """
    base = feed.interval_s or interval_s
    wait, reason = base, f"every {span(base)}"
    if error is not None:
        wait = min(base * 2.0 ** min(feed.errors + 1, MAX_DOUBLINGS), max(error_cap_s, base))
        reason = f"error {feed.errors + 1} in a row ({error}): wait {span(wait)}"
    if retry_after_s is not None and retry_after_s > wait:
        wait, reason = retry_after_s, f"the server asks for {span(retry_after_s)}"
    return NextPoll(wait * (1 + _spread(feed.url) / 10), reason)


def span(seconds: float) -> str:
    """A duration for people: "45 s", "15 min", "2 h", "3 d"."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {unit}"
    return f"{seconds:g} s"


def _spread(url: str) -> float:
    """0 to 1, the same for a feed at all times."""
    return int.from_bytes(hashlib.sha256(url.encode()).digest()[:4], "big") / 2**32
