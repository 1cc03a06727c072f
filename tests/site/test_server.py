"""The site that other tests rely on does what they believe."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.site import Request, Response, Site, hostile
from tests.site.tls import Authority


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


class Got(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]


def get(site: Site, host: str, path: str, headers: Mapping[str, str] = {}) -> Got:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=5)
    connection.request("GET", path, headers={"Host": host, "Connection": "close"} | dict(headers))
    response = connection.getresponse()
    got = Got(response.status, response.read(), dict(response.headers))
    connection.close()
    return got


def test_hosts_have_pages_of_their_own(site: Site) -> None:
    site.route("a.example", "/", "Über a")
    site.route("b.example", "/", b"b", status=503, headers={"Retry-After": "9"}, content_type="text/plain")
    assert get(site, "a.example", "/").body == "Über a".encode()
    busy = get(site, "b.example", "/")
    assert (busy.status, busy.body, busy.headers["Content-Type"], busy.headers["Retry-After"]) == (503, b"b", "text/plain", "9")
    assert get(site, "c.example", "/").status == 404
    assert [(asked.host, asked.path) for asked in site.requests] == [("a.example", "/"), ("b.example", "/"), ("c.example", "/")]
    assert site.connections == 3


def test_a_validator_is_honoured(site: Site) -> None:
    site.route("a.example", "/feed", "<rss/>", headers={"ETag": '"1"'})
    assert get(site, "a.example", "/feed", {"If-None-Match": '"0"'}).status == 200
    fresh = get(site, "a.example", "/feed", {"If-None-Match": '"1"'})
    assert (fresh.status, fresh.body) == (304, b"")


def test_a_handler_sees_the_request(site: Site) -> None:
    def count(request: Request) -> Response:
        return Response(f"{request.path} {request.headers['X-Name']} {len(site.requests)}", 201)

    site.route("a.example", "/x?y=1", count)
    assert get(site, "a.example", "/x?y=1", {"X-Name": "n"}).body == b"/x?y=1 n 1"
    assert get(site, "a.example", "/x?y=1", {"X-Name": "n"}).status == 201


def test_a_redirect_has_a_location(site: Site) -> None:
    site.redirect("a.example", "/old", "/new", status=301)
    response = get(site, "a.example", "/old")
    assert (response.status, response.headers["Location"]) == (301, "/new")


def test_a_hostile_server_notices_that_the_client_hangs_up(site: Site) -> None:
    ended = threading.Event()
    site.raw("a.example", "/", hostile.drips_body(every_s=0.01, ended=ended))
    with socket.create_connection(("127.0.0.1", site.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
        assert connection.recv(9) == b"HTTP/1.1 "
        assert not ended.is_set()
    assert ended.wait(5)


def test_a_page_that_replaces_a_hostile_one_is_served(site: Site) -> None:
    site.raw("a.example", "/", hostile.says(b"nonsense"))
    site.route("a.example", "/", "better")
    assert get(site, "a.example", "/").body == b"better"


def test_a_site_with_tls_is_on_port_443_and_trusted_by_its_authority(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with Site(tls=authority.site("localhost")) as site:
        site.route("localhost", "/", "secret")
        assert site.connect_to == f"*:443=127.0.0.1:{site.port}"
        context = ssl.create_default_context(cafile=str(authority.root))
        connection = http.client.HTTPSConnection("localhost", site.port, timeout=5, context=context)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"secret"
        connection.close()
