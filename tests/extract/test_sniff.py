"""What is no page is told by its bytes, before a parser sees it."""

from __future__ import annotations

import time

import pytest

from ingest.errors import ExtractRejected
from ingest.extract.sniff import check_bytes, check_text, prolog_end
from ingest.model import Reason

PAGE = b"<!DOCTYPE html><html><body><p>Text</p></body></html>"

BYTES = {
    "nothing": (b"", "text/html", Reason.EMPTY),
    "white space of a page's length": (b" \n" * 4_000, "text/html", Reason.EMPTY),
    "a PDF called HTML": (b"%PDF-1.4\n%\xe2\xe3", "text/html", Reason.NOT_HTML),
    "a PNG": (b"\x89PNG\r\n\x1a\n", None, Reason.NOT_HTML),
    "a WebP": (b"RIFF\x10\x00\x00\x00WEBPVP8 ", None, Reason.NOT_HTML),
    "an MP4": (b"\x00\x00\x00\x18ftypmp42", "text/html", Reason.NOT_HTML),
    "a ZIP": (b"PK\x03\x04\x14\x00", "text/html", Reason.NOT_HTML),
    "gzip within gzip": (b"\x1f\x8b\x08\x00", "text/html", Reason.NOT_HTML),
    "binary data": (bytes(range(256)) * 8, "text/html", Reason.NOT_HTML),
    "text called PDF": (b"no markup here", "application/pdf", Reason.NOT_HTML),
    "a style sheet": (b"body { color: red }", "text/css", Reason.NOT_HTML),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_are_refused(name: str) -> None:
    body, content_type, reason = BYTES[name]
    with pytest.raises(ExtractRejected) as caught:
        check_bytes(body, content_type)
    assert caught.value.reason is reason


PAGES = {
    "called a PDF": (PAGE, "application/pdf"),
    "called JSON": (PAGE, "application/json"),
    "called an image": (PAGE, "image/png"),
    "with a stray NUL": (b"<html>\x00" + PAGE, None),
    "in UTF-16 with a mark": (b"\xff\xfe" + PAGE.decode().encode("utf-16-le"), None),
    "in UTF-16 without": (PAGE.decode().encode("utf-16-be"), "text/html"),
    "below a long comment": (b"<!--" + b"-" * 5_000 + b"-->" + PAGE, "text/html"),
    "an SVG type with a page in it": (PAGE, "image/svg+xml"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_passes(name: str) -> None:
    check_bytes(*PAGES[name])


TEXTS = {
    "RSS": ('<?xml version="1.0"?>\n<rss version="2.0">', Reason.FEED_INSTEAD),
    "RSS below comments and a DOCTYPE": ("<!-- a --><!-- <html> --><!DOCTYPE rss><rss>", Reason.FEED_INSTEAD),
    "RSS below a megabyte of comment": (f"<!--{'x' * 1_000_000}--><rss>", Reason.FEED_INSTEAD),
    "Atom": ('<feed xmlns="http://www.w3.org/2005/Atom">', Reason.FEED_INSTEAD),
    "Atom with a prefix": ('<atom:feed xmlns:atom="http://www.w3.org/2005/Atom">', Reason.FEED_INSTEAD),
    "RDF": ("<rdf:RDF>", Reason.FEED_INSTEAD),
    "a sitemap": ("\ufeff<urlset>", Reason.FEED_INSTEAD),
    "a sitemap index": ("<sitemapindex>", Reason.FEED_INSTEAD),
    "OPML": ("<opml version='2.0'>", Reason.FEED_INSTEAD),
    "a JSON Feed": ('{"version": "https://jsonfeed.org/version/1.1", "items": []}', Reason.FEED_INSTEAD),
    "an SVG": ("<svg xmlns='http://www.w3.org/2000/svg'>", Reason.NOT_HTML),
    "an S3 error": ("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", Reason.NOT_HTML),
    "JSON": ('{"error": "gone"}', Reason.NOT_HTML),
    "plain text": ("Not a page. 3 < 4.", Reason.NOT_HTML),
    "replacement characters": ("\ufffd\ufffd \x00", Reason.EMPTY),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_is_refused(name: str) -> None:
    text, reason = TEXTS[name]
    with pytest.raises(ExtractRejected) as caught:
        check_text(text)
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    "text",
    [
        "<html><body><rss></body></html>",
        "<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'x'><html xmlns='http://www.w3.org/1999/xhtml'>",
        "<p>A fragment</p>",
        "Some text before <b>markup</b>",
    ],
)
def test_text_with_markup_passes(text: str) -> None:
    check_text(text)


@pytest.mark.parametrize(
    "flood", ["<!DOCTYPE " + "/" * 2_000_000, "<!--" * 500_000, "<?" * 500_000, " " * 2_000_000, "<!-- --> " * 200_000]
)
def test_a_long_prolog_costs_time_in_proportion(flood: str) -> None:
    start = time.process_time()
    prolog_end(flood + "<html>")
    assert time.process_time() - start < 2
