"""Whether saved rules raise exactly the pairs of rule and article that searches with their queries find.

Real articles are indexed and matched with rules made of the alert corpus; then the query of each rule is searched, page by
page, on the same engine. The figures `only_matched` and `only_found` count the pairs that one has and the other has not.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Sequence

from bench.alerts import BATCH, rules
from bench.corpora import real_articles
from bench.index import engine_at
from bench.report import Figures, parser, run
from ingest.model import Article, Rule
from ingest.search.engine import Engine, SearchRequest, Sort
from ingest.search.query import parse

Pairs = set[tuple[int, str]]


def matched(engine: Engine, articles: Sequence[Article], saved: Sequence[Rule]) -> Pairs:
    """In batches, as a crawl does it."""
    batches = [articles[at : at + BATCH] for at in range(0, len(articles), BATCH)]
    return {(m.rule_id, m.article_id) for batch in batches for m in engine.match(batch, saved)}


def found(engine: Engine, saved: Iterable[Rule]) -> Pairs:
    """By a search for each rule, to its last page."""
    pairs: Pairs = set()
    for rule in saved:
        after: str | None = None
        while True:
            request = SearchRequest(query=parse(rule.query), sort=Sort.NEWEST, size=100, after=after, snippet_chars=40)
            page = engine.search(request)
            pairs |= {(rule.id, hit.article.id) for hit in page.hits}
            after = page.next_cursor
            if after is None:
                break
    return pairs


def measure(arguments: argparse.Namespace) -> Figures:
    """On one engine, with rules `first` to `last` searched of all that are matched."""
    articles = real_articles()
    saved = rules(arguments.rules)
    searched = saved[arguments.first : arguments.last]
    with engine_at(arguments.url) as engine:
        engine.index(articles)
        started = time.perf_counter()
        raised = matched(engine, articles, saved)
        took_s = time.perf_counter() - started
        raised = {pair for pair in raised if searched[0].id <= pair[0] <= searched[-1].id}
        started = time.perf_counter()
        wanted = found(engine, searched)
        return {
            "articles": len(articles),
            "rules": len(saved),
            "rules_searched": len(searched),
            "pairs": len(wanted),
            "only_matched": len(raised - wanted),
            "only_found": len(wanted - raised),
            "match_s": took_s,  # with the time to store the rules
            "searches_per_s": len(searched) / (time.perf_counter() - started),
        }


if __name__ == "__main__":
    options = parser("alert_pairs", __doc__)
    options.add_argument("--url", help="a search engine, as NEWSFLOW_SEARCH_URL has it, or embedded; without: OpenSearch, started for it")
    options.add_argument("--rules", type=int, default=10_000, help="number of rules")
    options.add_argument("--first", type=int, default=0, help="the first rule to search, from 0")
    options.add_argument("--last", type=int, default=None, help="the one behind the last")
    run("alert_pairs", measure, options)
