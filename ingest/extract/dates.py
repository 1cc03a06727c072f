"""Dates of pages: what the page's markup says, checked, and which of all sources counts. Never an invented date (rule F4).

The running text is not searched for dates: htmldate does, and finds 1995-01-01 on a page without any.
"""

# ruff: noqa: RUF001  # Cyrillic letters are meant

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlsplit

from htmldate.extractors import custom_parse
from lxml import etree
from lxml.html import HtmlElement

from ingest.extract.text import words
from ingest.model import DateSource

EARLIEST_YEAR = 1990  # no news on the web is older; 0, epoch and 1904 are clocks that were never set
FUTURE_SLACK = timedelta(hours=24)  # a wrong zone moves a date by less than that
SAME_EVENT = timedelta(hours=36)  # a day at midnight and a moment closer than that speak of one publication
SAME_STORY = timedelta(days=60)
MAX_LENGTH = 80  # characters; a longer string is no date
_MAX_OFFSET = timedelta(hours=14)
_LOOKED_AT = 300  # elements that may hold the date: a page with more is a list

_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})"
    r"(?:[T ,]+(\d{1,2}):?(\d{2})(?::?(\d{2}))?(?:[.,](\d+))?(?::\d+)?\s*(Z|UTC|GMT|CET|CEST|EST|EDT|PST|PDT|[+-]\d{2}(?::?\d{2})?)?)?",
    re.IGNORECASE,
)
_ZONES = {"z": 0, "utc": 0, "gmt": 0, "cet": 60, "cest": 120, "est": -300, "edt": -240, "pst": -480, "pdt": -420}
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-3])[:.h]([0-5]\d)(?:[:.]([0-5]\d))?\s*([ap]\.?m)?(?![\d.])", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:199\d|20\d\d)(?!\d)|(?<!\d)\d{1,2}[./]\d{1,2}[./]\d{2}(?!\d)")
_URL_DATE = re.compile(r"/((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?!\d)")
# Day first, in a name: /02-01-2022-a-bridge, /bericht_vom_22.04.2020, /08112021-online
_URL_DAY_FIRST = re.compile(r"(?<!\d)(0[1-9]|[12]\d|3[01])([-._]?)(0[1-9]|1[0-2])\2((?:199|20[0-4])\d)(?!\d)")
# Months as readers are told them, by their first letters, in languages that htmldate does not know.
_MONTHS = (
    *(
        ("янв", "січ", "студ", "яну"),
        ("фев", "лют"),
        ("мар", "бер", "сак"),
        ("апр", "кві", "крас"),
        ("май", "мая", "тра"),
        ("июн", "чер", "юни"),
    ),
    *(
        ("июл", "лип", "юли"),
        ("авг", "сер", "жні"),
        ("сен", "вер", "сеп"),
        ("окт", "жов", "кас"),
        ("ноя", "лис", "ное"),
        ("дек", "гру", "сне"),
    ),
)
_DAY_MONTH_YEAR = re.compile(r"(?<!\d)(\d{1,2})\.?\s+([\u0400-\u04ff]{3,})\.?,?\s+((?:199|20\d)\d)(?!\d)")

# Names by which pages call the place of their publication date.
_PUBLISHED = re.compile(
    r"publish|publi[ckz]|erschien|created|posted|submitted|dateline|datum|fecha|pubdate|timestamp|(?:^|[^a-z])date(?:$|[^a-z])|[a-z]Date(?:$|[^a-z])"
    r"|(?:entry|post|article|news)date"
)
_OTHER_DATE = re.compile(
    r"modif|updat|aktualis|comment|related|teaser|sidebar|footer|copyright|recommend|more-news|upcoming|(?:^|[^a-z])nav(?:$|[^a-z])|navigation",
    re.IGNORECASE,
)
# WordPress marks the one date of an entry "entry-date updated" where it was never changed.
_ENTRY_DATE = re.compile(r"(?:^|[^a-z])(?:published|(?:entry|post|article)[-_]?date)(?:$|[^a-z])")
# Before a date that is none of publication.
_OTHER_WORDS = re.compile(
    r"\b(?:stand|updated?|aktualisiert|modified|modifi[ée]|copyright|mis à jour|actualizado|bis|until|ab)\b|©", re.IGNORECASE
)
MIN_TITLE_WORDS = 3  # of a title that is looked for; fewer stand in menus too
MAX_INSIDE = 3  # elements in a headline
_LEVELS = 12  # looked up from an element
_LONG_MARK = 200  # characters of class and id: utility classes tell nothing
_BESIDE = 60  # characters of a text beside the headline that is a date, with a place or a name at most
_BEFORE_HEADLINE, _AFTER_HEADLINE = 8, 20  # text nodes that stand beside it
_TEXT_TAGS = frozenset(
    {"span", "div", "p", "time", "li", "small", "em", "strong", "b", "i", "td", "dd", "abbr", "header", "h2", "h3", "h4", "h5", "a"}
)


class Dated(NamedTuple):
    """An instant in UTC, whether it has a time of day, and who says so."""

    instant: datetime
    has_time: bool
    source: DateSource


def read(raw: object, now: datetime, source: DateSource) -> Dated | None:
    """The date that a machine-readable string names; None: unreadable, before 1990, or more than 24 h after `now`.

    A date without a zone is taken as UTC.
    """
    if not isinstance(raw, str) or not (text := raw[: 4 * MAX_LENGTH].strip()) or len(text) > MAX_LENGTH:
        return None
    try:
        if text.isdigit() and len(text) in (10, 13):  # seconds or milliseconds since 1970
            return _believable(datetime.fromtimestamp(int(text[:10]), UTC), now, source, has_time=True)
        if match := _ISO.match(text):
            return _believable(_from_iso(match), now, source, has_time=match[4] is not None)
        if text[:3].isalpha() and text[3:5] in (", ", " ,"):
            return _believable(parsedate_to_datetime(text), now, source, has_time=True)
    except (ValueError, OverflowError, TypeError):  # 30 February, 25:61
        return None
    return read_shown(text, now, source)


def read_shown(raw: str, now: datetime, source: DateSource) -> Dated | None:
    """The date that a short text for readers names, such as `24. November 2026, 10:05 Uhr`, in the languages that htmldate knows."""
    text = " ".join(raw[: 4 * MAX_LENGTH].split())
    if not text or len(text) > MAX_LENGTH or not _YEAR.search(text):
        return None
    try:
        day = custom_parse(text, "%Y-%m-%d", datetime(EARLIEST_YEAR, 1, 1), (now + FUTURE_SLACK).replace(tzinfo=None))  # noqa: DTZ001  # htmldate wants naive ones
    except (ValueError, OverflowError, TypeError):
        return None
    if not day and not (day := _spelled(text)):
        return None
    try:
        instant = datetime.fromisoformat(day).replace(tzinfo=UTC)
    except ValueError:  # 31 November
        return None
    numbers = {int(number) for number in re.findall(r"\d+", text)}
    if day.replace("-", "") not in text and not (instant.day in numbers and {instant.year, instant.year % 100} & numbers):
        return None  # htmldate fills in what the text does not say, from the clock
    clock = _CLOCK.search(text) if not re.fullmatch(r"[\d./-]+", text) else None
    if clock and ":" in clock[0]:
        hour = int(clock[1]) % 12 + (12 if clock[4][0] in "pP" else 0) if clock[4] else int(clock[1])
        instant += timedelta(hours=hour, minutes=int(clock[2]), seconds=int(clock[3] or 0))
    return _believable(instant, now, source, has_time=bool(clock and ":" in clock[0]))


def _spelled(text: str) -> str:
    """The day in `24 ноября 2026` as YYYY-MM-DD, "" where there is none."""
    match = _DAY_MONTH_YEAR.search(text)
    word = match[2].casefold() if match else ""
    month = next((number for number, names in enumerate(_MONTHS, start=1) if word.startswith(names)), 0) if word else 0
    return f"{match[3]}-{month:02}-{int(match[1]):02}" if match and month and 1 <= int(match[1]) <= 31 else ""


def _from_iso(match: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    if hour > 24 or minute > 59 or second > 60:
        raise ValueError(match[0])
    # 24:00 is the next midnight; second 60, a leap second, the last moment of its minute
    since = timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
    return datetime(year, month, day, tzinfo=_zone(match[8] or "")) + since


def _zone(text: str) -> timezone:
    if text[:1] not in ("+", "-"):
        return timezone(timedelta(minutes=_ZONES.get(text.lower(), 0)))
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset) if offset <= _MAX_OFFSET else UTC


def _believable(instant: datetime, now: datetime, source: DateSource, *, has_time: bool) -> Dated | None:
    instant = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    return Dated(instant, has_time, source) if instant.year >= EARLIEST_YEAR and instant <= now + FUTURE_SLACK else None


def from_markup(root: HtmlElement, url: str, now: datetime, title: str = "") -> Dated | None:
    """The publication date that elements of the page are marked with, else the day in its URL; None where there is neither.

    A marked date more than `SAME_STORY` away from the day in the URL belongs to another article. `title` tells the headline.
    """
    marked, named = next(_marked(root, now, title), None), from_url(url, now)
    if marked and named and abs(marked.instant - named.instant) > SAME_STORY:
        return named
    return marked or named


def from_url(url: str, now: datetime) -> Dated | None:
    """The day in a path such as /2026/11/24/, /20261124 or /24-11-2026-a-bridge."""
    if match := _URL_DATE.search(url[:2_000]):
        return read("-".join(match.groups()), now, DateSource.PAGE)
    match = _URL_DAY_FIRST.search(urlsplit(url[:2_000]).path) if _is_url(url) else None
    return read(f"{match[4]}-{match[3]}-{match[1]}", now, DateSource.PAGE) if match else None


def _is_url(url: str) -> bool:
    try:
        urlsplit(url[:2_000])
    except ValueError:
        return False
    return True


def _marked(root: HtmlElement, now: datetime, title: str) -> Iterator[Dated]:
    """Dates of marked elements, most telling first: those that name themselves published, then `<time>`, then visible dates."""
    headline = _headline(root, title)
    around = frozenset(headline.iterancestors()) if headline is not None else frozenset()
    named: list[HtmlElement] = []
    published: list[HtmlElement] = []
    times: list[HtmlElement] = []
    shown: list[HtmlElement] = []
    for element in root.iter("time", "abbr", "meta", *_TEXT_TAGS):
        mark = f"{element.get('class', '')} {element.get('id', '')} {element.get('data-testid', '')}"
        if (element.get("itemprop") or element.get("property", "").rpartition(":")[2]) in ("datePublished", "dateCreated"):
            named.append(element)
        elif element.tag in ("time", "abbr") and (element.get("pubdate") is not None or "published" in mark):
            published.append(element)
        elif element.tag == "time" and not _aside(element, around):
            times.append(element)
        elif len(mark) < _LONG_MARK and _PUBLISHED.search(mark) and not _aside(element, around):
            shown.append(element)
    for element in (*named[:_LOOKED_AT], *published[:_LOOKED_AT], *times[:_LOOKED_AT]):
        raw = element.get("datetime") or element.get("content") or element.get("title") or _text(element)
        if found := read(raw, now, DateSource.PAGE):
            yield found
    beside = _beside(headline, around, root) if headline is not None else ()
    for text in (*map(_text, shown[:_LOOKED_AT]), *beside):
        if not _OTHER_WORDS.search(text) and (found := read_shown(text, now, DateSource.PAGE)):
            yield found


def _headline(root: HtmlElement, title: str) -> HtmlElement | None:
    """The only `<h1>`, else the first element that says the title and nothing else; None where there is neither."""
    headings = list(islice(root.iter("h1"), 2))
    if len(headings) == 1:
        return headings[0]
    said = words(title)
    if len(said) < MIN_TITLE_WORDS:
        return None
    bold = (element for element in root.iter("h1", "h2", "h3", "h4", "p", "div", "span", "strong", "b") if len(element) <= MAX_INSIDE)
    return next((e for e in bold if said == words(_text(e, len(title) + MAX_LENGTH))), None)


def _beside(headline: HtmlElement, around: frozenset[HtmlElement], root: HtmlElement) -> Iterator[str]:
    """Short texts next to the headline that may be nothing but a date: first those below it, then those above."""
    before: deque[tuple[str, HtmlElement]] = deque(maxlen=_BEFORE_HEADLINE)
    after: list[tuple[str, HtmlElement]] = []
    seen = False
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if element is headline:
            seen = True
        text = " ".join(((element.text if event == "start" else element.tail) or "").split())
        if not text or (event == "start" and element.tag in ("script", "title")):
            continue
        (after if seen else before).append((text, element if event == "start" else element.getparent()))
        if len(after) == _AFTER_HEADLINE:
            break
    yield from (text for text, holder in (*after, *reversed(before)) if len(text) <= _BESIDE and not _aside(holder, around))


def _aside(element: HtmlElement, around: frozenset[HtmlElement]) -> bool:
    """Whether the element stands in a part of the page that speaks of other articles, or of later changes.

    What is `around` the headline speaks of the article, whatever it is called: a class `right-sidebar` may be the page's layout.
    """
    mark = element.get("class", "")[:_LONG_MARK]
    if (_OTHER_DATE.search(mark) and not _ENTRY_DATE.search(mark)) or element.get("itemprop") == "dateModified":
        return element not in around
    for ancestor in islice(element.iterancestors(), _LEVELS):
        if ancestor in around or ancestor.tag in ("body", "article", "main"):
            return False
        mark = f"{ancestor.get('class', '')[:_LONG_MARK]} {ancestor.get('id', '')[:_LONG_MARK]}"
        if ancestor.tag in ("nav", "figure") or _OTHER_DATE.search(mark):
            return True
        if ancestor.tag in ("aside", "footer"):  # of the article itself it holds what belongs to it
            return next(ancestor.iterancestors("article"), None) is None
    return False


def _text(element: HtmlElement, limit: int = 3 * MAX_LENGTH) -> str:
    pieces: list[str] = []
    length = 0
    for piece in element.itertext():
        pieces.append(piece)
        length += len(piece)
        if length > limit:
            return ""
    return " ".join(pieces)


def choose(feed: datetime | None, now: datetime, found: Iterable[Dated | None]) -> Dated | None:
    """The date that counts: the feed's where believable, else the first of `found` (given best first), else None.

    A feed date at midnight is often a day without a time: the page's moment of about that day is more exact.
    """
    dates = [date for date in found if date]
    if feed is not None:
        announced = _believable(feed, now, DateSource.FEED, has_time=(feed.hour, feed.minute, feed.second) != (0, 0, 0))
        if announced is not None:
            if not announced.has_time:
                exact = next((date for date in dates if date.has_time and abs(date.instant - announced.instant) < SAME_EVENT), None)
                return exact or announced
            return announced
    if not dates:
        return None
    first = dates[0]
    # The same day told with a time elsewhere is the same date, more exactly.
    exact = next((date for date in dates if date.has_time and date.instant.date() == first.instant.date()), None)
    return first if first.has_time or exact is None else exact
