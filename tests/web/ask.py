"""One fetch by the real client, from a test that is not asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ingest.settings import Settings
from ingest.web.client import Exchange, WebClient
from ingest.web.resolve import Lookup, look_up

MAX_BYTES = 1_000_000


def ask(
    url: str, *, max_bytes: int = MAX_BYTES, headers: Mapping[str, str] | None = None, lookup: Lookup = look_up, **settings: Any
) -> Exchange:
    """Fetch `url` with these settings."""
    return ask_all([url], max_bytes=max_bytes, headers=headers, lookup=lookup, **settings)[0]


def ask_all(
    urls: list[str], *, max_bytes: int = MAX_BYTES, headers: Mapping[str, str] | None = None, lookup: Lookup = look_up, **settings: Any
) -> list[Exchange]:
    """Fetch one after the other with one client."""

    async def run() -> list[Exchange]:
        async with WebClient(Settings(**settings), lookup=lookup) as client:
            return [await client.fetch(url, max_bytes=max_bytes, headers=headers or {}) for url in urls]

    return asyncio.run(run())
