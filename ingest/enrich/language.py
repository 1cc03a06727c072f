"""Which language an article is written in, told from its letters; what the publisher declares only tips the balance.

Declarations are often those of the site's template, so a clear text overrules them. Model: py3langid (Naive Bayes over
byte n-grams, bundled with the package, nothing is downloaded).
"""

from __future__ import annotations

from functools import cache
from typing import cast

from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNDETERMINED = "und"  # ISO 639-2
LOOKED_AT_CHARS = 5_000  # more changes no answer and costs time in proportion
SHORT_LETTERS = 12  # below it, names and loan words decide: "Trump Putin" has no language
SURE = 0.5  # the winner is likelier than all others together
AGREED = 0.05  # seven times an even share: enough where the declaration says the same
SHARE_KANA = 0.1  # of the letters; Japanese prose has 40 % and more, a Chinese text none
SHARE_HANGUL = 0.3

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
    scores = _scores(sample)
    best, confidence = max(scores.items(), key=lambda item: item[1])
    # One Han character holds as much as a short word of other scripts.
    weight = sum(3 if "\u4e00" <= c <= "\u9fff" else 1 for c in letters)
    if confidence >= SURE and weight >= SHORT_LETTERS and best != UNDETERMINED:
        return best, round(confidence, 4)
    said = primary(declared)
    if said != UNDETERMINED and scores.get(said, 0.0) >= AGREED:
        return said, round(scores[said], 4)
    return UNDETERMINED, 0.0


def primary(tag: str | None) -> str:
    """The ISO 639-1 code of a language tag ("de-AT" -> "de"), "und" for none or one without such a code."""
    code = (tag or "").strip().lower().replace("_", "-").split("-")[0]
    code = FOLD.get(code, code)
    return code if len(code) == 2 and code.isascii() and code.isalpha() else UNDETERMINED


def _by_script(letters: list[str]) -> tuple[str, float] | None:
    """Kana are written in Japanese only, Hangul in Korean only (which the model does not know)."""
    kana = sum("\u3041" <= c <= "\u30ff" for c in letters) / len(letters)
    if kana >= SHARE_KANA:
        return "ja", 1.0
    hangul = sum("\uac00" <= c <= "\ud7a3" for c in letters) / len(letters)
    return ("ko", 1.0) if hangul >= SHARE_HANGUL else None


def _scores(sample: str) -> dict[str, float]:
    """Probabilities by ISO 639-1 code; whatever has none is summed as "und"."""
    scores: dict[str, float] = {}
    for label, probability in cast("list[tuple[str, float]]", _model().rank(sample)):
        code = primary(label)
        scores[code] = scores.get(code, 0.0) + probability
    return scores


@cache
def _model() -> LanguageIdentifier:
    """Loaded once per process, at first use (half a second, some 100 MB)."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
