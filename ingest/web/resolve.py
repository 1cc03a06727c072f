"""From a host name to addresses that may be dialled."""

from __future__ import annotations

import asyncio
import socket
from fnmatch import fnmatchcase
from typing import NamedTuple

from aiohttp.abc import AbstractResolver, ResolveResult

from ingest.errors import BlockedAddress, NameNotResolved, SettingsError
from ingest.settings import Settings
from ingest.web.address import is_forbidden


class Detour(NamedTuple):
    """`connect_to`: hosts that match `pattern` on `port` are dialled at `address` instead."""

    pattern: str
    port: int
    address: str
    to_port: int


def parse_connect_to(text: str) -> list[Detour]:
    """`PATTERN:PORT=ADDRESS:PORT,…`. Raises SettingsError."""
    detours = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        left, _, right = part.partition("=")
        pattern, _, port = left.rpartition(":")
        address, _, to_port = right.rpartition(":")
        if not (pattern and address and port.isdigit() and to_port.isdigit()):
            raise SettingsError(f"NEWSFLOW_CONNECT_TO: {part!r} does not read PATTERN:PORT=ADDRESS:PORT, as in *.example:80=127.0.0.1:8123")
        detours.append(Detour(pattern.lower(), int(port), address.strip("[]"), int(to_port)))
    return detours


class GuardedResolver(AbstractResolver):
    """Resolves for aiohttp; refuses a whole answer when any address in it is forbidden (rule N3)."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = settings.allowed_networks
        self._detours = parse_connect_to(settings.connect_to)

    @property
    def trusted(self) -> set[tuple[str, int]]:
        """The (address, port) pairs that the operator named himself."""
        return {(detour.address, detour.to_port) for detour in self._detours}

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """Raises BlockedAddress, NameNotResolved."""
        for detour in self._detours:
            if port == detour.port and fnmatchcase(host.lower(), detour.pattern):
                return [_result(host, detour.address, detour.to_port)]
        loop = asyncio.get_running_loop()
        try:
            answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family, flags=socket.AI_ADDRCONFIG)
        except (OSError, UnicodeError) as error:
            raise NameNotResolved(f"{host} has no address") from error
        addresses = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
        if any(is_forbidden(address, self._allowed) for address in addresses):
            raise BlockedAddress(f"{host} resolves to an address that is not public; NEWSFLOW_ALLOWED_NETWORKS can allow it")
        return [_result(host, address, port) for address in addresses]

    async def close(self) -> None:
        """Nothing is held."""


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=socket.IPPROTO_TCP, flags=socket.AI_NUMERICHOST)
