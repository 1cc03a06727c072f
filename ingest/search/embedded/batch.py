"""Saved rules against a batch of articles, in memory: the same documents, analysis and queries as in the index."""

from __future__ import annotations

from collections.abc import Sequence

import tantivy

from ingest.errors import QueryError
from ingest.log import logger
from ingest.model import Article, Match, Rule
from ingest.search.embedded.analysis import primary
from ingest.search.embedded.schema import SCHEMA, document, register, terms
from ingest.search.embedded.translate import translate
from ingest.search.query import parse

_WRITER_BYTES = 15_000_000  # tantivy's least


def match_batch(articles: Sequence[Article], rules: Sequence[Rule]) -> list[Match]:
    """The pairs that fit, by rule, then by article, in the order given."""
    index = register(tantivy.Index(SCHEMA))
    vocabulary: set[str] = set()
    writer = index.writer(_WRITER_BYTES, 1)
    for place, article in enumerate(articles):
        try:
            found = terms(article)
            doc = document(article, found, stored=False, version=place)  # its place tells hits apart
        except (UnicodeEncodeError, ValueError, OverflowError):  # the index refuses it too
            continue
        writer.add_document(doc)
        vocabulary.update(found.vocabulary())
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    languages = {primary(a.language) for a in articles}
    return [
        Match(rule_id=rule.id, article_id=articles[place].id)
        for rule in rules
        if rule.enabled
        for place in _places(rule, searcher, languages, vocabulary, len(articles))
    ]


def _places(rule: Rule, searcher: tantivy.Searcher, languages: set[str], vocabulary: set[str], limit: int) -> list[int]:
    try:
        query = translate(parse(rule.query).root, languages, vocabulary)
        if query is None:
            return []
        hits = searcher.search(query, limit, count=False, order_by_field="version").hits
    except (QueryError, ValueError) as error:  # ValueError: tantivy refuses it, as it would in a search
        logger().warning("rule refused", rule=rule.id, error=str(error))
        return []
    return sorted(place for place, _ in hits)
