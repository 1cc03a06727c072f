"""What every search engine does, and the values that go in and out.

Three promises, the same on all engines; one conformance suite checks them:

1. `index` is idempotent: the newest version wins, and every document gets one disposition.
2. `search` takes the query language of `ingest.search.query`, with filters, order, highlights, facets and paging.
3. `match` tells which rules a batch of articles satisfies, with the engine's own analysis: a rule fires exactly when
   the same search would find the article.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, Self

import msgspec

from ingest.errors import QueryError
from ingest.model import Article, Match, Rule
from ingest.search.syntax import Query

MAX_SIZE = 100  # hits on a page
MAX_FACET_VALUES = 100
SERVER_SCHEMES = ("http", "https", "opensearch+http", "opensearch+https")
FACETS = ("language", "site", "person", "organisation", "place")


@dataclasses.dataclass(frozen=True, slots=True)
class Access:
    """What opens a server besides its URL, and how patient a writer is."""

    api_key: str = dataclasses.field(default="", repr=False)  # "encoded", as the server gives it
    ca_file: Path | None = None  # certificates to trust instead of the system's
    cloud_id: str = ""
    patience_s: float = 60.0  # how long a write is tried again before the batch goes back


class Status(StrEnum):
    """What became of one document."""

    INDEXED = "indexed"
    STALE = "stale"  # a newer version is in the index
    REFUSED = "refused"  # this document cannot be indexed, `detail` says why; the others of the batch are


class Disposition(msgspec.Struct, frozen=True, kw_only=True):
    """The fate of one document of a batch."""

    article_id: str
    status: Status
    detail: str = ""


class Sort(StrEnum):
    """The order of hits. A query without words has no relevance and is sorted by date."""

    RELEVANCE = "relevance"
    NEWEST = "newest"  # published_at, then id


class SearchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a search. Raises QueryError when a number is out of range."""

    query: Query
    since: datetime | None = None  # published at or after, besides what the query says
    until: datetime | None = None  # published before
    sort: Sort = Sort.RELEVANCE
    size: int = 10  # hits on the page, 1 to MAX_SIZE
    after: str | None = None  # `Results.next_cursor` of the page before
    fold: bool = False  # one hit for each story: the first in this order; `Article.story` names it
    facet_values: int = 0  # most frequent values of each of FACETS; 0: none are counted
    snippet_chars: int = 240

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("size", self.size, 1, MAX_SIZE),
            ("facet_values", self.facet_values, 0, MAX_FACET_VALUES),
            ("snippet_chars", self.snippet_chars, 40, 2_000),
        ):
            if not low <= value <= high:
                raise QueryError(f"{name} is {value}: give a number from {low} to {high}")


class Fragment(NamedTuple):
    """A piece of text from outside, not escaped; `match`: the query found it. Whoever shows it escapes `text`."""

    text: str
    match: bool


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One article found."""

    article: Article
    score: float  # 0.0 when sorted by date
    copies: int = 0  # with `fold`: further articles of the story that the query finds
    title: tuple[Fragment, ...]  # joined, the article's title, runs of blanks as one
    snippet: tuple[Fragment, ...]  # the best place of the text, its beginning where no word of the text matched


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """One page of hits."""

    total: int  # articles found, on all pages; with `fold`, copies count too
    hits: tuple[Hit, ...]
    facets: dict[str, list[tuple[str, int]]]  # by name of FACETS, the most frequent first; over all pages
    next_cursor: str | None  # None: this was the last page
    took_s: float


class Engine(Protocol):
    """A search engine. Use as a context manager, or call `close`. All methods raise EngineUnavailable and EngineRefused."""

    @property
    def name(self) -> str:
        """The product, for people and tests: "embedded"."""
        ...

    def index(self, articles: Sequence[Article]) -> list[Disposition]:
        """Write the articles; when it returns they are durable and found. One disposition for each, in order."""
        ...

    def search(self, request: SearchRequest) -> Results:
        """One page. Raises QueryError for a cursor that is not of this search."""
        ...

    def match(self, articles: Sequence[Article], rules: Sequence[Rule]) -> list[Match]:
        """The pairs that fit, ordered by rule, then by article, as given. Disabled rules and rules whose query is refused match nothing."""
        ...

    def get(self, article_id: str) -> Article | None:
        """The article as it was indexed."""
        ...

    def count(self) -> int:
        """The articles in the index."""
        ...

    def close(self) -> None:
        """Free what is held; a second call does nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...
