"""Everything that a page says of its article beside the text: the best source for each field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice

import msgspec
from lxml.html import HtmlElement

from ingest import urls
from ingest.extract import json_ld, meta_tags
from ingest.extract.dates import Dated, read
from ingest.extract.json_ld import Linked
from ingest.extract.meta_tags import MetaTags
from ingest.extract.page_dates import from_markup
from ingest.extract.people import MAX_NAME, byline, marked, people
from ingest.extract.text import one_line, words
from ingest.model import DateSource

MAX_TITLE = 500
MIN_HEADLINE_WORDS = 3
MAX_TAGS = 50
_BYLINES = 3  # looked at: what comes later names someone else
MAX_DESCRIPTION = 2_000
_LANGUAGE = re.compile(r"[a-z]{2,3}(?=$|[-_\s,;])", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s+[|\u2013\u2014\u00b7\u2022\u00bb\u00ab:/-]+\s+|\s*\|\s*")
_NO_SITE = re.compile(r"https?:|www\.|@\w+\.|facebook\.com|^\W*$", re.IGNORECASE)


class PageMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of `Extraction` that do not come from the text, and what the JSON-LD holds of the text itself."""

    title: str = ""
    authors: tuple[str, ...] = ()
    dates: tuple[Dated, ...] = ()  # of publication, best first
    updated: Dated | None = None
    description: str = ""
    image_url: str | None = None
    image_credit: str = ""
    image_caption: str = ""
    canonical_url: str | None = None
    site_name: str = ""
    tags: tuple[str, ...] = ()
    language: str | None = None
    free: bool | None = None
    is_article: bool = False  # the page calls itself an article
    body: str = ""  # articleBody of the JSON-LD


def read_metadata(root: HtmlElement, url: str, now: datetime, title_hint: str = "") -> PageMetadata:
    """The metadata of the page at `url` whose tree is `root`, which stays as it is."""
    meta, linked = MetaTags(root), json_ld.read(root, url)
    site_name = _site_name(meta, linked)
    title = _title(root, meta, linked, site_name, title_hint)
    base = (urls.clean_link(meta.base, url) if _is_web(url) else None) or url
    return PageMetadata(
        title=title,
        authors=_authors(root, meta, linked, site_name),
        dates=tuple(_dates(root, meta, linked, url, now, title)),
        updated=read(linked.modified, now, DateSource.JSON_LD) or read(meta.first(meta_tags.MODIFIED), now, DateSource.META),
        description=one_line(meta.first(meta_tags.DESCRIPTION) or linked.description, MAX_DESCRIPTION),
        image_url=urls.clean_link(meta.first(meta_tags.IMAGE) or linked.image_url, base),
        image_credit=one_line(linked.image_credit, MAX_NAME),
        image_caption=one_line(linked.image_caption, MAX_DESCRIPTION),
        canonical_url=_canonical(meta, url, base),
        site_name=site_name,
        tags=_tags(meta, linked),
        language=_language(root, meta, linked),
        free=linked.free if linked.free is not None or meta.first(meta_tags.TIER).lower() != "locked" else False,
        is_article=linked.is_article or meta.first(("og:type",)).lower() == "article",
        body=linked.body,
    )


def _is_web(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def _title(root: HtmlElement, meta: MetaTags, linked: Linked, site_name: str, hint: str) -> str:
    """The headline: of the page's candidates the one that its feed gave too, else the first there is."""
    candidates = [title for title in (one_line(raw, MAX_TITLE) for raw in _titles(root, meta, linked)) if title]
    if hint and (same := next((title for title in candidates if words(title) == words(hint)), None)):
        return same
    return _without_site(candidates[0], site_name, candidates[1:]) if candidates else one_line(hint, MAX_TITLE)


def _titles(root: HtmlElement, meta: MetaTags, linked: Linked) -> Iterator[str]:
    headings = [heading.text_content() for heading in root.iter("h1") if heading.text_content().strip()][:5]
    yield meta.first(meta_tags.TITLE)
    yield linked.title if linked.is_article else ""
    if len(headings) == 1:
        yield headings[0]
    yield linked.title
    yield next((title.text_content() for title in root.iter("title")), "")
    yield from headings
    yield next((heading.text_content() for heading in root.iter("h2")), "")


def _without_site(title: str, site_name: str, others: list[str]) -> str:
    """`title` without the name of its site or section, which the page's other titles lack."""
    said = words(title)
    for other in others:
        short = words(other)
        # Long enough not to be a section's name, which stands in titles too
        if MIN_HEADLINE_WORDS <= len(short) < len(said) and short in (said[: len(short)], said[-len(short) :]):
            return other
    for match in reversed(list(_SEPARATOR.finditer(title))):
        head, tail = title[: match.start()].strip(), title[match.end() :].strip()
        if head and tail and words(tail) == words(site_name):
            return head
    return title


def _authors(root: HtmlElement, meta: MetaTags, linked: Linked, site_name: str) -> tuple[str, ...]:
    sources: tuple[Callable[[], Iterable[str]], ...] = (
        lambda: linked.people,
        lambda: meta.all_of(meta_tags.AUTHOR),
        lambda: marked(root),
        lambda: next((names for text in islice(byline(root), _BYLINES) if (names := people([text], site_name))), ()),
        lambda: linked.organisations,
    )
    found = next((found for source in sources if (found := people(source(), site_name))), ())
    return found or people((*linked.people, *linked.organisations)) or people(meta.all_of(meta_tags.AUTHOR))  # the site itself


def _dates(root: HtmlElement, meta: MetaTags, linked: Linked, url: str, now: datetime, title: str) -> Iterator[Dated]:
    found = [
        read(linked.published, now, DateSource.JSON_LD),
        *(read(raw, now, DateSource.META) for raw in meta.firsts(meta_tags.PUBLISHED)),
        read(linked.created, now, DateSource.JSON_LD),
    ]
    dates = [date for date in found if date]
    yield from dates
    if not dates and (marked := from_markup(root, url, now, title)):
        yield marked


def _canonical(meta: MetaTags, url: str, base: str) -> str | None:
    """The page's own idea of its URL, where it is of the same registrable domain; a page cannot speak for another site."""
    for raw in (meta.canonical, meta.first(meta_tags.URL)):
        link = urls.clean_link(raw, base)
        if link and urls.site(url) and urls.site(link) == urls.site(url):
            return link
    return None


def _site_name(meta: MetaTags, linked: Linked) -> str:
    candidates = (meta.first(("og:site_name",)), linked.site_name, meta.first(meta_tags.SITE_NAME))
    names = (one_line(name, MAX_NAME).lstrip("@") for name in candidates)
    return next((name for name in names if name and not _NO_SITE.search(name)), "")


def _tags(meta: MetaTags, linked: Linked) -> tuple[str, ...]:
    raw = [*linked.tags] or [part for value in meta.all_of(meta_tags.TAGS) for part in value[:5_000].replace(";", ",").split(",")]
    tags = (one_line(tag, MAX_NAME) for tag in (*linked.section, *meta.all_of(meta_tags.SECTION), *raw))
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:MAX_TAGS]


def _language(root: HtmlElement, meta: MetaTags, linked: Linked) -> str | None:
    """The primary tag of the language that the page declares, in lower case."""
    for raw in (root.get("lang"), root.get("xml:lang"), linked.language, meta.first(meta_tags.LANGUAGE)):
        if raw and (match := _LANGUAGE.match(raw.strip())):
            return match[0].lower()
    return None
