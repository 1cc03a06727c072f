"""Stage `index`: `enriched` in, the engine and `indexed` out: the outcome of every article."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from ingest.model import Article, Outcome, OutcomeKind, Reason, Revision
from ingest.pipeline.context import Context
from ingest.pipeline.enrich import enriched
from ingest.pipeline.fates import WALLS
from ingest.pipeline.journal import tell_outcomes
from ingest.pipeline.outcomes import settle
from ingest.search.engine import Disposition, Engine, Status
from ingest.state.ledger import BatchRef


def index(ctx: Context, ref: BatchRef) -> None:
    """Write every article of the batch, one URL for each canonical URL; settle all.

    Run again it writes the same versions again, which changes nothing. Raises LeaseLost, EngineUnavailable,
    EngineRefused, StorageError.
    """
    ctx.ledger.batches.renew(ref, ctx.settings.lease_s)
    folder = ctx.folder(ref)
    articles = enriched(ctx, ref)
    if not folder.has("indexed"):
        owners = ctx.ledger.batches.own_articles(ref, [(a.id, a.url_id) for a in articles])
        mine = [a for a in articles if owners[a.id] == a.url_id]
        ctx.ledger.batches.note_scores(ref, {a.id: a.extraction_score for a in mine if a.extraction_score > 0})
        with ctx.engine() as engine:
            before = _in_index(ctx, ref, engine, mine)
            behind = {a.id for a in mine if a.id in before and is_walled_off(before[a.id], a)}
            # Before the index has the new texts: killed in between, the old ones are found here again.
            ctx.ledger.revisions.keep(ref, _earlier(before, [a for a in mine if a.id not in behind]), limit=ctx.settings.revisions_keep)
            dispositions = engine.index([a for a in mine if a.id not in behind])
        dispositions += [Disposition(article_id=article_id, status=Status.STALE) for article_id in sorted(behind)]
        ctx.progress("index", len(mine), len(mine))
        folder.write("indexed", _outcomes(articles, owners, dispositions))
    outcomes = list(folder.read("indexed", Outcome))
    settle(ctx, ref, outcomes, {a.url_id: a.canonical_url for a in articles})
    tell_outcomes(ctx, ref, outcomes, articles, datetime.now(UTC))


def _in_index(ctx: Context, ref: BatchRef, engine: Engine, articles: Sequence[Article]) -> dict[str, Article]:
    """What the index holds of the articles, by id, where that may be another text."""
    known = ctx.ledger.revisions.seen_before(ref, [a.id for a in articles])
    return {a.id: old for a in articles if a.id in known and (old := engine.get(a.id)) is not None}


def _earlier(before: Mapping[str, Article], articles: Sequence[Article]) -> list[Revision]:
    """What the index holds of articles whose text is another one now."""
    return [
        Revision(article_id=old.id, fetched_at=old.fetched_at, title=old.title, text=old.text)
        for new in articles
        if (old := before.get(new.id)) is not None and is_revised(old, new)
    ]


def is_walled_off(old: Article, new: Article) -> bool:
    """Whether `new` was fetched when a wall stood before what `old` still says: it is no later text."""
    return any(wall in new.flags and wall not in old.flags for wall in WALLS)


def is_revised(old: Article, new: Article) -> bool:
    """Whether `new` was fetched later and says something else; blanks are nothing, and the same page extracted anew is no revision."""
    return old.version < new.version and any(a.split() != b.split() for a, b in ((old.title, new.title), (old.text, new.text)))


def _outcomes(articles: Iterable[Article], owners: dict[str, str], dispositions: Iterable[Disposition]) -> list[Outcome]:
    by_article = {d.article_id: d for d in dispositions}
    return [_outcome(a, owners[a.id], by_article.get(a.id)) for a in articles]


def _outcome(article: Article, owner: str, disposition: Disposition | None) -> Outcome:
    if owner != article.url_id:
        return Outcome(
            url_id=article.url_id,
            kind=OutcomeKind.DUPLICATE,
            reason=Reason.SAME_ARTICLE,
            article_id=article.id,
            of=owner,
            extractor=article.extractor_version,
        )
    if disposition is None or disposition.status is Status.REFUSED:
        detail = disposition.detail if disposition else "the engine gave no answer for it"
        return Outcome(url_id=article.url_id, kind=OutcomeKind.QUARANTINED, reason=Reason.REFUSED, detail=detail[:300])
    # STALE means that a newer version, or more of it, is in the index already: the URL's article is there.
    made_by = None if disposition.status is Status.STALE else article.extractor_version
    # Without a page's text, though indexed: a site that puts up walls is told of by this (`ingest.alerts.health`).
    walled = Reason.CONSENT_WALL if Reason.CONSENT_WALL in article.flags else None
    return Outcome(url_id=article.url_id, kind=OutcomeKind.INDEXED, reason=walled, article_id=article.id, extractor=made_by)
