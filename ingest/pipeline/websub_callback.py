"""What hubs ask of us and tell us. A plain function: whatever serves HTTP hands requests to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from ingest import urls
from ingest.feeds.websub import State, after_verification, is_signed
from ingest.log import logger
from ingest.pipeline.websub import subscription
from ingest.state.ledger import Ledger
from ingest.state.websub import Held

MAX_BODY_BYTES = 10 * 1024 * 1024  # whoever serves may refuse larger ones without reading them
_MAX_CHALLENGE, _MAX_FIELDS = 4_096, 32


class Answer(NamedTuple):
    """What to send back. The body is text/plain: a challenge is foreign text."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


def receive(ledger: Ledger, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Answer one request to a callback. `target` is path and query; names of `headers` in any case. Raises StateError.

    GET: the hub asks whether a subscription is meant, or denies it. POST: news. A body with a wrong signature is
    ignored, and answered as a right one (section 7.1): nobody learns by trying.
    """
    parts = urlsplit(target)
    held = ledger.websub.by_key(parts.path.rstrip("/").rpartition("/")[2])
    if method == "GET":
        return _verified(ledger, held, parts.query)
    if method != "POST":
        return Answer(405)
    if held is None:
        return Answer(410)  # the hub may end it
    if len(body) > MAX_BODY_BYTES:
        return Answer(413)
    _hear(ledger, held, next((value for name, value in headers.items() if name.lower() == "x-hub-signature"), ""), body)
    return Answer(202)


def _verified(ledger: Ledger, held: Held | None, query: str) -> Answer:
    try:
        fields = {name: values[0] for name, values in parse_qs(query, max_num_fields=_MAX_FIELDS).items()}
    except ValueError:
        return Answer(400)
    mode, challenge = fields.get("hub.mode", ""), fields.get("hub.challenge", "")
    if held is None:
        return Answer(404)
    if len(challenge) > _MAX_CHALLENGE or (not challenge and mode != "denied"):
        return Answer(400)
    sub = subscription(held)
    step = after_verification(sub, mode, fields.get("hub.topic", ""), fields.get("hub.lease_seconds", ""), fields.get("hub.reason", ""))
    if step is None:
        return Answer(404)
    if not ledger.websub.write(
        sub.id, sub.turn, state=step.state, in_s=step.in_s, attempts=step.attempts, lease_s=step.lease_s, error=step.error
    ):
        return Answer(503)  # it has just changed: the hub asks again
    logger().info("hub verified", hub=urls.redact(sub.hub), topic=urls.redact(sub.topic), mode=mode, state=str(step.state))
    return Answer(200, challenge.encode() if mode != "denied" else b"")


def _hear(ledger: Ledger, held: Held, signature: str, body: bytes) -> None:
    sub = subscription(held)
    if not is_signed(signature, body, held.secret):
        logger().warning("notification ignored: it is not signed with our secret", hub=urls.redact(sub.hub), topic=urls.redact(sub.topic))
        return
    if sub.state in (State.LIVE, State.ASKED):
        ledger.websub.ring(sub.id)
