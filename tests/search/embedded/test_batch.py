"""Rules against a batch find what the index would find: any query, any articles."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.model import Rule
from ingest.search.embedded.batch import match_batch
from ingest.search.embedded.engine import EmbeddedEngine
from ingest.search.engine import SearchRequest, Sort
from ingest.search.query import parse
from tests.search.library import LIBRARY, article

_WORDS = [
    "Stadt",
    "die",
    "und",
    "Züge",
    "Zug",
    "Genf",
    "London",
    "running",
    "run",
    "ministers",
    "l'élection",
    "東京",
    "京",
    "Москва",
    "NATO-Rat",
]
_LEAVES = [
    *_WORDS,
    *(f'"{a} {b}"' for a, b in itertools.pairwise(_WORDS)),
    '"die Stadt München"', '"of time"', "Klima*", "title:Neue", "text:Stadt", "lang:de", "lang:en", "-lang:de", "site:example.org", "person:NATO",
    'entity:"Annalena Baerbock"', "place:Lon*", "after:2026-11-02", "before:2026-11-03", "feed:Nord", "feed:No*", "author:Müller", "author:Jean*",
]  # fmt: skip
_QUERIES = st.recursive(
    st.sampled_from(_LEAVES),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(" ".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})"),
        inner.map(lambda part: f"-({part})"),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedEngine:
    made = EmbeddedEngine.open(Path(tmp_path_factory.mktemp("index")))
    made.index(LIBRARY)
    return made


def found(engine: EmbeddedEngine, query: str) -> set[str]:
    return {hit.article.id for hit in engine.search(SearchRequest(query=parse(query), size=100, sort=Sort.NEWEST)).hits}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_QUERIES)
def test_a_rule_matches_what_a_search_finds(engine: EmbeddedEngine, query: str) -> None:
    assert {m.article_id for m in match_batch(LIBRARY, [Rule(id=1, name="", query=query)])} == found(engine, query)


def test_rules_change_between_batches() -> None:
    one = [article("a", "Genf", "", "de")]
    assert [m.rule_id for m in match_batch(one, [Rule(id=1, name="", query="Genf")])] == [1]
    assert match_batch(one, [Rule(id=1, name="", query="Bern")]) == []
    assert match_batch(one, [Rule(id=1, name="", query="Genf", enabled=False)]) == []


def test_an_article_that_the_index_refuses_matches_nothing() -> None:
    odd = article("odd", "Genf \ud800", "", "de")
    assert match_batch([odd, article("a", "Genf", "", "de")], [Rule(id=1, name="", query="*")])[0].article_id != odd.id
    assert len(match_batch([odd], [Rule(id=1, name="", query="*")])) == 0
