"""Who finds the names in articles: the bundled model, spaCy pipelines, nobody, or a function of yours.

A finder of your own is a function in an importable module, named as `package.module:function` in the setting
`entities`, for instance one that asks a larger model. It sees each article once and returns what it found.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import cast

from ingest.enrich.finder import EntityFinder
from ingest.errors import SettingsError
from ingest.model import Article, Entity
from ingest.settings import Settings

Find = Callable[[str, str, str], Sequence[Entity]]


class Nobody:
    """Finds nothing."""

    def find(self, articles: Sequence[Article]) -> list[tuple[Entity, ...]]:
        return [()] * len(articles)


class Foreign:
    """A function of the operator's."""

    def __init__(self, function: Find) -> None:
        self._function = function

    def find(self, articles: Sequence[Article]) -> list[tuple[Entity, ...]]:
        return [tuple(self._function(a.title, a.text, a.language)) for a in articles]


def open_finder(settings: Settings) -> EntityFinder:
    """The finder that the setting `entities` names. Raises SettingsError where it names none."""
    setting = settings.entities
    if setting == "model":
        return _model(settings.model_threads)
    if setting.startswith("spacy:"):
        return _spacy(setting.removeprefix("spacy:"), settings.model_threads)
    if setting == "none":
        return Nobody()
    module, colon, name = setting.partition(":")
    if not (colon and module and name):
        raise SettingsError(f"entities is {setting!r}: set it to model, spacy:de=PIPELINE,…, none, or package.module:function.")
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise SettingsError(f"entities is {setting!r}, which cannot be imported: {error}.") from error
    if not callable(function):
        raise SettingsError(f"entities is {setting!r}, which is no function: name one that takes title, text and language.")
    return Foreign(cast("Find", function))


def _model(threads: int) -> EntityFinder:
    from ingest.enrich.ner.finder import open_model  # noqa: PLC0415 - onnxruntime takes memory and time: only where it is used

    return open_model(threads)


@cache
def _spacy(chosen: str, threads: int) -> EntityFinder:
    """Loaded once per process."""
    from ingest.enrich.spacy_pipelines import open_pipelines, parse  # noqa: PLC0415 - as above

    parse(chosen)
    return open_pipelines(chosen, _model(threads))
