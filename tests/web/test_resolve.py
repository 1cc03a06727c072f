from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Sequence

import pytest

from ingest.errors import BlockedAddress, NameNotResolved, SettingsError
from ingest.web.resolve import ConnectTo, GuardedResolver, Lookup, parse_connect_to
from tests.site import Site
from tests.web.ask import ask

PUBLIC, LOOPBACK = "93.184.216.34", "127.0.0.1"


def resolve(resolver: GuardedResolver, host: str, port: int = 80) -> list[tuple[str, int]]:
    async def run() -> list[tuple[str, int]]:
        answers = await resolver.resolve(host, port)
        await resolver.close()
        return [(answer["host"], answer["port"]) for answer in answers]

    return asyncio.run(run())


def answering(*answers: Sequence[str]) -> Lookup:
    """A name server with one answer after the other."""
    queue: Iterator[Sequence[str]] = iter(answers)
    return lambda _: next(queue)


def test_connect_to_reads_as_curls_option() -> None:
    assert parse_connect_to("*.Example:80=127.0.0.1:8123, [::1]:443=[::1]:9000,") == (
        ConnectTo("*.example", 80, "127.0.0.1", 8123),
        ConnectTo("[::1]", 443, "::1", 9000),
    )
    assert parse_connect_to("") == ()


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "x:80",
        "x:80=",
        "x:80=127.0.0.1",
        "x:80=localhost:1",
        "x:0=127.0.0.1:1",
        "x:80=127.0.0.1:65536",
        ":80=127.0.0.1:1",
        "x:80=127.0.0.1:1:2",
        "x:٨=127.0.0.1:x",
    ],
)
def test_a_malformed_rule_is_a_settings_error_that_shows_how(text: str) -> None:
    with pytest.raises(SettingsError, match=r"\*\.example:80=127\.0\.0\.1:8123"):
        parse_connect_to(text)


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        ("a.example", 80, (LOOPBACK, 8123)),
        ("A.EXAMPLE.", 80, (LOOPBACK, 8123)),
        ("a.example", 443, (PUBLIC, 443)),
        ("example", 80, (PUBLIC, 80)),
        ("b.test", 80, ("10.0.0.1", 1)),
    ],
)
def test_the_first_rule_that_covers_host_and_port_counts(host: str, port: int, expected: tuple[str, int]) -> None:
    rules = parse_connect_to("*.example:80=127.0.0.1:8123,b.*:80=10.0.0.1:1,b.test:80=10.0.0.1:2")
    assert resolve(GuardedResolver(rules, lookup=answering([PUBLIC])), host, port) == [expected]


def test_all_public_addresses_are_kept_in_order() -> None:
    assert resolve(GuardedResolver(lookup=answering([PUBLIC, "2606:4700::1"])), "a.example") == [(PUBLIC, 80), ("2606:4700::1", 80)]


@pytest.mark.parametrize("answer", [[LOOPBACK], [PUBLIC, LOOPBACK], [LOOPBACK, PUBLIC], ["2606:4700::1", "::ffff:10.0.0.1"]])
def test_one_forbidden_address_spoils_the_answer(answer: list[str]) -> None:
    with pytest.raises(BlockedAddress, match="allowed_networks"):
        resolve(GuardedResolver(lookup=answering(answer)), "a.example")


def test_an_allowed_network_may_be_resolved_to() -> None:
    assert resolve(GuardedResolver(allowed_networks=["127.0.0.0/8"], lookup=answering([LOOPBACK])), "a.example") == [(LOOPBACK, 80)]


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long"), OSError("network down")])
def test_a_failed_lookup_is_a_name_that_is_not_resolved(error: Exception) -> None:
    def fail(_: str) -> list[str]:
        raise error

    with pytest.raises(NameNotResolved):
        resolve(GuardedResolver(lookup=fail), "a.example")


def test_an_empty_answer_is_a_name_that_is_not_resolved() -> None:
    with pytest.raises(NameNotResolved):
        resolve(GuardedResolver(lookup=answering([])), "a.example")


def test_the_real_name_server_finds_loopback_and_it_is_blocked() -> None:
    with pytest.raises(BlockedAddress):
        resolve(GuardedResolver(), "localhost")


def test_a_name_that_is_rebound_is_judged_by_each_answer() -> None:
    resolver = GuardedResolver(lookup=answering([PUBLIC], [LOOPBACK]))

    async def twice() -> None:
        assert await resolver.resolve("a.example", 80)
        with pytest.raises(BlockedAddress):
            await resolver.resolve("a.example", 80)

    asyncio.run(twice())


@pytest.mark.parametrize("answer", [[LOOPBACK], [PUBLIC, LOOPBACK], ["::1", PUBLIC]])
def test_a_fetch_of_a_name_with_a_forbidden_address_reaches_nobody(site: Site, answer: list[str]) -> None:
    exchange = ask(f"http://a.example:{site.port}/", lookup=answering(answer), allowed_ports=(site.port,))
    assert isinstance(exchange.error, BlockedAddress)
    assert (site.requests, site.connections) == ([], 0)
