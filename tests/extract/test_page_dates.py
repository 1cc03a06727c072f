"""The page's date is the one that it is marked with, or that stands beside its headline; others are none of its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml.html import document_fromstring

from ingest.extract.dates import Dated
from ingest.extract.page_dates import from_markup
from ingest.model import DateSource

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "https://news.example.org/bridge"


def utc(*fields: int) -> datetime:
    year, month, day, hour, minute = (*fields, 0, 0)[:5]
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


MARKUP = {
    "microdata": '<h1>T</h1><span itemprop="datePublished" content="2026-11-20T10:00:00Z">today</span>',
    "microdata before a <time>": '<h1>T</h1><time datetime="2025-01-01">x</time><meta itemprop="datePublished" content="2026-11-20T10:00:00Z">',
    "<time>": '<h1>T</h1><time datetime="2026-11-20T10:00:00Z">Friday</time>',
    "<time> of publication before one of change": '<time class="updated" datetime="2026-11-22">a</time><time class="published" datetime="2026-11-20T10:00Z">b</time>',
    "<time> not in an aside": '<aside><time datetime="2026-11-23">a</time></aside><time datetime="2026-11-20T10:00Z">b</time>',
    "<time> not in a teaser": '<div class="teaser-list"><p><time datetime="2026-11-23">a</time></p></div><time datetime="2026-11-20T10:00Z">b</time>',
    "a class": '<h1>T</h1><p><span class="meta__date">20.11.2026 10:00</span></p>',
    "a class in German": '<h1>T</h1><p class="artikeldatum">20. November 2026, 10:00 Uhr</p>',
    "a class of utilities": '<h1>T</h1><p class="text-sm postDate">20.11.2026, 10:00 Uhr</p>',
    "a test id": '<h1>T</h1><p data-testid="article-details-date">20.11.2026 10:00</p>',
    "<time> at the headline before one above it": '<div><time datetime="2026-11-23">a</time></div>'
    + "<p>Text.</p>" * 9
    + '<h1>T</h1><p><time datetime="2026-11-20T10:00Z">b</time></p>',
    "a sidebar at the headline": '<h1>T</h1><div class="sidebar"><time datetime="2026-11-20T10:00Z">b</time></div>',
    "alone in its element, further below": "<h1>T</h1>" + "<p>Text.</p>" * 30 + "<ul><li>20.11.2026, 10:00</li></ul>",
    "behind a label, in the footer": "<h1>T</h1>"
    + "<p>Text.</p>" * 90
    + '<div class="footer"><p>Ann Lee<br>Erschienen am: 20.11.2026, 10:00 Uhr</p></div>',
    "below the headline": "<h1>T</h1><p>Ann Lee</p><p>20.11.2026, 10:00 Uhr</p><p>The council met.</p>",
    "above the headline": "<p>20.11.2026 | 10:00 Uhr</p><h1>T</h1><p>The council met.</p>",
}


@pytest.mark.parametrize("name", MARKUP)
def test_the_pages_markup_dates_it_by(name: str) -> None:
    found = from_markup(document_fromstring(f"<html><body>{MARKUP[name]}</body></html>"), URL, NOW)
    assert found == Dated(utc(2026, 11, 20, 10), True, DateSource.PAGE)  # noqa: FBT003


UNDATED = {
    "dates in the text": "<h1>T</h1>"
    + "<p>A paragraph that is long enough to be one, and tells of 3 May 1995 and of 2020-01-01 in passing.</p>" * 200,
    "a copyright line": "<h1>T</h1><p>Text.</p><p>© 2026 Example</p>",
    "the day of a change": "<h1>T</h1><p>Stand: 20.11.2026</p><p>Updated 20 November 2026</p>",
    "dates of other articles": '<h1>T</h1><div class="related"><span class="date">20.11.2026</span></div><footer><time datetime="2026-11-20">x</time></footer>',
    "dates far below the headline": "<h1>T</h1>" + "<p>Text.</p>" * 60 + "<p>20.11.2026</p>",
    "a label of a teaser": "<h1>T</h1>" + "<p>Text.</p>" * 90 + '<div class="teaser"><p>Published on 20 November 2026</p></div>',
    "the story's first sentence": "<h1>T</h1><p>On 6 August 2026, the council <b>met</b> for the first time"
    + " and spoke of bridges" * 20
    + ".</p>",
    "dates of a list": "<h1>A</h1><p>20.11.2026</p><h1>B</h1><p>21.11.2026</p>",
    "nothing": "",
}


@pytest.mark.parametrize("name", UNDATED)
def test_no_date_is_made_of(name: str) -> None:
    assert from_markup(document_fromstring(f"<html><body>{UNDATED[name]}</body></html>"), URL, NOW) is None


def test_the_headline_is_told_by_its_title_where_several_could_be_it() -> None:
    page = "<h1>The Post</h1><h1>News</h1><div><h2>A bridge for the town</h2><p>20 November 2026</p><p>The council met.</p></div>"
    root = document_fromstring(f"<html><body>{page}</body></html>")
    assert from_markup(root, URL, NOW) is None
    found = from_markup(root, URL, NOW, "A bridge for the town")
    assert found is not None
    assert found.instant == utc(2026, 11, 20)


def test_a_marked_date_far_from_the_day_in_the_address_is_of_another_article() -> None:
    root = document_fromstring("<html><body><time datetime='2009-04-11T18:06:00Z'></time></body></html>")
    found = from_markup(root, "https://news.example.org/2026/11/20/bridge", NOW)
    assert found is not None
    assert found.instant == utc(2026, 11, 20)
