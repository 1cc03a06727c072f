"""The names of the people who wrote an article, out of what pages write where an author belongs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice, takewhile
from typing import cast

from lxml import etree
from lxml.html import HtmlElement
from trafilatura.json_metadata import normalize_authors

from ingest.extract.text import one_line, words

MAX_NAME = 120
MAX_AUTHORS = 20
_MANY = 3  # elements marked as author; a page with more lists other articles
# What stands before a name, in the languages of the pages that we have seen.
_BEFORE = re.compile(
    r"^(?:(?:view|read|see|show) (?:all |more )?(?:posts?|articles?|about)?(?: by| of| about| from)?|posted by|published by|(?:written|text|story|words|photos?) by"
    r"|by|von|par|por|di|da|door|przez|autor(?:in)?|author|auteur|autore|autora?|interview|artikel von|beitrag von|ein beitrag von|text|geschrieben von|alle (?:artikel|beiträge) von)"
    r"\b[\s:|\u2013-]*",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"[\s,|\u2013-]+(?:(?:senior |chief |contributing |staff |tech |deputy |managing |associate |guest |freelance )*"
    r"(?:writer|editor|reporter|correspondent|author|founder|contributor|columnist|producer|staff|blogger|redakteur(?:in)?|redaktion|autor(?:in)?)"
    r"|ph\.?d|m\.?d|dvm|rd|mba|january|february|march|april|may|june|july|august|september|october|november|december|tiempo de lectura)\.?$",
    re.IGNORECASE,
)
# A byline often goes on with the date; no name has digits.
_DATED = re.compile(
    r"[\s,|(\u2013-]*(?:\b(?:am|on|at|le|el|vom)\s+)?(?:\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b[\s,.]*)?"
    r"(?:\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s*)?\d.*$",
    re.IGNORECASE | re.DOTALL,
)
_NO_NAME = re.compile(r"https?:|www\.|facebook\.com|@\w+\.\w|^\W*$|\b(?:cookies?|newsletter|copyright|abonn|subscribe)\b", re.IGNORECASE)
_NO_PERSON = frozenset(
    (
        *(
            "admin",
            "administrator",
            "webmaster",
            "wordpressadmin",
            "redaktion",
            "editor",
            "editors",
            "author",
            "autor",
            "auteur",
            "auteurs",
            "guest",
        ),
        *(
            "none",
            "null",
            "undefined",
            "unknown",
            "staff",
            "name",
            "follow",
            "posted",
            "written by",
            "no author",
            "share",
            "print",
            "news",
            "phd",
        ),
        *(
            "by",
            "von",
            "online",
            "user",
            "gast",
            "anonymous",
            "page head extra author",
            "about the author",
            "posts",
            "über den autor",
            "dvm",
            "md",
            "html",
        ),
    )
)


def people(raw: Iterable[str], site_name: str = "") -> tuple[str, ...]:
    """One name each, in the order of `raw`, whose strings may name several people. The site itself is nobody."""
    joined: str | None = None
    for line in list(raw)[:MAX_AUTHORS]:
        name = _bare(_DATED.sub("", one_line(line, MAX_NAME)))
        if name and not _NO_NAME.search(name):
            joined = normalize_authors(joined, name)
    found = (_bare(name) for name in (joined or "").split("; "))
    site = _letters(site_name)
    return tuple(dict.fromkeys(name for name in found if len(name) > 1 and name.lower() not in _NO_PERSON and _letters(name) != site))[
        :MAX_AUTHORS
    ]


def _bare(name: str) -> str:
    for _ in range(3):
        before, name = name, _BEHIND.sub("", _BEFORE.sub("", name)).strip(" ,.:|-\u2013")
        if name == before:
            break
    return name


def _letters(text: str) -> str:
    return "".join(words(text))


def marked(root: HtmlElement) -> tuple[str, ...]:
    """The texts of elements that microdata or `rel` mark as the author's name, in document order."""
    if not _ANY_MARKED(root):
        return ()
    for find in _MARKED:
        elements = cast(list[HtmlElement], find(root))
        if 0 < len(elements) <= _MANY:
            names = [one_line(element.get("content") or element.text_content(), MAX_NAME) for element in elements]
            if names := [name for name in names if 3 < len(name) < 60]:
                return tuple(names)
    return ()


_ATTRIBUTES = ("class", "id", "data-testid", "data-component", "itemprop")
# One of these is in every name that the tiers below know.
_CALLED_AUTHOR = re.compile("uthor|yline|utor|user|submitted|posted|journalist|erfasser|writer|BBL|byl")
_MAX_ATTRIBUTE = 200  # characters; longer ones are utility classes or data
# From names that can only mean the person to those that often mean a box about one.
_TIERS = (
    re.compile(r"(?:^|\s)(?:author|AuthorCard|AuthorURL)(?:$|\s)|author-?_?name|[Aa]uthorName|autor-?_?name"),
    re.compile(r"(?:^|\s)(?:byline|byl|username)(?:$|\s)|author|submitted-by|posted-by|journalist-name"),
    re.compile(r"[Aa]uthor|[Bb]yline|writer|screenname|[Aa]utor(?!i[sz]|e-)|[Vv]erfasser|journalist"),
)
_OTHERS = re.compile(
    r"comment|sidebar|is-hidden|related|(?:^|\s)(?:quote|print|category|meta-date)(?:$|\s)|article-(?:share|support)", re.IGNORECASE
)
_CANDIDATES = 200
_LEVELS = 30
_MIN_BYLINE, MAX_BYLINE = 3, 120  # characters; longer ones are a life

# Over attributes: over all elements it takes five times as long.
_ANY_MARKED = etree.XPath("boolean(//@itemprop[. = 'author'] or //@rel[contains(., 'author')])")
_MARKED = (
    etree.XPath('.//*[@itemprop="author"]//*[@itemprop="name"]'),
    etree.XPath('.//*[@itemprop="author" and not(.//*[@itemprop="name"])]'),
    etree.XPath('.//a[contains(concat(" ", @rel, " "), " author ")]'),
)


def byline(root: HtmlElement) -> Iterator[str]:
    """The texts of the elements whose class, id or role says that they name the author, the most telling first.

    The same elements that trafilatura looks for, in one walk over a tree that is not copied: half the time of one XPath.
    """
    found = list(islice(_called_author(root), _CANDIDATES))
    marks = [" ".join(filter(None, map(element.get, _ATTRIBUTES))) for element in found]
    headline = next(root.iter("h1"), None)
    around = frozenset(headline.iterancestors()) if headline is not None else frozenset()
    for number, tier in enumerate(_TIERS):
        for element, mark in zip(found, marks, strict=True):
            if tier.search(mark) and not any(earlier.search(mark) for earlier in _TIERS[:number]) and not _of_others(element, around):
                text = one_line(" ".join(element.itertext()), MAX_BYLINE + 1)
                if _MIN_BYLINE <= len(text) <= MAX_BYLINE:
                    yield text


def _called_author(root: HtmlElement) -> Iterator[HtmlElement]:
    for element in root.iter():
        for attribute in _ATTRIBUTES:
            value = element.get(attribute)
            if value and len(value) < _MAX_ATTRIBUTE and _CALLED_AUTHOR.search(value):
                yield element
                break


def _of_others(element: HtmlElement, around: frozenset[HtmlElement]) -> bool:
    """Whether the element stands among comments or other articles; what is `around` the headline is about this one."""
    parts = takewhile(lambda part: part not in around, (element, *islice(element.iterancestors(), _LEVELS)))
    return any(_OTHERS.search(f"{part.get('class', '')[:200]} {part.get('id', '')[:100]}") for part in parts)
