from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import FeedRejected
from ingest.feeds.prolog import as_utf8, is_utf8, without_prolog
from ingest.model import Reason

ROOT = "<rss version='2.0'><channel/></rss>"
SUBSET = '<!DOCTYPE rss [<!ENTITY a "b">]>'
NETSCAPE = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">'


def cut(document: bytes, content_type: str | None = None) -> bytes:
    return without_prolog(as_utf8(document, content_type))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037"])
@pytest.mark.parametrize(
    "prolog",
    [
        pytest.param(SUBSET, id="internal subset"),
        pytest.param("<!DOCTYPE rss[]>", id="empty subset"),
        pytest.param('<!DOCTYPE rss SYSTEM "a>b" [<!ENTITY % p SYSTEM "http://x/">%p;]>', id="after a quoted >"),
        pytest.param("<!-- <x --> " + SUBSET, id="behind a comment that hides it from feedparser"),
        pytest.param("<?pi <rss> ?>" + SUBSET, id="behind an instruction"),
        pytest.param('<!ENTITY a "b">', id="entity without a document type"),
        pytest.param("<!doctype rss [", id="unclosed"),
        pytest.param("<!DOCTYPE rss 'x", id="unclosed quote"),
    ],
)
def test_declarations_in_the_prolog_are_refused_in_every_encoding(prolog: str, encoding: str) -> None:
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    document = f'<?xml version="1.0" encoding="{name}"?>{prolog}{ROOT}'.encode(encoding)
    with pytest.raises(FeedRejected) as caught:
        cut(document)
    assert caught.value.reason is Reason.FEED_DTD


def test_a_declared_encoding_does_not_hide_declarations() -> None:
    hidden = SUBSET.replace("<", "+ADw-").replace("!", "+ACE-")
    document = f'<?xml version="1.0" encoding="utf-7"?>{hidden}{ROOT}'.encode()
    with pytest.raises(FeedRejected) as caught:
        cut(document)
    assert caught.value.reason is Reason.FEED_DTD


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_megabyte_of_comments_does_not_hide_declarations(encoding: str) -> None:
    document = ("<!-- <x -->\n" * 90_000 + SUBSET + ROOT).encode(encoding)
    start = time.process_time()
    with pytest.raises(FeedRejected) as caught:
        cut(document)
    assert caught.value.reason is Reason.FEED_DTD
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(NETSCAPE + ROOT, id="public identifier"),
        pytest.param("<!DOCTYPE html>" + ROOT, id="a feed that calls itself HTML"),
        pytest.param(SUBSET.join(("<!--", "-->")) + ROOT, id="inside a comment"),
        pytest.param("<rss><![CDATA[<!ENTITY a 'b'><!DOCTYPE x []>]]></rss>", id="inside CDATA"),
        pytest.param("junk " + ROOT, id="text in front"),
    ],
)
def test_what_declares_nothing_passes(document: str) -> None:
    assert cut(document.encode()).endswith(document[document.index("<rss") :].encode())


def test_comments_instructions_and_white_space_in_front_are_cut_away() -> None:
    document = b"\n" * 500_000 + b"<?xml version='1.0'?>" + b" \n" * 500_000 + b"<!-- c --><?pi?>" + ROOT.encode()
    start = time.process_time()
    assert cut(document) == b'<?xml version="1.0" encoding="utf-8"?>\n' + ROOT.encode()
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    "document", [b"<!DOCTYPE html><html><p>", b"<HTML lang=de>", b"<!-- --><head>", b"text", b"", b"<!-- open", b"<?open"]
)
def test_pages_and_texts_are_no_feeds(document: bytes) -> None:
    with pytest.raises(FeedRejected) as caught:
        cut(document)
    assert caught.value.reason is Reason.NOT_A_FEED


@pytest.mark.parametrize(
    ("declared", "encoding", "content_type"),
    [
        pytest.param("iso-8859-1", "utf-8", "text/xml; charset=iso-8859-1", id="valid UTF-8 wins over both"),
        pytest.param("iso-8859-1", "iso-8859-1", None, id="declaration"),
        pytest.param("", "iso-8859-1", "application/xml; charset=iso-8859-1", id="header"),
        pytest.param("windows-1252", "windows-1252", "text/xml; charset=\0", id="broken header, good declaration"),
        pytest.param("utf-16", "utf-16", "text/xml", id="byte order mark"),
        pytest.param("", "utf-16", "text/xml; charset=iso-8859-1", id="byte order mark over the header"),
        pytest.param("", "utf-32", None, id="UTF-32 by its mark alone"),
        pytest.param("", "utf-16-be", None, id="UTF-16 without mark and declaration"),
    ],
)
def test_the_encoding_is_told(declared: str, encoding: str, content_type: str | None) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    assert "Köln" in cut(f"{declaration}<rss>Köln</rss>".encode(encoding), content_type).decode()


@given(
    st.binary(max_size=300) | st.text(st.sampled_from("<!?->[]\"'&;DOCTYPEentity \n"), max_size=120).map(str.encode),
    st.none() | st.text(max_size=40),
)
def test_any_bytes_are_cut_or_refused(document: bytes, content_type: str | None) -> None:
    reason = None
    try:
        assert cut(document, content_type).startswith(b"<?xml")
    except FeedRejected as error:
        reason = error.reason
    assert reason in (None, Reason.NOT_A_FEED, Reason.FEED_DTD, Reason.FEED_MALFORMED)


@pytest.mark.parametrize("cut_off", [0, 1, 2, 3])
@pytest.mark.parametrize("before", range(16_380, 16_388))
def test_utf_8_is_told_wherever_a_character_lies(before: int, cut_off: int) -> None:
    data = b"x" * before + "🗞".encode()
    assert is_utf8(data[: len(data) - cut_off]) == (cut_off == 0)
    assert is_utf8(data[: len(data) - cut_off] + b"x" * 40_000) == (cut_off == 0)
