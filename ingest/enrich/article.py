"""What is found out about an article after extraction: its language, the names in it, its length."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ingest.enrich.entities import open_finder
from ingest.enrich.language import detect
from ingest.enrich.reading import reading_time_s, word_count
from ingest.model import Article
from ingest.settings import Settings


def enrich(articles: Sequence[Article], settings: Settings) -> list[Article]:
    """The same articles, in order, with language, entities, words and reading time.

    On entry `article.language` is what the publisher declares, or "und". Raises SettingsError for a bad `entities`.
    """
    return named([read(article) for article in articles], settings)


def named(articles: Sequence[Article], settings: Settings) -> list[Article]:
    """Articles that were read, with entities. Raises SettingsError for a bad `entities`."""
    found = open_finder(settings).find(articles)
    return [replace(article, entities=entities) for article, entities in zip(articles, found, strict=True)]


def prepare(settings: Settings) -> None:
    """Load our models now, for this process and those that it forks. A finder of others is left alone: it may start threads."""
    detect("", "A few words load the model of languages.")
    if settings.entities == "model":
        open_finder(settings)


def read(article: Article) -> Article:
    """With language, words and reading time."""
    language, confidence = detect(article.title, article.text, article.language)
    words = word_count(article.text)
    return replace(
        article,
        language=language,
        language_confidence=confidence,
        word_count=words,
        reading_time_s=reading_time_s(words),
    )
