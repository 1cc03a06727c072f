"""Pages made to hurt (hostile-input table 2.4): each ends as a result or an outcome within its limits, and the next page is read."""

from __future__ import annotations

import resource
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingest.errors import ExtractRejected, SandboxError
from ingest.extract.article import Extraction, PageBytes, extract
from ingest.model import Reason
from ingest.sandbox import Sandbox

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TIMEOUT_S = 3.0
KILLED_WITHIN_S = 12.0  # SIGTERM at the limit, SIGKILL 3 s later, and a new child
MEMORY_BYTES = 2 << 30
SENTENCE = "The council of the town met on Monday evening and agreed on the plan for the new bridge over the river. "


def page(body: bytes, content_type: str | None = "text/html; charset=utf-8") -> PageBytes:
    return PageBytes(body=body, url="https://news.example.org/2026/bridge", content_type=content_type, fetched_at=NOW)


def html(inside: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head><title>The bridge</title>{head}</head><body>{inside}</body></html>".encode()


def paragraphs(count: int) -> str:
    return "".join(f"<p>{number} {SENTENCE}</p>" for number in range(count))


ARTICLE = html(f"<article><h1>The bridge</h1>{paragraphs(20)}</article>")

FLOODS = {
    "closed tags 255 deep": lambda: html("<div>" * 255 + paragraphs(5) + "</div>" * 255),
    "closed tags 100,000 deep": lambda: html("<div>" * 100_000 + paragraphs(5) + "</div>" * 100_000),
    "1,000,000 unclosed tags": lambda: html("<b>" * 1_000_000 + SENTENCE),
    "one text of 11 MB": lambda: html(f"<p>{SENTENCE * (11_000_000 // len(SENTENCE))}</p>"),
    "10 MB of paragraphs": lambda: html(paragraphs(10_000_000 // (len(SENTENCE) + 12))),
    "100,000 short paragraphs": lambda: html("<p>one two three</p>" * 100_000),
    "1,000,000 empty paragraphs": lambda: html("<p></p>" * 1_000_000),
    "100,000 attributes on one tag": lambda: html(f"<div {' '.join(f'a{number}=1' for number in range(100_000))}>{paragraphs(5)}</div>"),
    "broken JSON-LD of 50,000 escapes": lambda: html(
        paragraphs(5), '<script type="application/ld+json">{"@type": "Article", ' + '\\"a' * 50_000 + "</script>"
    ),
    "JSON-LD nested 100,000 deep": lambda: html(paragraphs(5), '<script type="application/ld+json">' + "[" * 100_000 + "</script>"),
    "a DOCTYPE of 100,000 slashes": lambda: b"<!DOCTYPE " + b"/" * 100_000 + ARTICLE,
    "a table cell of 9e15 columns": lambda: html(
        f"<table><tr><td colspan='9000000000000000'>{SENTENCE * 5}</td></tr></table>{paragraphs(5)}"
    ),
    "entities that multiply": lambda: b'<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + html("<p>&b;</p>" + paragraphs(5)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_ends_within_its_limits_and_the_next_page_is_read(name: str) -> None:
    flood = page(FLOODS[name]())
    start = time.monotonic()
    with Sandbox(workers=1, timeout_s=TIMEOUT_S, memory_bytes=MEMORY_BYTES, preload=("ingest.extract.preload",)) as children:
        hurt, after = children.map(extract, [flood, page(ARTICLE)])
    assert time.monotonic() - start < KILLED_WITHIN_S + TIMEOUT_S
    assert isinstance(hurt, Extraction | ExtractRejected | SandboxError)
    if isinstance(hurt, SandboxError):
        assert hurt.reason in (Reason.TIMEOUT_PARSE, Reason.OUT_OF_MEMORY, Reason.CRASHED)
    assert isinstance(after, Extraction)
    assert "19 The council of the town" in after.text


def out_of_memory(body: bytes) -> object:
    """Parses with 50 MiB more than the child has by now: less than the tree takes. Runs in a child."""
    has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (has + (50 << 20), MEMORY_BYTES))
    return extract(page(body))


def test_a_tree_that_memory_does_not_suffice_for_is_not_taken_for_an_empty_page() -> None:
    with Sandbox(workers=1, timeout_s=60, memory_bytes=MEMORY_BYTES, preload=("ingest.extract.preload",)) as children:
        (hurt,) = children.map(out_of_memory, [FLOODS["1,000,000 empty paragraphs"]()])
    assert isinstance(hurt, SandboxError)
    assert hurt.reason is Reason.OUT_OF_MEMORY


# These hang or empty trafilatura itself; a page is not lost to them.
@pytest.mark.parametrize(
    "name",
    [
        "closed tags 255 deep",
        "100,000 attributes on one tag",
        "broken JSON-LD of 50,000 escapes",
        "JSON-LD nested 100,000 deep",
        "a DOCTYPE of 100,000 slashes",
        "a table cell of 9e15 columns",
        "entities that multiply",
    ],
)
def test_the_article_is_found_in_spite_of(name: str) -> None:
    found = extract(page(FLOODS[name]()))
    assert "4 The council of the town met" in found.text
    assert found.title == "The bridge"
    assert "haha" not in found.text


CODINGS = {
    "UTF-16 with its mark": "utf-16",
    "UTF-8 with its mark": "utf-8-sig",
    "UTF-8": "utf-8",
    "windows-1252": "cp1252",
}


@pytest.mark.parametrize("name", CODINGS)
def test_letters_survive_without_any_declaration(name: str) -> None:
    body = f"<html><head><title>Brücke</title></head><body><article>{'<p>Die Brücke über die Straße wird größer, sagte der Bürgermeister am Montag.</p>' * 8}</article></body></html>"
    assert "Brücke über die Straße" in extract(page(body.encode(CODINGS[name]), None)).text


def test_nul_bytes_and_control_characters_are_gone() -> None:
    body = html("<article>" + paragraphs(8).replace("bridge", "bri\x00d\x1b[31mge\u202a") + "</article>")
    text = extract(page(body)).text
    assert not set(text) & {chr(code) for code in range(32) if chr(code) != "\n"}


PIECES = (
    *(b"<html>", b"<head>", b"<meta charset=utf-16>", b"<p>", b"</p>", b"<table><td>", b"\x00", b"\xff\xfe", b"&#0;", b"&#xD800;"),
    b'<script type="application/ld+json">{"@type":"Article","author":[[{}]],"image":{"url":{}},"datePublished":7}</script>',
    *(b"<time datetime='0000-00-00T99'>", b"<link rel=canonical href='http://[::1'>", b"<base href='//['>", SENTENCE.encode()),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(body=b"<base href=//[>" + ARTICLE, content_type=None)  # no URL can be joined to it
@given(
    body=st.one_of(
        st.binary(max_size=2_000),
        st.text(max_size=500).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join),
    ),
    content_type=st.sampled_from(
        [None, "", "text/html; charset=utf-7", "text/html; charset=base64", "text/html;charset=\x00", "application/xhtml+xml"]
    ),
)
def test_any_bytes_give_an_article_or_a_reason(body: bytes, content_type: str | None) -> None:
    try:
        found = extract(page(body, content_type))
    except ExtractRejected as error:
        assert error.reason in (  # noqa: PT017  # either ending is right
            Reason.EMPTY,
            Reason.NOT_HTML,
            Reason.FEED_INSTEAD,
            Reason.NO_TEXT,
            Reason.CONSENT_WALL,
        )
        return
    assert found.text
    found.text.encode("utf-8")  # no halves of surrogate pairs
    assert found.published_at is None or found.published_at.tzinfo is not None
