"""An article out of what the page, the feed and the fetch say of it: a pure decision."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from ingest import urls
from ingest.errors import ExtractRejected
from ingest.extract.article import Extraction
from ingest.extract.version import EXTRACTOR_VERSION
from ingest.model import Article, Capture, DateSource, Entry, Reason
from ingest.pipeline.fates import WALLS
from ingest.settings import Settings

TEASER_CHARS = 1_000  # of an article that has its price, a longer text is the article, sent by mistake or for search engines only
_NO_ENTRY = Entry(key="", fingerprint="")


def assemble(capture: Capture, page: Extraction | Reason, settings: Settings) -> Article:
    """The article of `capture`. `page` a Reason: why nothing could be extracted; the feed's own text stands in.

    Of an article that has its price the text is what can be read for free. What stands behind a wall has its Reason among its flags; where
    the wall stands in the place of the page, the URL is the feed's link, not the wall's address; a title alone will do to find it by. Raises
    ExtractRejected with that Reason where neither feed nor page say anything, NO_TEXT where there is no wall.
    """
    claim, entry = capture.claim, capture.claim.entry or _NO_ENTRY
    wall = _wall(page)
    url = capture.final_url or claim.url
    if isinstance(page, Reason):
        url = claim.url if wall else url
        # With a page, `extract` has weighed the feed's date already; without one it is the only date there is.
        page = Extraction(text="", extractor="feed", published_at=entry.published_at, published_source=DateSource.FEED)
    as_sent = wall is None or (settings.paywalled_text and bool(page.text))
    text, flags = _text(page.text, entry, settings) if as_sent else _free_text(page, entry, settings)
    title = page.title or entry.title
    if wall and not text:
        if not title:
            raise ExtractRejected(f"{WALLS[wall]}, and its feed says nothing of it", reason=wall)
        flags = ("title_only",)
    elif not text:
        raise ExtractRejected("neither the page nor the feed holds a text", reason=Reason.NO_TEXT)
    fetched_at = capture.fetched_at or claim.first_seen_at
    canonical = urls.canonical_url(_trusted_canonical(page.canonical_url, claim.url))
    published, source = (page.published_at, page.published_source) if page.published_at else (fetched_at, DateSource.FETCHED)
    return Article(
        id=hashlib.sha256(canonical.encode()).hexdigest(),
        version=round(fetched_at.timestamp() * 1000),
        url_id=claim.url_id,
        url=url,
        canonical_url=canonical,
        site=urls.site(canonical),
        title=title,
        text=text,
        first_seen_at=claim.first_seen_at,
        fetched_at=fetched_at,
        published_at=published,
        published_source=source,
        updated_at=page.updated_at or entry.updated_at,
        description=page.description or entry.summary,
        authors=page.authors or entry.authors,
        tags=tuple(dict.fromkeys((*page.tags, *entry.tags))),
        image_url=page.image_url or entry.image_url,
        image_credit=page.image_credit,
        image_caption=page.image_caption,
        dateline=page.dateline,
        site_name=page.site_name or claim.feed_title,
        language=page.language or entry.language or "und",  # as declared; `enrich` decides
        feed_url=claim.feed_url and urls.redact(claim.feed_url),
        feed_title=claim.feed_title,
        content_hash=hashlib.sha256(f"{title}\0{text}".encode()).hexdigest(),
        revision=claim.revision,
        extractor=page.extractor,
        extractor_version=EXTRACTOR_VERSION,
        extraction_score=page.extraction_score,
        warc=capture.warc,
        warc_offset=capture.offset,
        warc_record=capture.record_id,
        flags=tuple(dict.fromkeys((*page.flags, *([str(wall)] if wall else []), *flags, *_downgraded(claim.url, url)))),
    )


def _downgraded(asked: str, came_from: str) -> tuple[str, ...]:
    """The flag of a page that a redirect took from https to http (rule N4): on its way anybody may have changed it."""
    return ("unencrypted",) if asked.startswith("https:") and came_from.startswith("http:") else ()


def _wall(page: Extraction | Reason) -> Reason | None:
    """What the article stands behind: in the place of its page, or as its page says."""
    if isinstance(page, Reason):
        return page if page in WALLS else None
    return Reason.PAYWALL if Reason.PAYWALL in page.flags else None


def _text(text: str, entry: Entry, settings: Settings) -> tuple[str, tuple[str, ...]]:
    """The page's text; where it is too short for an article, the feed's if that says more (rule X3)."""
    if len(text) >= settings.min_text_chars:
        return text, ()
    best = max((text, entry.text, entry.summary), key=len)[: settings.max_text_chars]
    flags = ("short",) if len(best) < settings.min_text_chars else ()
    return best, flags if best == text else (*flags, "feed_text")


def _free_text(page: Extraction, entry: Entry, settings: Settings) -> tuple[str, tuple[str, ...]]:
    """What feed and page say without a price: the text of the page only where it is no more than a teaser."""
    teaser = page.text if len(page.text) <= TEASER_CHARS else ""
    best = max((teaser, entry.text, entry.summary, page.description), key=len)[: settings.max_text_chars]
    return best, () if best == teaser else ("feed_text",) if best in (entry.text, entry.summary) else ("description_text",)


def _trusted_canonical(claimed: str | None, url: str) -> str:
    """The page's canonical URL, unless it is a site's front page: some sites put that on every page."""
    if claimed and urlsplit(claimed).path.strip("/"):
        return claimed
    return url
