"""What pages write where an author belongs becomes names of people, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from ingest.extract.people import MAX_AUTHORS, byline, marked, people

LINES = {
    "a name": (["Ann Lee"], ("Ann Lee",)),
    "names": (["Ann Lee", "Bo Ek"], ("Ann Lee", "Bo Ek")),
    "names in one line": (["Ann Lee and Bo Ek"], ("Ann Lee", "Bo Ek")),
    "names with a comma": (["Ann Lee, Bo Ek"], ("Ann Lee", "Bo Ek")),
    "English": (["By Ann Lee"], ("Ann Lee",)),
    "German": (["Von Jörg Müller"], ("Jörg Müller",)),
    "French": (["Par Anna Kubišta"], ("Anna Kubišta",)),
    "Spanish": (["Por Camila Méndez"], ("Camila Méndez",)),
    "a label": (["Autorin: Ann Lee"], ("Ann Lee",)),
    "a link's title": (["View all posts by Ann Lee"], ("Ann Lee",)),
    "a role": (["Ann Lee, Staff Writer"], ("Ann Lee",)),
    "a role without a comma": (["Linda Lee Contributing Writer"], ("Linda Lee",)),
    "a month": (["Ann Lee December"], ("Ann Lee",)),
    "a date": (["Luke Kim December 17, 2025"], ("Luke Kim",)),
    "a date in German": (["VON MORITZ GATHMANN am 21. April 2020"], ("MORITZ GATHMANN",)),
    "a date in Spanish": (["por Raúl Espina 4 mayo, 2022"], ("Raúl Espina",)),
    "nothing but a date": (["June 3, 2025"], ()),
    "an address of a profile": (["https://www.facebook.com/annlee"], ()),
    "an account": (["admin"], ()),
    "an editorial office": (["Redaktion"], ()),
    "a button": (["Follow"], ()),
    "the site": (["The Example"], ()),
    "the site and a person": (["The Example", "Ann Lee"], ("Ann Lee",)),
    "the same twice": (["Ann Lee", "Ann Lee"], ("Ann Lee",)),
    "markup": (["<b>Ann Lee</b>"], ("Ann Lee",)),
    "nothing": (["", " ", "-"], ()),
}


@pytest.mark.parametrize("name", LINES)
def test_authors_of(name: str) -> None:
    raw, names = LINES[name]
    assert people(raw, "The Example") == names


def test_there_is_a_limit_to_authors() -> None:
    assert len(people([f"Ann {chr(65 + n // 26)}{chr(97 + n % 26)}x" for n in range(400)])) <= MAX_AUTHORS


MARKED = {
    "microdata": ('<p itemprop="author" itemscope><a href="/a"><span itemprop="name">Ann Lee</span></a>, editor</p>', ("Ann Lee",)),
    "microdata without a name in it": ('<span itemprop="author">Ann Lee</span>', ("Ann Lee",)),
    "a link": ('<a rel="author" href="/a">Ann Lee</a>', ("Ann Lee",)),
    "a link with several relations": ('<a rel="author nofollow" href="/a">Ann Lee</a>', ("Ann Lee",)),
    "many, which are of other articles": ('<a rel="author">Ann Lee</a>' * 8, ()),
    "an icon": ('<a rel="author"> </a>', ()),
    "none": ("<p>Ann Lee</p>", ()),
}


@pytest.mark.parametrize("name", MARKED)
def test_a_page_marks_its_author_by(name: str) -> None:
    source, names = MARKED[name]
    assert marked(document_fromstring(f"<html><body>{source}</body></html>")) == names


BYLINES = {
    "a class": ('<div class="byline">By Ann Lee</div>', ["By Ann Lee"]),
    "a class among others": ('<p class="text-sm article__author-name bold">Ann Lee</p>', ["Ann Lee"]),
    "an id": ('<span id="author">Ann Lee</span>', ["Ann Lee"]),
    "a test id": ('<span data-testid="AuthorCard">Ann Lee</span>', ["Ann Lee"]),
    "a class in German": ('<span class="artikel-autor">Ann Lee</span>', ["Ann Lee"]),
    "the most telling first": (
        '<div class="author-box">Ann Lee is a writer.</div><b class="author-name">Ann Lee</b>',
        ["Ann Lee", "Ann Lee is a writer."],
    ),
    "not of comments": ('<div id="comments"><b class="author">Bo Ek</b></div>', []),
    "not of related articles": ('<ul class="related-posts"><li class="author">Bo Ek</li></ul>', []),
    "not a life": (f'<div class="author">{"Ann Lee is a writer. " * 20}</div>', []),
    "not a word with those letters": ('<p class="autoplay tutorial">Ann Lee</p>', []),
}


@pytest.mark.parametrize("name", BYLINES)
def test_a_byline_is_told_by(name: str) -> None:
    source, texts = BYLINES[name]
    assert list(byline(document_fromstring(f"<html><body><h1>T</h1>{source}</body></html>"))) == texts


def test_a_layout_called_sidebar_does_not_hide_the_byline() -> None:
    source = '<div class="layout-right-sidebar"><h1>T</h1><div class="byline">By Ann Lee</div></div>'
    assert list(byline(document_fromstring(f"<html><body>{source}</body></html>"))) == ["By Ann Lee"]


@given(st.lists(st.text(max_size=150), max_size=4))
def test_any_strings_give_names_or_nothing(raw: list[str]) -> None:
    assert all(name.strip() == name and name for name in people(raw))
