"""Which story each article of a batch belongs to: decided in memory, over what the ledger holds of the window.

Stories do not merge, and an article keeps its story once it shares it with another: the document in the index names it,
alerts count by it. An article joins the story of the article that it is most alike, or begins one of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ingest.state.resemblance import Known, best

MAX_STORIES = 32  # that one hash leads to: one found in more is a turn of phrase, or what a site adds to all its articles
MAX_CANDIDATES = 16  # compared with one article, those with the most hashes in common

Places = dict[int, dict[int, int]]  # hash → story → its latest article with the hash


class Clusters:
    """The stories of the window as far as one batch can meet them. Articles are put in one after the other."""

    def __init__(self, places: Places, window_ms: int) -> None:
        self.changed: set[tuple[int, int]] = set()  # (hash, story) whose article is another now
        self._places = places
        self._window_ms = window_ms
        self._known: dict[int, Known] = {}

    def candidates(self, hashes: list[int]) -> list[int]:
        """Articles (`copy_id`) that share hashes, those that share the most first."""
        shared = Counter(copy_id for value in hashes for copy_id in self._places.get(value, {}).values())
        return sorted(shared, key=lambda copy_id: (-shared[copy_id], copy_id))[:MAX_CANDIDATES]

    def learn(self, known: Mapping[int, Known]) -> None:
        """What the ledger holds of candidates."""
        self._known |= known

    def story_for(self, article: Known, hashes: list[int]) -> int | None:
        """The story of which `article` is a copy; None: of none."""
        others = [self._known[c] for c in self.candidates(hashes) if c in self._known and c != article.copy_id]
        found = best(article, others, window_ms=self._window_ms)
        return found.story if found else None

    def put(self, article: Known, hashes: list[int]) -> None:
        """Let later articles find this one."""
        self._known[article.copy_id] = article
        for value in hashes:
            stories = self._places.setdefault(value, {})
            if article.story in stories or len(stories) < MAX_STORIES:
                stories[article.story] = article.copy_id
                self.changed.add((value, article.story))

    def rows(self) -> list[dict[str, int]]:
        """The places to be written, in the order of their keys."""
        return [{"hash": value, "story": story, "copy_id": self._places[value][story]} for value, story in sorted(self.changed)]
