"""What a finder of names is, and how its offsets count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ingest.model import Article, Entity

SEPARATOR = "\n\n"  # between title and text where offsets are counted


class EntityFinder(Protocol):
    """Finds names. Labels are "person", "organisation" and "place"; offsets count characters of title, `SEPARATOR`, text."""

    def find(self, articles: Sequence[Article]) -> list[tuple[Entity, ...]]:
        """The entities of each article, in the articles' order; each has its language, ISO 639-1 or "und"."""
        ...
