# ruff: noqa: RUF001 - Cyrillic endings are meant
"""People in a text: a listed given name or a title, then a surname; afterwards the surname alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.enrich.cues import (
    ARTICLES,
    CLITIC_PARTICLES,
    GERMAN_NOUN_ENDINGS,
    GERMAN_TITLE_ENDINGS,
    LEGAL_FORMS,
    NOBLE,
    NOT_NAMES,
    PARTICLES,
    PARTICLES_AFTER_TITLE,
    RUSSIAN_ADJECTIVE_ENDINGS,
    SAINTS,
    TITLES,
)
from ingest.enrich.gazetteer import CYRILLIC, Gazetteer
from ingest.enrich.tokens import Token

TWO_SURNAMES = frozenset({"es", "pt"})  # father's and mother's
MAX_GIVEN = 4
MAX_PARTICLES = 3
# Endings of the cases: genitive, dative, instrumental of masculine, then of feminine surnames.
_CASES = ("ого", "ому", "ым", "ом", "ем", "ой", "ей", "у", "ю", "а", "я", "е")


class Person(NamedTuple):
    """A mention: tokens `first` up to `end`."""

    first: int
    end: int
    name: str


class _Full(NamedTuple):
    first: int
    end: int
    given: str  # nominative, "" after a mere title
    surname: str
    written: str
    nominative: bool


def find(tokens: Sequence[Token], known: Gazetteer, language: str) -> list[Person]:
    """All mentions, full and by surname; forms of one name share the form that stands in the nominative."""
    full = list(_full(tokens, known, language))
    shown = _shown(full, language)
    by_surname: defaultdict[str, set[str]] = defaultdict(set)
    for person in full:
        by_surname[_stem(person.surname, language)].add(shown[person.given, _stem(person.surname, language)])
    people = [Person(p.first, p.end, shown[p.given, _stem(p.surname, language)]) for p in full]
    covered = {index for p in full for index in range(p.first, p.end)}
    for index, token in enumerate(tokens):
        named = by_surname.get(_stem(token.text, language), set()) if token.capital and index not in covered else set()
        article = index > 0 and tokens[index - 1].text.lower() in ARTICLES
        if len(named) == 1 and not article and token.text not in NOT_NAMES and (token.text,) not in known.places:
            people.append(Person(index, index + 1, next(iter(named))))
    return people


def _full(tokens: Sequence[Token], known: Gazetteer, language: str) -> Iterator[_Full]:
    index = 0
    while index < len(tokens):
        person = _at(tokens, index, known, language)
        if person is None:
            index += 1
        else:
            yield person
            index = person.end


def _at(tokens: Sequence[Token], index: int, known: Gazetteer, language: str) -> _Full | None:
    first = index
    while first < len(tokens) - 1 and first - index < 3 and _is_title(tokens[first].text, language) and tokens[first].joined:
        first += 1
    titled = first > index
    position = first
    while position < len(tokens) and position - first < MAX_GIVEN and _is_given(tokens[position], known, initial=position > first):
        position += 1
        if not tokens[position - 1].joined:
            break
    givens = position - first
    if not (givens or titled) or (index > 0 and tokens[index - 1].text in SAINTS and tokens[index - 1].joined):
        return None
    end = _surname(tokens, position, known, language) if givens == 0 or tokens[position - 1].joined else position
    if end == position:
        # "Elton John": the last given name is the surname; "Papst Franziskus": it is all there is.
        if givens < 2 - titled or len(tokens[position - 1].text) == 1:
            return None
        position -= givens > 1
    elif not givens and not _follows_title(tokens[first - 1], tokens[first], tokens[end - 1], language):
        return None
    words = [f"{token.text}." if len(token.text) == 1 and token.gap.startswith(".") else token.text for token in tokens[first:end]]
    given = [known.given.get(token.text, token.text) for token in tokens[first:position]] if givens else []
    surname = " ".join(token.text for token in tokens[position:end]) or given.pop()
    return _Full(first, end, " ".join(given), surname, " ".join(words), [t.text for t in tokens[first : first + len(given)]] == given)


def _follows_title(title: Token, word: Token, last: Token, language: str) -> bool:
    """A capital after a title is a surname, unless the language has other words there."""
    if word.text.lower() in PARTICLES and (word.text not in PARTICLES_AFTER_TITLE or title.text.lower() in NOBLE):
        return False
    if language == "de":
        return not last.text.endswith(GERMAN_NOUN_ENDINGS)
    if language in CYRILLIC:
        return not last.text.endswith(RUSSIAN_ADJECTIVE_ENDINGS)
    return language != "pl"  # "prezydent Krakowa", "minister Sportu": a genitive as often as a name


def _is_title(word: str, language: str) -> bool:
    if word.isupper():  # "MS Office"
        return False
    last = word.rsplit("-", 1)[-1].lower()  # "US-Präsident"
    return last in TITLES or (language == "de" and word[0].isupper() and last.endswith(GERMAN_TITLE_ENDINGS))


def _is_given(token: Token, known: Gazetteer, *, initial: bool) -> bool:
    if token.text in known.given:
        return True
    if initial and len(token.text) == 1 and token.capital:
        return token.gap.startswith(".")
    parts = token.text.split("-")
    return len(parts) > 1 and all(part in known.given for part in parts)


def _surname(tokens: Sequence[Token], position: int, known: Gazetteer, language: str) -> int:
    """Where the surname that begins at `position` ends; `position` itself where none stands there."""
    start = position
    while start < len(tokens) - 1 and start - position < MAX_PARTICLES and tokens[start].text.lower() in PARTICLES and tokens[start].joined:
        start += 1
    if not _is_surname(tokens, start, known, language):
        return position
    end = start + 1
    if language in TWO_SURNAMES and tokens[start].joined and _is_surname(tokens, end, known, language):
        end += 1
    return end


def _is_surname(tokens: Sequence[Token], index: int, known: Gazetteer, language: str) -> bool:
    if index >= len(tokens):
        return False
    word = tokens[index].text
    for clitic in CLITIC_PARTICLES:
        word = word.removeprefix(clitic)
    if len(word) < 2 or not word[0].isupper() or any(c.isdigit() or c == "_" for c in word):
        return False
    if word in NOT_NAMES or word in LEGAL_FORMS or word in known.acronyms or (word,) in known.places or (word,) in known.organisations:
        return False
    return not (_is_title(word, language) or (word.isupper() and len(word) < 4))


def _shown(full: Sequence[_Full], language: str) -> dict[tuple[str, str], str]:
    """The name to show for each given name and stem; a title with a surname joins the one person of that surname."""
    shown: dict[tuple[str, str], str] = {}
    for person in sorted(full, key=lambda p: (not p.nominative, len(p.written))):
        shown.setdefault((person.given, _stem(person.surname, language)), person.written if person.nominative else _nominative(person))
    for given, stem in list(shown):
        others = {name for (other, same), name in shown.items() if same == stem and other}
        if not given and len(others) == 1:
            shown[given, stem] = others.pop()
    return shown


def _nominative(person: _Full) -> str:
    """Out of "Владимира Путина" Владимир Путин: the masculine endings are regular, the feminine ones are left as written."""
    if person.given.endswith(("а", "я")):
        return f"{person.given} {person.surname}"
    for ending in _CASES:
        if person.surname.endswith(ending) and len(person.surname) > len(ending) + 2:
            replacement = "ий" if ending in {"ого", "ому"} else ""
            return f"{person.given} {person.surname.removesuffix(ending)}{replacement}"
    return f"{person.given} {person.surname}"


def _stem(surname: str, language: str) -> str:
    """Forms of one surname have one stem: "Putins" and "Putin" in German, all cases in Russian."""
    if language == "de":
        return surname.removesuffix("s") if len(surname) > 3 else surname
    if language in CYRILLIC:
        for ending in ("ий", "ый", "ая", "ую", "им", *_CASES):
            if surname.endswith(ending) and len(surname) > len(ending) + 2:
                return surname.removesuffix(ending)
    return surname
