# ruff: noqa: RUF001 - Cyrillic endings are meant
"""The names that are known beforehand: places, organisations, given names, with the endings that languages add to them.

The lists beside this module were written for it and hold what news mention most; whatever is not in them is not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec

from ingest.enrich.tokens import tokenize

HERE = Path(__file__).parent
PLACE_LANGUAGES = frozenset({"en", "de", "fr", "es", "it", "pl", "ru"})
CYRILLIC = frozenset({"ru", "uk", "be", "bg"})

Words = tuple[str, ...]


class Gazetteer(msgspec.Struct, frozen=True):
    """What is known in one language. Names are tuples of tokens, mapped to the name that is shown."""

    places: Mapping[Words, str]
    organisations: Mapping[Words, str]
    acronyms: frozenset[str]
    given: Mapping[str, str]  # form -> nominative
    longest: int  # tokens of the longest place or organisation
    nouns_capital: bool  # all nouns have capitals, so a capital beside a name says nothing


class _Organisations(msgspec.Struct, forbid_unknown_fields=True):
    acronyms: list[str]
    names: dict[str, list[str]]


@cache
def load(language: str) -> Gazetteer:
    """The gazetteer for an ISO 639-1 language; one without place names of its own gets the English ones."""
    spoken = language if language in PLACE_LANGUAGES else "en"
    listed = msgspec.json.decode((HERE / "places.json").read_bytes(), type=dict[str, dict[str, list[str]]])
    places: dict[Words, str] = {}
    for english, by_language in listed.items():
        names = by_language.get(spoken, [english])
        for name in names:
            for form in inflections(name, spoken):
                places.setdefault(_words(form), names[0])
    known = msgspec.json.decode((HERE / "organisations.json").read_bytes(), type=_Organisations)
    organisations = {
        _words(form): name for name, aliases in known.names.items() for alias in (name, *aliases) for form in inflections(alias, language)
    }
    given = msgspec.json.decode((HERE / "given_names.json").read_bytes(), type=dict[str, list[str]])
    return Gazetteer(
        places=places,
        organisations=organisations,
        acronyms=frozenset(known.acronyms),
        given=_given([*given["latin"], *given["cyrillic"]], language),
        longest=max(map(len, [*places, *organisations])),
        nouns_capital=language in {"de", "lb"},
    )


def inflections(name: str, language: str) -> list[str]:
    """`name` first, then the forms in which it stands in a sentence; regular endings of its last word only.

    >>> inflections("Moskau", "de"), inflections("Москва", "ru")
    (['Moskau', 'Moskaus'], ['Москва', 'Москвы', 'Москви', 'Москве', 'Москву', 'Москвой'])
    """
    if name.isupper() or not name[-1].isalpha():
        return [name]
    if language == "de":
        return [name] if name[-1] in "sßxz" else [name, f"{name}s"]
    if language in CYRILLIC and " " not in name and not name.endswith("оа"):
        return [name, *_endings(name, _RUSSIAN, ["а", "у", "ом", "е"], "бвгджзклмнпрстфхцчшщ")]
    if language == "pl" and " " not in name:
        return [name, *_endings(name, _POLISH, ["a", "u", "ie", "em", "owi"], "bcdfghjklłmnńprsśtwzżź")]
    return [name]


_RUSSIAN = {
    "ия": ("ии", "ию", "ией"),
    "а": ("ы", "и", "е", "у", "ой"),
    "я": ("и", "е", "ю", "ей"),
    "ь": ("и", "я", "ю", "е", "ем", "ью"),
    "й": ("я", "ю", "е", "ем"),
}
_POLISH = {"ia": ("ii", "ię", "ią"), "ja": ("ji", "ję", "ją"), "ka": ("ki", "ce", "kę", "ką"), "a": ("y", "ie", "ę", "ą")}


def _endings(name: str, table: Mapping[str, Iterable[str]], after_consonant: Iterable[str], consonants: str) -> list[str]:
    for ending, replacements in table.items():
        if name.endswith(ending):
            return [name.removesuffix(ending) + replacement for replacement in replacements]
    return [name + ending for ending in after_consonant] if name[-1] in consonants else []


def _given(names: Iterable[str], language: str) -> dict[str, str]:
    forms = {name: name for name in names}
    if language in CYRILLIC:
        for name in list(forms):
            for form in inflections(name, language):
                forms.setdefault(form, name)
    return forms


def _words(name: str) -> Words:
    return tuple(token.text for token in tokenize(name))
