"""The finder that the bundled model is: mentions of a batch of articles, joined to entities article by article."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from ingest.enrich.finder import SEPARATOR
from ingest.enrich.joining import join
from ingest.enrich.ner.tagger import Tagger
from ingest.model import Article, Entity
from ingest.resources import bundled


class ModelFinder:
    """Finds names with a model that is loaded already."""

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger

    def find(self, articles: Sequence[Article]) -> list[tuple[Entity, ...]]:
        """All articles go through the model together, so that windows of like length meet."""
        texts = [f"{a.title}{SEPARATOR}{a.text}" for a in articles]
        tagged = self._tagger.tag(texts)
        return [join(text, mentions, a.language) for a, text, mentions in zip(articles, texts, tagged, strict=True)]


@cache
def open_model(threads: int) -> ModelFinder:
    """The bundled model, loaded once per process."""
    return ModelFinder(Tagger(bundled("models") / "ner-xx", threads=threads))
