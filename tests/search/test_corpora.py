"""Real alert names against real sentences in 22 languages: everything parses, and rules fire exactly when searches find."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ingest.model import Article, Rule
from ingest.search.engine import Engine, SearchRequest, Sort
from ingest.search.query import parse
from ingest.search.syntax import Phrase, Word
from tests.corpora import corpora
from tests.search.library import article

pytestmark = pytest.mark.corpora

SENTENCES_EACH = 12  # joined, they stand for an article
ARTICLES_EACH = 14  # of each language: 308


def alert_names(limit: int) -> list[str]:
    """Names of people, places and organisations as the German and Portuguese press wrote them."""
    names: list[str] = []
    for file in ("derived-de.tsv", "derived-pt.tsv"):
        with (corpora("alerts") / file).open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            names += [row["text"] for row in rows][: limit // 2]
    return names


def real_articles() -> list[Article]:
    made: list[Article] = []
    for file in sorted(Path(corpora("langid/sentences")).glob("*.txt")):
        lines = file.read_text(encoding="utf-8").splitlines()
        for n in range(ARTICLES_EACH):
            part = lines[n * SENTENCES_EACH : (n + 1) * SENTENCES_EACH]
            if part:
                made.append(article(f"{file.stem}-{n}", part[0], " ".join(part[1:]), file.stem))
    return made


def all_hits(engine: Engine, query: str) -> set[str]:
    found: set[str] = set()
    cursor = None
    while True:
        results = engine.search(SearchRequest(query=parse(query), size=100, sort=Sort.NEWEST, after=cursor))
        found |= {hit.article.id for hit in results.hits}
        cursor = results.next_cursor
        if cursor is None:
            assert len(found) == results.total
            return found


def test_every_alert_name_is_a_phrase_and_most_are_plain_words() -> None:
    names = [n for n in alert_names(20_000) if any(map(str.isalnum, n))]

    assert len(names) > 5_000
    for name in names:
        assert parse('"' + name.replace("\\", r"\\").replace('"', r"\"") + '"').root == Phrase(name)
    assert all(parse(n).root == Word(n) for n in names if n.isalnum() and n not in ("AND", "OR", "NOT"))


@pytest.mark.slow
@pytest.mark.needs("percolator")
def test_five_hundred_alerts_fire_exactly_when_search_finds_the_article(engine: Engine) -> None:
    articles = real_articles()
    assert len(articles) >= 300
    engine.index(articles)
    names = [n.replace('"', "") for n in alert_names(500)]
    forms = (
        lambda n, _: f'"{n}"',
        lambda n, _: " ".join(w for w in n.split() if w.isalnum()),
        lambda n, other: f'"{n}" -"{other}"',
        lambda n, other: f'("{n}" OR "{other}") (de* OR "{other}" OR site:example.com)',
    )
    queries = [forms[i % len(forms)](n, names[i - 1]) for i, n in enumerate(names)]
    rules = [Rule(id=i, name=q, query=q) for i, q in enumerate(queries)]

    matched = {(m.rule_id, m.article_id) for m in engine.match(articles, rules)}

    assert matched == {(r.id, i) for r in rules for i in all_hits(engine, r.query)}
    assert len(matched) > 1_000


@pytest.mark.slow
@pytest.mark.needs("analysis")
def test_every_article_is_found_by_the_words_of_its_own_title(engine: Engine) -> None:
    every = 1 if engine.name == "embedded" else ARTICLES_EACH  # a search of a server takes longer: one article of each language
    articles = [a for a in real_articles()[::every] if len(a.title) < 200]
    engine.index(articles)

    missed = [
        a.title
        for a in articles
        if a.id not in all_hits(engine, " ".join(f'"{w}"' for w in a.title.replace("\\", " ").replace('"', " ").split()[:40]))
    ]

    assert missed == []
