"""Words of a text with their places, and whether two of them belong to one name."""

from __future__ import annotations

import re
from typing import NamedTuple

# Hyphens, apostrophes and inner dots stay within a word: "Hans-Peter", "d'Ivoire", "U.S".
_WORD = re.compile(r"\w+(?:[-'’.&]\w+)*")  # noqa: RUF001 - the typographic apostrophe is meant
_POSSESSIVE = re.compile(r"['’]s?$")  # noqa: RUF001
_JOINTS = frozenset({" ", "\u00a0", "\u202f"})
_ABBREVIATIONS = frozenset({"St", "Dr", "Prof", "Mr", "Mrs", "Ms", "Sen", "Gov", "Rep", "Gen", "Jr", "Sr", "bzw", "Mme", "M"})


class Token(NamedTuple):
    """A word and the characters it covers; `gap` is what stands between it and the next one."""

    text: str
    start: int
    end: int
    gap: str
    opens: bool  # first of a sentence or a line

    @property
    def joined(self) -> bool:
        """The next word may belong to the same name."""
        return self.gap in _JOINTS or (self.gap in (". ", ".\u00a0", ".") and (len(self.text) == 1 or self.text in _ABBREVIATIONS))

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()


def tokenize(text: str) -> list[Token]:
    """The words of `text`; an English possessive ending is left out of its word."""
    tokens: list[Token] = []
    spans: list[tuple[int, int, int]] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        spans.append((start, end - _possessive(match.group()), end))
    opens = True
    for index, (start, end, _) in enumerate(spans):
        after = spans[index + 1][0] if index + 1 < len(spans) else len(text)
        gap = text[end:after]
        tokens.append(Token(text[start:end], start, end, gap, opens))
        opens = "\n" in gap or (any(mark in gap for mark in '.!?:;…»“"') and not tokens[-1].joined)
    return tokens


def _possessive(word: str) -> int:
    match = _POSSESSIVE.search(word)
    return len(match.group()) if match and match.start() > 0 else 0
