"""Pages by relevance on real servers: of one point in time, which ends when nobody turns the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import QueryError
from ingest.search import cursor as marks
from ingest.search.elastic.connection import Address, connect
from ingest.search.elastic.paging import Cursor
from ingest.search.engine import Access, Engine, Results, SearchRequest
from ingest.search.opening import open_engine
from ingest.search.query import parse
from tests.search.conftest import Places
from tests.search.library import article

pytestmark = pytest.mark.engines
SIZE = 4


@pytest.fixture(params=["opensearch", "elasticsearch"])
def url(request: pytest.FixtureRequest, places: Places, tmp_path: Path) -> str:
    """Of an index with thirty articles about giraffes, some more so."""
    fresh = places.fresh(request.param, tmp_path)
    with open_engine(fresh) as engine:
        engine.index([article(f"{n}", "giraffe", "giraffe " * (n % 7) + "word " * n) for n in range(30)])
    return fresh


def page(engine: Engine, after: str | None) -> Results:
    return engine.search(SearchRequest(query=parse("giraffe"), size=SIZE, after=after))


def test_pages_stay_whole_while_articles_arrive(url: str) -> None:
    with open_engine(url) as engine:
        whole = [hit.article.id for hit in engine.search(SearchRequest(query=parse("giraffe"), size=100)).hits]
        seen: list[str] = []
        after: str | None = None
        for turn in range(20):
            results = page(engine, after)
            seen += [hit.article.id for hit in results.hits]
            after = results.next_cursor
            if after is None:
                break
            if turn:  # from the second page on it is one point in time
                engine.index([article(f"new {turn}", "giraffe", "giraffe " * 9)])

        assert seen == whole
        assert engine.count() > len(whole)


def test_a_mark_that_has_expired_is_said_so(url: str) -> None:
    with open_engine(url) as engine:
        second = page(engine, page(engine, None).next_cursor).next_cursor
        assert second is not None
        address = Address.parse(url)
        with connect(address, Access()) as client:  # as the server does after some minutes
            body = address.product.close_body(marks.load(second, Cursor).pit)
            client.perform_request(
                "DELETE", address.product.pit_close, headers={"accept": "application/json", "content-type": "application/json"}, body=body
            )

        with pytest.raises(QueryError, match=r"^the page mark has expired: start again from the first page$"):
            page(engine, second)
