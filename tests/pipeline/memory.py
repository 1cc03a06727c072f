"""How much memory a process has taken."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.feeds.parse import FeedBytes, parse_feed


def peak_of_parse(item: FeedBytes) -> int:
    """Of the child that parses `item`."""
    parse_feed(item)
    return peak()


def peak() -> int:
    """The largest resident memory of this process so far, in bytes; `getrusage` would count what its parent had used before it."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024
