"""robots.txt (RFC 9309): what a host's answer for it means, and what it allows us. Pure decisions; Protego reads the rules.

Protego keeps a list of rules for every user agent that is named: half a megabyte with thousands of both would fill the memory.
So only what concerns us reaches it, which is also all that is worth remembering.
"""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import msgspec
from protego import Protego

from ingest.errors import FetchError, TooManyRedirects

TOKEN = "newsflow"  # noqa: S105  # the product token of the User-Agent; RFC 9309, 2.2.1: matched without regard to case
MAX_BYTES = 512 * 1024  # what is beyond is not read; RFC 9309, 2.5, asks for 500 KiB at least
KEPT = timedelta(hours=24)  # RFC 9309, 2.4: no longer than that
UNREACHABLE_KEPT = timedelta(minutes=10)  # then it is asked for again
STALE = timedelta(days=7)  # rules of so long ago still count while a host cannot be reached
_AGENT = re.compile(r"\s*user[- ]?agent\s*[:\s]\s*([^#]*)", re.IGNORECASE)
_PRODUCT = re.compile(r"[a-z_-]+", re.IGNORECASE)
_UNAVAILABLE = frozenset(range(400, 500)) - {429}


class Robots(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a host's robots.txt. `text` is what concerns us; `reachable` False: everything is forbidden."""

    text: str = ""
    reachable: bool = True
    kept_s: float = KEPT.total_seconds()


class Policy:
    """What one robots.txt allows."""

    def __init__(self, text: str) -> None:
        self._rules = Protego.parse(text) if text else None

    def allows(self, url: str) -> bool:
        """Whether we may ask for `url`."""
        return self._rules is None or self._rules.can_fetch(url, TOKEN)

    def delay_s(self) -> float:
        """The crawl-delay that it asks for, in seconds; also as Request-rate."""
        if self._rules is None:
            return 0.0
        rate = self._rules.request_rate(TOKEN)
        return max(self._rules.crawl_delay(TOKEN) or 0.0, rate.seconds / rate.requests if rate else 0.0)


def address(url: str) -> str:
    """Where the robots.txt for `url` is: at the root of its scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}/robots.txt"


def reading(status: int, error: FetchError | None, body: bytes) -> Robots:
    """What the answer of a host means (RFC 9309, 2.3.1): 2xx has rules, 4xx and a loop of redirects none, all else forbids everything.

    429 is a host that has no time now, not one without rules.
    """
    if isinstance(error, TooManyRedirects) or status in _UNAVAILABLE:
        return Robots()
    if error is not None or status // 100 != 2:
        return Robots(reachable=False, kept_s=UNREACHABLE_KEPT.total_seconds())
    whole = body if len(body) < MAX_BYTES else body[:MAX_BYTES].rpartition(b"\n")[0]  # half a rule would forbid too much
    return Robots(text=relevant(whole))


def relevant(body: bytes) -> str:
    """The groups of a robots.txt that are for us or for all, with all other groups left out.

    A group for another crawler whose name ours begins with, such as "news", is not for us, though Protego would think so.
    """
    kept: list[str] = []
    in_heading = mine = False
    for line in body.decode("utf-8-sig", errors="replace").replace("\0", "").splitlines():
        agent = _AGENT.match(line)
        if agent is None:
            if line.partition("#")[0].strip():
                in_heading = False
                if mine:
                    kept.append(line)
            continue
        if not in_heading:
            in_heading, mine = True, False
        name = _token(agent[1])
        if name:
            mine = True
            kept.append(f"User-agent: {name}")
    return "\n".join(kept)


def _token(value: str) -> str:
    """`value` of a User-agent line as the name that Protego shall see; "" where it is somebody else's."""
    value = value.strip()
    if value == "*":
        return "*"
    product = _PRODUCT.match(value)
    return TOKEN if product and product[0].lower() == TOKEN else ""
