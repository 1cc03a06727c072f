"""The ingester's role on a real Elasticsearch: all of its work, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import elasticsearch as client_library
import pytest

from ingest.errors import EngineRefused
from ingest.model import Article
from ingest.search.elastic.journal import Journal, Row
from ingest.search.elastic.setup import Setup
from ingest.search.engine import Access, SearchRequest, Sort, Status
from ingest.search.opening import open_engine
from ingest.search.query import parse
from tests.engines.servers import TEST_PREFIX, Elasticsearch
from tests.search.conftest import FAST, core
from tests.search.library import LIBRARY, article

pytestmark = pytest.mark.engines
DOCUMENT = {"id": "x"}
QUERIES = f"/{TEST_PREFIX}-alert-queries-v1"
ARTICLES = f"/{TEST_PREFIX}-articles-v1-2026.11.01"

FORBIDDEN: list[tuple[str, str, Any]] = [
    ("DELETE", ARTICLES, None),
    ("DELETE", f"{ARTICLES}/_doc/x", None),
    ("POST", f"{ARTICLES}/_close", None),
    ("PUT", f"{ARTICLES}/_settings", {"index.blocks.write": True}),
    ("POST", f"{ARTICLES}/_forcemerge", None),
    ("PUT", f"{ARTICLES}/_mapping", {"properties": {"surprise": {"type": "keyword"}}}),
    ("PUT", f"{ARTICLES}/_mapping", {"dynamic": True}),
    ("PUT", f"{QUERIES}/_mapping", {"properties": {"surprise": {"type": "keyword"}}}),
    ("POST", f"{ARTICLES}/_update/x", {"doc": {"title": "x"}}),
    ("POST", "/_aliases", {"actions": [{"remove": {"index": ARTICLES[1:], "alias": f"{TEST_PREFIX}-articles"}}]}),
    ("PUT", f"/{TEST_PREFIX}-alert-queries-v9", None),
    ("DELETE", QUERIES, None),
    ("GET", f"/{TEST_PREFIX}-outcomes/_search", None),
    ("DELETE", f"/{TEST_PREFIX}-outcomes", None),
    ("PUT", "/elsewhere", None),
    ("PUT", "/elsewhere/_doc/1", DOCUMENT),
    ("GET", "/elsewhere/_search", None),
    ("GET", "/elsewhere/_settings", None),
    ("PUT", f"/_index_template/{TEST_PREFIX}-articles", {"index_patterns": ["x"]}),
    ("PUT", f"/_component_template/{TEST_PREFIX}-settings", {"template": {}}),
    ("GET", f"/_index_template/{TEST_PREFIX}-articles", None),
    ("PUT", "/_cluster/settings", {"persistent": {"cluster.max_shards_per_node": 5}}),
    ("GET", "/_cluster/health", None),
    ("GET", "/_nodes", None),
    ("PUT", "/_security/user/eve", {"password": "long enough", "roles": ["superuser"]}),
    ("PUT", "/_security/role/eve", {"cluster": ["all"]}),
    ("POST", "/_security/api_key", {"name": "eve"}),
    ("PUT", "/_snapshot/eve", {"type": "fs", "settings": {"location": "x"}}),
]


@pytest.fixture(scope="module")
def installed(elasticsearch: Elasticsearch) -> Iterator[Elasticsearch]:
    setup = Setup(f"{elasticsearch.url()}?prefix={TEST_PREFIX}", settings=FAST, product=core("elasticsearch"))
    setup.apply()
    yield elasticsearch
    setup.close()


def test_the_ingester_can_do_its_work(installed: Elasticsearch) -> None:
    late = article_of_another_month()
    with open_engine(f"{installed.url('ingester')}?prefix={TEST_PREFIX}") as engine:
        assert {d.status for d in engine.index([*LIBRARY[:20], late])} == {Status.INDEXED}  # makes an index, too
        assert engine.get(late.id) == late
        assert engine.count() >= 21
        page = engine.search(SearchRequest(query=parse("NATO OR die OR the"), size=1, facet_values=3))
        while page.next_cursor:  # opens a point in time and closes it
            page = engine.search(SearchRequest(query=parse("NATO OR die OR the"), size=1, facet_values=3, after=page.next_cursor))
        assert engine.search(SearchRequest(query=parse(""), sort=Sort.NEWEST, fold=True)).total >= 21


def test_the_ingester_tells_the_dashboards(installed: Elasticsearch) -> None:
    rows = [Row("u", datetime(2025, 5, 1, tzinfo=UTC), {"url_id": "u", "kind": "dropped"})]
    with Journal(f"{installed.url('ingester')}?prefix={TEST_PREFIX}", Access()) as journal:
        assert journal.outcomes(rows)
        assert journal.alerts([Row("1-u", datetime(2025, 5, 1, tzinfo=UTC), {"rule_id": 1, "rule": "r"})])


def article_of_another_month() -> Article:
    return article("another month", "title", "text", first_seen_at=datetime(2027, 2, 3, tzinfo=UTC))


@pytest.mark.parametrize(
    ("method", "path", "body"), FORBIDDEN, ids=[f"{m} {p} {next(iter(b), '') if b else ''}".rstrip() for m, p, b in FORBIDDEN]
)
def test_all_else_is_forbidden(installed: Elasticsearch, method: str, path: str, body: dict[str, object] | None) -> None:
    with client_library.Elasticsearch(installed.url("ingester")) as client, pytest.raises(client_library.AuthorizationException) as caught:
        client.perform_request(method, path, headers={"accept": "application/json", "content-type": "application/json"}, body=body)

    assert caught.value.status_code == 403


def test_a_user_who_may_only_read_is_told_so_when_he_writes(installed: Elasticsearch) -> None:
    with open_engine(f"{installed.url('reader')}?prefix={TEST_PREFIX}") as engine:
        assert engine.count() >= 0
        with pytest.raises(EngineRefused, match=r"does not permit this: action .indices:data/write/bulk. is unauthorized") as caught:
            engine.index(LIBRARY[:3])
        assert "\n" not in str(caught.value)


def test_a_document_adds_no_field(installed: Elasticsearch) -> None:
    with client_library.Elasticsearch(installed.url("ingester")) as client, pytest.raises(client_library.BadRequestError) as caught:
        client.index(index=ARTICLES[1:], id="x", document={"id": "x", "surprise": 1})

    assert caught.value.error == "strict_dynamic_mapping_exception"


@pytest.mark.parametrize(
    ("user", "password", "says"),
    [
        pytest.param("ingester", "not it", "refuses the name and password", id="wrong password"),
        pytest.param("nobody-known", "x", "refuses the name and password", id="unknown user"),
        pytest.param("outsider", "", "does not permit this", id="no privilege"),
    ],
)
def test_the_operator_gets_one_clear_sentence(installed: Elasticsearch, user: str, password: str, says: str) -> None:
    with open_engine(f"{installed.url(user, password)}?prefix={TEST_PREFIX}") as engine:
        for act in (lambda: engine.index(LIBRARY[:1]), lambda: engine.search(SearchRequest(query=parse("word"))), engine.count):
            with pytest.raises(EngineRefused, match=says) as caught:
                act()
            assert "\n" not in str(caught.value)
            assert "not it" not in str(caught.value)
