"""Where in a page its date stands: in elements that say so, beside the headline, or behind words such as `Published on`.

What is near the headline speaks of the article, whatever it is called; elsewhere a date may be that of a teaser. The running
text is not searched: htmldate does, and finds 1995-01-01 on a page without a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple, cast

from lxml.etree import XPath, _ElementUnicodeResult
from lxml.html import HtmlElement

from ingest.extract.dates import MAX_LENGTH, Dated, from_url, read, read_shown
from ingest.extract.headline import above, below, find_headline, text_of
from ingest.model import DateSource

SAME_STORY = timedelta(days=60)
_LOOKED_AT = 300  # elements that may hold the date: a page with more is a list
_LEVELS = 12  # looked up from an element
_LONG_MARK = 200  # characters of class and id: utility classes tell nothing
_BESIDE = 60  # characters of a text beside the headline that is a date, with a place or a name at most
_PROSE = 200  # characters of a paragraph that tells a story, with dates
_ABOVE, _BELOW = 8, 20  # text nodes that stand beside it
_FAR_BELOW = 40  # text nodes, among which a date counts that is all that its element says

# Names by which pages call the place of their publication date.
_PUBLISHED = re.compile(
    r"publish|publi[ckz]|erschien|created|posted|submitted|dateline|datum|fecha|pubdate|timestamp|(?:^|[^a-z])date(?:$|[^a-z])|[a-z]Date(?:$|[^a-z])"
    r"|(?:entry|post|article|news)date|(?:^|[^a-z])time(?:$|[^a-z])"
)
_OTHER = r"modif|updat|aktualis|comment|related|teaser|footer|copyright|recommend|more-news|upcoming|(?:^|[^a-z])nav(?:$|[^a-z])|navigation"
_OTHER_NEAR = re.compile(_OTHER, re.IGNORECASE)
_OTHER_DATE = re.compile(f"{_OTHER}|sidebar", re.IGNORECASE)  # next to the headline a sidebar is the article's own
_OTHERS = re.compile(r"comment|related|teaser|sidebar|recommend|more-news|upcoming", re.IGNORECASE)
# WordPress marks the one date of an entry "entry-date updated" where it was never changed.
_ENTRY_DATE = re.compile(r"(?:^|[^a-z])(?:published|(?:entry|post|article)[-_]?date)(?:$|[^a-z])")
# Before a date that is none of publication.
_OTHER_WORDS = re.compile(
    r"\b(?:stand|updated?|aktualisiert|modified|modifi[ée]|copyright|mis à jour|actualizado|bis|until|ab)\b|©", re.IGNORECASE
)
# Before one that is, wherever it stands.
_LABEL = re.compile(
    r"\b(?:veröffentlicht|erschienen|publiziert|published|posted|publiée?|parue?|publicad[oa]|pubblicat[oa]|gepubliceerd|opublikowano)"
    r"(?:\s+(?:am|on|le|el|em|il|op|dnia|in data))?\s*:?\s+(?=\w)",
    re.IGNORECASE,
)
_STEMS = (
    "eröffentlicht",
    "rschienen",
    "ubliziert",
    "ublished",
    "osted",
    "ublié",
    "arue",
    "aru le",
    "ublicad",
    "ubblicat",
    "epubliceerd",
    "publikowano",
)
# Texts that may be such a label and a date.
_LABELLED = XPath(
    "//body//text()[string-length(.) < 200 and translate(., '0123456789', '') != . and ("
    + " or ".join(f"contains(., '{stem}')" for stem in _STEMS)
    + ")][not(parent::script)]"
)
# Elements that readers see a date in.
_SEEN = ("span", "div", "p", "li", "small", "em", "strong", "b", "i", "td", "dd", "header", "h2", "h3", "h4", "h5", "a")


class _Marked(NamedTuple):
    """Elements that may hold the date, by what they call themselves."""

    named: list[HtmlElement]  # datePublished, of microdata or RDFa
    published: list[HtmlElement]  # <time pubdate> and the like
    times: list[HtmlElement]  # <time>
    shown: list[HtmlElement]  # by class or id


def from_markup(root: HtmlElement, url: str, now: datetime, title: str = "") -> Dated | None:
    """The publication date that the page shows, else the day in its URL; None where there is neither.

    A shown date more than `SAME_STORY` away from the day in the URL belongs to another article. `title` tells the headline.
    """
    shown, named = next(_shown(root, now, title), None), from_url(url, now)
    if shown and named and abs(shown.instant - named.instant) > SAME_STORY:
        return named
    return shown or named


def _shown(root: HtmlElement, now: datetime, title: str) -> Iterator[Dated]:
    """Dates of the page, the most telling first: marked as that of publication, near the headline, marked as a date, behind a label."""
    headline = find_headline(root, title)
    around = frozenset(headline.iterancestors()) if headline is not None else frozenset()
    marked = _marked(root)
    yield from _read_marked((*marked.named, *marked.published), now)
    if headline is not None:
        yield from _near(headline, around, marked, now)
    yield from _read_marked((element for element in marked.times if not _aside(element, around)), now)
    yield from _read_texts((text_of(element, 3 * MAX_LENGTH) for element in marked.shown if not _aside(element, around)), now)
    for text in cast("list[_ElementUnicodeResult]", _LABELLED(root))[:_LOOKED_AT]:
        holder = text.getparent()
        if (label := _LABEL.search(str(text))) and holder is not None and not _of_others(holder, around):
            yield from _read_texts([str(text)[label.end() :]], now)


def _marked(root: HtmlElement) -> _Marked:
    found = _Marked([], [], [], [])
    for element in root.iter("time", "abbr", "meta", *_SEEN):
        get = element.get  # a walk in Python takes half the time of an XPath with so many conditions
        name = get("itemprop") or get("property")
        if name and name.rpartition(":")[2] in ("datePublished", "dateCreated"):
            found.named.append(element)
            continue
        mark = f"{get('class', '')} {get('id', '')} {get('data-testid', '')}"
        if element.tag in ("time", "abbr") and (element.get("pubdate") is not None or "published" in mark):
            found.published.append(element)
        elif element.tag == "time":
            found.times.append(element)
        elif len(mark) < _LONG_MARK and _PUBLISHED.search(mark):
            found.shown.append(element)
    return _Marked(*(elements[:_LOOKED_AT] for elements in found))


def _near(headline: HtmlElement, around: frozenset[HtmlElement], marked: _Marked, now: datetime) -> Iterator[Dated]:
    """Dates next to the headline: those of marked elements, then short texts that may be nothing but a date, below before above."""
    after, before = list(islice(below(headline), _FAR_BELOW)), list(islice(above(headline), _ABOVE))
    close = {holder for _, holder in (*after[:_BELOW], *before)}
    close |= {holder.getparent() for holder in close}
    times, shown = ([e for e in elements if e in close and not _aside(e, around, _OTHER_NEAR)] for elements in (marked.times, marked.shown))
    yield from _read_marked(times, now)
    yield from _read_texts((text_of(element, 3 * MAX_LENGTH) for element in shown), now)
    short = (
        text
        for text, holder in (*after[:_BELOW], *before)
        if len(text) <= _BESIDE and not (holder.tag == "p" and not text_of(holder, _PROSE)) and not _aside(holder, around, _OTHER_NEAR)
    )
    yield from _read_texts(short, now)
    alone = (
        text
        for text, holder in after[_BELOW:]
        if len(text) <= MAX_LENGTH and _is_all(text, holder) and not _aside(holder, around, _OTHER_NEAR)
    )
    yield from _read_texts(alone, now)


def _is_all(text: str, holder: HtmlElement) -> bool:
    """Whether `text` is a date with its time at most, and all that `holder` says."""
    return (
        len(holder) == 0
        and holder.tag != "a"
        and sum(map(str.isdigit, text)) >= len(text) / 4
        and text == " ".join((holder.text or "").split())
    )


def _read_marked(elements: Iterator[HtmlElement] | list[HtmlElement] | tuple[HtmlElement, ...], now: datetime) -> Iterator[Dated]:
    for element in elements:
        raw = element.get("datetime") or element.get("content") or element.get("title") or text_of(element, 3 * MAX_LENGTH)
        if found := read(raw, now, DateSource.PAGE):
            yield found


def _read_texts(texts: Iterator[str] | list[str], now: datetime) -> Iterator[Dated]:
    for text in texts:
        if not _OTHER_WORDS.search(text) and (found := read_shown(text, now, DateSource.PAGE)):
            yield found


def _of_others(element: HtmlElement, around: frozenset[HtmlElement]) -> bool:
    """Whether the element stands among teasers or comments. A footer may say when the article was published."""
    return any(
        _OTHERS.search(f"{part.get('class', '')[:_LONG_MARK]} {part.get('id', '')[:_LONG_MARK]}")
        for part in islice(element.iterancestors(), _LEVELS)
        if part not in around
    )


def _aside(element: HtmlElement, around: frozenset[HtmlElement], other: re.Pattern[str] = _OTHER_DATE) -> bool:
    """Whether the element stands in a part of the page that speaks of other articles, or of later changes.

    What is `around` the headline speaks of the article, whatever it is called: a class `right-sidebar` may be the page's layout.
    """
    mark = element.get("class", "")[:_LONG_MARK]
    if (other.search(mark) and not _ENTRY_DATE.search(mark)) or element.get("itemprop") == "dateModified":
        return element not in around
    for ancestor in islice(element.iterancestors(), _LEVELS):
        if ancestor in around or ancestor.tag in ("body", "article", "main"):
            return False
        mark = f"{ancestor.get('class', '')[:_LONG_MARK]} {ancestor.get('id', '')[:_LONG_MARK]}"
        if ancestor.tag in ("nav", "figure") or other.search(mark):
            return True
        if ancestor.tag in ("aside", "footer"):  # of the article itself it holds what belongs to it
            return next(ancestor.iterancestors("article"), None) is None
    return False
