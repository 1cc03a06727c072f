"""The monthly indices of articles: which there are, and the one that a document belongs into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import elasticsearch

from ingest.errors import EngineRefused
from ingest.search.elastic.connection import Address, fault_of, faults
from ingest.search.elastic.templates import SCHEMA

# The longest that a write waits for a shard that is not there. Shorter than a request may take: else the answer about the documents of
# the other months is lost with it.
SHARD_WAIT_S = 30.0

Json = dict[str, Any]


class Indices:
    """Of one installation; a `bulk.Target`."""

    def __init__(self, client: elasticsearch.Elasticsearch, address: Address, patience_s: float = SHARD_WAIT_S) -> None:
        self._wait_ms = round(min(patience_s, SHARD_WAIT_S) * 1000)
        self._client = client
        self._address = address
        self._names = address.names
        self._by_month: dict[str, str] | None = None
        self._meta: Json | None = None

    def meta(self) -> Json:
        """What `setup` wrote down: `schema`, `digest`, and the concrete index of queries. Raises EngineRefused before it has run."""
        if self._meta is None:
            with faults(self._address):
                found: Json = self._client.indices.get_mapping(index=self._names.queries, filter_path="*.mappings._meta").body
            index = max(found, key=self._names.generation_in, default="")
            meta: Json = found.get(index, {}).get("mappings", {}).get("_meta", {}) | {"index": index}
            if meta.get("schema") != SCHEMA:
                raise EngineRefused(
                    f"the indices at {self._address.origin} have schema {meta.get('schema')}, this version needs {SCHEMA}: run `newsflow setup`"
                )
            self._meta = meta
        return self._meta

    def forget(self) -> None:
        """Look again."""
        self._by_month = None
        self._meta = None

    def index_of(self, month: str) -> str:
        """The index of a month, made where there is none. Raises EngineRefused, EngineUnavailable."""
        if self._by_month is None:
            self._by_month = self._find()
        if month not in self._by_month:
            self._by_month[month] = self._make(month)
        return self._by_month[month]

    def _find(self) -> dict[str, str]:
        self.meta()
        found: dict[str, str] = {}
        with faults(self._address):
            try:
                aliased = self._client.indices.get_alias(name=self._names.articles).body
            except elasticsearch.NotFoundError:
                aliased = {}
        for index in sorted(aliased, key=self._names.generation_in):
            month = self._names.month_in(index)
            # With a filter it is a copy in the making, which searches do not see yet.
            if month and "filter" not in aliased[index]["aliases"][self._names.articles]:
                found[month] = index
        return found

    def _make(self, month: str) -> str:
        generation = self._names.generation_in(self.meta()["index"]) or 1
        index = self._names.articles_of(generation, month)
        try:
            self._client.indices.create(index=index)  # settings, mapping and alias come from the template
        except elasticsearch.BadRequestError as error:
            if "resource_already_exists_exception" not in str(error):
                raise fault_of(error, self._address) from error
        except elasticsearch.ApiError as error:
            raise fault_of(error, self._address) from error
        return index

    def send(self, lines: Sequence[bytes], *, wait: bool) -> Json:
        """One bulk request; with `wait` its documents are found when it returns."""
        # The client takes lines that are encoded already, its signature does not say so.
        refresh = "wait_for" if wait else False
        answer: Json = self._client.bulk(
            operations=cast("Any", lines),
            refresh=refresh,
            timeout=f"{self._wait_ms}ms",
            filter_path="items.*.status,items.*.error",
        ).body
        return answer

    def fault(self, error: Exception) -> Exception:
        """The client's error in ours."""
        return fault_of(error, self._address)
