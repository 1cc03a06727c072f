"""What is asked of a URL before a connection is opened for it, and of the address when its socket is made."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address

from aiohappyeyeballs import AddrInfoType
from yarl import URL

from ingest import urls
from ingest.errors import BlockedAddress, BlockedPort, InvalidUrl
from ingest.web.address import is_forbidden

# RFC 3986. Such a URL is sent as it stands: quoting it anew would break signed ones.
_WELL_QUOTED = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?", re.IGNORECASE)  # underscores are against the rules, and in use
# The URL standard's test for a host that is meant as an IPv4 address: 2130706433, 0x7f.1, 127.1, 0177.0.0.1.
_ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.IGNORECASE)


class RefusedSocketError(OSError):
    """The guard of sockets said no. An OSError, since aiohttp loses others where a name has several addresses."""


def checked_url(url: str, *, ports: Sequence[int], allowed_networks: Sequence[str]) -> URL:
    """`url` as it will be requested, without credentials and fragment.

    Raises InvalidUrl, BlockedPort, and BlockedAddress where its host is an address: no resolver sees such a one.
    """
    link = urls.clean_link(url)
    if link is None:
        raise InvalidUrl(f"{urls.redact(url)!r} is not an http or https URL: give one such as https://example.org/news.")
    try:
        target = URL(link, encoded=_WELL_QUOTED.fullmatch(link) is not None)
        host, port = target.raw_host or "", target.port
    except ValueError as error:  # a host that IDNA does not know
        raise InvalidUrl(f"{urls.redact(url)!r} has a host that is no name and no address: check the spelling.") from error
    if port not in ports:
        raise BlockedPort(f"{urls.redact(url)!r} has the port {port}, which is not one of allowed_ports.")
    if not is_address(host):
        if not _NAME.fullmatch(host) or _ENDS_IN_NUMBER.fullmatch(host):
            raise InvalidUrl(f"{urls.redact(url)!r} has a host that is no name and no address: check the spelling.")
    elif is_forbidden(host, allowed_networks):
        raise BlockedAddress(f"{urls.redact(url)!r} has an address that is not public: add its network to allowed_networks to dial it.")
    return target


def is_address(host: str) -> bool:
    """Whether `host` is an IP address rather than a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def socket_guard(*, allowed_networks: Sequence[str], trusted: frozenset[tuple[str, int]]) -> Callable[[AddrInfoType], socket.socket]:
    """A socket factory that makes none for a forbidden address; `trusted` pairs of address and port are the exception.

    The last check, on the very address that is dialled, whoever resolved it.
    """

    def make(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        ip, port = str(address[0]), int(address[1])
        if (ip, port) not in trusted and is_forbidden(ip, allowed_networks):
            # One text for all addresses: of several errors with different texts only a plain OSError would be left.
            raise RefusedSocketError("the address is not public")
        return socket.socket(family, kind, protocol)

    return make
