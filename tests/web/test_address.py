from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.web.address import is_forbidden

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.167.255.255",
    "223.255.255.255", "2001:4860:4860::8888", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "::ffff:8.8.8.8",
]  # fmt: skip

NOT_PUBLIC = {
    "this network": "0.0.0.0",
    "this network, any of it": "0.1.2.3",
    "private 10": "10.0.0.1",
    "carrier-grade NAT, first": "100.64.0.0",
    "carrier-grade NAT, last": "100.127.255.255",
    "loopback": "127.0.0.1",
    "loopback, last": "127.255.255.255",
    "link-local": "169.254.0.1",
    "cloud metadata": "169.254.169.254",
    "private 172, first": "172.16.0.0",
    "private 172, last": "172.31.255.255",
    "protocol assignments": "192.0.0.9",
    "documentation 1": "192.0.2.1",
    "private 192": "192.168.1.1",
    "benchmarks": "198.18.0.1",
    "documentation 2": "198.51.100.1",
    "documentation 3": "203.0.113.1",
    "multicast": "224.0.0.1",
    "multicast, last": "239.255.255.255",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "v6 unspecified": "::",
    "v6 loopback": "::1",
    "v4-compatible loopback": "::127.0.0.1",
    "v4-mapped loopback": "::ffff:127.0.0.1",
    "v4-mapped metadata": "::ffff:169.254.169.254",
    "v4-translated loopback": "::ffff:0:127.0.0.1",
    "NAT64 of loopback": "64:ff9b::7f00:1",
    "NAT64 for local use": "64:ff9b:1::1",
    "discard only": "100::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "benchmarks v6": "2001:2::1",
    "documentation v6": "2001:db8::1",
    "6to4 of loopback": "2002:7f00:1::",
    "documentation v6, new": "3fff::1",
    "segment routing": "5f00::1",
    "unique local": "fd00:ec2::254",
    "link-local v6": "fe80::1",
    "link-local v6 with a zone": "fe80::1%eth0",
    "site-local": "fec0::1",
    "multicast v6": "ff02::1",
    "no address": "localhost",
    "a number": "2130706433",
    "a short form": "127.1",
    "nothing": "",
}


@pytest.mark.parametrize("ip", PUBLIC)
def test_a_public_host_may_be_dialled(ip: str) -> None:
    assert not is_forbidden(ip)


@pytest.mark.parametrize("ip", NOT_PUBLIC.values(), ids=NOT_PUBLIC.keys())
def test_all_else_may_not(ip: str) -> None:
    assert is_forbidden(ip)


DENIED_V4 = [IPv4Network(net) for net in ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4")]  # fmt: skip


@given(st.sampled_from(DENIED_V4).flatmap(lambda net: st.ip_addresses(v=4, network=net)))
def test_a_forbidden_address_is_forbidden_in_all_its_v6_forms(v4: IPv4Address) -> None:
    number = int(v4)
    forms = {
        "compatible": number,
        "mapped": 0xFFFF << 32 | number,
        "translated": 0xFFFF << 48 | number,
        "NAT64": 0x64FF9B << 96 | number,
        "NAT64 local": int(ip_address("64:ff9b:1::")) | number,
        "6to4": 0x2002 << 112 | number << 80,
        "Teredo server": 0x20010000 << 96 | number << 64,
        "Teredo client": 0x20010000 << 96 | (number ^ 0xFFFFFFFF),
    }
    assert is_forbidden(str(v4))
    assert [name for name, value in forms.items() if not is_forbidden(str(IPv6Address(value)))] == []


@given(st.text())
def test_any_text_is_judged_without_an_error(text: str) -> None:
    assert is_forbidden(text) in (True, False)


@pytest.mark.parametrize(
    ("ip", "allowed"),
    [("10.1.2.3", True), ("10.2.0.1", False), ("::ffff:10.1.2.3", True), ("127.0.0.1", False), ("fd00::1", True), ("fd01::1", False)],
)
def test_the_operator_may_allow_networks_and_nothing_beside_them(ip: str, *, allowed: bool) -> None:
    assert is_forbidden(ip, ["10.1.0.0/16", "fd00::/16"]) is not allowed
