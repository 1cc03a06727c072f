from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.errors import InvalidUrl
from ingest.urls import MAX_URL_LENGTH, canonical_url, clean_link, host, redact, site, split_credentials, url_id

BASE = "https://base.example/dir/feed.xml"


@pytest.mark.parametrize(
    ("raw", "link"),
    [
        pytest.param("https://a.example/x?y=1", "https://a.example/x?y=1", id="as it is"),
        pytest.param(" \n https://a.example/x\n", "https://a.example/x", id="white space around"),
        pytest.param("HTTPS://A.Example/X", "https://a.example/X", id="case of scheme and host"),
        pytest.param("https://a.example", "https://a.example/", id="empty path"),
        pytest.param("https://a.example/#top", "https://a.example/", id="fragment"),
        pytest.param("https://bob:s3cret@a.example/", "https://a.example/", id="credentials"),
        pytest.param("https://a.example:443/", "https://a.example/", id="default port"),
        pytest.param("http://a.example:8080/", "http://a.example:8080/", id="other port"),
        pytest.param("https://[::1]:8443/", "https://[::1]:8443/", id="IPv6"),
        pytest.param("https://a.example/a b", "https://a.example/a%20b", id="space inside"),
        pytest.param("https://a.example/a\r\nb", "https://a.example/ab", id="line break inside"),
        pytest.param("https://a.example/\x00", "https://a.example/%00", id="NUL"),
        pytest.param("https://a.example/ü?ö=ß", "https://a.example/ü?ö=ß", id="IRI"),
        pytest.param("../x", "https://base.example/x", id="relative"),
        pytest.param("/x", "https://base.example/x", id="absolute path"),
        pytest.param("?p=1", "https://base.example/dir/feed.xml?p=1", id="query only"),
    ],
)
def test_a_link_is_made_absolute_and_bare(raw: str, link: str) -> None:
    assert clean_link(raw, BASE) == link


@pytest.mark.parametrize(
    "raw",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "\x01javascript:alert(1)",
        " java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://a.example/",
        "mailto:a@a.example",
        "about:blank",
        "//evil.example/x",
        "https:///x",
        "https://./",
        "https://[::1",
        "https://a.example:99999/",
        "https://a.example:port/",
        "https://a b.example/",
        "https://a.example\\@b.example/",
        "https://a<b.example/",
        "https://a.example/\ud800",
        "https://a.example/" + "x" * MAX_URL_LENGTH,
        "",
        None,
    ],
)
def test_what_is_no_http_link_is_none(raw: str | None) -> None:
    assert clean_link(raw) is None


def test_a_link_without_scheme_takes_that_of_its_base() -> None:
    assert clean_link("//cdn.example/x", BASE) == "https://cdn.example/x"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("http://a.example/x", "https://a.example/x", id="scheme"),
        pytest.param("http://a.example:80/x", "https://a.example:443/x", id="default ports"),
        pytest.param("http://a.example:443/x", "https://a.example/x", id="the other scheme's port"),
        pytest.param("https://A.example./x", "https://a.example/x", id="host"),
        pytest.param("https://münchen.example/", "https://xn--mnchen-3ya.example/", id="IDNA"),
        pytest.param("https://a.example/?b=2&a=1", "https://a.example/?a=1&b=2", id="order of parameters"),
        pytest.param("https://a.example/?a=1&utm_source=rss&utm_medium=feed&fbclid=x", "https://a.example/?a=1", id="trackers"),
        pytest.param("https://a.example/x?UTM_Campaign=y", "https://a.example/x", id="trackers in capitals"),
        pytest.param("https://a.example/x#c", "https://a.example/x", id="fragment"),
        pytest.param("https://a.example/%7euser", "https://a.example/~user", id="needless encoding"),
        pytest.param("https://a.example/ü", "https://a.example/%c3%bc", id="encoding of paths"),
        pytest.param("https://a.example/a/./b/../c", "https://a.example/a/c", id="dot segments"),
        pytest.param("https://a.example/?", "https://a.example/", id="empty query"),
        pytest.param("https://a.example/?q=a%20b", "https://a.example/?q=a+b", id="spaces"),
    ],
)
def test_links_to_one_page_have_one_key(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other)
    assert url_id(one) == url_id(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("https://a.example/X", "https://a.example/x", id="case of the path"),
        pytest.param("https://a.example/x/", "https://a.example/x", id="closing slash"),
        pytest.param("https://www.a.example/", "https://a.example/", id="host"),
        pytest.param("https://a.example:8443/", "https://a.example/", id="port"),
        pytest.param("https://a.example/?id=1", "https://a.example/?id=2", id="parameter"),
        pytest.param("https://a.example/?a=1&a=2", "https://a.example/?a=1", id="repeated parameter"),
        pytest.param("https://a.example/?q=%e4", "https://a.example/?q=%f6", id="Latin-1 parameter"),
        pytest.param("https://a.example/%e4", "https://a.example/%f6", id="Latin-1 path"),
        pytest.param("https://a.example/?a=1%26b=2", "https://a.example/?a=1&b=2", id="encoded ampersand"),
        pytest.param("https://a.example/a%2fb", "https://a.example/a/b", id="encoded slash"),
    ],
)
def test_links_to_different_pages_have_different_keys(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


def test_a_key_is_lower_case_hex_of_sha256() -> None:
    assert url_id("http://a.example") == "befde498a45b6c82084a07709548fe6ff7cad85ae6f76a971ad9afaa83f20595"


def test_what_is_no_url_has_no_key_and_the_message_no_secret() -> None:
    with pytest.raises(InvalidUrl) as caught:
        canonical_url("ftp://bob:s3cret@a.example/?token=k3y")
    assert "s3cret" not in str(caught.value)
    assert "k3y" not in str(caught.value)


_HOSTS = st.one_of(
    st.from_regex(r"[a-zA-Z0-9_.-]{1,20}", fullmatch=True),
    st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=8),
    st.sampled_from(["[::1]", "[2001:DB8:0:0::1]", "127.0.0.1", "münchen.example", "①②⑦.0.0.1", "a.example."]),
)
_REST = st.text(st.one_of(st.sampled_from("/?&=;%#+.:@ ~é\\2fF"), st.characters(codec="utf-8")), max_size=40)
_URLS = st.builds(
    "{}://{}{}{}{}".format,
    st.sampled_from(["http", "https", "HTTP"]),
    _HOSTS,
    st.sampled_from(["", ":80", ":443", ":8080", ":"]),
    st.sampled_from(["", "/", "//", "?"]),
    _REST,
)


@given(_URLS)
@example("http://a.example:443/")
@example("https://a.example.:8080//x")
@example("https://a.example/?&&a&b=%zz")
def test_the_key_of_a_key_is_itself(url: str) -> None:
    try:
        key = canonical_url(url)
    except InvalidUrl:
        return
    assert canonical_url(key) == key
    assert clean_link(key) == key


@given(_URLS)
def test_a_clean_link_is_clean(url: str) -> None:
    link = clean_link(url)
    assert link is None or clean_link(link) == link


@given(st.text(max_size=60))
def test_any_text_is_a_link_or_none(text: str) -> None:
    link = clean_link(text, BASE)
    assert link is None or link.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/x?y=1#z", "https://a.example/x?y=1#z"),
        ("http://bob:s3cret@a.example/", "http://a.example/"),
        ("http://bob:s3@cret@a.example:8080/x", "http://a.example:8080/x"),
        ("https://a.example/?api_key=k3y&x=1", "https://a.example/?api_key=***&x=1"),
        ("https://a.example/?TOKEN=k3y&Signature=k3y", "https://a.example/?TOKEN=***&Signature=***"),
        ("https://a.example/#access_token=k3y", "https://a.example/#***"),
        ("bob:s3cret@a.example/x", "a.example/x"),
        ("ftp://bob:s3cret@a.example/", "ftp://a.example/"),
        ("//bob:s3cret@a.example/", "//a.example/"),
        ("http://bob:s3cret@[::1/", "(an unreadable URL)"),
        ("https://a.example/@bob", "https://a.example/@bob"),
        ("", ""),
    ],
)
def test_secrets_are_not_shown(url: str, shown: str) -> None:
    assert redact(url) == shown


def test_credentials_are_split_off() -> None:
    assert split_credentials("https://bob:s3@cret@a.example:8080/x?y") == ("https://a.example:8080/x?y", "bob:s3@cret")
    assert split_credentials("https://a.example/@x") == ("https://a.example/@x", None)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.bbc.co.uk/news", "bbc.co.uk"),
        ("https://www.tagesschau.de:443/", "tagesschau.de"),
        ("http://127.0.0.1:8080/", "127.0.0.1"),
        ("http://localhost/", "localhost"),
        ("https://[::1]/", "::1"),
        ("no url", ""),
    ],
)
def test_a_site_is_the_registrable_domain_or_else_the_host(url: str, expected: str) -> None:
    assert site(url) == expected


def test_the_host_of_what_is_no_url_is_empty() -> None:
    assert host("https://[::1") == ""
    assert host("https://News.Example./x") == "news.example"
