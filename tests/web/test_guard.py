from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from ingest.errors import BlockedAddress, BlockedPort, InvalidUrl
from ingest.web.faults import typed
from ingest.web.guard import checked_url, socket_guard
from tests.site import Site
from tests.web.ask import ask

# All of them reach 127.0.0.1 in one client or another (rule N2). PORT is that of the site.
ODD = [
    "http://127.0.0.1:PORT/", "http://localhost:PORT/", "http://LOCALHOST.:PORT/", "http://2130706433:PORT/", "http://0x7f000001:PORT/",
    "http://0x7f.1:PORT/", "http://0177.0.0.1:PORT/", "http://0177.0.0.01:PORT/", "http://017700000001:PORT/", "http://127.1:PORT/", "http://127.0.1:PORT/",
    "http://0:PORT/", "http://0.0.0.0:PORT/", "http://127.0.0.1.:PORT/", "http://①②⑦.0.0.1:PORT/", "http://127。0。0。1:PORT/",
    "http://\uff11\uff12\uff17.\uff10.0.1:PORT/", "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/", "http://[::1]:PORT/", "http://[::]:PORT/", "http://[::ffff:7f00:1]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/", "http://[::127.0.0.1]:PORT/", "http://[0:0:0:0:0:0:0:1]:PORT/", "http://[::1%25lo]:PORT/", "http://[64:ff9b::7f00:1]:PORT/",
    "http://user@127.0.0.1:PORT/", "http://example.org:80@127.0.0.1:PORT/", "http://127.0.0.1:PORT#@example.org/", "http://127.0.0.1:PORT\\@example.org/",
    "http://%31%32%37.0.0.1:PORT/", "http://127.0.0.1%00.example.org:PORT/", "http:///127.0.0.1:PORT/", "//127.0.0.1:PORT/", "http:127.0.0.1:PORT/",
    "\thttp://127.0.0.1:PORT/\n", "http://127.0.0.1\t:PORT/",
]  # fmt: skip


@pytest.mark.parametrize("spelling", ODD)
def test_no_spelling_of_loopback_is_dialled(site: Site, spelling: str) -> None:
    exchange = ask(spelling.replace("PORT", str(site.port)), allowed_ports=(site.port, 80))
    assert exchange.error is not None
    assert not exchange.error.retryable or exchange.error.reason == "dns"
    assert exchange.status == 0
    assert (site.requests, site.connections) == ([], 0)


NO_URLS = ["", "   ", "news", "ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "http://", "http://[::1", "http://a b/", "http://a..b/", "http://exa\x00mple.org/", "http://example.org:99999/", "http://example.org:x/", "http://example.org/" + "x" * 3000]  # fmt: skip


@pytest.mark.parametrize("url", NO_URLS)
def test_what_is_no_web_url_is_invalid(url: str) -> None:
    with pytest.raises(InvalidUrl):
        checked_url(url, ports=[80, 443], allowed_networks=[])


@pytest.mark.parametrize("port", [1, 21, 22, 25, 465, 6379, 9200, 10250])
def test_only_web_ports_are_dialled(site: Site, port: int) -> None:
    exchange = ask(f"http://a.example:{port}/", connect_to=f"*:{port}=127.0.0.1:{site.port}")
    assert isinstance(exchange.error, BlockedPort)
    assert (site.requests, site.connections) == ([], 0)


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("http://example.org", "http://example.org/"),
        ("http://u:p@example.org/a?b=c#d", "http://example.org/a?b=c"),
        ("http://example.org/a%2Fb?sig=x%3D%3d&u=a%20b+c", "http://example.org/a%2Fb?sig=x%3D%3d&u=a%20b+c"),
        ("http://example.org/ü?q=é|", "http://example.org/%C3%BC?q=%C3%A9%7C"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://example.org/100%", "http://example.org/100%25"),
    ],
)
def test_a_url_is_sent_as_it_stands_unless_it_must_be_quoted(url: str, sent: str) -> None:
    assert str(checked_url(url, ports=[80], allowed_networks=[])) == sent


def test_an_address_of_an_allowed_network_passes() -> None:
    assert checked_url("http://10.0.0.1/", ports=[80], allowed_networks=["10.0.0.0/8"]).host == "10.0.0.1"


class Careless(AbstractResolver):
    """Answers loopback and does not look."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0) for address in self.addresses]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["127.0.0.1", "127.0.0.2"], ["::1", "127.0.0.1"]])
def test_the_guard_of_sockets_stops_what_a_careless_resolver_lets_through(site: Site, addresses: list[str]) -> None:
    async def get() -> Exception | None:
        guard = socket_guard(allowed_networks=[], trusted=frozenset({("127.0.0.1", site.port + 1)}))
        connector = aiohttp.TCPConnector(resolver=Careless(*addresses), socket_factory=guard)
        async with aiohttp.ClientSession(connector=connector) as session:
            try:
                await session.get(f"http://a.example:{site.port}/")
            except aiohttp.ClientError as error:
                return error
        return None

    error = asyncio.run(get())
    assert error is not None
    assert isinstance(typed(error, "http://a.example/"), BlockedAddress)
    assert (site.requests, site.connections) == ([], 0)
