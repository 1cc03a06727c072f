"""Which IP addresses a crawler may dial: decided on the address itself, never on the name (rule N1)."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

from ingest.errors import SettingsError

# IANA gives out public IPv6 addresses from here alone. Outside lie the forms that carry an IPv4 address (::/96, NAT64
# 64:ff9b::/96 and 64:ff9b:1::/48, ::ffff:0:0:0/96), fec0::/10 and 5f00::/16: `is_global` is true for some of them.
_PUBLIC_V6 = ip_network("2000::/3")
# Set aside within the public ranges; `is_global` is, or was before Python 3.12.4, true for some all the same.
_FORBIDDEN = tuple(
    ip_network(network)
    for network in (
        "100.64.0.0/10",  # carrier-grade NAT
        "192.0.0.0/24",  # IETF protocol assignments
        "2001::/32",  # Teredo, carries an IPv4 address
        "2002::/16",  # 6to4, carries one too
        "3fff::/20",  # documentation (RFC 9637)
    )
)


def check_networks(cidrs: Sequence[str]) -> tuple[str, ...]:
    """The setting `allowed_networks`. Raises SettingsError where one is no network."""
    for cidr in cidrs:
        try:
            ip_network(cidr, strict=False)
        except ValueError:
            raise SettingsError(f"allowed_networks: {cidr!r} is no network: give CIDRs such as 10.1.0.0/16.") from None
    return tuple(cidrs)


def is_forbidden(ip: str, allowed_networks: Sequence[str] = ()) -> bool:
    """Whether `ip` must not be dialled: all but the addresses of public hosts, and whatever is no address at all.

    `allowed_networks` are CIDRs that may be dialled all the same.
    """
    try:
        address = ip_address(ip)
    except ValueError:
        return True
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in ip_network(network, strict=False) for network in allowed_networks):
        return False
    if isinstance(address, IPv6Address) and address not in _PUBLIC_V6:
        return True
    return not address.is_global or address.is_multicast or any(address in network for network in _FORBIDDEN)
