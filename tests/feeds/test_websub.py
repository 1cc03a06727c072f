"""WebSub: signatures, Link headers, and what becomes of a subscription after each thing that a hub may do."""

from __future__ import annotations

import hashlib
import hmac
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ingest.feeds.rhythm import DAY_S
from ingest.feeds.websub import (
    LEASE_S,
    MAX_LEASE_S,
    MIN_LEASE_S,
    RENEW_AT,
    VERIFY_S,
    State,
    Step,
    Subscription,
    after_request,
    after_verification,
    form,
    gives_up,
    is_signed,
    linked,
)

TOPIC = "https://paper.example/feed"
SUB = Subscription(id=1, feed_id=1, hub="https://hub.example/", topic=TOPIC, key="k", state=State.WANTED)
BODY, SECRET = b"<rss/>", "secret"


def signed(method: str, body: bytes = BODY, secret: str = SECRET) -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


@pytest.mark.parametrize(
    ("header", "good"),
    [
        *(pytest.param(signed(method), True, id=method) for method in ("sha1", "sha256", "sha384", "sha512")),
        pytest.param(signed("sha256").upper().replace("SHA256", "SHA256"), True, id="in capitals"),
        pytest.param(f" {signed('sha256')} ", True, id="with blanks"),
        pytest.param(signed("md5"), False, id="md5"),
        pytest.param(signed("sha256", secret="other"), False, id="another secret"),
        pytest.param(signed("sha256", b"<rss />"), False, id="another body"),
        pytest.param(signed("sha256")[:-2], False, id="cut"),
        pytest.param(f"sha256={hashlib.sha256(BODY).hexdigest()}", False, id="a digest without the secret"),
        pytest.param(signed("sha1").replace("sha1", "sha256"), False, id="another method's"),
        pytest.param("", False, id="none"),
        pytest.param("sha256", False, id="no digest"),
        pytest.param("sha256=größer", False, id="beyond ASCII"),
    ],
)
def test_signatures(header: str, *, good: bool) -> None:
    assert is_signed(header, BODY, SECRET) is good


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        pytest.param(['<https://h.example/>; rel="hub"', '<https://f.example/>; rel="self"'],
                     {"hub": "https://h.example/", "self": "https://f.example/"}, id="two headers"),
        pytest.param(["<https://h.example/>; rel=hub, <https://f.example/>; rel=self"],
                     {"hub": "https://h.example/", "self": "https://f.example/"}, id="one header, without quotes"),
        pytest.param(['</hub>; title="a, b; c"; REL="HUB"'], {"hub": "/hub"}, id="a comma in quotes, capitals"),
        pytest.param(['<https://f.example/>; rel="self alternate"'],
                     {"self": "https://f.example/", "alternate": "https://f.example/"}, id="two names"),
        pytest.param(["<https://1.example/>; rel=hub, <https://2.example/>; rel=hub"], {"hub": "https://1.example/"}, id="two hubs: the first"),
        pytest.param(["<https://x.example/>"], {}, id="no name"),
        pytest.param(["garbage", "<", ";rel=hub", ""], {}, id="no links"),
    ],
)  # fmt: skip
def test_link_headers(headers: list[str], found: dict[str, str]) -> None:
    assert linked(headers) == found


@given(st.lists(st.text(alphabet=string.printable + "ß", max_size=80), max_size=5))
def test_any_link_header_is_survived(headers: list[str]) -> None:
    assert all(name == name.lower() for name in linked(headers))


def test_a_header_made_to_be_slow_is_not() -> None:
    assert linked(["<" * 200_000, "<a>" + ";a" * 200_000, '<a>;rel="' + "\\" * 200_000]) is not None


def test_the_requests_to_a_hub() -> None:
    asked = form(SUB, "https://news.example/websub/", SECRET)

    assert asked == {
        "hub.callback": "https://news.example/websub/k",
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.lease_seconds": "864000",
        "hub.secret": SECRET,
    }
    assert form(replace(SUB, state=State.LEAVING), "https://news.example/websub", SECRET) == {
        "hub.callback": "https://news.example/websub/k",
        "hub.mode": "unsubscribe",
        "hub.topic": TOPIC,
    }


@pytest.mark.parametrize(
    ("state", "attempts", "error", "step"),
    [
        pytest.param(State.WANTED, 0, "", Step(State.ASKED, VERIFY_S, 1), id="taken"),
        pytest.param(State.WANTED, 0, "500", Step(State.WANTED, VERIFY_S, 1, error="500"), id="refused"),
        pytest.param(State.ASKED, 2, "", Step(State.ASKED, 4 * VERIFY_S, 3), id="never asked back: longer each time"),
        pytest.param(State.DENIED, 30, "", Step(State.ASKED, DAY_S, 31), id="at most a day"),
        pytest.param(State.LIVE, 0, "500", Step(State.LIVE, VERIFY_S, 1, error="500"), id="a renewal that failed"),
        pytest.param(State.LIVE, 0, "", Step(State.LIVE, VERIFY_S, 1), id="a renewal"),
        pytest.param(State.LEAVING, 0, "", Step(State.LEAVING, VERIFY_S, 1), id="the end"),
    ],
)
def test_after_a_request(state: State, attempts: int, error: str, step: Step) -> None:
    assert after_request(replace(SUB, state=state, attempts=attempts), error) == step


def test_the_end_is_asked_for_three_times() -> None:
    assert [gives_up(replace(SUB, state=State.LEAVING, attempts=n)) for n in (0, 2, 3)] == [False, False, True]
    assert not gives_up(replace(SUB, state=State.ASKED, attempts=99))


def live(lease_s: float) -> Step:
    return Step(State.LIVE, lease_s * RENEW_AT, lease_s=lease_s)


@pytest.mark.parametrize(
    ("state", "mode", "topic", "lease", "step"),
    [
        pytest.param(State.ASKED, "subscribe", TOPIC, "86400", live(86_400), id="verified"),
        pytest.param(State.WANTED, "subscribe", TOPIC, "86400", live(86_400), id="before it answered the request"),
        pytest.param(State.LIVE, "subscribe", TOPIC, "86400", live(86_400), id="renewed"),
        pytest.param(State.ASKED, "subscribe", TOPIC, "", live(LEASE_S), id="no lease given"),
        pytest.param(State.ASKED, "subscribe", TOPIC, "-5", live(LEASE_S), id="a lease that is none"),
        pytest.param(State.ASKED, "subscribe", TOPIC, "1", live(MIN_LEASE_S), id="a lease too short to renew"),
        pytest.param(State.ASKED, "subscribe", TOPIC, "99999999999", live(MAX_LEASE_S), id="a lease for ever"),
        pytest.param(State.ASKED, "subscribe", TOPIC + "2", "86400", None, id="another topic"),
        pytest.param(State.ASKED, "unsubscribe", TOPIC, "", None, id="an end that nobody asked for"),
        pytest.param(State.LEAVING, "unsubscribe", TOPIC, "", Step(None), id="the end"),
        pytest.param(State.LEAVING, "subscribe", TOPIC, "86400", None, id="no subscription any more"),
        pytest.param(State.ASKED, "denied", TOPIC, "", Step(State.DENIED, DAY_S, error="the hub denies it"), id="denied"),
        pytest.param(State.LIVE, "denied", TOPIC, "", Step(State.DENIED, DAY_S, error="the hub denies it"), id="denied later"),
        pytest.param(State.ASKED, "publish", TOPIC, "", None, id="an unknown mode"),
    ],
)
def test_what_a_hub_asks_back(state: State, mode: str, topic: str, lease: str, step: Step | None) -> None:
    assert after_verification(replace(SUB, state=state, attempts=2), mode, topic, lease) == step
