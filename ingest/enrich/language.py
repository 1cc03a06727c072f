"""Which language an article is written in, told from its letters; what the publisher declares only tips the balance.

Declarations are often those of the site's template, so a clear text overrules them. Model: py3langid (Naive Bayes over
byte n-grams, bundled with the package, nothing is downloaded).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import cast

import numpy as np
from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNDETERMINED = "und"  # ISO 639-2
LOOKED_AT_CHARS = 5_000  # more changes no answer and costs time in proportion
SHORT_LETTERS = 8  # below it no letters tell
SENTENCE_LETTERS = 20  # from here on the letters tell; less may be a loan word and a name
SURE = 0.4  # of a sentence; the second of two close languages has as much at most
SURE_OF_WORDS = 0.75  # of less than a sentence: three times as likely as all others together
AGREED = 0.01  # enough where the declaration says the same and the text is doubtful or short
SHARE_KANA = 0.1  # of the letters; Japanese prose has 40 % and more, a Chinese text none
SHARE_HANGUL = 0.3
SHARE_HAN = 0.9

# How often news are written in a language, as far as it matters: a sentence that may be Spanish or Galician is Spanish.
# The model takes all languages for equally likely, which costs 2 % of the sentences of the languages of the first line.
_OFTEN = frozenset((
    "ar", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja", "ko", "nl", "no", "pl",
    "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh",
))  # fmt: skip
_AT_TIMES = frozenset((
    "af", "am", "az", "be", "bg", "bn", "bs", "ca", "et", "eu", "gl", "gu", "hr", "hy", "is", "ka", "kk", "km", "kn", "ky",
    "lt", "lv", "mk", "ml", "mn", "mr", "ms", "my", "ne", "pa", "ps", "si", "sk", "sl", "sq", "sr", "sw", "ta", "te", "tl",
    "ur", "uz",
))  # fmt: skip
_PRIOR_STEP = 8.0  # in the model's unit, the natural logarithm; 4 to 12 do as well. Some lines of text outweigh all of it.
# Turkish in ISO-8859-9 that was read as ISO-8859-1 has the letters of Turkmen, and two more.
_NOT_TURKMEN = re.compile("[\u011f\u0131\u00f0\u00fe]", re.IGNORECASE)

# Codes of the model that are not ISO 639-1, or that readers and analysers take as one language.
FOLD = {
    "arz": "ar", "ary": "ar", "wuu": "zh", "yue": "zh", "nb": "no", "nn": "no", "kik": "ki", "gug": "gn", "grc": "el",
    "hbo": "he", "fuv": "ff", "uzs": "uz", "sdh": "ku", "iw": "he", "in": "id", "cmn": "zh",
}  # fmt: skip


def detect(title: str, text: str, declared: str | None = None) -> tuple[str, float]:
    """The language as ISO 639-1 and how sure that is, 0 to 1; ("und", 0.0) where the text does not tell.

    Only the first `LOOKED_AT_CHARS` characters count. A doubtful text is believed if `declared` (a language tag such
    as "de" or "de-AT") agrees with it. Norwegian is "no" in both its forms.

    >>> detect("", "Der Bundestag hat das Gesetz am Freitag beschlossen.")[0]
    'de'
    """
    sample = f"{title}\n{text[:LOOKED_AT_CHARS]}"[:LOOKED_AT_CHARS]
    letters = [c for c in sample if c.isalpha()]
    if not letters:
        return UNDETERMINED, 0.0
    if (by_script := _by_script(letters)) is not None:
        return by_script
    scores = _scores(_of_one_script(sample, letters))
    best, confidence = max(scores.items(), key=lambda item: item[1])
    weight = _weight(letters)
    sure = weight >= SHORT_LETTERS and confidence >= (SURE if weight >= SENTENCE_LETTERS else SURE_OF_WORDS)
    said = primary(declared)
    agreed = said != UNDETERMINED and scores.get(said, 0.0) >= AGREED
    if agreed and (not sure or weight < SENTENCE_LETTERS):
        return said, round(scores[said], 4)
    return (best, round(confidence, 4)) if sure and best != UNDETERMINED else (UNDETERMINED, 0.0)


def primary(tag: str | None) -> str:
    """The ISO 639-1 code of a language tag ("de-AT" -> "de"), "und" for none or one without such a code."""
    code = (tag or "").strip().lower().replace("_", "-").split("-")[0]
    code = FOLD.get(code, code)
    return code if len(code) == 2 and code.isascii() and code.isalpha() else UNDETERMINED


def _weight(letters: Iterable[str]) -> int:
    """One Han character holds as much as a short word of other scripts."""
    return sum(3 if "\u4e00" <= c <= "\u9fff" else 1 for c in letters)


def _of_one_script(sample: str, letters: Sequence[str]) -> str:
    """Without the lesser part where Latin letters and others are mixed: a quotation, firms' names. The model counts bytes, and most
    other letters have two or three, so that one Russian sentence would outweigh two in English.
    """
    latin = sum(map(_is_latin, letters))
    if latin in (0, len(letters)):
        return sample
    mostly = 2 * latin > _weight(letters)
    return "".join(" " if c.isalpha() and _is_latin(c) != mostly else c for c in sample)


def _is_latin(letter: str) -> bool:
    return letter < "\u0250" or "\u1e00" <= letter <= "\u1eff"


def _by_script(letters: list[str]) -> tuple[str, float] | None:
    """Kana are written in Japanese only, Hangul in Korean only (which the model does not know)."""
    kana = sum("\u3041" <= c <= "\u30ff" for c in letters) / len(letters)
    if kana >= SHARE_KANA:
        return "ja", 1.0
    hangul = sum("\uac00" <= c <= "\ud7a3" for c in letters) / len(letters)
    if hangul >= SHARE_HANGUL:
        return "ko", 1.0
    han = "".join(c for c in letters if "\u4e00" <= c <= "\u9fff")
    return _by_standards(han) if len(han) >= max(2, SHARE_HAN * len(letters)) else None


def _by_standards(han: str) -> tuple[str, float] | None:
    """Chinese and Japanese write some characters each in a form of their own, which the other's national standards lack."""
    chinese = _writes("gb2312", han) or _writes("big5", han)
    if chinese == _writes("shift_jis", han):
        return None
    return ("zh" if chinese else "ja"), 1.0


def _writes(standard: str, text: str) -> bool:
    try:
        text.encode(standard)
    except UnicodeEncodeError:
        return False
    return True


def _scores(sample: str) -> dict[str, float]:
    """Probabilities by ISO 639-1 code; whatever has none is summed as "und"."""
    scores: dict[str, float] = {}
    turkmen = not _NOT_TURKMEN.search(sample)
    for label, probability in cast("list[tuple[str, float]]", _model().rank(sample)):
        if code := "" if label == "tk" and not turkmen else primary(label):
            # The model tempers its probabilities by the root of the length, which leaves single sentences doubtful; their
            # squares are right as often as they say.
            scores[code] = scores.get(code, 0.0) + probability**2
    total = sum(scores.values())
    return {code: score / total for code, score in scores.items()}


def _prior(label: str) -> float:
    code = primary(label)
    if code == UNDETERMINED:
        return -3 * _PRIOR_STEP
    return 0.0 if code in _OFTEN else -_PRIOR_STEP if code in _AT_TIMES else -2 * _PRIOR_STEP


@cache
def _model() -> LanguageIdentifier:
    """Loaded once per process, at first use (half a second, some 100 MB)."""
    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    prior = np.array([_prior(label) for label in model.nb_classes], dtype=model.nb_pc.dtype)
    return LanguageIdentifier(
        model.nb_ptc, model.nb_pc + prior, model.nb_classes, model.tk_nextmove, model.tk_output, norm_probs=True, tk_row=model.tk_row
    )
