"""The guarded client: every byte from outside comes through here.

The address is checked when the socket is made, on every hop; one deadline covers a fetch from start to last byte;
bodies are capped as received and as decoded; there are no cookies, no proxies, no retries.
"""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import unquote, urljoin, urlsplit

import aiohttp
from yarl import URL

from ingest import urls
from ingest.errors import (
    BlockedAddress,
    BlockedPort,
    BodyTooLarge,
    ConnectFailed,
    FetchError,
    FetchTimeout,
    IncompleteBody,
    InvalidUrl,
    NameNotResolved,
    ProtocolError,
    TlsError,
    TooManyRedirects,
)
from ingest.settings import Settings
from ingest.web.address import is_forbidden
from ingest.web.decode import ACCEPT, decode
from ingest.web.resolve import GuardedResolver

MAX_HEADER_BYTES = 64 * 1024  # real sites send security policies of 60 KB
_REDIRECTS = {301, 302, 303, 307, 308}
_PIECE = 64 * 1024


class Hop(NamedTuple):
    """A redirect that was followed."""

    url: str
    status: int
    location: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One fetch: what was asked, what came, or why nothing did. URLs are without credentials."""

    url: str
    final_url: str
    hops: tuple[Hop, ...] = ()
    status: int = 0
    request_headers: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes = b""  # as received: transfer-encoding undone, content-encoding not
    body: bytes = b""  # decoded
    fetched_at: datetime
    elapsed_s: float = 0.0
    ip: str | None = None
    error: FetchError | None = None

    def header(self, name: str) -> str | None:
        """The first header called `name`."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def content_type(self) -> str | None:
        return self.header("content-type")


class WebClient:
    """Use as an async context manager; one per event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._resolver = GuardedResolver(settings)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            limit=self._settings.fetch_concurrency,
            resolver=self._resolver,
            socket_factory=self._socket,
            ttl_dns_cache=300,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            timeout=aiohttp.ClientTimeout(total=None, connect=self._settings.fetch_connect_s),
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._session is not None:
            await self._session.close()

    async def fetch(self, url: str, *, max_bytes: int, headers: Mapping[str, str] = {}) -> Exchange:
        """GET `url` and follow redirects. Never raises for what the URL or the server does: see `Exchange.error`."""
        bare, userinfo = _split(url)
        trace = _Trace(final_url=bare, request_headers=self._headers(headers))
        start = time.monotonic()
        error: FetchError | None = None
        try:
            async with asyncio.timeout(self._settings.fetch_total_s):
                await self._follow(trace, userinfo, max_bytes)
        except (TimeoutError, aiohttp.ServerTimeoutError):
            error = FetchTimeout(f"{urls.redact(trace.final_url)} took longer than {self._settings.fetch_total_s:g} s")
        except FetchError as raised:
            error = raised
        except (aiohttp.ClientError, OSError, ValueError) as raised:
            error = _typed(raised, urls.redact(trace.final_url))
        return Exchange(
            url=urls.redact(bare),
            final_url=trace.final_url,
            hops=tuple(trace.hops),
            status=trace.status,
            request_headers=tuple(trace.request_headers.items()),
            headers=trace.headers,
            raw=bytes(trace.raw),
            body=trace.body,
            fetched_at=datetime.now(UTC),
            elapsed_s=time.monotonic() - start,
            ip=trace.ip,
            error=error,
        )

    async def _follow(self, trace: _Trace, userinfo: str | None, max_bytes: int) -> None:
        origin = _origin(trace.final_url)
        while True:
            self._check(trace.final_url)
            secret = userinfo if userinfo and _origin(trace.final_url) == origin else None
            location = await self._request(trace, secret, max_bytes)
            if location is None:
                return
            if len(trace.hops) >= self._settings.fetch_redirects:
                raise TooManyRedirects(f"{urls.redact(trace.final_url)} redirects more than {self._settings.fetch_redirects} times")
            target = urls.clean_link(location, base=trace.final_url)
            if target is None:
                raise InvalidUrl(f"{urls.redact(trace.final_url)} redirects to something that is no web address")
            trace.hops.append(Hop(urls.redact(trace.final_url), trace.status, urls.redact(target)))
            trace.final_url = target

    async def _request(self, trace: _Trace, userinfo: str | None, max_bytes: int) -> str | None:
        """One request; the Location of a redirect, or None when the body is in `trace`."""
        assert self._session is not None, "use WebClient as an async context manager"
        sent = dict(trace.request_headers)
        if userinfo:
            sent["Authorization"] = "Basic " + b64encode(unquote(userinfo).encode()).decode()
        async with self._session.get(URL(trace.final_url, encoded=True), headers=sent, allow_redirects=False) as response:
            trace.status = response.status
            trace.headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in response.raw_headers)
            trace.ip = _peer(response)
            if response.status in _REDIRECTS and (location := response.headers.get("Location")):
                return location
            await _read(response, trace, max_bytes)
        encodings = [v for k, v in trace.headers if k.lower() == "content-encoding"]
        trace.body = decode(bytes(trace.raw), ",".join(encodings), max_bytes)
        return None

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        return {"User-Agent": self._settings.user_agent, "Accept": "*/*", "Accept-Encoding": ACCEPT, **more}

    def _check(self, url: str) -> None:
        parts = urlsplit(url)
        port = parts.port or urls.DEFAULT_PORTS.get(parts.scheme, 0)
        if not parts.hostname or parts.scheme not in urls.DEFAULT_PORTS:
            raise InvalidUrl(f"{urls.redact(url)!r} is not an http or https URL")
        if port not in self._settings.allowed_ports:
            raise BlockedPort(f"port {port} of {urls.redact(url)} is not among NEWSFLOW_ALLOWED_PORTS")

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        """aiohttp makes every socket here, with the address that it is about to dial: IP literals too."""
        family, kind, proto, _, address = info
        if is_forbidden(str(address[0]), self._settings.allowed_networks) and (address[0], address[1]) not in self._resolver.trusted:
            raise BlockedAddress("the address is not public; NEWSFLOW_ALLOWED_NETWORKS can allow it")
        return socket.socket(family=family, type=kind, proto=proto)


@dataclasses.dataclass(slots=True)
class _Trace:
    """What is known of a fetch so far: it survives a failure, for the archive."""

    final_url: str
    request_headers: dict[str, str]
    hops: list[Hop] = dataclasses.field(default_factory=list)
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytearray = dataclasses.field(default_factory=bytearray)
    body: bytes = b""
    ip: str | None = None


async def _read(response: aiohttp.ClientResponse, trace: _Trace, max_bytes: int) -> None:
    announced = response.headers.get("Content-Length", "")
    if announced and not (announced.isascii() and announced.isdigit()):
        raise ProtocolError(f"{urls.redact(trace.final_url)} announces a body of {announced[:20]!r} bytes")
    if announced and int(announced[:20]) > max_bytes:
        raise BodyTooLarge(f"{urls.redact(trace.final_url)} announces {announced[:20]} bytes; the limit is {max_bytes:,}")
    trace.raw = bytearray()
    async for piece in response.content.iter_chunked(_PIECE):
        trace.raw += piece
        if len(trace.raw) > max_bytes:
            del trace.raw[max_bytes:]
            raise BodyTooLarge(f"{urls.redact(trace.final_url)} sends more than {max_bytes:,} bytes")


def _split(url: str) -> tuple[str, str | None]:
    """`url` to dial and its userinfo; what is no URL is left to `_check`."""
    try:
        bare, userinfo = urls.split_credentials(url)
    except ValueError:
        return url, None
    return urls.clean_link(bare) or urljoin("invalid:", urls.redact(url)), userinfo


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port


def _peer(response: aiohttp.ClientResponse) -> str | None:
    transport = response.connection.transport if response.connection else None
    name = transport.get_extra_info("peername") if transport else None
    return str(name[0]) if name else None


def _typed(error: Exception, url: str) -> FetchError:
    """Our error for one of aiohttp's or of the system's; never with their text, which may hold the URL."""
    cause: BaseException | None = error
    while cause is not None:  # what the resolver or the guard raised is wrapped
        if isinstance(cause, FetchError):
            return cause
        cause = cause.__cause__ or cause.__context__
    made: FetchError
    match error:
        case aiohttp.ClientConnectorDNSError():
            made = NameNotResolved(f"the host of {url} has no address")
        case aiohttp.ClientSSLError() | ssl.SSLError():
            made = TlsError(f"the certificate of {url} is not trusted, or the handshake failed")
        case aiohttp.ClientPayloadError():
            made = IncompleteBody(f"{url} ended before its body did")
        case aiohttp.InvalidURL() | ValueError():
            made = InvalidUrl(f"{url!r} cannot be dialled: check its spelling")
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | OSError():
            made = ConnectFailed(f"no connection to {url}: refused, reset or unreachable")
        case _:
            made = ProtocolError(f"{url} does not answer as HTTP asks ({type(error).__name__})")
    return made
