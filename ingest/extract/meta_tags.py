"""The `<meta>` and `<link>` tags of a page, by the property that they stand for."""

from __future__ import annotations

from collections.abc import Iterable

from lxml.html import HtmlElement

_NAMES = ("property", "name", "itemprop", "http-equiv")
MAX_TAGS = 2_000  # looked at; real pages have some tens
# Names in lower case, best first.
TITLE = ("og:title", "citation_title", "parsely-title", "sailthru.title", "dc.title", "dcterms.title", "headline", "title", "twitter:title")
AUTHOR = (
    *("author", "article:author", "citation_author", "parsely-author", "sailthru.author", "byl", "dc.creator", "dcterms.creator"),
    *("og:article:author", "og:author", "authors", "creator", "atc-metaauthor", "dcsext.author", "shareaholic:article_author_name"),
)
PUBLISHED = (
    *(
        "article:published_time",
        "og:article:published_time",
        "datepublished",
        "parsely-pub-date",
        "sailthru.date",
        "citation_publication_date",
    ),
    *("cxenseparse:recs:publishtime", "cxenseparse:publishtime", "dc.date.issued", "dcterms.issued", "dc.date.created", "dcterms.created"),
    *("dc.date", "dcterms.date", "pubdate", "publishdate", "publish-date", "publish_date", "publication_date", "article_date_original"),
    *("og:published_time", "og:pubdate", "article.published", "published-date", "rnews:datepublished", "datecreated", "date", "created"),
    *("originalpublicationdate", "pub_date", "ptime", "last_published_at", "shareaholic:article_published_time", "bt:pubdate"),
)
MODIFIED = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "dcterms.modified",
    "dc.date.modified",
    "last-modified",
    "lastmod",
    "dateupdate",
    "revised",
)
DESCRIPTION = ("og:description", "description", "twitter:description", "dc.description", "dcterms.abstract", "sailthru.description")
IMAGE = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src", "image", "thumbnail")
SITE_NAME = ("og:site_name", "application-name", "article:publisher", "dc.publisher", "publisher", "citation_journal_title", "twitter:site")
TAGS = ("article:tag", "news_keywords", "parsely-tags", "keywords", "citation_keywords", "dcterms.subject")
SECTION = ("article:section",)
LANGUAGE = ("content-language", "og:locale", "language", "dc.language")
URL = ("og:url",)
TIER = ("article:content_tier",)  # free, metered, locked


class MetaTags:
    """All tags of a page by lower-case name; several tags may have one name."""

    def __init__(self, root: HtmlElement) -> None:
        self._values: dict[str, list[str]] = {}
        self.canonical: str | None = None
        self.base: str | None = None
        for count, element in enumerate(root.iter("meta", "link", "base")):
            if count >= MAX_TAGS:
                break
            self._take(element)

    def _take(self, element: HtmlElement) -> None:
        if element.tag == "meta":
            if content := element.get("content", "").strip():
                names = filter(None, map(element.get, _NAMES))
                for name in {name.strip().lower() for name in names} - {""}:
                    self._values.setdefault(name, []).append(content)
        elif element.tag == "base":
            self.base = self.base or element.get("href")
        elif "canonical" in element.get("rel", "").lower().split():
            self.canonical = self.canonical or element.get("href")

    def first(self, names: Iterable[str]) -> str:
        """The value of the first of `names` that the page has, or ""."""
        return next((self._values[name][0] for name in names if name in self._values), "")

    def firsts(self, names: Iterable[str]) -> list[str]:
        """The first value of each of `names` that the page has, in their order."""
        return [self._values[name][0] for name in names if name in self._values]

    def all_of(self, names: Iterable[str]) -> list[str]:
        """All values of the first of `names` that the page has."""
        return next((self._values[name] for name in names if name in self._values), [])
