"""A server with the language plugins: their analyzers are taken, and words are found as a reader expects.

Lucene's own analyzers stand for the plugins, see tests/engines/LanguagePlugins.java.
"""

# ruff: noqa: RUF001  # words of many scripts

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest.model import Rule
from ingest.search.elastic.setup import Setup
from ingest.search.engine import Engine, SearchRequest
from ingest.search.opening import open_engine
from ingest.search.query import parse
from tests.engines.servers import OpenSearch
from tests.search.conftest import FAST, PLUGINS
from tests.search.library import article

pytestmark = pytest.mark.engines

FOUND = [
    ("ja", "東京で国際会議が開かれた", "会議"),
    ("ja", "首相が会談を行いました", "行う"),
    ("ja", "関西国際空港", "空港"),
    ("ja", "第2回の会議", '"第2回"'),
    ("ko", "서울에서 회의가 열렸다", "회의"),
    ("ko", "대통령이 국회를 방문했다", "국회"),
    ("zh", "北京举行国际会议", "会议"),
    ("zh", "中华人民共和国成立", "共和国"),
    ("pl", "Wyborów samorządowych nie przesunięto", "wybory"),
    ("pl", "W Gdańsku zbudowano mosty", "most"),
    ("pl", "Lech Wałęsa w Gdańsku", "w Gdańsku"),
    ("pl", "Ale kino", "ale"),
    ("uk", "Президента обрали на виборах", "президент"),
    ("uk", "новими законами", "закон"),
    ("tlh", "ＦＵＬＬ Straße", "full strasse"),
]
# Parts of a word are found in these scripts, with or without plugins: `.exact` takes each character for itself.
NOT_FOUND = [
    ("ja", "首相が会談を行いました", "会う"),
    ("ja", "東京都に住む", "都京"),
    ("ko", "서울에서 회의가 열렸다", "회사"),
    ("zh", "北京举行国际会议", "京北"),
    ("pl", "Nowe mosty", "mostek"),
]


@pytest.fixture(scope="module")
def setup(opensearch: OpenSearch) -> Iterator[Setup]:
    made = Setup(f"{opensearch.url}?prefix=plugins", settings=FAST)
    made.apply()
    yield made
    made.close()


@pytest.fixture(scope="module")
def engine(opensearch: OpenSearch, setup: Setup) -> Iterator[Engine]:
    """Holds all rows."""
    with open_engine(f"{opensearch.url}?prefix=plugins") as opened:
        opened.index([article(text, "", text, language) for language, text, _ in FOUND + NOT_FOUND])
        yield opened


def found(engine: Engine, query: str) -> set[str]:
    return {hit.article.id for hit in engine.search(SearchRequest(query=parse(query), size=100)).hits}


def test_setup_takes_the_analyzers_of_the_plugins(setup: Setup) -> None:
    assert set(setup.analysis().by_language.values()) >= PLUGINS


@pytest.mark.parametrize(("language", "text", "query"), FOUND)
def test_a_word_finds_other_forms_of_itself(engine: Engine, language: str, text: str, query: str) -> None:
    assert article(text).id in found(engine, query)


@pytest.mark.parametrize(("language", "text", "query"), NOT_FOUND)
def test_a_word_does_not_find_another_word(engine: Engine, language: str, text: str, query: str) -> None:
    assert article(text).id not in found(engine, query)


def test_rules_fire_exactly_when_searches_find(engine: Engine) -> None:
    articles = [article(text, "", text, language) for language, text, _ in FOUND + NOT_FOUND]
    rules = [Rule(id=n, name=query, query=query) for n, (_, _, query) in enumerate(FOUND + NOT_FOUND)]

    pairs = {(m.rule_id, m.article_id) for m in engine.match(articles, rules)}

    assert pairs == {(r.id, i) for r in rules for i in found(engine, r.query)}
    assert len(pairs) >= len(FOUND)
