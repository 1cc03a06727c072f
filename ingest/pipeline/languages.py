"""A replay of some languages only. What a page is written in is told from its text: once it is extracted, before names are looked for in it.

What is wanted lies in the batch's folder, where every worker finds it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ingest.model import Article, Outcome, OutcomeKind, Reason
from ingest.pipeline.context import Context
from ingest.pipeline.outcomes import settle
from ingest.pipeline.spool import BatchFolder
from ingest.state.ledger import BatchRef

_FILE = "languages"


class Languages(msgspec.Struct, frozen=True):
    """The line of the file."""

    codes: tuple[str, ...]  # ISO 639-1


def note(folder: BatchFolder, codes: Sequence[str]) -> None:
    """Only articles in these languages are wanted of the batch; none: all. Raises StorageError."""
    if codes:
        folder.write(_FILE, [Languages(tuple(codes))])


def wanted(ctx: Context, ref: BatchRef, articles: Sequence[Article]) -> list[Article]:
    """Those of the articles, read already, that are in a language that was asked for. Raises LeaseLost, StorageError.

    The others end here, but what of them is in the index stays. An end of this kind is no judgement of the page: `replay --outdated`
    still finds it.
    """
    folder = ctx.folder(ref)
    if not folder.has(_FILE):
        return list(articles)
    codes = {code for line in folder.read(_FILE, Languages) for code in line.codes}
    kept = [a for a in articles if a.language in codes]
    mine = {a.id for a in kept}
    others = [a for a in articles if a.id not in mine]
    ends = [Outcome(url_id=a.url_id, kind=OutcomeKind.DROPPED, reason=Reason.OTHER_LANGUAGE) for a in others]
    settle(ctx, ref, ends, {a.url_id: a.canonical_url for a in others})
    return kept
