"""Saved rules against a batch of articles, in memory: the same terms and the same clauses as in the index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ingest.model import Article, Match, Rule
from ingest.search.embedded.analysis import for_language
from ingest.search.embedded.rulebook import ones, rulebook
from ingest.search.embedded.schema import check
from ingest.search.embedded.sieve import WIDTH


def match_batch(articles: Sequence[Article], rules: Sequence[Rule], keep: Path | None = None) -> list[Match]:
    """The pairs that fit, by rule, then by article, in the order given. `keep`: folder for compiled rules."""
    book = rulebook(keep)
    asked = book.asked(rules)
    groups: dict[str, list[int]] = {}
    for place, article in enumerate(articles):
        if _indexable(article):
            groups.setdefault(for_language(article.language).group, []).append(place)
    pairs: list[tuple[int, int]] = []
    for group, places in groups.items():
        ready = book.ready(group, asked)
        for start in range(0, len(places), WIDTH):
            some = places[start : start + WIDTH]
            for query, bits in ready.matches([articles[place] for place in some]):
                pairs += [(rule, some[bit]) for rule in asked[query] for bit in ones(bits)]
    pairs.sort()
    return [Match(rule_id=rules[rule].id, article_id=articles[place].id) for rule, place in pairs]


def _indexable(article: Article) -> bool:
    """Whether the index takes it: what no search can find, no rule may match."""
    try:
        check(article)
    except (UnicodeEncodeError, ValueError, OverflowError):
        return False
    return True
