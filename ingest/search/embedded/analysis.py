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
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

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
_INVISIBLE = {0xAD: None, 0x200C: None, 0x200D: None}
_SPECIAL = re.compile(f"[{_PAIRED}{_MARKS}\u200c\u200d\u00ad]")  # where it is not found, _TOKEN finds runs of letters and digits
_PUNCTUATION = '.,;:!?()[]{}<>"«»„“”…–—-+*/=|•'  # no apostrophe: it may make its neighbour a clitic
_APOSTROPHES = "'’ʼ＇`´"
_ELIDED = frozenset({"l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu"})
_ELIDED_IT = frozenset(
    {"l", "un", "dell", "all", "dall", "nell", "sull", "coll", "quell", "quest", "d", "c", "m", "t", "s", "v", "gl", "sant", "bell"}
)
_BEFORE = {"fr": _ELIDED, "ca": _ELIDED, "it": _ELIDED_IT}  # dropped before an apostrophe
_AFTER = {"en": frozenset({"s", "t", "d", "m", "re", "ve", "ll"})}  # dropped behind one
_GERMAN = re.compile(r"(?<![aeiouyq])ue|ae|oe")
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ı": "i",
        "ς": "σ",
        # Arabic as Lucene's arabic_normalization: forms of alef, final ya and ta marbuta, no tatweel
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
        "ـ": None,
        "\u200c": None,
        "\u200d": None,
        "\u00ad": None,
    }
)
# Marks that may go: on Latin, Greek and Cyrillic letters, Hebrew points, Arabic vowels. Those of Indic scripts are vowels.
_LIGHT_MARKS = re.compile("(?<![\u0438\u0418])[\u0300-\u036f]|[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u0652\u0670]")
_LIGHT_AFTER_I = re.compile("(?<=[\u0438\u0418])[\u0300-\u0305\u0307-\u036f]")  # й is a letter of its own, not и with a mark


class Token(NamedTuple):
    """A word at `start` to `end` of its text. `stem` is empty for stop words and clitics."""

    exact: str
    stem: str
    start: int
    end: int
    clitic: bool = False  # belongs to its neighbour: the l of "l'élection", the s of "Trump's"


_new = tuple.__new__  # twice as fast as Token(…)


def fold(text: str) -> str:
    """Lower case, compatibility forms unified, without diacritics: "Façade" and "FACADE" are one."""
    if text.isascii():
        return text.lower()
    lowered = unicodedata.normalize("NFKC", text).lower()
    bare = _LIGHT_AFTER_I.sub("", _LIGHT_MARKS.sub("", unicodedata.normalize("NFD", lowered.translate(_LETTERS))))
    return unicodedata.normalize("NFC", bare).translate(_LETTERS)


def key(text: str) -> str:
    """The form in which names, tags and sites are compared."""
    return " ".join(fold(text).split())


def primary(language: str) -> str:
    """The primary tag: "de" of "de-AT"; "und" of nothing."""
    return language.lower().replace("_", "-").split("-")[0] or UNKNOWN


class _Pieces(dict[str, tuple[str, str]]):
    """By what stands in the text, worked out where they are missing."""

    def __init__(self, work_out: Callable[[str], tuple[str, str]]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, piece: str) -> tuple[str, str]:
        found = self._work_out(piece)
        if len(piece) <= MAX_TERM_CHARS:  # longer ones do not come again
            if len(self) >= _CACHED:
                self.clear()
            self[piece] = found
        return found


class Analysis:
    """Of one language group. Get it from `for_language`."""

    def __init__(self, language: str) -> None:
        self.group = language if language in STEMMERS else UNKNOWN
        self._words: dict[str, tuple[str, str]] = {}
        self.query_tokens = functools.lru_cache(_CACHED_QUERIES)(self.tokens)  # do not change the list
        self._stemmer = _analyzer(Filter.stemmer(STEMMERS[language])) if language in STEMMERS else None
        self._stopper = _analyzer(Filter.stopword(STEMMERS[language])) if language in _STOPPED else None
        self._both = _analyzer(Filter.stopword(STEMMERS[language]), Filter.stemmer(STEMMERS[language])) if self._stopper else None
        self._before = _BEFORE.get(language)
        self._after = _AFTER.get(language)
        self._suffix_dropped = language == "tr"
        self._has_apostrophes = bool(self._before or self._after or self._suffix_dropped)
        # What stands between two blanks of a text: the exact forms of its tokens and the terms of those that have a stem, a blank
        # behind each. No token reaches over a blank and no neighbour behind one decides about it, so each piece is analysed once.
        self.pieces: Mapping[str, tuple[str, str]] = _Pieces(self._piece)

    def tokens(self, text: str) -> list[Token]:
        """The tokens of `text` in order."""
        found: list[Token] = []
        words, has_apostrophes = self._words, self._has_apostrophes  # this loop is most of the work of indexing and matching
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
        found = [self.pieces[piece] for piece in text.split()]
        return "".join([exact for exact, _ in found]), "".join([terms for _, terms in found])

    def _piece(self, piece: str) -> tuple[str, str]:
        word = piece.strip(_PUNCTUATION)
        if word.isalnum() and (word.isascii() or not _SPECIAL.search(word)):  # one run of letters and digits, as most are
            exact, stem = self._words.get(word) or self._word(word)
            return f"{exact} " if exact else "", f"{self.group}:{stem} " if stem else ""
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
        if len(self._words) >= _CACHED:
            self._words.clear()
        known = self._words[word] = self._analysed(word)
        return known

    def _analysed(self, word: str) -> tuple[str, str]:
        word = word[:MAX_TERM_CHARS]
        exact = "".join(fold(word).split())  # a few compatibility forms hold blanks
        if self.group == "de":
            exact = _GERMAN.sub(lambda m: m[0][0], exact)
        if not exact or self._stemmer is None:
            return exact, exact
        lowered = word if word.isascii() else "".join(unicodedata.normalize("NFKC", word).translate(_INVISIBLE).split())
        lowered = lowered.replace("İ", "i").replace("I", "ı").lower() if self.group == "tr" else lowered.lower()
        if self._both is not None and lowered == exact:
            stems = self._both.analyze(exact)
            return exact, fold(stems[0]) if stems else ""
        if self._stopper is not None and not self._stopper.analyze(lowered):
            return exact, ""
        stems = self._stemmer.analyze(exact if self.group == "de" else lowered)
        return exact, fold(stems[0]) if stems else exact


def _analyzer(*filters: Filter) -> TextAnalyzer:
    return functools.reduce(TextAnalyzerBuilder.filter, filters, TextAnalyzerBuilder(Tokenizer.raw())).build()


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
