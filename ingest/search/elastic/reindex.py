"""`newsflow reindex`: the articles written anew, as this version analyses them, into indices of the next generation.

Month by month, without a gap in searches and without losing what is written meanwhile:

1. The new index is made. The alias shows none of its documents yet (a filter that fits nothing).
2. Every article is read, turned into a document of this version and written with its own version number, so that a newer one that is
   there already stays.
3. The old index takes no more writes: writers are told to look for their index again, and wait.
4. What was written since the copying began is copied, too.
5. In one step the alias loses the old index and shows the new one; writers find it and go on.

Stopped anywhere and run again, it goes on: every write is by id and version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec

from ingest.search.elastic import bulk
from ingest.search.elastic.connection import fault_of, faults
from ingest.search.elastic.document import article_of, encode
from ingest.search.elastic.setup import Action, Change, Setup
from ingest.search.engine import Status

PAGE = 500  # articles read at once
PATIENCE_S = 600.0  # a copy of months is not given up for a busy minute
MARGIN = timedelta(hours=1)  # writers' clocks may differ by less
_NOTHING: dict[str, Any] = {"bool": {"must_not": [{"match_all": {}}]}}

Json = dict[str, Any]
Report = Callable[[str, int, int], None]  # index, articles copied, articles in it


def needed(setup: Setup) -> bool:
    """Whether any index is of another analysis than this version makes."""
    return any(change.action is Action.REINDEX for change in setup.check())


def reindex(setup: Setup, report: Report, *, drop_old: bool = False) -> list[Change]:
    """Do it; what was done. Raises EngineRefused, EngineUnavailable."""
    setup.apply()
    names, changes = setup.address.names, []
    with faults(setup.address):
        aliased = setup.client.indices.get_alias(name=names.queries).body
        old_queries = max(aliased, key=names.generation_in)
        months = {index: month for index in setup.client.indices.get_alias(name=names.articles).body if (month := names.month_in(index))}
    unfinished = _unfinished(setup)
    generation = names.generation_in(old_queries) if unfinished else names.generation_in(old_queries) + 1
    if not unfinished:
        # First, so that months that begin now are of the new generation already.
        changes.append(_replace_queries(setup, old_queries, f"{names.queries}-v{generation}"))
    for index, month in sorted(months.items()):
        if names.generation_in(index) < generation:
            changes.append(_Month(setup, index, names.articles_of(generation, month), month).move(report))
            if drop_old:
                with faults(setup.address):
                    setup.client.indices.delete(index=index)
    return changes


def _unfinished(setup: Setup) -> bool:
    """Whether a run before this one has begun and not ended: an older generation stands beside the newest queries."""
    names = setup.address.names
    with faults(setup.address):
        newest = max(map(names.generation_in, setup.client.indices.get_alias(name=names.queries).body))
        return any(names.month_in(i) and names.generation_in(i) < newest for i in setup.client.indices.get_alias(name=names.articles).body)


def _replace_queries(setup: Setup, old: str, new: str) -> Change:
    """An empty index of saved queries: each is stored again, with the new analysis, when it is next needed."""
    with faults(setup.address):
        setup.client.indices.create(index=new)
        alias = setup.address.names.queries
        setup.client.indices.update_aliases(actions=[{"add": {"index": new, "alias": alias}}, {"remove_index": {"index": old}}])
    return Change(kind="index", name=new, action=Action.CREATE, detail=f"replaces {old}")


class _Month:
    """The move of one index; a `bulk.Target`."""

    def __init__(self, setup: Setup, old: str, new: str, month: str) -> None:
        self._client = setup.client
        self._address = setup.address
        self._alias = setup.address.names.articles
        self._old, self._new, self._month = old, new, month

    def move(self, report: Report) -> Change:
        """All five steps."""
        began = datetime.now(UTC)
        with faults(self._address):
            if not self._client.indices.exists(index=self._new):
                self._client.indices.create(index=self._new, aliases={self._alias: {"filter": _NOTHING}})
            total = int(self._client.count(index=self._old)["count"])
        copied = 0
        for articles in self._read({"match_all": {}}):
            copied += self._copy(articles)
            report(self._old, copied, total)
        with faults(self._address):
            self._client.indices.put_settings(index=self._old, settings={"index.blocks.write": True})
            self._client.indices.refresh(index=self._old)
        for articles in self._read({"range": {"indexed_at": {"gte": (began - MARGIN).isoformat()}}}):
            self._copy(articles)
        with faults(self._address):
            self._client.indices.refresh(index=self._new)
            self._client.indices.update_aliases(
                actions=[{"remove": {"index": self._old, "alias": self._alias}}, {"add": {"index": self._new, "alias": self._alias}}]
            )
        return Change(kind="index", name=self._new, action=Action.REINDEX, detail=f"{copied:,} articles of {self._old}")

    def _read(self, query: Json) -> Iterator[list[Json]]:
        after: list[Any] | None = None
        while True:
            with faults(self._address):
                hits = self._client.search(index=self._old, query=query, sort=[{"id": "asc"}], size=PAGE, search_after=after)["hits"][
                    "hits"
                ]
            if hits:
                yield [hit["_source"] for hit in hits]
            if len(hits) < PAGE:
                return
            after = hits[-1]["sort"]

    def _copy(self, sources: Sequence[Json]) -> int:
        writes = []
        for place, source in enumerate(sources):
            article = article_of(source)
            indexed_at = msgspec.convert(source["indexed_at"], datetime)
            writes.append(bulk.Write(place, article.id, self._month, article.version, encode(article, indexed_at)))
        done = bulk.write(self, writes, PATIENCE_S)
        return sum(d.status is not Status.REFUSED for d in done.values())

    def index_of(self, month: str) -> str:
        """See `bulk.Target`."""
        return self._new if month == self._month else ""

    def forget(self) -> None:
        """See `bulk.Target`."""

    def send(self, lines: Sequence[bytes], *, wait: bool) -> Json:  # noqa: ARG002  # of the protocol
        """See `bulk.Target`; nobody looks before the end, so nothing waits."""
        answer: Json = self._client.bulk(operations=cast("Any", lines), refresh=False, filter_path="items.*.status,items.*.error").body
        return answer

    def fault(self, error: Exception) -> Exception:
        """See `bulk.Target`."""
        return fault_of(error, self._address)
