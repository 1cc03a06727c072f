"""Host names to addresses: the operator's `connect_to` first, then DNS, of which every answer must be public."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

from ingest.errors import BlockedAddress, NameNotResolved, SettingsError
from ingest.web.address import is_forbidden

Lookup = Callable[[str], Sequence[str]]

LOOKUP_THREADS = 16  # getaddrinfo blocks for as long as a dead name server takes; with fewer, a few dead names stop all
_RULE = re.compile(r"(?P<pattern>\[[^\]]+\]|[^:=]+):(?P<port>\d{1,5})=(?P<address>\[[^\]]+\]|[^:=]+):(?P<to_port>\d{1,5})")
_MAX_PORT = 65_535


@dataclass(frozen=True, slots=True)
class ConnectTo:
    """One rule: hosts that match `pattern` (fnmatch, lower case) are, on `port`, dialled at `address` and `to_port`."""

    pattern: str
    port: int
    address: str
    to_port: int

    def covers(self, host: str, port: int) -> bool:
        """Whether the rule is for this host and port."""
        return port == self.port and fnmatchcase(host.lower().rstrip("."), self.pattern)


def parse_connect_to(text: str) -> tuple[ConnectTo, ...]:
    """The rules of the setting `connect_to`, `PATTERN:PORT=ADDRESS:PORT,...`; the first that covers a host counts.

    Only names are diverted; the client refuses a URL whose host is an address that a pattern
    covers. Raises SettingsError where a rule is malformed.
    """
    return tuple(_rule(part.strip()) for part in text.split(",") if part.strip())


def _rule(text: str) -> ConnectTo:
    problem = SettingsError(f"connect_to: {text!r} is not PATTERN:PORT=ADDRESS:PORT, such as *.example:80=127.0.0.1:8123.")
    match = _RULE.fullmatch(text)
    if match is None:
        raise problem
    try:
        address = str(ip_address(match["address"].strip("[]")))
    except ValueError:
        raise problem from None
    port, to_port = int(match["port"]), int(match["to_port"])
    if not (0 < port <= _MAX_PORT and 0 < to_port <= _MAX_PORT):
        raise problem
    return ConnectTo(match["pattern"].lower().rstrip("."), port, address, to_port)


def look_up(host: str) -> list[str]:
    """The addresses of `host` by getaddrinfo, in its order. Blocks. Raises OSError, UnicodeError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class GuardedResolver(AbstractResolver):
    """Resolves for aiohttp; refuses a whole answer if any address in it is forbidden (rule N3).

    To pick the public one out of a mixed answer would leave it to the attacker's next answer which of them is dialled.
    """

    def __init__(self, rules: Sequence[ConnectTo] = (), *, allowed_networks: Sequence[str] = (), lookup: Lookup = look_up) -> None:
        self._rules = tuple(rules)
        self._allowed_networks = tuple(allowed_networks)
        self._lookup = lookup
        self._first: dict[tuple[str, int], str] = {}
        self._threads = ThreadPoolExecutor(LOOKUP_THREADS, thread_name_prefix="newsflow-dns")

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:  # noqa: ARG002  # aiohttp filters itself
        """The addresses to dial, and the port, which aiohttp takes from here. Raises BlockedAddress, NameNotResolved."""
        for rule in self._rules:
            if rule.covers(host, port):
                return [_answer(host, rule.address, rule.to_port)]
        try:
            addresses = await asyncio.get_running_loop().run_in_executor(self._threads, self._lookup, host)
        except (OSError, UnicodeError) as error:  # a label too long for DNS is a UnicodeError
            raise NameNotResolved(f"{host!r} has no address: check the spelling, or try again later.") from error
        if not addresses:
            raise NameNotResolved(f"{host!r} has no address: check the spelling, or try again later.")
        for address in addresses:
            if is_forbidden(address, self._allowed_networks):
                raise BlockedAddress(
                    f"{host!r} resolves to {address}, which is not public: add its network to allowed_networks to dial it."
                )
        return [_answer(host, address, port) for address in addresses]

    async def first(self, host: str, port: int) -> str:
        """The first address of `host`, remembered for as long as this lives. Raises BlockedAddress, NameNotResolved."""
        if (host, port) not in self._first:
            self._first[host, port] = (await self.resolve(host, port))[0]["host"]
        return self._first[host, port]

    async def close(self) -> None:
        """End the threads; one that still waits for a dead name server is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _answer(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    )
