"""The signed webhook: what stands in it, and what the answers mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.alerts.message import Message
from ingest.alerts.retry import MAX_ATTEMPTS, Sent, blocked_until, gives_up, wait_s
from ingest.alerts.webhook import send, signature, verdict
from tests.alerts.receivers import SECRET, hook

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MESSAGE = Message(key="msg_1", subject="s", text="t", html="h", payload={"a": "ä"})


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the specification's libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_request_carries_its_key_and_is_signed() -> None:
    with hook() as (received, url):
        assert send(url, MESSAGE, NOW).ok

    ((headers, body),) = received.requests
    assert body == '{"a":"ä"}'.encode()
    assert headers["webhook-id"] == "msg_1"
    assert headers["webhook-signature"] == signature(SECRET, "msg_1", int(NOW.timestamp()), body)
    assert SECRET not in str(headers)


def test_a_redirect_is_not_followed() -> None:
    with hook() as (other, elsewhere), hook() as (received, url):
        received.status, received.headers = 307, {"Location": elsewhere.replace("webhook+", "").replace(f"{SECRET}@", "")}
        result = send(url, MESSAGE, NOW)

    assert (result.error, result.final) == ("answered 307", True)
    assert other.requests == []


@pytest.mark.parametrize(
    ("status", "retry_after", "expected"),
    [
        (200, "", Sent()),
        (204, "", Sent()),
        (302, "", Sent("answered 302", final=True)),
        (401, "", Sent("answered 401", final=True)),
        (410, "", Sent("answered 410", final=True)),
        (408, "", Sent("answered 408")),
        (429, "120", Sent("answered 429", retry_after_s=120)),
        (429, "Wed, 21 Oct 2026 07:28:00 GMT", Sent("answered 429")),
        (429, "9" * 50, Sent("answered 429")),
        (500, "", Sent("answered 500")),
        (503, "60", Sent("answered 503", retry_after_s=60)),
    ],
)
def test_what_an_answer_means(status: int, retry_after: str, expected: Sent) -> None:
    assert verdict(status, retry_after) == expected


def test_nobody_listens() -> None:
    result = send(f"webhook+http://{SECRET}@127.0.0.1:1/x", MESSAGE, NOW)

    assert not result.ok
    assert not result.final
    assert SECRET not in result.error


def test_waits_double_up_to_an_hour_and_end() -> None:
    assert [wait_s(n) for n in (1, 2, 3, 8, 50)] == [30, 60, 120, 3_600, 3_600]
    assert (blocked_until(Sent("x", retry_after_s=100), 1, NOW) - NOW).total_seconds() == 100
    assert not gives_up(Sent("x"), MAX_ATTEMPTS - 1)
    assert gives_up(Sent("x"), MAX_ATTEMPTS)
    assert gives_up(Sent("x", final=True), 1)
