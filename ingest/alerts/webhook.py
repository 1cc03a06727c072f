"""The signed JSON webhook, after Standard Webhooks (standardwebhooks.com, symmetric signatures, version 1).

The three headers: `webhook-id` is the same on every try of a message, so that a receiver can drop repeats; `webhook-timestamp` is
the time of the try, in seconds; `webhook-signature` is "v1," and the base64 of HMAC-SHA256 over "id.timestamp.body".

The address is the operator's own, given on the command line: private addresses are allowed on purpose, an alert often goes to
the next machine. Redirects are not followed, proxies of the environment are not used, nothing of the answer but its status is kept.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from urllib.parse import unquote, urlsplit, urlunsplit

import aiohttp
import msgspec

from ingest import __version__
from ingest.alerts.message import Message
from ingest.alerts.retry import Sent

TIMEOUT_S = 15.0  # of one try; a receiver that works longer should answer 202 first
_SECRET_PREFIX = "whsec_"  # noqa: S105  # how Standard Webhooks marks base64
_TRY_AGAIN = frozenset({408, 409, 425, 429})  # of 4xx; all other 4xx say that the message will never be taken


def signature(secret: str, key: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    digest = hmac.new(_key(secret), f"{key}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def send(url: str, message: Message, now: datetime) -> Sent:
    """POST the payload to the webhook `url`; never raises for what the network does."""
    target, secret = _target(url)
    body = msgspec.json.encode(message.payload)
    timestamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Newsflow/{__version__}",
        "webhook-id": message.key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message.key, timestamp, body),
    }
    return asyncio.run(_post(target, body, headers))


async def _post(target: str, body: bytes, headers: dict[str, str]) -> Sent:
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.post(target, data=body, headers=headers, allow_redirects=False) as response,
        ):
            return verdict(response.status, response.headers.get("Retry-After", ""))
    except TimeoutError:
        return Sent(f"no answer within {TIMEOUT_S:g} s")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Sent(f"cannot be reached: {type(error).__name__}")


def verdict(status: int, retry_after: str = "") -> Sent:
    """What the status of an answer means."""
    if 200 <= status < 300:
        return Sent()
    final = 300 <= status < 500 and status not in _TRY_AGAIN
    asked = float(retry_after) if retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 7 else 0.0
    return Sent(f"answered {status}", final=final, retry_after_s=asked)


def _target(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme.partition("+")[2], netloc, parts.path or "/", parts.query, "")), unquote(parts.username or "")


def _key(secret: str) -> bytes:
    if secret.startswith(_SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
