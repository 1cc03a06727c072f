"""WebSub (W3C Recommendation, 23 January 2018): what a subscriber does next. Pure decisions; all times are spans in seconds.

A notification is taken as a hint: the feed is due at once, and what is read is what its own server says. So there is
one way by which entries come in, with its validators, limits and identities, and nobody can slip us an article by
guessing a signature.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

import msgspec

from ingest.feeds.rhythm import DAY_S

LEASE_S = 10 * DAY_S  # asked for; a hub may grant another one
MIN_LEASE_S, MAX_LEASE_S = 300.0, 60 * DAY_S  # believed of what it grants
RENEW_AT = 0.8  # of the lease
VERIFY_S = 600.0  # within which a hub that took a request asks back
RETRY_CAP_S = DAY_S
LEAVE_TRIES = 3  # then the hub's lease will do it
METHODS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}  # section 8
_PARAMETER = r"""\s*;\s*[\w!#$&+.^`|~-]+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;<]*))?"""
_LINK = re.compile(rf"<([^<>]*)>((?:{_PARAMETER})*)")
_REL = re.compile(r""";\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))""", re.IGNORECASE)
MAX_LINK_CHARS = 16_384  # of all Link headers together


class State(StrEnum):
    """Where a subscription stands."""

    WANTED = "wanted"  # to be asked for
    ASKED = "asked"  # the hub took the request and has not asked back yet
    LIVE = "live"  # verified; as long as its lease lasts
    DENIED = "denied"  # by the hub; asked for again after a day
    LEAVING = "leaving"  # to be ended


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """One feed at one hub. Its secret is not in it."""

    id: int
    feed_id: int
    hub: str
    topic: str
    key: str  # last part of the callback's path, known to the hub alone
    state: State
    turn: int = 0  # counts the writes: what was decided on an older one is not written
    attempts: int = 0  # requests since the hub last asked back


class Step(NamedTuple):
    """What becomes of a subscription. `state` None: it is forgotten."""

    state: State | None
    in_s: float = 0.0  # to the next request
    attempts: int = 0
    lease_s: float | None = None  # granted now
    error: str = ""


def form(subscription: Subscription, base: str, secret: str) -> dict[str, str]:
    """The request to the hub (section 5.1). `base` is the public URL under which callbacks are received."""
    fields = {"hub.callback": f"{base.rstrip('/')}/{subscription.key}", "hub.topic": subscription.topic}
    if subscription.state is State.LEAVING:
        return fields | {"hub.mode": "unsubscribe"}
    return fields | {"hub.mode": "subscribe", "hub.lease_seconds": f"{LEASE_S:.0f}", "hub.secret": secret}


def gives_up(subscription: Subscription) -> bool:
    """Whether to forget a subscription rather than to ask once more for its end."""
    return subscription.state is State.LEAVING and subscription.attempts >= LEAVE_TRIES


def after_request(subscription: Subscription, error: str) -> Step:
    """After the hub took the request (`error` empty), or did not."""
    attempts = subscription.attempts + 1
    in_s = min(VERIFY_S * 2.0 ** min(attempts - 1, 20), RETRY_CAP_S)
    stays = subscription.state in (State.LIVE, State.LEAVING)  # a renewal that fails ends nothing before the lease does
    state = subscription.state if stays else State.WANTED if error else State.ASKED
    return Step(state, in_s, attempts, error=error)


def after_verification(subscription: Subscription, mode: str, topic: str, lease: str, reason: str = "") -> Step | None:
    """What a hub's request to the callback means (section 5.2, 5.3); None: it is not to be confirmed."""
    if topic != subscription.topic:
        return None
    leaving = subscription.state is State.LEAVING
    if mode == "unsubscribe":
        return Step(None) if leaving else None
    if leaving:
        return None
    if mode == "denied":
        return Step(State.DENIED, DAY_S, error=f"the hub denies it: {reason[:200]}" if reason else "the hub denies it")
    if mode != "subscribe":
        return None
    granted = float(lease) if lease.isascii() and lease.isdigit() and len(lease) < 12 else LEASE_S
    granted = min(max(granted, MIN_LEASE_S), MAX_LEASE_S)
    return Step(State.LIVE, granted * RENEW_AT, lease_s=granted)


def is_signed(header: str, body: bytes, secret: str) -> bool:
    """Whether X-Hub-Signature is that of `body` (section 7.1). SHA-1 counts: many hubs know no other, and as an HMAC it holds."""
    method, _, digest = header.strip().partition("=")
    make = METHODS.get(method.lower())
    return make is not None and hmac.compare_digest(hmac.new(secret.encode(), body, make).hexdigest().encode(), digest.lower().encode())


def linked(headers: Iterable[str]) -> dict[str, str]:
    """The first target of each relation in Link headers (RFC 8288), as it stands there; names in lower case."""
    found: dict[str, str] = {}
    for target, parameters in _LINK.findall(", ".join(headers)[:MAX_LINK_CHARS]):
        rel = _REL.search(parameters)
        for name in ((rel[1] or rel[2]) if rel else "").lower().split():
            found.setdefault(name, target.strip())
    return found
