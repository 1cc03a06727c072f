"""robots.txt as RFC 9309 has it (rule N13)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import ConnectFailed, FetchError, FetchTimeout, NameNotResolved, TlsError, TooManyRedirects
from ingest.settings import Settings
from ingest.web.robots import KEPT, MAX_BYTES, TOKEN, UNREACHABLE_KEPT, Policy, address, reading, relevant

ALL = b"User-agent: *\nDisallow: /\n"


def policy(text: str) -> Policy:
    return Policy(relevant(text.encode()))


@pytest.mark.parametrize(
    ("status", "error", "allowed", "reachable"),
    [
        pytest.param(200, None, False, True, id="200 has rules"),
        pytest.param(206, None, False, True, id="so has any 2xx"),
        pytest.param(404, None, True, True, id="404: there are no rules"),
        pytest.param(410, None, True, True, id="410 too"),
        pytest.param(401, None, True, True, id="401: unavailable, which means allowed"),
        pytest.param(403, None, True, True, id="403 too"),
        pytest.param(418, None, True, True, id="and any 4xx"),
        pytest.param(429, None, False, False, id="429: has no time now"),
        pytest.param(500, None, False, False, id="500: forbidden for now"),
        pytest.param(503, None, False, False, id="503 too"),
        pytest.param(0, ConnectFailed(), False, False, id="no connection"),
        pytest.param(0, NameNotResolved(), False, False, id="no address"),
        pytest.param(0, TlsError(), False, False, id="not trusted"),
        pytest.param(200, FetchTimeout(), False, False, id="did not end"),
        pytest.param(302, TooManyRedirects(), True, True, id="a loop of redirects: unavailable"),
        pytest.param(304, None, False, False, id="an answer to a question that was not asked"),
    ],
)
def test_what_an_answer_means(status: int, error: FetchError | None, *, allowed: bool, reachable: bool) -> None:
    robots = reading(status, error, ALL if error is None else b"")

    assert robots.reachable is reachable
    assert (robots.reachable and Policy(robots.text).allows("https://a.example/1")) is allowed
    assert robots.kept_s == (KEPT if reachable else UNREACHABLE_KEPT).total_seconds()


RULES = [
    pytest.param("User-agent: *\nDisallow: /x", {"/x": False, "/x/1": False, "/y": True, "/": True}, id="by prefix"),
    pytest.param("User-agent: *\nDisallow: /x\nAllow: /x/news", {"/x/1": False, "/x/news/1": True}, id="the longer rule counts"),
    pytest.param("User-agent: *\nDisallow: /x\nAllow: /x", {"/x": True}, id="of two as long, the one that allows"),
    pytest.param("User-agent: *\nDisallow: /*.pdf$", {"/a.pdf": False, "/a.pdf?x": True, "/a.html": True}, id="wildcards and the end"),
    pytest.param("User-agent: *\nDisallow: /*?*print=", {"/1?a=b&print=1": False, "/1?a=b": True}, id="parameters"),
    pytest.param("User-agent: *\nDisallow:", {"/": True}, id="an empty rule forbids nothing"),
    pytest.param("User-agent: *\nDisallow: /\n\nUser-agent: Newsflow\nDisallow: /x", {"/y": True, "/x": False}, id="our own group counts alone"),
    pytest.param("user-agent:NEWSFLOW/3.1 # you\nDISALLOW:/x", {"/x": False}, id="any case, a version, a comment"),
    pytest.param("User-agent: a\nUser-agent: newsflow\nUser-agent: b\nDisallow: /x", {"/x": False}, id="a group of several"),
    pytest.param("User-agent: a\nDisallow: /\nUser-agent: b\nDisallow: /", {"/x": True}, id="groups of others"),
    pytest.param("User-agent: news\nDisallow: /", {"/x": True}, id="a name that ours begins with is not ours"),
    pytest.param("User-agent: newsflowbot\nDisallow: /", {"/x": True}, id="nor is one that begins with ours"),
    pytest.param("Disallow: /", {"/x": True}, id="rules before any group"),
    pytest.param("<html><body>Not found</body></html>", {"/x": True}, id="a page instead"),
    pytest.param("\ufeffUser-agent: *\nDisallow: /x", {"/x": False}, id="a byte order mark"),
    pytest.param("User-agent: *\rDisallow: /x\rDisallow: /y", {"/x": False, "/y": False}, id="carriage returns"),
    pytest.param("User-agent: *\nDisallow: /ä", {"/%C3%A4": False}, id="letters beyond ASCII"),
    pytest.param("", {"/x": True}, id="nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), RULES)
def test_what_is_allowed(text: str, wanted: dict[str, bool]) -> None:
    rules = policy(text)
    assert {path: rules.allows(f"https://a.example{path}") for path in wanted} == wanted


@pytest.mark.parametrize(
    ("text", "delay_s"),
    [
        pytest.param("User-agent: *\nCrawl-delay: 2.5", 2.5, id="crawl-delay"),
        pytest.param("User-agent: *\nRequest-rate: 1/10", 10.0, id="request-rate"),
        pytest.param("User-agent: *\nCrawl-delay: -3", 0.0, id="negative"),
        pytest.param("User-agent: *\nCrawl-delay: soon", 0.0, id="no number"),
        pytest.param("User-agent: *\nCrawl-delay: inf", 0.0, id="for ever"),
        pytest.param("User-agent: a\nCrawl-delay: 9\n\nUser-agent: *\nDisallow: /x", 0.0, id="somebody else's"),
    ],
)
def test_the_delay_that_is_asked_for(text: str, delay_s: float) -> None:
    assert policy(text).delay_s() == delay_s


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("User-agent: *\n" + "D: /x\n" * 80_000, id="80,000 lines"),
        pytest.param("".join(f"User-agent: a{n}\n" for n in range(15_000)) + "Disallow: /x\n" * 15_000, id="agents times rules"),
        pytest.param("User-agent: *\nDisallow: /" + "*a" * 250_000, id="wildcards"),
        pytest.param("#" * MAX_BYTES, id="a comment"),
    ],
)
def test_a_bomb_costs_less_than_half_a_second(body: str) -> None:
    start = time.process_time()
    rules = Policy(reading(200, None, body.encode()).text)
    rules.allows("https://a.example/" + "a" * 1_900)

    assert time.process_time() - start < 0.5


def test_what_is_beyond_the_limit_is_not_read() -> None:
    body = b"User-agent: *\nDisallow: /x\n"
    body += b"#" * (MAX_BYTES - len(body) - 12) + b"\nDisallow: /y/only\nDisallow: /z\n"
    rules = Policy(reading(200, None, body).text)

    assert not rules.allows("https://a.example/x")
    assert rules.allows("https://a.example/y/other"), "half a rule is none"
    assert rules.allows("https://a.example/z")


def test_it_is_kept_for_a_day_and_half_a_megabyte_of_it_is_read() -> None:
    assert (KEPT.total_seconds(), MAX_BYTES) == (24 * 3_600, 512 * 1_024)


def test_it_stands_at_the_root_of_scheme_host_and_port() -> None:
    assert address("http://Bob:pw@A.example:8080/x/y?z") == "http://a.example:8080/robots.txt"
    assert address("https://a.example/x") == "https://a.example/robots.txt"


def test_the_user_agent_begins_with_the_token_that_rules_name() -> None:
    assert Settings().user_agent.lower().startswith(f"{TOKEN}/")


@given(st.binary(max_size=2_000) | st.text("UserAgnt-Disalow:/*$# \n\rnewsf", max_size=500).map(str.encode), st.text(max_size=50))
def test_any_bytes_have_an_answer(body: bytes, path: str) -> None:
    rules = Policy(reading(200, None, body).text)

    assert rules.allows(f"https://a.example/{path}") in {True, False}
    assert rules.delay_s() >= 0
