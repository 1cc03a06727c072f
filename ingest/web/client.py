"""The guarded client: every byte from outside comes through here.

The address is checked when the socket is made, on every hop; one deadline covers a fetch from start to last byte;
bodies are capped as received and as decoded; there are no cookies, no proxies, no retries. Before each request whoever
minds politeness may hold it back or forbid it; that wait is no part of the deadline.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
import traceback
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import NamedTuple, Protocol, Self
from urllib.parse import unquote

import aiohttp
from aiohttp.connector import Connection
from multidict import CIMultiDict
from yarl import URL

from ingest import urls
from ingest.errors import (
    BadEncoding,
    BlockedAddress,
    BodyTooLarge,
    FetchError,
    IncompleteBody,
    InvalidUrl,
    LeaseLost,
    StateError,
    TooManyRedirects,
)
from ingest.log import logger
from ingest.settings import Settings
from ingest.web.address import check_networks
from ingest.web.decode import ACCEPT, decode
from ingest.web.faults import typed
from ingest.web.guard import checked_url, is_address, socket_guard
from ingest.web.resolve import GuardedResolver, Lookup, look_up, parse_connect_to

MAX_HEADER_BYTES = 64 * 1024  # of one line; real sites send security policies of 60 KB
MAX_HEADERS = 256
DNS_CACHE_S = 300
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REDIRECTS_OF_POST = frozenset({307, 308})
_BODILESS = frozenset({204, 304})
_FOR_ORIGIN_ONLY = ("Authorization", "Cookie", "Proxy-Authorization")
_ACCEPT_TYPES = (
    "text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,application/feed+json,application/xml;q=0.9,*/*;q=0.8"
)


class Hop(NamedTuple):
    """A redirect that was followed. Both URLs are redacted."""

    url: str
    status: int
    location: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One fetch: what was asked, what came, or why nothing usable did. URLs are without credentials.

    `error` is None where a full response came, whatever its `status`. `request_headers` are those of the last hop;
    an Authorization among them is shown as `***`. Headers and bodies are no part of its `repr`: asyncio makes one of what
    a task has returned, though nobody reads it.
    """

    url: str
    final_url: str
    hops: tuple[Hop, ...] = ()
    status: int = 0  # 0: no response
    request_headers: tuple[tuple[str, str], ...] = dataclasses.field(default=(), repr=False)
    headers: tuple[tuple[str, str], ...] = dataclasses.field(default=(), repr=False)  # as received
    raw: bytes = dataclasses.field(default=b"", repr=False)  # as received: transfer coding undone, content coding not
    body: bytes = dataclasses.field(default=b"", repr=False)  # decoded
    fetched_at: datetime  # when the fetch began
    elapsed_s: float = 0.0
    ip: str | None = None
    error: FetchError | None = None

    def header(self, name: str) -> str | None:
        """The first header called `name`."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def content_type(self) -> str | None:
        """The header Content-Type, as received."""
        return self.header("content-type")


class Visit(Protocol):
    """A request that was admitted."""

    def over(self, status: int, retry_after: str | None) -> None:
        """The response is here, or none will come (`status` 0)."""


class Admission(Protocol):
    """Asked before each request, those of redirects too."""

    async def admit(self, url: str) -> Visit:
        """Wait until `url` may be requested. Raises FetchError where it may not."""


class WebClient:
    """Use as an async context manager; one per event loop. Raises SettingsError for a malformed `connect_to` or `allowed_networks`."""

    def __init__(self, settings: Settings, *, lookup: Lookup = look_up) -> None:
        """`lookup` resolves names that `connect_to` does not cover; its answers are judged whatever it says."""
        self._settings = settings
        self._rules = parse_connect_to(settings.connect_to)
        self._allowed_networks = check_networks(settings.allowed_networks)
        self._lookup = lookup
        self._session: aiohttp.ClientSession | None = None
        # Waiting for a slot of the connector would count against the deadline of the one that waits.
        self._slots = asyncio.Semaphore(settings.fetch_concurrency)

    async def __aenter__(self) -> Self:
        settings = self._settings
        trusted = frozenset((rule.address, rule.to_port) for rule in self._rules)
        self._resolver = GuardedResolver(self._rules, allowed_networks=self._allowed_networks, lookup=self._lookup)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=settings.fetch_concurrency,
                resolver=self._resolver,
                socket_factory=socket_guard(allowed_networks=self._allowed_networks, trusted=trusted),
                ttl_dns_cache=DNS_CACHE_S,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            max_headers=MAX_HEADERS,
            response_class=_Response,
            timeout=aiohttp.ClientTimeout(total=settings.fetch_total_s, connect=settings.fetch_connect_s),
        )
        self._session._retry_connection = False  # noqa: SLF001  # it would ask again at once, without a turn of the host
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._session is not None:
            await self._session.close()
            await self._resolver.close()

    async def fetch(
        self,
        url: str,
        *,
        max_bytes: int,
        headers: Mapping[str, str] = {},
        admission: Admission | None = None,
        cut: bool = False,
        verify_tls: bool = True,
    ) -> Exchange:
        """GET `url` and follow redirects. Never raises for what the URL or its server does: see `Exchange.error`.

        With `cut`, of a body that is larger than `max_bytes` the beginning is read. Without `verify_tls` the host of `url`, and no other
        that it redirects to, may show any certificate. Raises StateError, LeaseLost where `admission` does.
        """
        try:
            bare, userinfo = urls.split_credentials(url)
        except ValueError:  # a broken IPv6 host
            bare, userinfo = urls.redact(url), None
        return await self._exchange(
            _SoFar(bare, max_bytes=max_bytes, cut=cut, trusted="" if verify_tls else urls.host(bare)), headers, userinfo, admission
        )

    async def post(self, url: str, form: Mapping[str, str], *, max_bytes: int, admission: Admission | None = None) -> Exchange:
        """POST `form`, url-encoded; only redirects that keep the method (307, 308) are followed. Raises as `fetch` does."""
        return await self._exchange(_SoFar(url, max_bytes=max_bytes, form=form), {}, None, admission)

    async def _exchange(self, so_far: _SoFar, headers: Mapping[str, str], userinfo: str | None, admission: Admission | None) -> Exchange:
        asked = so_far.url
        error: FetchError | None = None
        try:
            await self._follow(so_far, headers, userinfo, admission)
        except (StateError, LeaseLost):
            raise
        except (FetchError, aiohttp.ClientError, OSError, ValueError) as raised:  # OSError: also TimeoutError
            error = typed(raised, urls.redact(so_far.url))
        except Exception as fault:  # noqa: BLE001  # of ours or of a library: it costs this one URL, not its batch
            # Neither its message nor the values around it: they may hold the URL with its secrets.
            where = "".join(traceback.format_tb(fault.__traceback__))
            logger().error("fetch failed", url=urls.redact(so_far.url), fault=type(fault).__name__, where=where)
            error = FetchError(f"{urls.redact(so_far.url)} met a fault of ours: the log has it.")
        if error is not None:
            # The frames behind it hold what was read and decoded: ten megabytes for each bomb of a batch.
            error.__traceback__ = error.__context__ = error.__cause__ = None
        return Exchange(
            url=asked,
            final_url=so_far.url,
            hops=tuple(so_far.hops),
            status=so_far.status,
            request_headers=so_far.request_headers,
            headers=so_far.headers,
            raw=bytes(so_far.raw),
            body=so_far.body,
            fetched_at=so_far.began or datetime.now(UTC),
            elapsed_s=so_far.elapsed_s,
            ip=so_far.ip,
            error=error,
        )

    async def _follow(self, so_far: _SoFar, headers: Mapping[str, str], userinfo: str | None, admission: Admission | None) -> None:
        origin: URL | None = None
        while True:
            target = checked_url(so_far.url, ports=self._settings.allowed_ports, allowed_networks=self._allowed_networks)
            self._refuse_diverted_address(target)
            origin = origin or target.origin()
            sent = self._headers(headers, userinfo)
            if target.origin() != origin:
                for name in _FOR_ORIGIN_ONLY:
                    sent.popall(name, None)
            try:
                location = await self._visit(so_far, target, sent, admission)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                # A connection that was kept open may just have been closed: once more, with a turn of its own.
                if so_far.lost or so_far.status or isinstance(error, aiohttp.ClientConnectorError):
                    raise
                so_far.lost = True
                location = await self._visit(so_far, target, sent, admission)
            if location is None:
                return
            if len(so_far.hops) >= self._settings.fetch_redirects:
                raise TooManyRedirects(f"{urls.redact(so_far.url)} redirects more often than fetch_redirects allows: it may be a loop.")
            so_far.go(location)

    async def _visit(self, so_far: _SoFar, target: URL, sent: CIMultiDict[str], admission: Admission | None) -> str | None:
        """One request, once it is admitted; the deadline that all of a fetch share stands still meanwhile."""
        visit = await admission.admit(so_far.url) if admission else None
        try:
            async with self._slots:
                so_far.began = so_far.began or datetime.now(UTC)
                start = time.monotonic()
                try:
                    async with asyncio.timeout(self._settings.fetch_total_s - so_far.elapsed_s):
                        return await self._request(so_far, target, sent)
                finally:
                    so_far.elapsed_s += time.monotonic() - start
        finally:
            if visit:
                visit.over(so_far.status, so_far.header("retry-after") or None)

    async def address(self, url: str) -> str:
        """The first address of the host of `url`, as it would be dialled. Raises FetchError."""
        target = checked_url(url, ports=self._settings.allowed_ports, allowed_networks=self._allowed_networks)
        host = target.raw_host or ""
        return host if is_address(host) else await self._resolver.first(host, target.port or 0)

    def _refuse_diverted_address(self, target: URL) -> None:
        """No resolver sees an address: it would be dialled as it stands, and leave a network that `connect_to` is to close."""
        host, port = target.raw_host or "", target.port or 0
        if is_address(host) and any(rule.covers(host, port) for rule in self._rules):
            raise BlockedAddress(f"{urls.redact(str(target))} has an address that connect_to covers: connect_to can only divert names.")

    def _headers(self, more: Mapping[str, str], userinfo: str | None) -> CIMultiDict[str]:
        sent = CIMultiDict({"User-Agent": self._settings.user_agent, "Accept": _ACCEPT_TYPES, "Accept-Encoding": ACCEPT})
        if userinfo is not None:
            sent["Authorization"] = "Basic " + b64encode(unquote(userinfo).encode()).decode()
        sent.update(more)
        return sent

    async def _request(self, so_far: _SoFar, target: URL, sent: CIMultiDict[str]) -> str | None:
        """One request: the Location of a redirect, or None when its response is in `so_far`."""
        assert self._session is not None, "use WebClient as an async context manager"
        so_far.request_headers = _shown(sent)
        method = "GET" if so_far.form is None else "POST"
        verified = not so_far.trusted or urls.host(so_far.url) != so_far.trusted
        made = self._session.request(method, target, headers=sent, data=so_far.form, allow_redirects=False, ssl=verified)
        async with made as response:
            assert isinstance(response, _Response)
            so_far.status = response.status
            so_far.headers = tuple((_text(name), _text(value)) for name, value in response.raw_headers)
            so_far.request_headers = _shown(CIMultiDict(response.request_info.headers))
            so_far.ip = response.ip
            followed = _REDIRECTS if so_far.form is None else _REDIRECTS_OF_POST
            if response.status in followed and (location := so_far.header("location")):
                return location
            try:
                await _read(response, so_far.raw, so_far.max_bytes, cut=so_far.cut)
                so_far.body = decode(bytes(so_far.raw), so_far.header("content-encoding"), so_far.max_bytes, cut=so_far.cut)
            except (BodyTooLarge, BadEncoding, IncompleteBody, aiohttp.ClientPayloadError):
                if response.status < 400:  # of an error page nobody needs the body: its status says all
                    raise
        return None


@dataclasses.dataclass(slots=True)
class _SoFar:
    """What is known of a fetch: it survives a failure, for the archive."""

    url: str
    max_bytes: int
    cut: bool = False
    form: Mapping[str, str] | None = None  # what is posted
    trusted: str = ""  # the host whose certificate is not verified
    began: datetime | None = None
    elapsed_s: float = 0.0  # of the deadline
    lost: bool = False  # a connection, before anything was answered
    hops: list[Hop] = dataclasses.field(default_factory=list)
    status: int = 0
    request_headers: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytearray = dataclasses.field(default_factory=bytearray)
    body: bytes = b""
    ip: str | None = None

    def header(self, name: str) -> str:
        """All headers called `name`, as one list."""
        return ",".join(value for key, value in self.headers if key.lower() == name)

    def go(self, location: str) -> None:
        """Be redirected. Raises InvalidUrl."""
        # Credentials in a Location are dropped: nobody here has given them.
        target = urls.clean_link(location, self.url)
        if target is None:
            raise InvalidUrl(f"{urls.redact(self.url)} redirects to something that is no http or https URL: its server must be mended.")
        self.hops.append(Hop(urls.redact(self.url), self.status, urls.redact(target)))
        self.url = target
        self.status, self.headers, self.ip, self.lost = 0, (), None, False


class _Response(aiohttp.ClientResponse):
    """Keeps the address of the peer: the connection is given back as soon as the last byte is here."""

    ip: str | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        peer = connection.transport.get_extra_info("peername") if connection.transport else None
        self.ip = str(peer[0]) if peer else None
        return await super().start(connection)


async def _read(response: aiohttp.ClientResponse, raw: bytearray, max_bytes: int, *, cut: bool) -> None:
    announced = response.headers.get("Content-Length", "")
    has_body = response.status not in _BODILESS  # theirs is the length that another answer would have (RFC 9110, 8.6)
    if has_body and not cut and announced.isascii() and announced.isdigit() and int(announced[:20]) > max_bytes:
        raise BodyTooLarge(f"the body is announced with {announced[:20]} bytes, more than {max_bytes:,}: raise the limit to read it.")
    async for piece in response.content.iter_any():
        raw += piece
        if len(raw) > max_bytes:
            if cut:
                response.close()  # the rest is not wanted, and the connection of no use with it
                return
            raise BodyTooLarge(f"the body is larger than {max_bytes:,} bytes: raise feed_max_bytes or page_max_bytes to read it.")


def _shown(sent: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    hidden = {name.lower() for name in _FOR_ORIGIN_ONLY}
    return tuple((name, "***" if name.lower() in hidden else value) for name, value in sent.items())


def _text(value: bytes) -> str:
    """RFC 9110 wants ASCII; of what comes beyond it most is UTF-8, and Latin-1 reads the rest."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
