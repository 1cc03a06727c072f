"""Length: words as people count them, half a word for each character of scripts without spaces."""

from __future__ import annotations

import pytest

from ingest.enrich.reading import WORDS_PER_MINUTE, reading_time_s, word_count

COUNTS = {
    "nothing": ("", 0),
    "spaces": (" \n\t ", 0),
    "punctuation alone": ("… — !? «»", 0),
    "plain": ("Der Bundestag hat entschieden.", 4),
    "apostrophes": ("Don't say it’s l'État", 4),  # noqa: RUF001
    "hyphens": ("US-amerikanisch-russische Gespräche", 2),
    "numbers": ("3.5 Prozent von 1.000", 4),
    "dashes part words": ("ja – nein—doch", 3),  # noqa: RUF001
    "Cyrillic": ("Парламент принял закон", 3),
    "Chinese": ("议会星期五通过", 4),
    "Japanese with a Latin word": ("NATOは東京で", 3),
    "Korean has spaces": ("국회는 금요일에", 2),
}


@pytest.mark.parametrize(("text", "words"), COUNTS.values(), ids=COUNTS.keys())
def test_words_are_counted(text: str, words: int) -> None:
    assert word_count(text) == words


def test_reading_takes_a_minute_per_230_words() -> None:
    assert reading_time_s(0) == 0
    assert reading_time_s(1) == 1
    assert reading_time_s(WORDS_PER_MINUTE) == 60
    assert reading_time_s(10 * WORDS_PER_MINUTE) == 600
