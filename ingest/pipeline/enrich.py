"""Stage `enrich`: `extracted` in, `enriched` out: the articles with language, entities, length and story."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ingest.enrich.article import named, read
from ingest.enrich.signature import signature
from ingest.model import Article, Copy
from ingest.pipeline.context import Context
from ingest.pipeline.extract import Extracted
from ingest.pipeline.languages import wanted
from ingest.state.ledger import BatchRef


def enrich(ctx: Context, ref: BatchRef) -> None:
    """Run again it finds its file and does nothing; stopped before the file was there, it finds the same stories again.

    Raises LeaseLost, StorageError.
    """
    ctx.ledger.batches.renew(ref, ctx.settings.lease_s)
    folder = ctx.folder(ref)
    if folder.has("enriched"):
        return
    articles = wanted(ctx, ref, [read(line.article) for line in folder.read("extracted", Extracted) if line.article is not None])
    folder.write("enriched", _with_stories(ctx, ref, named(articles, ctx.settings)))
    ctx.progress("enrich", len(articles), len(articles))


def enriched(ctx: Context, ref: BatchRef) -> list[Article]:
    """The articles of a batch as the later stages take them."""
    return list(ctx.folder(ref).read("enriched", Article))


def _with_stories(ctx: Context, ref: BatchRef, articles: Sequence[Article]) -> list[Article]:
    stories = ctx.ledger.copies.assign(ref, [as_copy(a) for a in articles], window_s=ctx.settings.copies_window_s)
    return [replace(a, story=stories[a.id]) for a in articles]


def as_copy(article: Article) -> Copy:
    """The article as it is compared with others."""
    return Copy(
        article_id=article.id,
        site=article.site,
        title=article.title,
        published_at=article.published_at,
        first_seen_at=article.first_seen_at,
        signature=signature(article.text),
    )
