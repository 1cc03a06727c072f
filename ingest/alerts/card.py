"""What a message needs of an article, taken when the rule fires."""

from __future__ import annotations

from collections import Counter

from ingest.model import Article, Card

EXCERPT_CHARS = 400
NAMES = 5  # of people, organisations and places each


def card_of(article: Article) -> Card:
    """The article's card."""
    names = {label: _names(article, label) for label in ("person", "organisation", "place")}
    return Card(
        title=" ".join(article.title.split())[:300],
        url=article.url,
        site=article.site,
        source=" ".join(article.site_name.split())[:100] or article.site,
        language=article.language,
        published_at=article.published_at,
        excerpt=beginning(article.text, EXCERPT_CHARS),
        people=names["person"],
        organisations=names["organisation"],
        places=names["place"],
    )


def beginning(text: str, chars: int) -> str:
    """The first sentences of `text`, at most `chars` characters; the last one is cut at a blank where none ends in time."""
    flat = " ".join(text[: 4 * chars].split())
    if len(flat) <= chars:
        return flat
    head = flat[:chars]
    end = max(head.rfind(mark) for mark in (". ", "! ", "? ", "。", "؟ ", "।"))
    if end > chars // 3:
        return head[: end + 1]
    blank = head.rfind(" ")
    return (head[:blank] if blank > chars // 2 else head) + " …"


def _names(article: Article, label: str) -> tuple[str, ...]:
    counts: Counter[str] = Counter()
    for entity in article.entities:
        if entity.label == label:
            counts[" ".join(entity.name.split())[:80]] += entity.count
    return tuple(name for name, _ in counts.most_common(NAMES))
