from __future__ import annotations

import time
from xml.sax import SAXException

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds.mend import mended
from ingest.feeds.strict import read


@pytest.mark.parametrize(
    ("fault", "repaired"),
    [
        pytest.param("a & b &c; &d", "a &amp; b &amp;c; &amp;d", id="an ampersand"),
        pytest.param("a&nbsp;&uuml;&hellip;", "a&#160;&#252;&#8230;", id="entities of HTML"),
        pytest.param("a\x02b\x1f", "ab", id="control characters"),
        pytest.param("a&#2;b&#xFFFF;&#xd800;&#99999999;", "ab&amp;#99999999;", id="references to no character"),
        pytest.param("<x y='a&b'/>", "<x y='a&amp;b'/>", id="in an attribute"),
    ],
)
def test_what_is_mended(fault: str, repaired: str) -> None:
    assert mended(f"<rss><title>{fault}</title></rss>".encode()) == f"<rss><title>{repaired}</title></rss>".encode()


@pytest.mark.parametrize(
    ("behind", "kept"),
    [
        pytest.param("\n<script src='x'></script>", False, id="a script"),
        pytest.param("<!-- cached -->", True, id="a comment, which is allowed"),
        pytest.param("<item><title>b</title></item>", True, id="an item, which is not ours to drop"),
        pytest.param("\n", True, id="white space"),
    ],
)
def test_what_stands_behind_the_root(behind: str, *, kept: bool) -> None:
    document = b"<rss><title>a</title></rss>"
    assert mended(document + behind.encode()) == document + (behind.encode() if kept else b"")


@pytest.mark.parametrize(
    "document",
    [
        b"<rss>&amp;&lt;&gt;&quot;&apos;&#8217;&#x2019;</rss>",
        b"<rss><![CDATA[a & b &nbsp;]]><!-- & --><?x & ?></rss>",
        "<feed a='&#10;'>ü</feed>\n<!-- x </feed> y -->\n<?z?>".encode(),
    ],
)
def test_what_is_well_formed_stays_as_it_is(document: bytes) -> None:
    assert mended(document) == document


@given(st.text(st.sampled_from("<>/!-[]?&;#x1\x01 'arst"), max_size=30))
def test_any_well_formed_document_stays_as_it_is(content: str) -> None:
    document = f"<rss>{content}</rss>".encode()
    try:
        read(document)
    except (SAXException, ValueError, KeyError, AttributeError):
        return
    assert mended(document) == document


@pytest.mark.parametrize("part", [b"<!--", b"<![CDATA[", b"<?", b"&", b"</rss", b"&#1"])
def test_it_takes_linear_time(part: bytes) -> None:
    start = time.process_time()
    mended(b"<rss>" + part * 200_000)
    assert time.process_time() - start < 2.0
