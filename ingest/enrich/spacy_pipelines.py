"""Names found by spaCy's pipelines, one for each language that the operator chose; the rest by the bundled model.

spaCy is no dependency: who wants it installs it with the pipelines, into the environment that Newsflow runs in.
"""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ingest.enrich.finder import SEPARATOR, EntityFinder
from ingest.enrich.joining import join
from ingest.errors import SettingsError
from ingest.model import Article, Entity

# Labels of OntoNotes, WikiNER, NKJP and what else the pipelines were trained on, by ours.
_LABELS = {
    "PER": "PER", "PERSON": "PER", "persName": "PER", "PRS": "PER", "PS": "PER",
    "ORG": "ORG", "ORGANIZATION": "ORG", "orgName": "ORG",
    "LOC": "LOC", "GPE": "LOC", "FAC": "LOC", "placeName": "LOC", "geogName": "LOC", "GPE_LOC": "LOC", "GPE_ORG": "ORG", "LOCATION": "LOC",
}  # fmt: skip
_UNUSED = ("parser", "morphologizer", "tagger", "lemmatizer", "trainable_lemmatizer", "attribute_ruler", "senter")
CONFIDENCE = 0.9  # spaCy tells none


def parse(chosen: str) -> dict[str, str]:
    """Pipelines by language, of "de=de_core_news_lg,en=en_core_web_sm". Raises SettingsError."""
    pipelines: dict[str, str] = {}
    for item in chosen.split(","):
        language, equals, pipeline = (part.strip() for part in item.partition("="))
        if not (equals and len(language) == 2 and language.isalpha() and pipeline):
            raise SettingsError(
                f"entities is 'spacy:{chosen}': after spacy: comes language=pipeline, such as de=de_core_news_lg,en=en_core_web_sm."
            )
        pipelines[language.lower()] = pipeline
    return pipelines


class SpacyPipelines:
    """Articles of a language together through its pipeline."""

    def __init__(self, loaded: dict[str, Any], others: EntityFinder) -> None:
        self._loaded = loaded
        self._others = others

    def find(self, articles: Sequence[Article]) -> list[tuple[Entity, ...]]:
        """As EntityFinder says; names are joined as those of the bundled model are."""
        found: list[tuple[Entity, ...]] = [()] * len(articles)
        by_language: defaultdict[str, list[int]] = defaultdict(list)
        for index, article in enumerate(articles):
            by_language[article.language if article.language in self._loaded else ""].append(index)
        rest = by_language.pop("", [])
        for index, entities in zip(rest, self._others.find([articles[i] for i in rest]), strict=True):
            found[index] = entities
        for language, indices in by_language.items():
            texts = [f"{articles[i].title}{SEPARATOR}{articles[i].text}" for i in indices]
            for index, text, doc in zip(indices, texts, self._loaded[language].pipe(texts), strict=True):
                spans = [(e.start_char, e.end_char, _LABELS[e.label_], CONFIDENCE) for e in doc.ents if e.label_ in _LABELS]
                found[index] = join(text, spans, language)
        return found


def open_pipelines(chosen: str, others: EntityFinder) -> SpacyPipelines:
    """Load spaCy and the pipelines. Raises SettingsError where one is not installed."""
    pipelines = parse(chosen)
    try:
        spacy = importlib.import_module("spacy")
    except ImportError as error:
        raise SettingsError(f"entities is 'spacy:{chosen}', but spaCy is not installed: pip install spacy.") from error
    loaded = {}
    for language, pipeline in pipelines.items():
        try:
            loaded[language] = spacy.load(pipeline, exclude=_UNUSED)
        except OSError as error:  # what spaCy raises for a pipeline that is not there
            raise SettingsError(f"entities is 'spacy:{chosen}', but the pipeline {pipeline} is not installed.") from error
        loaded[language].max_length = 2**31  # characters: the limit guards the parser, which does not run
    return SpacyPipelines(loaded, others)
