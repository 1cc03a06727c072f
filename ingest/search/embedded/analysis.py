"""How text becomes terms: the same function for documents, queries and highlights, so that they can never disagree.

Each token has two forms. `exact` is the word in lower case without diacritics, for phrases and beginnings. `stem` is its
form after the stop words and the stemmer (Snowball, in tantivy) of the article's language, for words; languages without a
stemmer share the group "und", where the stem is the exact form.

- Scripts without blanks (Chinese, Japanese, Thai, …) and Korean become overlapping pairs of characters, as Lucene's `cjk` does.
- German umlauts: `ä`, `ae` and `a` are one, `ß` is `ss`, as Lucene's german_normalization has it (`ue` stays in "neue", "Quelle").
- `l'élection` and `dell'arte` are found by the noun, `Trump's` by "Trump", Turkish `Ankara'da` by "Ankara".
"""

# ruff: noqa: RUF001  # tables of letters that look alike

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from ingest.search.embedded.letters import fold

MAX_TERM_CHARS = 64  # longer "words" are data; cut alike in documents and queries
_CACHED = 100_000  # words per language, and as many with their punctuation: 50 MB at most, a large news vocabulary
_CACHED_QUERIES = 50_000  # words and phrases of queries per language; with 10,000 rules each is needed several times in a batch

# ISO 639-1 to the names of tantivy's stemmers (18) and stop word lists (13).
STEMMERS = {
    "ar": "arabic",
    "da": "danish",
    "nl": "dutch",
    "en": "english",
    "fi": "finnish",
    "fr": "french",
    "de": "german",
    "el": "greek",
    "hu": "hungarian",
    "it": "italian",
    "no": "norwegian",
    "nb": "norwegian",
    "nn": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "es": "spanish",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
_STOPPED = frozenset({"da", "nl", "en", "fi", "fr", "de", "hu", "it", "no", "nb", "nn", "pt", "ru", "es", "sv"})
UNKNOWN = "und"

_PAIRED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3105-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af"
)


def _marks() -> str:
    """Combining characters, which Python's regular expressions count as no part of a word (Devanagari, Arabic, decomposed é)."""
    ranges: list[list[int]] = []
    for code in range(sys.maxunicode // 16):
        if unicodedata.category(chr(code)) in ("Mn", "Mc"):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in ranges)


_MARKS = _marks()
_TOKEN = re.compile(rf"([{_PAIRED}]+)|(?:[^\W_{_PAIRED}])(?:[^\W_{_PAIRED}]|[{_MARKS}\u200c\u200d\u00ad])*")
_INVISIBLE = "\u00ad\u200c\u200d"
_SPECIAL = re.compile(f"[{_PAIRED}{_MARKS}\u200c\u200d\u00ad]")  # where it is not found, _TOKEN finds runs of letters and digits
_SEPARATORS = '.,;:!?()[]{}<>"«»„“”…–—-+*/=|•%&#@_'  # no apostrophe: it may make its neighbour a clitic
_APOSTROPHES = "'’ʼ＇`´"
_ELIDED = frozenset({"l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu"})
_ELIDED_IT = frozenset(
    {"l", "un", "dell", "all", "dall", "nell", "sull", "coll", "quell", "quest", "d", "c", "m", "t", "s", "v", "gl", "sant", "bell"}
)
_BEFORE = {"fr": _ELIDED, "ca": _ELIDED, "it": _ELIDED_IT}  # dropped before an apostrophe
_AFTER = {"en": frozenset({"s", "t", "d", "m", "re", "ve", "ll"})}  # dropped behind one
_GERMAN = re.compile("[aou]e(?<![aeiouyq]ue)")


class Token(NamedTuple):
    """A word at `start` to `end` of its text. `stem` is empty for stop words and clitics."""

    exact: str
    stem: str
    start: int
    end: int
    clitic: bool = False  # belongs to its neighbour: the l of "l'élection", the s of "Trump's"


_new = tuple.__new__  # twice as fast as Token(…)


def primary(language: str) -> str:
    """The primary tag: "de" of "de-AT"; "und" of nothing."""
    return language.lower().replace("_", "-").split("-")[0] or UNKNOWN


class Analysis:
    """Of one language group. Get it from `for_language`."""

    def __init__(self, language: str) -> None:
        self.group = language if language in STEMMERS else UNKNOWN
        self._words: dict[str, tuple[str, str]] = {}
        self._pieces: dict[str, tuple[str, str]] = {}
        self.query_tokens = functools.lru_cache(_CACHED_QUERIES)(self.tokens)  # do not change the list
        self._stemmer = _analyzer(Filter.stemmer(STEMMERS[language])) if language in STEMMERS else None
        self._stopper = _analyzer(Filter.stopword(STEMMERS[language])) if language in _STOPPED else _analyzer()
        self._before = _BEFORE.get(language)
        self._after = _AFTER.get(language)
        self._suffix_dropped = language == "tr"
        self._has_apostrophes = bool(self._before or self._after or self._suffix_dropped)

    def tokens(self, text: str) -> list[Token]:
        """The tokens of `text` in order."""
        found: list[Token] = []
        words, has_apostrophes = self._words, self._has_apostrophes
        for match in _TOKEN.finditer(text):
            start, end = match.span()
            if match.lastindex:
                found.extend(_pairs(match[0], start))
                continue
            exact, stem = words.get(match[0]) or self._word(match[0])
            if exact:
                clitic = has_apostrophes and self._is_clitic(text, start, end, exact)
                found.append(_new(Token, (exact, "" if clitic else stem, start, end, clitic)))
        return found

    def forms(self, text: str) -> tuple[str, str]:
        """The exact forms of all tokens of `text` in order, and the terms of those that have a stem, a blank behind each.

        Many times as fast as `tokens`.
        """
        pieces = split(text)
        new = set(pieces).difference(self._pieces)
        if len(self._pieces) + len(new) > _CACHED:
            self._pieces, new = {}, set(pieces)
        self._pieces.update((piece, (exact, terms)) for piece, exact, terms in self.pieces(new))
        found = [self._pieces[piece] for piece in pieces]
        for piece in new:
            if len(piece) > MAX_TERM_CHARS:  # it does not come again
                del self._pieces[piece]
        return "".join([exact for exact, _ in found]), "".join([terms for _, terms in found])

    def pieces(self, pieces: Iterable[str]) -> Iterator[tuple[str, str, str]]:
        """What is in pieces of text, as `split` gives them: the piece, exact forms and terms, as `forms` has them.

        No token reaches over a separator and no neighbour behind one decides about it, so each piece needs to be analysed but
        once, and all together: that is several times as fast as one by one.
        """
        words: list[str] = []  # what nearly every piece is: one run of letters and digits
        of_ascii: list[str] = []  # folding is faster where there is nothing else
        other: list[str] = []
        for piece in pieces:
            if not piece.isalnum():
                other.append(piece)
            elif piece.isascii():
                of_ascii.append(piece)
            elif _SPECIAL.search(piece):
                other.append(piece)
            else:
                words.append(piece)
        for some in (words, of_ascii):
            for piece, exact, stem in zip(some, *self._analysed(some), strict=True):
                yield piece, f"{exact} " if exact else "", f"{self.group}:{stem} " if stem else ""
        self._learn({match[0] for piece in other for match in _TOKEN.finditer(piece) if not match.lastindex})
        for piece in other:
            yield piece, *self._of_tokens(piece)

    def _of_tokens(self, piece: str) -> tuple[str, str]:
        tokens = self.tokens(piece)
        return "".join([f"{t.exact} " for t in tokens]), "".join([f"{self.term(t.stem)} " for t in tokens if t.stem])

    def single(self, text: str) -> Token | None:
        """The one token that a word of a query stands for; None where it is several ("NATO-Rat") or none."""
        content = [t for t in self.query_tokens(text) if not t.clitic]
        return content[0] if len(content) == 1 and not is_single(content[0].exact) else None

    def term(self, stem: str) -> str:
        """The stem as it stands in the index: the language before it, so that "die" of two languages is two terms."""
        return f"{self.group}:{stem}"

    def _is_clitic(self, text: str, start: int, end: int, exact: str) -> bool:
        if self._before and exact in self._before and end < len(text) and text[end] in _APOSTROPHES:
            return True
        if start > 1 and text[start - 1] in _APOSTROPHES and text[start - 2].isalnum():
            return self._suffix_dropped or (self._after is not None and exact in self._after)
        return False

    def _word(self, word: str) -> tuple[str, str]:
        self._learn({word})
        return self._words[word]

    def _learn(self, words: set[str]) -> None:
        new = words.difference(self._words)
        if len(self._words) + len(new) > _CACHED:
            self._words.clear()
            new = words
        self._words.update(zip(new, zip(*self._analysed(new), strict=True), strict=True))

    def _analysed(self, words: Collection[str]) -> tuple[list[str], list[str]]:
        """Exact forms and stems: of all as lines of one text, because most of the time goes into the calls."""
        if not words:
            return [], []
        text = "\n".join([word[:MAX_TERM_CHARS] for word in words])
        exact = fold(text).replace(" ", "")  # a few compatibility forms hold blanks
        if self.group == "de":
            exact = _GERMAN.sub(lambda m: m[0][0], exact)
        forms = exact.split("\n")
        if self._stemmer is None:
            return forms, forms
        lowered = text if text.isascii() else unicodedata.normalize("NFKC", text).replace(" ", "")
        for mark in _INVISIBLE:
            lowered = lowered.replace(mark, "")
        lowered = lowered.replace("İ", "i").replace("I", "ı").lower() if self.group == "tr" else lowered.lower()
        stemmed = exact if self.group == "de" else lowered
        stems = iter(fold("\n".join(self._stemmer.analyze(stemmed))).split("\n"))  # there is none of an empty line
        kept = set(self._stopper.analyze(lowered))
        lines = zip(lowered.split("\n"), (next(stems) if line else "" for line in stemmed.split("\n")), strict=True)
        return forms, [stem if word in kept else "" for word, stem in lines]


def split(text: str) -> list[str]:
    """Its pieces: what stands between blanks and other separators."""
    for separator in _SEPARATORS:
        text = text.replace(separator, " ")
    return text.split()


def _analyzer(*filters: Filter) -> TextAnalyzer:
    return functools.reduce(TextAnalyzerBuilder.filter, filters, TextAnalyzerBuilder(Tokenizer.whitespace())).build()


def _pairs(run: str, at: int) -> list[Token]:
    """Overlapping pairs; a single character stays single."""
    if len(run) == 1:
        form = fold(run) or run
        return [Token(form, form, at, at + 1)]
    forms = ["".join(fold(run[i : i + 2]).split()) or run[i : i + 2] for i in range(len(run) - 1)]
    return [Token(form, form, at + i, at + i + 2) for i, form in enumerate(forms)]


_SINGLE = re.compile(f"[{_PAIRED}]")


def is_single(form: str) -> bool:
    """Whether the token is a lone character of a script that is indexed in pairs."""
    return len(form) == 1 and _SINGLE.match(form) is not None


def for_language(language: str) -> Analysis:
    """The analysis of an ISO 639-1 language; languages without a stemmer share one."""
    tag = primary(language)
    return _group(tag if tag in STEMMERS else UNKNOWN)


@functools.cache
def _group(name: str) -> Analysis:
    return Analysis(name)
