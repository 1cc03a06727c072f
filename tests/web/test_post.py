"""POST of a form, as hubs take it: only redirects that keep the method are followed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from ingest.errors import BlockedAddress
from ingest.settings import Settings
from ingest.web.client import Exchange, WebClient
from tests.pipeline.hub import serving

FORM = {"hub.mode": "subscribe", "hub.topic": "http://a.example/ö?a=1&b=2"}
BODY = b"hub.mode=subscribe&hub.topic=http%3A%2F%2Fa.example%2F%C3%B6%3Fa%3D1%26b%3D2"


def post(url: str, **settings: str) -> Exchange:
    async def run() -> Exchange:
        async with WebClient(Settings(**settings)) as client:  # type: ignore[arg-type]  # pydantic checks
            return await client.post(url, FORM, max_bytes=1_000)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        pytest.param(307, [("POST", "/old", BODY), ("POST", "/new", BODY)], id="307"),
        pytest.param(308, [("POST", "/old", BODY), ("POST", "/new", BODY)], id="308"),
        pytest.param(301, [("POST", "/old", BODY)], id="301"),
        pytest.param(302, [("POST", "/old", BODY)], id="302"),
        pytest.param(303, [("POST", "/old", BODY)], id="303"),
    ],
)
def test_redirects(status: int, seen: list[tuple[str, str, bytes]]) -> None:
    asked: list[tuple[str, str, bytes]] = []

    def handle(method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes, Mapping[str, str]]:
        asked.append((method, target, body))
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        return (202, b"", {}) if target == "/new" else (status, b"", {"Location": "/new"})

    with serving(handle) as port:
        answer = post("http://hub.example/old", connect_to=f"hub.example:80=127.0.0.1:{port}")

    assert asked == seen
    assert answer.error is None
    assert answer.status == (202 if len(seen) > 1 else status)


def test_a_hub_on_a_private_address_is_not_asked() -> None:
    answer = post("http://127.0.0.1:8080/")

    assert isinstance(answer.error, BlockedAddress)
