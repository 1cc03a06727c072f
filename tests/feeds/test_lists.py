"""Lists of feeds that are no OPML: CSV with labels, one URL a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UsageError
from ingest.feeds.lists import read_sources
from ingest.feeds.opml import FeedSource

A, B = "https://a.example/f", "https://b.example/f"


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        pytest.param(f"url,title\n{A},The A\n", [FeedSource(url=A, title="The A")], id="url and title"),
        pytest.param(f"Name;RSS\nThe A;{A}", [FeedSource(url=A, title="The A")], id="semicolons, other names, capitals"),
        pytest.param(
            f"url\tlabels\tfolder\n{A}\tx|y, z;x\tDE//Press/", [FeedSource(url=A, tags=("x", "y", "z"), folder="DE/Press")], id="tabs"
        ),
        pytest.param(f'"url","tags"\n"{A}","one, two"\n', [FeedSource(url=A, tags=("one", "two"))], id="quoted"),
        pytest.param(f"url\n{A}\n\n{B}\n{A}\n", [FeedSource(url=A), FeedSource(url=B)], id="one column, an empty line, a repetition"),
        pytest.param(f"country,url,unknown\nde,{A}\n", [FeedSource(url=A)], id="a short row, columns that nobody knows"),
        pytest.param(
            f"Titel;Adresse;Ordner;Schlagwörter\nDie Zeitung für alle;{A};Überregional;Köln\n",
            [FeedSource(url=A, title="Die Zeitung für alle", folder="Überregional", tags=("Köln",))],
            id="in German",
        ),
        pytest.param(f"# mine\n{A} # first\n{B}\n", [FeedSource(url=A), FeedSource(url=B)], id="one URL a line"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_what_a_list_holds(text: str, sources: list[FeedSource]) -> None:
    assert read_sources(text.encode()) == sources
    assert read_sources(text.encode("utf-8-sig")) == sources
    assert read_sources(text.replace("\n", "\r\n").encode()) == sources
    assert read_sources(text.encode("cp1252")) == sources


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(f"url,title\n{A},x\nftp://b.example/,y\n", "line 3: 'ftp://b.example/' is not an http", id="a wrong address"),
        pytest.param(f"title,url\nx,{A}\ny,\n", "line 3 has no address in its column 'url'", id="no address"),
        pytest.param('url,title\nhttps://a.example/,"x\n', "is no CSV", id="an open quote"),
        pytest.param("url,title\nhttps://bob:s3cret@/x,y", "line 2", id="an address without a host"),
    ],
)
def test_what_cannot_be_read_names_its_line(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        read_sources(text.encode())
    assert "s3cret" not in str(caught.value)


@given(st.sampled_from(["url,title\n", "url;tags\n", ""]), st.text(max_size=80))
def test_any_text_gives_sources_or_an_error_that_names_the_line(header: str, text: str) -> None:
    try:
        result: list[FeedSource] | str = read_sources((header + text).encode("utf-8", "surrogatepass"))
    except UsageError as error:
        result = str(error)
    assert "line " in result if isinstance(result, str) else all(source.url for source in result)
