"""The engine for Elasticsearch 9 and OpenSearch 3."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import elasticsearch
import msgspec

from ingest.errors import EngineRefused, QueryError
from ingest.model import Article, Match, Rule
from ingest.search import facets
from ingest.search.cursor import digest, dump
from ingest.search.elastic import bulk, paging
from ingest.search.elastic.connection import Address, connect, fault_of, faults
from ingest.search.elastic.document import article_of, encode
from ingest.search.elastic.indices import Indices
from ingest.search.elastic.marks import Marks
from ingest.search.elastic.percolate import Percolator, utc_now
from ingest.search.elastic.translate import ALL, dates, translate
from ingest.search.engine import FACETS, Access, Disposition, Hit, Results, SearchRequest, Sort, Status
from ingest.search.syntax import DateRange, has_words

RECENCY_PIVOT = "7d"  # an article that old gets half of what recency gives
RECENCY_BOOST = 0.5  # it decides between hits that are about as good, no more
FIELDS_LIMIT = 200  # language fields asked for; there are some forty
_FACET_FIELDS = {name: f"entities.{name}" if name in facets.NAMED else name for name in FACETS}
_NOT_SHOWN = ["title_l", "keys"]  # of the stored documents: said elsewhere, or for filters only

Json = dict[str, Any]


class ElasticEngine:
    """See `ingest.search.engine.Engine`."""

    def __init__(self, address: Address, access: Access) -> None:
        self._address = address
        self._access = access
        self._client = connect(address, access)
        self._indices = Indices(self._client, address, access.patience_s)
        self._percolator = Percolator(self._client, address, self._indices)
        self._alias = address.names.articles

    @classmethod
    def open(cls, url: str, access: Access | None = None) -> ElasticEngine:
        """No request is made yet. Raises SettingsError."""
        access = access or Access()
        return cls(Address.parse(url, access.cloud_id), access)

    @property
    def name(self) -> str:
        """The product."""
        return self._address.product.name

    def index(self, articles: Sequence[Article]) -> list[Disposition]:
        """In requests of bounded size, tried again while the server is busy; see `bulk` for the fate of each document."""
        if not articles:
            return []
        self._indices.forget()
        now = utc_now()
        refused: dict[int, Disposition] = {}
        writes: list[bulk.Write] = []
        for place, article in enumerate(articles):
            try:
                body = encode(article, now)
            except (ValueError, OverflowError) as error:
                detail = f"cannot be indexed: {type(error).__name__}: {error}"[:200]
                refused[place] = Disposition(article_id=article.id, status=Status.REFUSED, detail=detail)
                continue
            month = self._address.names.month_of(article.first_seen_at)
            writes.append(bulk.Write(place, article.id, month, article.version, body))
        done = bulk.write(self._indices, writes, self._access.patience_s) | refused
        return [done[place] for place in range(len(articles))]

    def search(self, request: SearchRequest) -> Results:
        """By date, pages are exact and go to the end; by relevance, they are of one point in time from the second page on."""
        started = time.perf_counter()
        root = request.query.root
        sort = request.sort if has_words(root) else Sort.NEWEST
        mark = digest(request, sort)
        cursor = paging.load(request.after, mark) if request.after is not None else None
        origin = cursor.origin if cursor else int(time.time())
        try:
            body, marks = self._body(request, sort, origin)
        except LookupError:
            none: dict[str, list[tuple[str, int]]] = {name: [] for name in FACETS} if request.facet_values else {}
            return Results(total=0, hits=(), facets=none, next_cursor=None, took_s=time.perf_counter() - started)
        pit = self._resume(body, cursor, sort)
        if request.fold:
            self._fold(body, cursor)
        answer = self._ask(body, pit)
        found = answer["hits"]["hits"]
        shown = found[: request.size]
        copies = self._copies(body, [hit["_source"]["story_key"] for hit in shown]) if request.fold and shown else {}
        hits = tuple(self._hit(request, marks, sort, hit, copies.get(hit["_source"]["story_key"], 1) - 1) for hit in shown)
        following = None
        if len(found) > request.size:
            following = dump(self._next(request, sort, cursor, shown, paging.Cursor(mark, origin=origin, pit=pit or "")))
        elif pit:
            self._close(pit)
        counts = facets.told(answer["aggregations"], FACETS, request.facet_values) if request.facet_values else {}
        total = int(answer["hits"]["total"]["value"])
        if not total:
            self._indices.meta()  # says so where there is no index at all
        return Results(total=total, hits=hits, facets=counts, next_cursor=following, took_s=time.perf_counter() - started)

    def _fold(self, body: Json, cursor: paging.Cursor | None) -> None:
        """One hit for each story, continued behind those shown."""
        body["collapse"] = {"field": "story_key"}
        body.pop("search_after", None)
        if cursor is not None:
            body["from"] = cursor.offset
            body["size"] = min(body["size"], paging.MAX_DEPTH - cursor.offset)
            if cursor.top:
                body["query"]["bool"].setdefault("filter", []).append(
                    {"range": {"published_at": {"lte": cursor.top, "format": "epoch_millis"}}}
                )

    def _next(
        self, request: SearchRequest, sort: Sort, cursor: paging.Cursor | None, shown: list[Json], blank: paging.Cursor
    ) -> paging.Cursor:
        if not request.fold:
            return msgspec.structs.replace(blank, after=tuple(shown[-1]["sort"]))
        top = cursor.top if cursor else int(shown[0]["sort"][0]) if sort is Sort.NEWEST else 0
        return msgspec.structs.replace(blank, offset=(cursor.offset if cursor else 0) + len(shown), top=top)

    def _copies(self, body: Json, stories: list[str]) -> dict[str, int]:
        """How many articles of each story the same search finds."""
        query = {"bool": {"must": [body["query"]], "filter": [{"terms": {"story_key": stories}}]}}
        aggs = {"stories": {"terms": {"field": "story_key", "size": len(stories)}}}
        with faults(self._address):
            answer = self._client.search(index=self._alias, query=query, size=0, aggs=aggs)
        return {bucket["key"]: bucket["doc_count"] for bucket in answer["aggregations"]["stories"]["buckets"]}

    def _body(self, request: SearchRequest, sort: Sort, origin: int) -> tuple[Json, Marks | None]:
        """The request, but for the page. Raises LookupError where nothing can be found."""
        root = request.query.root
        words = has_words(root)
        query = translate(root, self._fields() if words else (), self._address.product.max_clauses)
        if query is None:
            raise LookupError
        whole: Json = {"must": [query]}
        bounds = dates(DateRange(request.since, request.until))
        if bounds is not None and bounds is not ALL:
            whole["filter"] = [bounds]
        if sort is Sort.RELEVANCE:
            near = {"field": "published_at", "origin": f"{datetime.fromtimestamp(origin, tz=utc_now().tzinfo):%Y-%m-%dT%H:%M:%SZ}"}
            whole["should"] = [{"distance_feature": near | {"pivot": RECENCY_PIVOT, "boost": RECENCY_BOOST}}]
        order = [{"_score": "desc"}, {"id": "desc"}] if sort is Sort.RELEVANCE else [{"published_at": "desc"}, {"id": "desc"}]
        body: Json = {
            "query": {"bool": whole},
            "sort": order,
            "size": request.size + 1,  # one more tells whether there is another page
            "track_total_hits": True,
            "_source": {"excludes": _NOT_SHOWN},
        }
        marks = Marks() if words else None
        if marks:
            body["highlight"] = marks.request(self._address.product.offset_limit)
        if request.facet_values:
            body["aggs"] = facets.wanted(_FACET_FIELDS, request.facet_values)
        return body, marks

    def _fields(self) -> list[str]:
        """The language fields in use. The server keeps the answer until the index changes."""
        aggs = {"fields": {"terms": {"field": "language_field", "size": FIELDS_LIMIT}}}
        self._indices.meta()
        with faults(self._address):
            answer = self._client.search(index=self._alias, size=0, aggs=aggs, request_cache=True, ignore_unavailable=True)
        return [bucket["key"] for bucket in answer.get("aggregations", {}).get("fields", {}).get("buckets", ())]

    def _resume(self, body: Json, cursor: paging.Cursor | None, sort: Sort) -> str | None:
        """Continue behind `cursor`; the point in time to read from, if any."""
        if cursor is None:
            return None
        body["search_after"] = list(cursor.after)
        if sort is Sort.NEWEST:
            return None
        if cursor.pit:
            return cursor.pit
        path = self._address.product.pit_open.format(index=self._alias)
        with faults(self._address):
            answer = self._client.perform_request("POST", f"{path}?keep_alive={paging.KEEP_ALIVE}", headers={"accept": "application/json"})
        return str(answer.body.get("id") or answer.body["pit_id"])

    def _ask(self, body: Json, pit: str | None) -> Json:
        if pit:
            body["pit"] = {"id": pit, "keep_alive": paging.KEEP_ALIVE}
        try:
            target: Json = {} if pit else {"index": self._alias, "ignore_unavailable": True}
            answer: Json = self._client.search(**target, body=body).body
        except elasticsearch.NotFoundError as error:
            if pit:
                raise QueryError("the page mark has expired: start again from the first page") from None
            raise fault_of(error, self._address) from error
        except elasticsearch.BadRequestError as error:
            raise self._refusal(error) from error
        except elasticsearch.ApiError as error:
            raise fault_of(error, self._address) from error
        except elasticsearch.TransportError as error:
            raise fault_of(error, self._address) from error
        if "aggregations" not in answer and body.get("aggs"):  # there is no index yet
            answer["aggregations"] = {name: {"buckets": []} for name in FACETS}
        return answer

    def _refusal(self, error: elasticsearch.BadRequestError) -> Exception:
        text = str(error.body)
        if "too_many_clauses" in text or "maxClauseCount" in text or "too many clauses" in text.lower():
            return QueryError("the query is too large for the search server: leave out words or beginnings, or say lang:… for one language")
        if "search_after" in text or "point in time" in text.lower() or "pit" in text.lower():
            return QueryError("the page mark cannot be read: start again from the first page")
        return fault_of(error, self._address)

    def _close(self, pit: str) -> None:
        product = self._address.product
        try:
            self._client.perform_request(
                "DELETE",
                product.pit_close,
                headers={"accept": "application/json", "content-type": "application/json"},
                body=product.close_body(pit),
            )
        except (elasticsearch.ApiError, elasticsearch.TransportError):
            return  # it ends by itself in a few minutes

    def _hit(self, request: SearchRequest, marks: Marks | None, sort: Sort, hit: Json, copies: int) -> Hit:
        article = _article(hit)
        found = hit.get("highlight", {})
        marker, root = marks or Marks(), request.query.root
        return Hit(
            article=article,
            copies=max(0, copies),
            score=float(hit["_score"] or 0.0) if sort is Sort.RELEVANCE else 0.0,
            title=marker.title(root, article, found),
            snippet=marker.snippet(root, article, found, request.snippet_chars),
        )

    def match(self, articles: Sequence[Article], rules: Sequence[Rule]) -> list[Match]:
        """By the percolator; queries that it does not hold yet are stored first."""
        if not articles or not rules:
            return []
        if not self._address.product.percolator:
            raise EngineRefused(f"{self._address.product.title} has no percolator here: alerts need it")
        return self._percolator.match(articles, rules, utc_now())

    def get(self, article_id: str) -> Article | None:
        """The article as it was indexed."""
        try:
            article_id.encode()
        except UnicodeEncodeError:
            return None
        with faults(self._address):
            answer = self._client.search(
                index=self._alias, query={"ids": {"values": [article_id]}}, source_excludes=_NOT_SHOWN, size=1, ignore_unavailable=True
            )
        return next((_article(hit) for hit in answer["hits"]["hits"]), None)

    def count(self) -> int:
        """The articles in the index."""
        self._indices.meta()
        with faults(self._address):
            return int(self._client.count(index=self._alias, ignore_unavailable=True)["count"])

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _article(hit: Json) -> Article:
    try:
        return article_of(hit["_source"])
    except msgspec.ValidationError as error:
        raise EngineRefused(f"the index holds a document that is no article of this version ({error}): run `newsflow reindex`") from error
