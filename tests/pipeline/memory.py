"""How much memory a process has taken."""

from __future__ import annotations

import resource

from ingest.feeds.parse import FeedBytes, parse_feed


def peak_of_parse(item: FeedBytes) -> int:
    """Of the child that parses `item`."""
    parse_feed(item)
    return peak()


def peak() -> int:
    """The largest resident memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
