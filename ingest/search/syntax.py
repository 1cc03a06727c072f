"""A parsed query as plain data: what every engine translates and nothing else.

The nodes say what is meant, never how it is found: words are as the user typed them, analysis is the engine's business.
All are frozen and hashable, so a parsed query can be a key of a cache; they are JSON by msgspec, so it can be stored.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

import msgspec


class Scope(StrEnum):
    """Where a word or phrase is looked for."""

    ANY = "any"  # title or text
    TITLE = "title"
    TEXT = "text"


class Word(msgspec.Struct, frozen=True, tag=True):
    """A word in any inflection that the language's stemmer knows. "NATO-Rat" is one Word of two tokens: they stand side by side."""

    text: str
    scope: Scope = Scope.ANY


class Phrase(msgspec.Struct, frozen=True, tag=True):
    """Words side by side in just these forms; case and diacritics do not count."""

    text: str
    scope: Scope = Scope.ANY


class Prefix(msgspec.Struct, frozen=True, tag=True):
    """Words that begin with `text`, not inflected."""

    text: str
    scope: Scope = Scope.ANY


class Filter(msgspec.Struct, frozen=True, tag=True):
    """A property of the article: `field` is one of query.FILTERS. `prefix`: the value is the beginning of the property."""

    field: str
    value: str
    prefix: bool = False


class DateRange(msgspec.Struct, frozen=True, tag=True):
    """`since` <= published_at < `until`; None leaves that side open. UTC."""

    since: datetime | None = None
    until: datetime | None = None


class And(msgspec.Struct, frozen=True, tag=True):
    """All of two or more."""

    items: tuple[Node, ...]


class Or(msgspec.Struct, frozen=True, tag=True):
    """At least one of two or more."""

    items: tuple[Node, ...]


class Not(msgspec.Struct, frozen=True, tag=True):
    """Every article except those of `item`."""

    item: Node


class Everything(msgspec.Struct, frozen=True, tag=True):
    """Every article."""


Node: TypeAlias = Word | Phrase | Prefix | Filter | DateRange | And | Or | Not | Everything


class Query(msgspec.Struct, frozen=True):
    """A checked query and the text that it was made from."""

    root: Node
    source: str = ""


EVERYTHING = Query(Everything())
TEXTUAL = (Word, Phrase, Prefix)  # what is looked for in title and text


def has_words(node: Node) -> bool:
    """Whether any part is looked for in the text, so that language matters and hits have relevance."""
    if isinstance(node, (And, Or)):
        return any(map(has_words, node.items))
    if isinstance(node, Not):
        return has_words(node.item)
    return isinstance(node, TEXTUAL)
