"""How good an extraction is, against what people have noted of a page. Pure functions, independent of the extractor.

Text is compared with its white space collapsed: where lines break is a matter of taste.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

# Truths name the day at the publisher's place; these corpora are European and American.
_PLACES = (ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"))
_WORD = re.compile(r"\w+")
_NO_NAMES = frozenset({"and", "und", "et", "by", "von", "par", "de", "redaktion"})


@dataclass(frozen=True, kw_only=True)
class Score:
    """Sums of right and wrong, of segments or of words; add them over pages."""

    found: int = 0  # wanted and there
    missed: int = 0  # wanted and not there
    unwanted: int = 0  # not wanted and there

    def __add__(self, other: Score) -> Score:
        return Score(found=self.found + other.found, missed=self.missed + other.missed, unwanted=self.unwanted + other.unwanted)

    @property
    def precision(self) -> float:
        """The share of what is there that is wanted, 0 to 1."""
        return self.found / max(1, self.found + self.unwanted)

    @property
    def recall(self) -> float:
        """The share of what is wanted that is there, 0 to 1."""
        return self.found / max(1, self.found + self.missed)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, 0 to 1."""
        return 2 * self.found / max(1, 2 * self.found + self.missed + self.unwanted)


def one_space(text: str) -> str:
    """`text` in NFC with every run of white space as one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def segments(text: str, wanted: Sequence[str], unwanted: Sequence[str]) -> Score:
    """Counts the `wanted` segments that `text` holds and the `unwanted` ones, as trafilatura's own evaluation does."""
    text = one_space(text)
    found = sum(one_space(segment) in text for segment in wanted)
    return Score(found=found, missed=len(wanted) - found, unwanted=sum(one_space(segment) in text for segment in unwanted))


def words(text: str, truth: str) -> Score:
    """Counts words as a bag: each occurrence counts once."""
    have, want = (Counter(_WORD.findall(unicodedata.normalize("NFKC", side).casefold())) for side in (text, truth))
    found = sum((have & want).values())
    return Score(found=found, missed=want.total() - found, unwanted=have.total() - found)


def same_title(title: str, truth: str) -> bool:
    """Whether both have the same words in the same order; case, punctuation and spacing make no difference."""
    return _WORD.findall(unicodedata.normalize("NFKC", title).casefold()) == _WORD.findall(unicodedata.normalize("NFKC", truth).casefold())


def same_names(authors: Iterable[str], truth: str) -> bool:
    """Whether both name the same people: the same words in any order, without the joining ones."""
    have, want = (set(_WORD.findall(unicodedata.normalize("NFKC", side).casefold())) - _NO_NAMES for side in (" ".join(authors), truth))
    return have == want


def same_day(instant: datetime | None, truth: str) -> bool:
    """Whether `instant` falls on the day `truth` (YYYY-MM-DD) at one of the places where publishers are."""
    return instant is not None and truth[:10] in {
        *(instant.astimezone(place).date().isoformat() for place in _PLACES),
        # midnight UTC stands for a day without a time
        *([instant.date().isoformat()] if instant.time() == datetime.min.time() else []),
    }


def hours_apart(one: datetime, two: datetime) -> float:
    """The distance of two instants in hours."""
    return abs(one - two) / timedelta(hours=1)
