from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UsageError
from ingest.feeds.lists import read_sources
from ingest.feeds.opml import FeedSource, read_opml, write_opml
from ingest.feeds.text import one_line
from tests.corpora import corpora

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FLOOR_READ = 7  # of the 36 lists: the others are outlines without feeds, or broken on purpose


def opml(body: str) -> bytes:
    return f'<?xml version="1.0"?>\n<opml version="1.0">\n<body>\n{body}\n</body></opml>'.encode()


def test_nested_outlines_become_a_folder_path() -> None:
    document = opml(
        '<outline text="News"><outline title="Deutsch"><outline text="T" xmlUrl="https://t.example/f" category="/a/b,c"/></outline>'
        '</outline><outline text="U" type="rss" XMLURL="https://u.example/f"/>'
    )
    assert read_opml(document) == [
        FeedSource(url="https://t.example/f", title="T", folder="News/Deutsch", tags=("a/b", "c")),
        FeedSource(url="https://u.example/f", title="U"),
    ]


def test_a_feed_that_has_outlines_below_it_is_no_folder() -> None:
    document = opml('<outline text="A" xmlUrl="https://a.example/"><outline text="B" xmlUrl="https://b.example/"/></outline>')
    assert [source.folder for source in read_opml(document)] == ["", ""]


def test_a_url_that_comes_twice_counts_once() -> None:
    document = opml('<outline text="A" xmlUrl="https://a.example/"/><outline text="B" xmlUrl="https://a.example/"/>')
    assert [source.title for source in read_opml(document)] == ["A"]


def test_the_feed_scheme_of_old_browsers_is_http() -> None:
    document = opml('<outline xmlUrl="feed://a.example/f"/><outline xmlUrl="feed:https://b.example/f"/>')
    assert [source.url for source in read_opml(document)] == ["http://a.example/f", "https://b.example/f"]


def test_bare_ampersands_are_read_and_entities_stay() -> None:
    document = opml('<outline text="A &amp; B &#38; C & D" xmlUrl="https://a.example/?a=1&b=2&amp;c=3"/>')
    assert read_opml(document) == [FeedSource(url="https://a.example/?a=1&b=2&c=3", title="A & B & C & D")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_the_declared_encoding_is_read(encoding: str) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?><opml><body><outline text="Köln" xmlUrl="https://a.example/"/></body></opml>'
    assert read_sources(document.encode(encoding))[0].title == "Köln"


@pytest.mark.parametrize(
    ("document", "line"),
    [
        pytest.param(opml('<outline text="a "quoted" word" xmlUrl="https://a.example/"/>'), 4, id="quotes within quotes"),
        pytest.param(opml('\n<outline xmlUrl="javascript:alert(1)"/>'), 5, id="scheme"),
        pytest.param(opml('\n\n<outline xmlUrl="/relative"/>'), 6, id="relative address"),
        pytest.param(b"<opml>\n<body>", 2, id="truncated"),
        pytest.param(b"<html>\n</html>", 1, id="a page"),
        pytest.param(b'<?xml version="1.0" encoding="no-such"?>\n<opml/>', 1, id="unknown encoding"),
        pytest.param(b'<!DOCTYPE opml [\n<!ENTITY a "b">]><opml/>', 1, id="document type"),
        pytest.param(b'<!DOCTYPE opml SYSTEM "file:///etc/passwd"><opml/>', 1, id="external document type"),
        pytest.param(b"", 1, id="empty"),
    ],
)
def test_what_cannot_be_read_names_its_line(document: bytes, line: int) -> None:
    with pytest.raises(UsageError, match=rf"^line {line}\b"):
        read_opml(document)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_bomb_of_entities_is_refused_before_it_expands(encoding: str) -> None:
    laughs = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    bomb = f'<?xml version="1.0"?>{"<!-- <x -->" * 1000}<!DOCTYPE o [<!ENTITY a0 "ha">{laughs}]><opml><outline text="&a9;"/></opml>'
    start = time.process_time()
    with pytest.raises(UsageError, match="document type"):
        read_opml(bomb.encode(encoding))
    assert time.process_time() - start < 0.25


def test_deep_nesting_is_read_without_recursion() -> None:
    deep = 5_000
    document = opml('<outline text="a">' * deep + '<outline xmlUrl="https://a.example/"/>' + "</outline>" * deep)
    assert len(read_opml(document)) == 1


def test_credentials_stay_out_of_messages() -> None:
    with pytest.raises(UsageError) as caught:
        read_sources(b"ftp://bob:s3cret@a.example/?token=k3y")
    assert "s3cret" not in str(caught.value)
    assert "k3y" not in str(caught.value)


def test_a_plain_list_has_one_url_a_line() -> None:
    text = b"\xef\xbb\xbf# mine\n\nhttps://a.example/f#top\r\n https://b.example/f  # the other\nhttps://b.example/f\n"
    assert [source.url for source in read_sources(text)] == ["https://a.example/f#top", "https://b.example/f"]


def test_a_plain_list_names_the_line_that_is_wrong() -> None:
    with pytest.raises(UsageError, match=r"^line 2: 'tagesschau' is not an http"):
        read_sources(b"https://a.example/\ntagesschau\n")


_NAMES = st.text(max_size=30).map(lambda text: one_line(text, 100))
_LEVELS = _NAMES.map(lambda name: one_line(name.replace("/", ""), 100)).filter(bool)
_TAGS = _NAMES.map(lambda name: one_line(name.replace(",", "").strip("/ "), 100)).filter(lambda tag: tag and tag == tag.strip("/ "))
_SOURCES = st.builds(
    FeedSource,
    url=st.integers(0, 10**6).map(lambda n: f"https://host{n}.example/feed?a={n}&b=<'\">"),
    title=_NAMES,
    folder=st.lists(_LEVELS, max_size=3).map("/".join),
    tags=st.lists(_TAGS, max_size=3, unique=True).map(tuple),
)


@given(st.lists(_SOURCES, max_size=8, unique_by=lambda source: source.url))
def test_what_is_written_reads_back(sources: list[FeedSource]) -> None:
    read = read_opml(write_opml(sources, title="Feeds", now=NOW))
    assert sorted(read, key=lambda source: source.url) == sorted(sources, key=lambda source: source.url)


def outcome(document: bytes) -> list[FeedSource] | str:
    try:
        return read_sources(document)
    except UsageError as error:
        return str(error)


@given(st.binary(max_size=300))
def test_any_bytes_give_sources_or_an_error_that_names_the_line(document: bytes) -> None:
    result = outcome(document)
    assert isinstance(result, list) or result.startswith("line ")


@pytest.mark.corpora
def test_every_list_of_the_corpora_is_read_or_refused_with_its_line() -> None:
    results = [outcome(path.read_bytes()) for path in sorted(corpora("feeds/feedvalidator").rglob("*.opml"))]
    assert len(results) == 36
    assert all(isinstance(result, list) or result.startswith("line ") for result in results)
    assert sum(isinstance(result, list) and len(result) > 0 for result in results) >= FLOOR_READ
