"""How long an article is, in words and in minutes of a reader's life."""

from __future__ import annotations

import math
import re

# 238 words a minute is the mean for English non-fiction, and other languages lie around it: M. Brysbaert, "How many
# words do we read per minute? A review and meta-analysis of reading rate", Journal of Memory and Language 109 (2019).
WORDS_PER_MINUTE = 230
CJK_CHARS_PER_WORD = 2  # Chinese and Japanese words are two characters long on average

_CJK = re.compile(r"[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WORD = re.compile(r"[^\W_]+(?:['’\-.][^\W_]+)*")  # noqa: RUF001 - the typographic apostrophe is meant


def word_count(text: str) -> int:
    """Words of `text`; scripts written without spaces count half a word per character, rounded up.

    >>> word_count("Don't panic: 3.5 well-known words.")
    5
    """
    cjk = len(_CJK.findall(text))
    words = len(_WORD.findall(_CJK.sub(" ", text))) if cjk else len(_WORD.findall(text))
    return words + math.ceil(cjk / CJK_CHARS_PER_WORD)


def reading_time_s(words: int) -> int:
    """Seconds to read that many words silently, rounded up; 0 for none."""
    return math.ceil(words * 60 / WORDS_PER_MINUTE)
