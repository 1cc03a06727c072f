"""Saved queries on a real server: stored once, replaced when rules or analysis change, and those that cost every article are known."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from ingest.model import Rule
from ingest.search.breadth import is_selective
from ingest.search.elastic.indices import Indices
from ingest.search.elastic.percolate import KEEP_UNUSED, Percolator, utc_now
from ingest.search.elastic.reindex import reindex
from ingest.search.elastic.setup import Setup
from ingest.search.elastic.translate import is_certain
from ingest.search.embedded.analysis import for_language, primary
from ingest.search.query import parse
from tests.engines.servers import OpenSearch
from tests.search.conftest import FAST
from tests.search.library import LIBRARY, article

pytestmark = pytest.mark.engines
GERMAN = LIBRARY[:8]
MERGED_S = 60  # in which the server has merged small segments, behind its answers


@pytest.fixture
def setup(opensearch: OpenSearch) -> Iterator[Setup]:
    made = Setup(f"{opensearch.url}?prefix=p{secrets.token_hex(4)}", settings=FAST)
    made.apply()
    yield made
    made.close()


def percolator(setup: Setup) -> Percolator:
    """Of a worker that has just started."""
    return Percolator(setup.client, setup.address, Indices(setup.client, setup.address))


def stored(setup: Setup) -> dict[str, str]:
    """The texts of the stored queries, by id."""
    setup.client.indices.refresh(index=setup.address.names.queries)
    hits = setup.client.search(index=setup.address.names.queries, query={"term": {"kind": "query"}}, size=1000)["hits"]["hits"]
    return {hit["_id"]: hit["_source"]["source"] for hit in hits}


def segments(setup: Setup) -> list[str]:
    """Names of what a search of the stored queries goes through."""
    found = setup.client.indices.segments(index=setup.address.names.queries)["indices"].values()
    return [name for index in found for shards in index["shards"].values() for shard in shards for name in shard["segments"]]


def rules(*queries: str) -> list[Rule]:
    return [Rule(id=n, name=q, query=q) for n, q in enumerate(queries, start=1)]


def test_a_query_is_stored_once_for_each_language_that_articles_come_in(setup: Setup) -> None:
    now = utc_now()
    percolator(setup).match(GERMAN, rules("Genf", "NATO"), now)
    first = stored(setup)
    percolator(setup).match(GERMAN, [*rules("Genf", "NATO"), Rule(id=9, name="again", query="Genf")], now)

    assert sorted(first.values()) == ["Genf", "NATO"]
    assert stored(setup) == first

    percolator(setup).match(LIBRARY[8:10], rules("Genf"), now)  # English

    assert sorted(stored(setup).values()) == ["Genf", "Genf", "NATO"]


def test_a_rule_that_changes_is_matched_as_it_is_now(setup: Setup) -> None:
    now = utc_now()
    assert {m.article_id for m in percolator(setup).match(GERMAN, rules("Genf"), now)} == {LIBRARY[1].id}
    assert {m.article_id for m in percolator(setup).match(GERMAN, rules("Klima*"), now)} == {LIBRARY[6].id}
    assert percolator(setup).match(GERMAN, [], now) == []


def test_queries_of_rules_that_are_gone_are_deleted_after_a_while(setup: Setup) -> None:
    start = utc_now()
    percolator(setup).match(GERMAN, rules("Genf", "NATO"), start)
    percolator(setup).match(GERMAN, rules("Genf"), start + KEEP_UNUSED / 2)
    assert sorted(stored(setup).values()) == ["Genf", "NATO"]

    later = start + KEEP_UNUSED + timedelta(minutes=1)
    percolator(setup).match(GERMAN, rules("Genf", "Bahn"), later)

    assert sorted(stored(setup).values()) == ["Bahn", "Genf"]
    # A worker that still has the old rules puts back what it needs.
    assert len(percolator(setup).match(GERMAN, rules("Genf", "NATO"), later)) == 2


def test_after_a_change_of_analysis_queries_are_stored_anew(setup: Setup) -> None:
    found = percolator(setup).match(GERMAN, rules("Genf", "*"), utc_now())
    before = stored(setup)

    reindex(setup, lambda *_: None)

    assert stored(setup) == {}
    assert percolator(setup).match(GERMAN, rules("Genf", "*"), utc_now()) == found
    assert sorted(stored(setup).values()) == sorted(before.values())


def test_the_index_of_queries_stays_in_few_segments_however_often_rules_change(setup: Setup) -> None:
    for number in range(2, 12):
        percolator(setup).match(GERMAN, rules(*(f"word{n}" for n in range(number))), utc_now())

    deadline = time.monotonic() + MERGED_S
    while len(segments(setup)) > 3 and time.monotonic() < deadline:  # two, and one that has just been written
        time.sleep(0.1)
    assert len(segments(setup)) <= 3


def test_the_server_has_the_words_that_queries_are_looked_up_by(setup: Setup) -> None:
    names = ["Färöer-Inseln", "Ströer Michael Israel", "Mohamed 6º", "Isaac O'Neill", "U.S. News_Room", "Queen Goethe", "3D-TV", "ITALIA"]
    for field in setup.analysis().by_language:
        tokens = {name: for_language(primary(field)).query_tokens(name) for name in names}
        for name in names if field != "th" else ():
            answer = setup.client.indices.analyze(index=setup.address.names.queries, field=f"any.{field}.exact", text=name)

            assert {t.exact for t in tokens[name] if is_certain(t, name)} <= {t["token"] for t in answer["tokens"]}


def test_a_word_that_the_server_writes_otherwise_is_found(setup: Setup) -> None:
    faroe = article("faroe", "Fischer der Färöer", "Die Färöer Fischer streiten.", "de")

    found = percolator(setup).match(
        [faroe], rules('"Färöer"', '"Färöer Fischer"', '"Fischer der Färöer"', '"die Färöer" Streit*'), utc_now()
    )

    assert [m.rule_id for m in found] == [1, 2, 3, 4]


WIDE = ["Klima*", "-Sport", "Genf OR Klima*"]  # tried on every article
NARROW = ["Genf", '"in Genf"', "Genf OR Bahn", "Bahn -Sport", "site:example.org", "Klima* Bahn"]


def test_the_queries_that_are_tried_on_every_article_are_those_that_are_flagged(setup: Setup) -> None:
    percolator(setup).match(GERMAN, rules(*WIDE, *NARROW), utc_now())
    setup.client.indices.refresh(index=setup.address.names.queries)
    failed = setup.client.search(index=setup.address.names.queries, query={"term": {"query.extraction_result": "failed"}}, size=100)

    assert {hit["_source"]["source"] for hit in failed["hits"]["hits"]} == set(WIDE)
    assert [is_selective(parse(query).root) for query in (*WIDE, *NARROW)] == [False] * len(WIDE) + [True] * len(NARROW)
