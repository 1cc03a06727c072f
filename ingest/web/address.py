"""Which addresses a crawler may dial: decided on the address itself, never on the name (rule N1)."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

# `is_global` is true for some of these in some Python versions, and for IPv6 forms that carry an IPv4 address.
_DENIED = tuple(
    ip_network(net)
    for net in (
        "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10", "3fff::/20", "5f00::/16",
        "192.0.0.0/24", "100.64.0.0/10",
    )
)  # fmt: skip


def is_forbidden(address: str, allowed_networks: Sequence[str] = ()) -> bool:
    """Whether `address` (as the resolver or the socket gives it) must not be dialled; what is no address must not."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if any(_in(ip, ip_network(net, strict=False)) for net in allowed_networks):
        return False
    return not ip.is_global or ip.is_multicast or any(_in(ip, net) for net in _DENIED)


def _in(ip: IPv4Address | IPv6Address, net: object) -> bool:
    return ip.version == (6 if isinstance(net, IPv6Network) else 4) and ip in net  # type: ignore[operator]  # same version
