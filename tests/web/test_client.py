from __future__ import annotations

import asyncio
import base64
import dataclasses
import gzip
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest import __version__
from ingest.errors import (
    BlockedAddress,
    BlockedPort,
    ConnectFailed,
    FetchError,
    InvalidUrl,
    NameNotResolved,
    ProtocolError,
    SettingsError,
    TooManyRedirects,
)
from ingest.settings import Settings
from ingest.web.client import Exchange, Hop, WebClient
from tests.site import Site, hostile
from tests.site.tls import Authority
from tests.web.ask import ask, ask_all

URL = "http://a.example/x"


def test_a_page_comes_with_all_that_is_known_of_it(site: Site) -> None:
    packed = gzip.compress(b"hello")
    site.route("a.example", "/x", packed, headers={"Content-Encoding": "gzip", "ETag": '"1"'}, content_type="text/html")
    before = datetime.now(UTC)
    exchange = ask(URL, connect_to=site.connect_to)
    assert exchange.error is None
    assert (exchange.url, exchange.final_url, exchange.hops, exchange.status, exchange.ip) == (URL, URL, (), 200, "127.0.0.1")
    assert (exchange.raw, exchange.body, exchange.content_type) == (packed, b"hello", "text/html")
    assert (exchange.header("etag"), exchange.header("no-such")) == ('"1"', None)
    assert ("ETag", '"1"') in exchange.headers
    assert before <= exchange.fetched_at <= datetime.now(UTC)
    assert 0 < exchange.elapsed_s < 5


def test_the_request_says_who_asks_and_what_it_reads(site: Site) -> None:
    exchange = ask(URL, connect_to=site.connect_to, contact="news@example.org", headers={"If-None-Match": '"1"', "accept": "text/xml"})
    sent = site.requests[0].headers
    assert sent["User-Agent"] == f"Newsflow/{__version__} (news@example.org)"
    assert sent["Accept-Encoding"] == "gzip, deflate, br, zstd"
    assert (sent["If-None-Match"], sent["Host"]) == ('"1"', "a.example")
    assert [value for name, value in exchange.request_headers if name.lower() == "accept"] == ["text/xml"]
    assert dict(exchange.request_headers)["Host"] == "a.example"


@pytest.mark.parametrize("status", [200, 204, 304, 404, 410, 429, 500, 503, 599])
def test_any_full_response_is_no_error(site: Site, status: int) -> None:
    site.route("a.example", "/x", b"" if status in (204, 304) else b"page", status=status)
    exchange = ask(URL, connect_to=site.connect_to)
    assert (exchange.status, exchange.error) == (status, None)


@pytest.mark.parametrize("status", [204, 304])
def test_the_length_that_a_bodiless_answer_tells_is_not_one_of_its_body(site: Site, status: int) -> None:
    site.raw("a.example", "/x", lambda peer: peer.sendall(f"HTTP/1.1 {status} X\r\nContent-Length: 99999999\r\nETag: 1\r\n\r\n".encode()))
    exchange = ask(URL, connect_to=site.connect_to)
    assert (exchange.status, exchange.error, exchange.body) == (status, None, b"")


def test_of_an_error_page_the_body_does_not_matter(site: Site) -> None:
    site.route("a.example", "/x", b"no gzip", status=503, headers={"Content-Encoding": "gzip", "Retry-After": "5"})
    exchange = ask(URL, connect_to=site.connect_to)
    assert (exchange.status, exchange.error, exchange.body, exchange.header("retry-after")) == (503, None, b"", "5")


def test_a_redirect_is_followed_and_told(site: Site) -> None:
    site.route("a.example", "/x", status=301, headers={"Location": "/y?token=k3y"})
    site.route("a.example", "/y?token=k3y", status=302, headers={"Location": "//b.example/z#part"})
    site.route("b.example", "/z", b"there")
    exchange = ask(URL, connect_to=site.connect_to)
    assert (exchange.url, exchange.final_url, exchange.body, exchange.error) == (URL, "http://b.example/z", b"there", None)
    assert exchange.hops == (Hop(URL, 301, "http://a.example/y?token=***"), Hop("http://a.example/y?token=***", 302, "http://b.example/z"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_these_are_redirects(site: Site, status: int) -> None:
    site.route("a.example", "/x", status=status, headers={"Location": "/y"})
    site.route("a.example", "/y", b"there")
    assert ask(URL, connect_to=site.connect_to).body == b"there"


@pytest.mark.parametrize(("status", "headers"), [(300, {"Location": "/y"}), (304, {"Location": "/y"}), (302, {}), (302, {"Location": ""})])
def test_these_are_none(site: Site, status: int, headers: dict[str, str]) -> None:
    site.route("a.example", "/x", status=status, headers=headers)
    exchange = ask(URL, connect_to=site.connect_to)
    assert (exchange.status, exchange.hops, exchange.error) == (status, (), None)


REDIRECTED_WRONGLY: dict[str, tuple[str, type[FetchError]]] = {
    "loopback": ("http://127.0.0.1/", BlockedAddress),
    "loopback by number": ("http://2130706433/", InvalidUrl),
    "loopback, mapped": ("http://[::ffff:127.0.0.1]/", BlockedAddress),
    "loopback behind a user": ("http://a.example@127.0.0.1/", BlockedAddress),
    "metadata": ("http://169.254.169.254/latest/meta-data/", BlockedAddress),
    "a name of loopback": ("https://localhost/", BlockedAddress),
    "ssh": ("http://a.example:22/", BlockedPort),
    "search engine": ("//a.example:9200/_search", BlockedPort),
    "file": ("file:///etc/passwd", InvalidUrl),
    "gopher": ("gopher://a.example/", InvalidUrl),
    "data": ("data:text/html,x", InvalidUrl),
    "javascript": ("javascript:alert(1)", InvalidUrl),
    "broken address": ("http://[::1", InvalidUrl),
    "no host": ("http://:80/", InvalidUrl),
    "port beyond all": ("http://a.example:99999/", InvalidUrl),
    "a part of the page": ("#top", InvalidUrl),
    "far too long": ("/" + "y" * 3000, InvalidUrl),
}


@pytest.mark.parametrize(("location", "expected"), REDIRECTED_WRONGLY.values(), ids=REDIRECTED_WRONGLY.keys())
def test_a_redirect_is_checked_as_the_first_url_was(site: Site, location: str, expected: type[FetchError]) -> None:
    site.route("a.example", "/x", status=302, headers={"Location": location})
    exchange = ask(URL, connect_to=site.connect_to)
    assert isinstance(exchange.error, expected)
    assert [request.path for request in site.requests] == ["/x"]


def test_a_redirect_with_a_nul_in_it_goes_nowhere(site: Site) -> None:
    site.raw("a.example", "/x", hostile.says(b"HTTP/1.1 302 Found\r\nLocation: http://b.example/\0y\r\nContent-Length: 0\r\n\r\n"))
    exchange = ask(URL, connect_to=site.connect_to)
    assert isinstance(exchange.error, ProtocolError | InvalidUrl)
    assert [request.path for request in site.requests] == ["/x"]


def test_redirects_end_at_the_limit(site: Site) -> None:
    for number in range(9):
        site.route(
            "a.example",
            f"/{number}",
            b"there" if number == 5 else b"",
            status=200 if number == 5 else 302,
            headers={"Location": f"/{number + 1}"},
        )
    assert ask("http://a.example/0", connect_to=site.connect_to, fetch_redirects=5).body == b"there"
    one_more = ask("http://a.example/0", connect_to=site.connect_to, fetch_redirects=4)
    assert isinstance(one_more.error, TooManyRedirects)
    assert len(one_more.hops) == 4


def test_of_six_redirects_the_last_is_not_followed(site: Site) -> None:
    for number in range(6):
        site.redirect("a.example", f"/{number}", f"/{number + 1}")
    exchange = ask("http://a.example/0", connect_to=site.connect_to)
    assert isinstance(exchange.error, TooManyRedirects)
    assert [request.path for request in site.requests] == [f"/{number}" for number in range(6)]


def test_a_loop_of_redirects_ends_at_the_limit(site: Site) -> None:
    site.route("a.example", "/x", status=302, headers={"Location": "http://b.example/y"})
    site.route("b.example", "/y", status=302, headers={"Location": URL})
    assert isinstance(ask(URL, connect_to=site.connect_to).error, TooManyRedirects)
    assert len(site.requests) == 6


def test_credentials_of_the_url_go_to_its_origin_alone(site: Site) -> None:
    site.route("a.example", "/x", status=302, headers={"Location": "/y"})
    site.route("a.example", "/y", status=302, headers={"Location": "http://b.example/z"})
    site.route("b.example", "/z", status=302, headers={"Location": "http://a.example:8080/w"})
    site.route("a.example", "/w", b"there")
    exchange = ask(
        "http://bob:s3cret%21@a.example/x",
        connect_to=f"{site.connect_to},*:8080=127.0.0.1:{site.port}",
        headers={"Cookie": "c=1", "X-Plain": "kept"},
    )
    assert exchange.body == b"there"
    basic = "Basic " + base64.b64encode(b"bob:s3cret!").decode()
    assert [request.headers.get("Authorization") for request in site.requests] == [basic, basic, None, None]
    assert [request.headers.get("Cookie") for request in site.requests] == ["c=1", "c=1", None, None]
    assert {request.headers.get("X-Plain") for request in site.requests} == {"kept"}


def test_another_port_of_its_host_is_another_origin(site: Site) -> None:
    site.redirect("a.example", "/x", "http://a.example:8080/y")
    site.route("a.example", "/y", b"there")
    exchange = ask("http://bob:pw@a.example/x", connect_to=f"{site.connect_to},*:8080=127.0.0.1:{site.port}", headers={"Cookie": "c=1"})
    assert exchange.body == b"there"
    assert [("Authorization" in request.headers, "Cookie" in request.headers) for request in site.requests] == [
        (True, True),
        (False, False),
    ]


@pytest.mark.parametrize("first", ["http", "https"])
def test_another_scheme_is_another_origin_and_may_be_redirected_to(site: Site, tmp_path: Path, first: str) -> None:
    with Site(tls=Authority(tmp_path).site("a.example")) as encrypted:
        sites, second = {"http": site, "https": encrypted}, "http" if first == "https" else "https"
        sites[first].redirect("a.example", "/x", f"{second}://a.example/y")
        sites[second].route("a.example", "/y", b"there")

        async def get() -> Exchange:
            async with WebClient(Settings(connect_to=f"{site.connect_to},{encrypted.connect_to}")) as client:
                return await client.fetch(f"{first}://bob:pw@a.example/x", max_bytes=100, headers={"Cookie": "c=1"}, verify_tls=False)

        exchange = asyncio.run(get())
    assert (exchange.error, exchange.body, exchange.final_url) == (None, b"there", f"{second}://a.example/y")
    assert {"Authorization", "Cookie"} <= sites[first].requests[0].headers.keys()
    assert not {"Authorization", "Cookie"} & sites[second].requests[0].headers.keys()


def test_no_secret_of_the_url_is_in_what_comes_back(site: Site) -> None:
    site.route("a.example", "/x", b"page")
    secret = "http://bob:s3cret@a.example"
    exchanges = ask_all(
        [f"{secret}/x", f"{secret}/none", f"{secret}:22/x", "http://bob:s3cret@[::1", "http://bob:s3cret@127.0.0.1/"],
        connect_to=site.connect_to,
    )
    closed = ask("http://bob:s3cret@a.example/x?token=s3cret", connect_to="*:80=127.0.0.1:1")
    assert isinstance(closed.error, ConnectFailed)
    assert "s3cret" not in repr([dataclasses.asdict(exchange) for exchange in exchanges])
    assert "s3cret" not in str(closed.error) + repr(closed.request_headers)


def test_what_is_shown_of_an_exchange_is_short_and_holds_nothing_that_came(site: Site) -> None:
    site.route("a.example", "/x", b"body " * 10_000, headers={"X-Token": "s3cret"})
    exchange = ask(URL, connect_to=site.connect_to)
    assert len(exchange.body) == 50_000
    assert len(repr(exchange)) < 500
    assert "s3cret" not in repr(exchange)


def test_credentials_in_a_redirect_are_dropped(site: Site) -> None:
    site.route("a.example", "/x", status=302, headers={"Location": "http://eve:pw@b.example/y"})
    site.route("b.example", "/y", b"there")
    exchange = ask(URL, connect_to=site.connect_to)
    assert (exchange.final_url, exchange.body) == ("http://b.example/y", b"there")
    assert "Authorization" not in site.requests[1].headers


def test_cookies_are_not_kept(site: Site) -> None:
    site.route("a.example", "/x", status=302, headers={"Location": "/y", "Set-Cookie": "id=1; Path=/"})
    site.route("a.example", "/y", b"there", headers={"Set-Cookie": "id=2; Path=/"})
    ask_all([URL, URL], connect_to=site.connect_to)
    assert len(site.requests) == 4
    assert all("Cookie" not in request.headers for request in site.requests)


def test_proxies_of_the_environment_are_not_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    site.route("a.example", "/x", b"page")
    assert ask(URL, connect_to=site.connect_to).body == b"page"


@pytest.mark.parametrize("url", ["http://93.184.216.34/", "http://[2606:4700::1111]/", "http://127.0.0.1/"])
def test_an_address_does_not_leave_a_network_that_connect_to_closes(site: Site, url: str) -> None:
    site.redirect("a.example", "/", url)
    for asked in (url, "http://a.example/"):
        assert isinstance(ask(asked, connect_to=site.connect_to, allowed_networks=("127.0.0.0/8",)).error, BlockedAddress)
    assert site.connections == 1  # that of the redirect


def test_an_address_of_an_allowed_network_is_dialled(site: Site) -> None:
    site.route("127.0.0.1", "/", b"page")
    url = f"http://127.0.0.1:{site.port}/"
    assert ask(url, connect_to=site.connect_to, allowed_networks=("127.0.0.0/8",), allowed_ports=(site.port,)).body == b"page"


def test_a_refused_connection_is_tried_again_later() -> None:
    error = ask(URL, connect_to="*:80=127.0.0.1:1").error
    assert isinstance(error, ConnectFailed)
    assert error.retryable


def test_a_name_without_an_address_is_tried_again_later() -> None:
    error = ask("http://no-such-host.invalid/").error
    assert isinstance(error, NameNotResolved)
    assert error.retryable


@pytest.mark.parametrize("setting", [{"connect_to": "nonsense"}, {"allowed_networks": ("10.0.0.0/99",)}])
def test_a_bad_setting_fails_at_once(setting: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        WebClient(Settings(**setting))  # type: ignore[arg-type]


def test_a_fault_of_ours_costs_one_url_and_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(_: str) -> list[str]:
        raise RuntimeError("not foreseen")

    error = ask("http://bob:s3cret@a.example/", lookup=broken).error
    assert error is not None
    assert (error.reason, error.retryable) == ("internal", False)
    logged = "".join(capsys.readouterr())
    assert "RuntimeError" in logged
    assert "in broken" in logged
    assert "s3cret" not in logged


def test_waiting_for_a_slot_does_not_count_against_the_deadline(site: Site) -> None:
    def slow(peer: object) -> None:
        time.sleep(0.4)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")  # type: ignore[attr-defined]

    site.raw("a.example", "/x", slow)

    async def run() -> list[bytes]:
        async with WebClient(Settings(connect_to=site.connect_to, fetch_concurrency=1, fetch_total_s=1, fetch_connect_s=1)) as client:
            return [exchange.body for exchange in await asyncio.gather(*(client.fetch(URL, max_bytes=100) for _ in range(4)))]

    assert asyncio.run(run()) == [b"ok"] * 4


def test_a_fetch_that_is_cancelled_ends(site: Site) -> None:
    site.raw("a.example", "/x", lambda _: time.sleep(2))

    async def run() -> float:
        async with WebClient(Settings(connect_to=site.connect_to)) as client:
            start = time.monotonic()
            task = asyncio.create_task(client.fetch(URL, max_bytes=100))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return time.monotonic() - start

    assert asyncio.run(run()) < 1
