"""Who finds the names in an article: the built-in finder, nobody, or a function of yours.

A finder of your own is a function in an importable module, named as `package.module:function` in the setting
`entities`, for instance one that runs a trained model. It sees the article once and returns what it found.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Protocol, cast

from ingest.enrich import names
from ingest.errors import SettingsError
from ingest.model import Entity

SEPARATOR = "\n\n"  # between title and text where offsets are counted

Find = Callable[[str, str, str], tuple[Entity, ...]]


class EntityFinder(Protocol):
    """Finds names. Labels are "person", "organisation" and "place"; offsets count characters of title, `SEPARATOR`, text."""

    def find(self, title: str, text: str, language: str) -> tuple[Entity, ...]:
        """The entities of one article; `language` is ISO 639-1 or "und"."""
        ...


class Names:
    """The built-in finder: lists, titles and legal forms; it would rather miss a name than invent one."""

    def find(self, title: str, text: str, language: str) -> tuple[Entity, ...]:
        return names.find(f"{title}{SEPARATOR}{text}", language)


class Nobody:
    """Finds nothing."""

    def find(self, title: str, text: str, language: str) -> tuple[Entity, ...]:  # noqa: ARG002 - the protocol's
        return ()


class Foreign:
    """A function of the operator's."""

    def __init__(self, function: Find) -> None:
        self._function = function

    def find(self, title: str, text: str, language: str) -> tuple[Entity, ...]:
        return tuple(self._function(title, text, language))


def open_finder(setting: str) -> EntityFinder:
    """The finder that the setting `entities` names. Raises SettingsError where it names none."""
    if setting == "names":
        return Names()
    if setting == "none":
        return Nobody()
    module, colon, name = setting.partition(":")
    if not (colon and module and name):
        raise SettingsError(f"entities is {setting!r}: set it to names, none, or package.module:function.")
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise SettingsError(f"entities is {setting!r}, which cannot be imported: {error}.") from error
    if not callable(function):
        raise SettingsError(f"entities is {setting!r}, which is no function: name one that takes title, text and language.")
    return Foreign(cast("Find", function))
