"""The article of a page: text by trafilatura, metadata by markup, each fault as a typed reason."""

from __future__ import annotations

from datetime import datetime

import msgspec
from lxml.html import HtmlElement

from ingest.errors import ExtractRejected
from ingest.extract import sniff
from ingest.extract.body import Said, read_body
from ingest.extract.charset import decode
from ingest.extract.consent import is_consent_wall
from ingest.extract.dates import choose
from ingest.extract.metadata import MAX_DESCRIPTION, read_metadata
from ingest.extract.paywall import is_walled
from ingest.extract.people import MAX_NAME
from ingest.extract.text import one_line, paragraphs
from ingest.extract.tree import parse, without_head
from ingest.model import Dateline, DateSource, Reason


class PageBytes(msgspec.Struct, frozen=True, kw_only=True):
    """A page as it came, and what is known of it from elsewhere."""

    body: bytes  # after HTTP decoding
    url: str  # of the page, after redirects
    fetched_at: datetime
    content_type: str | None = None  # the HTTP header
    title_hint: str = ""  # as its feed calls it
    published_hint: datetime | None = None  # by its feed
    language_hint: str | None = None  # of its feed
    text_hint: str = ""  # the full content that its feed carries, plain
    max_chars: int = 1_000_000


class Extraction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a page says. Plain text throughout, hostile until it is escaped at output.

    `text` is in NFC, paragraphs are separated by an empty line, items of a list by a line break.
    """

    text: str
    title: str = ""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None  # None: no believable date anywhere
    published_source: DateSource = DateSource.FETCHED
    updated_at: datetime | None = None
    description: str = ""
    image_url: str | None = None
    image_credit: str = ""
    image_caption: str = ""
    dateline: Dateline | None = None
    canonical_url: str | None = None  # of the page's own registrable domain
    site_name: str = ""
    tags: tuple[str, ...] = ()
    language: str | None = None  # as the page declares, primary tag
    extractor: str = ""  # what found the text
    extraction_score: float = 0.0  # how good it is, 0 to 1: `ingest.extract.quality`
    flags: tuple[str, ...] = ()  # "cut", "json_ld_text", "feed_text", "paywall"


def extract(page: PageBytes) -> Extraction:
    """The article of `page`. Made to run in a child with limits (`ingest.sandbox`): some pages take minutes.

    Raises ExtractRejected with reason EMPTY, NOT_HTML, FEED_INSTEAD, NO_TEXT or CONSENT_WALL. A short text is no
    fault here: what is too short depends on what the feed holds.
    """
    root = _page_tree(page)
    metadata = read_metadata(root, page.url, page.fetched_at, page.title_hint)
    without_head(root)
    body = read_body(root, Said(metadata.title, metadata.description, metadata.body, page.text_hint))
    text, cut = paragraphs(body.text, page.max_chars)
    if not text:
        raise ExtractRejected("the page holds no text", reason=Reason.NO_TEXT)
    if is_consent_wall(text, root, page.url, is_article=metadata.is_article):
        raise ExtractRejected("the page only asks for consent", reason=Reason.CONSENT_WALL)
    published = choose(page.published_hint, page.fetched_at, metadata.dates)
    return Extraction(
        text=text,
        title=metadata.title,
        authors=metadata.authors,
        published_at=published.instant if published else None,
        published_source=published.source if published else DateSource.FETCHED,
        updated_at=metadata.updated.instant if metadata.updated else None,
        description=metadata.description,
        image_url=metadata.image_url,
        image_credit=metadata.image_credit or one_line(body.image_credit, MAX_NAME),
        image_caption=metadata.image_caption or one_line(body.image_caption, MAX_DESCRIPTION),
        dateline=body.dateline,
        canonical_url=metadata.canonical_url,
        site_name=metadata.site_name,
        tags=metadata.tags,
        language=metadata.language,
        extractor=body.extractor,
        extraction_score=body.score,
        flags=(*body.flags, *(["cut"] if cut else []), *(["paywall"] if metadata.free is False or is_walled(text, root) else [])),
    )


def _page_tree(page: PageBytes) -> HtmlElement:
    sniff.check_bytes(page.body, page.content_type)
    text = decode(page.body, page.content_type)
    sniff.check_text(text)
    root = parse(text)
    if root is None:
        raise ExtractRejected("the page has no elements", reason=Reason.NO_TEXT)
    return root
