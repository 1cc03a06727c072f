from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds.text import one_line, plain


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("<p>Hello <b>w</b>orld</p>", "Hello world", id="inline elements join"),
        pytest.param("<p>a</p><p>b</p>c<br>d", "a\nb\nc\nd", id="blocks end lines"),
        pytest.param("<ul><li>a<li>b</ul>", "a\nb", id="unclosed list items"),
        pytest.param("x<script>alert(1)</script><style>p{}</style>y", "xy", id="no scripts and styles"),
        pytest.param("x<!-- c -->y<?php z ?>", "xy", id="no comments and instructions"),
        pytest.param('<img src=x onerror="a()">t', "t", id="no attributes"),
        pytest.param("Tom &amp; Ann &uuml;ber &#150;", "Tom & Ann über \u2013", id="entities"),
        pytest.param("&lt;b&gt;", "<b>", id="escaped markup is text"),
        pytest.param("1 < 2 & 3 > 2", "1 < 2 & 3 > 2", id="lone signs"),
        pytest.param("a\n\n  b\t c\u00a0d", "a\nb c d", id="white space collapses"),
        pytest.param("a\x00b\x1bc\ud800d", "abcd", id="controls and surrogates"),
        pytest.param('<?xml version="1.0" encoding="ascii"?><p>é', "é", id="declared encoding does not count"),
        pytest.param("", "", id="empty"),
        pytest.param("<!-- only -->", "", id="nothing seen"),
    ],
)
def test_plain_is_what_a_reader_sees(source: str, expected: str) -> None:
    assert plain(source, 100) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(" a\n b\r\n\tc ", "a b c", id="one line"),
        pytest.param("<em>A</em>B", "AB", id="tags"),
        pytest.param("A<br/>B", "A B", id="a break is a space"),
        pytest.param("a < b > c", "a < b > c", id="lone signs"),
        pytest.param("AT&amp;T &#8211; x", "AT&T \u2013 x", id="entities"),
        pytest.param("a\n2026 ERROR fake\r\n\x1b[31m", "a 2026 ERROR fake [31m", id="log injection (rule O3)"),
        pytest.param("<script>x", "x", id="script tag"),
        pytest.param("<scr<script>ipt>x", "x", id="tags within tags"),
        pytest.param("", "", id="empty"),
    ],
)
def test_a_title_is_one_line_without_tags(source: str, expected: str) -> None:
    assert one_line(source, 100) == expected


def test_the_limit_counts_characters() -> None:
    assert plain("<p>" + "ä" * 50, 10) == "ä" * 10
    assert one_line("abc def", 4) == "abc"


@pytest.mark.parametrize(
    "source", ["<div>" * 50_000 + "x", "<a " * 300_000, "&" * 500_000, "<!--" * 200_000, "<" * 500_000], ids=lambda s: s[:5]
)
def test_hostile_markup_takes_linear_time(source: str) -> None:
    start = time.process_time()
    plain(source, 200_000)
    one_line(source, 500)
    assert time.process_time() - start < 1.0


@given(st.text(st.characters(), max_size=200))
def test_titles_hold_no_control_characters_and_no_line_ends(source: str) -> None:
    line = one_line(source, 100)
    assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    assert len(line) <= 100


@given(st.text(st.sampled_from("<>&/!-?abp ;\n\x00\ud800\"'="), max_size=80))
def test_any_markup_gives_text_within_the_limit(source: str) -> None:
    text = plain(source, 20)
    assert len(text) <= 20
    text.encode()
