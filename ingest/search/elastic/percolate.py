"""Which saved queries an article satisfies, by the percolator: the server keeps the queries, we send the articles.

A query is stored once for each language field that articles come in, compiled by the same translation as a search; its id is a
digest of its text, the field and the analysis of the index. So a rule whose text changes, or an index whose analysis changes,
gets new stored queries, and nobody has to remember which are out of date.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar, cast

import elasticsearch
import msgspec

from ingest.errors import EngineUnavailable, QueryError
from ingest.log import logger
from ingest.model import Article, Match, Rule
from ingest.search.elastic.connection import Address, faults
from ingest.search.elastic.document import encode_for_matching
from ingest.search.elastic.indices import Indices
from ingest.search.elastic.languages import field_of
from ingest.search.elastic.narrow import narrowed
from ingest.search.elastic.portions import halves, portions
from ingest.search.elastic.translate import ALL, for_field, has_scopes
from ingest.search.query import parse

AT_ONCE = 50  # articles in one request: more only hold more of the answer in memory
ACTS_AT_ONCE = 2_000  # queries that are stored or deleted in one request
IDS_AT_ONCE = 4_000  # of one request that asks what is stored
COMPILED = 5  # the form of stored queries: raised when `translate` or `narrow` makes others of the same text
KEEP_UNUSED = timedelta(hours=1)  # a worker with rules that it read a moment ago may still need them
MAX_HITS = 200_000  # index.max_result_window of the template

Json = dict[str, Any]
T = TypeVar("T")


class _Row(NamedTuple):
    """A stored query."""

    kind: str  # "query"; "all" and "none" have no query: they fit every article and no article of the field
    query: Json | None


class _Stored(NamedTuple):
    """The queries of one field."""

    by_id: dict[str, str]  # their texts
    every: list[str]  # texts of those that fit every article


class Percolator:
    """Of one installation."""

    def __init__(self, client: elasticsearch.Elasticsearch, address: Address, indices: Indices) -> None:
        self._client = client
        self._address = address
        self._index = address.names.queries
        self._indices = indices

    def match(self, articles: Sequence[Article], rules: Sequence[Rule], now: datetime) -> list[Match]:
        """The pairs that fit, by rule, then by article. Raises EngineRefused, EngineUnavailable."""
        documents: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
        scopes = any(has_scopes(rule.query) for rule in rules)
        for place, article in enumerate(articles):
            try:
                documents[field_of(article.language)].append((place, encode_for_matching(article, now, scopes=scopes)))
            except (ValueError, OverflowError):  # the index refuses it too
                continue
        enabled = [rule for rule in rules if rule.enabled]
        stored = self._store(list(dict.fromkeys(rule.query for rule in enabled)), sorted(documents), now)
        fits: dict[str, set[int]] = defaultdict(set)  # by text of the query
        for field, mine in documents.items():
            for text in stored[field].every:
                fits[text].update(place for place, _ in mine)
        text_of = {key: text for field in documents for key, text in stored[field].by_id.items()}
        for place, found in self._percolate([(place, _search(field, body)) for field, mine in documents.items() for place, body in mine]):
            for key in found:
                if key in text_of:  # others are of rules that are gone
                    fits[text_of[key]].add(place)
        return [Match(rule_id=rule.id, article_id=articles[place].id) for rule in enabled for place in sorted(fits.get(rule.query, ()))]

    def _percolate(self, searches: Sequence[tuple[int, bytes]]) -> Iterator[tuple[int, list[str]]]:
        waiting = list(portions(searches, lambda search: len(search[1]), AT_ONCE))
        while waiting:
            part = waiting.pop()
            # One article per percolation: only then may the server skip the check of queries that it indexed completely.
            lines = [line for _, body in part for line in (b"{}", body)]
            with faults(self._address):
                try:
                    answer = self._client.msearch(
                        index=self._index,
                        searches=cast("Any", lines),
                        filter_path="responses.hits.hits._id,responses.error,responses._shards.failed",
                    )
                except elasticsearch.ApiError as error:
                    if not _too_large(error):
                        raise
                    waiting += self._smaller(part, "article is larger than the server takes: no rule is tried on it")
                    continue
            for (place, _), response in zip(part, answer["responses"], strict=True):
                if "error" in response or response.get("_shards", {}).get("failed"):
                    raise EngineUnavailable(f"saved queries could not be matched: {str(response.get('error', 'a shard failed'))[:300]}")
                yield place, [hit["_id"] for hit in response.get("hits", {}).get("hits", ())]

    @staticmethod
    def _smaller(part: list[T], alone: str) -> list[list[T]]:
        """What to send instead of `part`, which was too large."""
        if len(part) == 1:
            logger().warning(alone)
            return []
        return list(halves(part))

    def _store(self, texts: Sequence[str], fields: Sequence[str], now: datetime) -> dict[str, _Stored]:
        """Make sure that the queries are stored for all fields."""
        digest = self._indices.meta()["digest"]
        wanted = {field: {_id(text, field, digest): text for text in texts} for field in fields}
        marks = {field: "set:" + hashlib.sha256("".join(sorted(by_id)).encode()).hexdigest()[:32] for field, by_id in wanted.items()}
        done: dict[str, _Stored] = {}
        with faults(self._address):
            for doc in self._client.mget(index=self._index, ids=list(marks.values()))["docs"] if marks else ():
                if doc.get("found"):
                    field = doc["_source"]["group"]
                    every = msgspec.json.decode(doc["_source"]["source"], type=list[str])
                    done[field] = _Stored(wanted[field], [wanted[field][key] for key in every])
        if missing := [field for field in fields if field not in done]:
            self._store_fields({field: wanted[field] for field in missing}, marks, done, now)
        return done

    def _store_fields(self, wanted: dict[str, dict[str, str]], marks: dict[str, str], done: dict[str, _Stored], now: datetime) -> None:
        kinds = self._kinds([key for by_id in wanted.values() for key in by_id])
        lines: list[Json] = []
        for field, by_id in wanted.items():
            for key, text in by_id.items():
                if key not in kinds:
                    row = _compile(text, field)
                    kinds[key] = row.kind
                    body: Json = {
                        "group": field,
                        "kind": row.kind,
                        "source": text.encode(errors="replace").decode(),
                        "stored_at": now.isoformat(),
                    }
                    lines += [{"index": {"_id": key}}, body if row.query is None else body | {"query": row.query}]
        self._send(lines)
        self._send([{"delete": {"_id": key}} for key in self._unused(list(wanted), now) if key not in kinds])
        lines = []
        for field, by_id in wanted.items():
            every = sorted(key for key in by_id if kinds[key] == "all")
            done[field] = _Stored(by_id, [by_id[key] for key in every])
            source = msgspec.json.encode(every).decode()
            lines += [{"index": {"_id": marks[field]}}, {"kind": "set", "group": field, "source": source, "stored_at": now.isoformat()}]
        self._send(lines)  # last: only now are they all there

    def _kinds(self, ids: Sequence[str]) -> dict[str, str]:
        """The kind of those that are stored."""
        found: dict[str, str] = {}
        for start in range(0, len(ids), IDS_AT_ONCE):
            with faults(self._address):
                answer = self._client.mget(index=self._index, ids=ids[start : start + IDS_AT_ONCE], source_includes=["kind"])
            found |= {doc["_id"]: doc["_source"]["kind"] for doc in answer["docs"] if doc.get("found")}
        return found

    def _unused(self, fields: Sequence[str], now: datetime) -> list[str]:
        """Ids of what has been there for longer than KEEP_UNUSED, the marks of sets first: a set is never believed in that is not whole."""
        old = {"range": {"stored_at": {"lt": (now - KEEP_UNUSED).isoformat()}}}
        with faults(self._address):
            answer = self._client.search(
                index=self._index,
                query={"bool": {"filter": [{"terms": {"group": list(fields)}}, old]}},
                size=MAX_HITS,
                source=False,
                filter_path="hits.hits._id",
            )
        ids = [hit["_id"] for hit in answer.get("hits", {}).get("hits", ())]
        return sorted(ids, key=lambda key: not key.startswith("set:"))

    def _send(self, lines: Sequence[Json]) -> None:
        """Write, and have the index show it with the last request: it does not refresh itself."""
        acts = list(_acts(lines))
        waiting = list(portions(acts, len, ACTS_AT_ONCE))
        while waiting:
            part = waiting.pop()
            with faults(self._address):
                try:
                    answer = self._client.bulk(
                        index=self._index,
                        operations=cast("Any", part),
                        refresh=not waiting,
                        filter_path="errors,items.*.status,items.*.error,items.*._id",
                    )
                except elasticsearch.ApiError as error:
                    if not _too_large(error):
                        raise
                    waiting += self._smaller(part, "rule refused: it is larger than the server takes")
                    continue
            for item in answer["items"] if answer["errors"] else ():
                outcome = next(iter(item.values()))
                if outcome["status"] == 400:
                    # As in a search: what the server cannot do finds nothing, and the other rules go on.
                    logger().warning("rule refused", stored_query=outcome["_id"], error=str(outcome["error"].get("reason", ""))[:300])
                elif outcome["status"] not in (200, 201, 404):
                    raise EngineUnavailable(f"saved queries could not be stored: {outcome['error'].get('reason', '')[:300]}")


def _too_large(error: elasticsearch.ApiError) -> bool:
    return error.status_code == 413


def _acts(lines: Sequence[Json]) -> Iterator[bytes]:
    """Each action with its document, if it has one, as one piece."""
    following = iter(lines)
    for line in following:
        action = msgspec.json.encode(line)
        yield action if "delete" in line else action + b"\n" + msgspec.json.encode(next(following))


def _id(text: str, field: str, digest: str) -> str:
    return hashlib.sha256(f"{COMPILED}\0{digest}\0{field}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _search(field: str, body: bytes) -> bytes:
    return (
        b'{"size":%d,"_source":false,"track_total_hits":false,"query":{"bool":{"filter":[{"term":{"group":%s}},'
        b'{"percolate":{"field":"query","document":%s}}]}}}' % (MAX_HITS, msgspec.json.encode(field), body)
    )


def _compile(text: str, field: str) -> _Row:
    try:
        found = for_field(parse(text).root, field, matching=True)
    except QueryError as error:
        logger().warning("rule refused", query=text[:200], error=str(error))
        found = None
    if found is ALL:
        return _Row("all", None)
    return _Row("none", None) if found is None else _Row("query", narrowed(found, field))


def utc_now() -> datetime:
    """The moment at which documents and queries are written."""
    return datetime.now(UTC)
