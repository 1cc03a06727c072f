"""Stage `extract`: the archived pages of a batch in, `extracted` out."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ingest.errors import ExtractRejected, ItemError
from ingest.extract.article import Extraction, PageBytes
from ingest.extract.article import extract as extract_page
from ingest.model import Article, Capture, Entry, Outcome, Reason
from ingest.pipeline.assemble import assemble
from ingest.pipeline.context import Context
from ingest.pipeline.fates import WALLS, after_failed_extraction, ends_at_fetch
from ingest.pipeline.outcomes import settle
from ingest.pipeline.poison import Later, Poison
from ingest.sandbox import Sandbox
from ingest.state.ledger import BatchRef
from ingest.web.archive import read_response

# Where one of these is said of a page, the text that the feed itself carries may stand in.
_FEED_TEXT_HELPS = frozenset({Reason.NO_TEXT, Reason.EMPTY, *WALLS})


class Extracted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of `extracted` and `enriched`: an article, or why there is none."""

    url: str
    article: Article | None = None
    outcome: Outcome | None = None


def extract(ctx: Context, ref: BatchRef) -> None:
    """Extract every archived page in killable children; settle those that hold no article.

    Run again it only repeats the settling. Raises LeaseLost, StorageError.
    """
    ctx.ledger.batches.renew(ref, ctx.settings.lease_s)
    folder = ctx.folder(ref)
    if not folder.has("extracted"):
        folder.write("extracted", _extract_all(ctx, ref, [c for c in folder.read("fetched", Capture) if not ends_at_fetch(c)]))
    failed = [(line.outcome, line.url) for line in folder.read("extracted", Extracted) if line.outcome is not None]
    settle(ctx, ref, [outcome for outcome, _ in failed], {outcome.url_id: url for outcome, url in failed})


def _extract_all(ctx: Context, ref: BatchRef, captures: list[Capture]) -> Iterator[Extracted]:
    poison, done = Poison(ctx, ref), 0
    with Sandbox.of(ctx.settings, "ingest.extract.preload") as children:
        waiting = captures
        while waiting:  # for the second time where the same bytes came three times and more, and hurt
            results = children.map(extract_page, (poison.admit(_page(ctx, capture)) for capture in waiting))
            later: list[Capture] = []
            for capture, result in zip(waiting, map(poison.judge, results), strict=True):
                if isinstance(result, Later):
                    later.append(capture)
                    continue
                yield _line(ctx, capture, result)
                done += 1
                ctx.progress("extract", done, len(captures))
            waiting = later


def _page(ctx: Context, capture: Capture) -> PageBytes | ItemError:
    """The page, or why the archive's record of it cannot be used: a limit may have been lowered since it was fetched."""
    if capture.failure in WALLS:
        return ExtractRejected(WALLS[capture.failure], reason=capture.failure)
    try:
        return page_bytes(ctx, capture)
    except ItemError as error:
        return error


def page_bytes(ctx: Context, capture: Capture) -> PageBytes:
    """The archived response of `capture` with what the feed said of it."""
    entry = capture.claim.entry or Entry(key="", fingerprint="")
    response = read_response(ctx.archive_file(capture.warc or ""), capture.offset, max_bytes=ctx.settings.page_max_bytes)
    return PageBytes(
        body=response.body,
        url=capture.final_url or capture.claim.url,
        content_type=capture.content_type,
        title_hint=entry.title,
        text_hint=entry.text,
        published_hint=entry.published_at,
        language_hint=entry.language,
        fetched_at=capture.fetched_at or capture.claim.first_seen_at,
        max_chars=ctx.settings.max_text_chars,
    )


def _line(ctx: Context, capture: Capture, result: Extraction | ItemError) -> Extracted:
    try:
        if isinstance(result, ItemError) and result.reason not in _FEED_TEXT_HELPS:
            raise result
        page = result.reason if isinstance(result, ItemError) else result
        return Extracted(url=capture.claim.url, article=assemble(capture, page, ctx.settings))
    except ItemError as error:
        return Extracted(url=capture.claim.url, outcome=after_failed_extraction(capture.claim, error))
