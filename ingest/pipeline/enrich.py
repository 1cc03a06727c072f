"""Stage `enrich`: `extracted` in, `enriched` out: the articles with language, entities and length."""

from __future__ import annotations

from ingest.enrich import enrich as enrich_articles
from ingest.model import Article
from ingest.pipeline.context import Context
from ingest.pipeline.extract import Extracted
from ingest.state.ledger import BatchRef


def enrich(ctx: Context, ref: BatchRef) -> None:
    """Run again it finds its file and does nothing. Raises LeaseLost, StorageError."""
    ctx.ledger.batches.renew(ref, ctx.settings.lease_s)
    folder = ctx.folder(ref)
    if folder.has("enriched"):
        return
    articles = [line.article for line in folder.read("extracted", Extracted) if line.article is not None]
    folder.write("enriched", enrich_articles(articles, ctx.settings))
    ctx.progress("enrich", len(articles), len(articles))


def enriched(ctx: Context, ref: BatchRef) -> list[Article]:
    """The articles of a batch as the later stages take them."""
    return list(ctx.folder(ref).read("enriched", Article))
