"""Countries and large cities by the names that languages give them, with their ids (`models/gazetteer`)."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

from ingest.names.forms import EAST_SLAVIC, GENITIVE_S, POLISH_LIKE, stem
from ingest.resources import bundled

_ANY = ""  # names whose language the source does not tell


class Place(NamedTuple):
    """`id` is iso:RU, geonames:524901, or "" for a region. `names` maps an ISO 639-1 language to its names, the one to show first."""

    id: str
    english: str
    names: dict[str, tuple[str, ...]]

    @property
    def country(self) -> bool:
        return self.id.startswith("iso:")


class Found(NamedTuple):
    """A place, and the name to show in the language asked for."""

    place: Place
    shown: str


@lru_cache(maxsize=50_000)  # an article's names are looked up by each step of joining
def find(written: str, language: str) -> Found | None:
    """The place that a name in a text of `language` means, in whatever case of the grammar: the largest, if several bear it.

    >>> find("Moskaus", "de").shown, find("Москве", "ru").place.id
    ('Moskau', 'geonames:524901')
    """
    if place := _in(language).get(written) or _names().get(written):
        return Found(place, _shown(place, language, written))
    if language in GENITIVE_S and written.endswith("s"):
        return find(written[:-1], language)
    if language in EAST_SLAVIC | POLISH_LIKE and (hit := _stems(language).get(_stem(written, language))):
        place, name = hit
        return Found(place, _shown(place, language, name))
    return None


def english(name: str) -> str | None:
    """The English name of the place that has this name in any language, in upper or lower case: the largest, if several have it.

    >>> english("moskau"), english("Ville Lumière")
    ('Moscow', None)
    """
    place = _folded().get(name.casefold())
    return place.english if place else None


@lru_cache(maxsize=50_000)
def named(written: str, language: str) -> bool:
    """The gazetteer has this very name for a place in `language`, in whatever case of the grammar: all countries, few cities."""
    found = find(written, language)
    if found is None or found.shown not in found.place.names.get(language, ()):
        return False
    forms = _in(language)
    return written in forms or (language in GENITIVE_S and written[:-1] in forms) or language in EAST_SLAVIC | POLISH_LIKE


def _shown(place: Place, language: str, written: str) -> str:
    return next(iter(place.names.get(language, ())), written if language != "en" else place.english)


@cache
def _places() -> tuple[Place, ...]:
    lines = (bundled("models") / "gazetteer" / "places.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(_place(line) for line in lines if not line.startswith("#"))


def _place(line: str) -> Place:
    ident, english, *columns = line.split("\t")
    names: dict[str, tuple[str, ...]] = {}
    for column in columns:
        language, _, listed = column.partition("=")
        names[language] = tuple(listed.split("|"))
    names.setdefault("en", (english,))
    return Place(ident, english, names)


@cache
def _names() -> dict[str, Place]:
    """Every name of every language; countries own theirs, then the largest city."""
    exact: dict[str, Place] = {}
    for place in _places():
        for names in place.names.values():
            for name in names:
                exact.setdefault(name, place)
    return exact


@cache
def _folded() -> dict[str, Place]:
    """As `_names`, whatever the case."""
    folded: dict[str, Place] = {}
    for name, place in _names().items():
        folded.setdefault(name.casefold(), place)
    return folded


@cache
def _in(language: str) -> dict[str, Place]:
    """The names that are known to be of `language`: they come before those of any."""
    return {name: place for place in reversed(_places()) for name in place.names.get(language, ())}


@cache
def _stems(language: str) -> dict[tuple[str, ...], tuple[Place, str]]:
    """Stems of all names in the script of `language`."""
    cyrillic = language in EAST_SLAVIC
    found: dict[tuple[str, ...], tuple[Place, str]] = {}
    for own in (True, False):
        for place in _places():
            names = place.names.get(language, ()) if own else (place.english, *place.names.get(_ANY, ()))
            for name in names:
                if ("Ѐ" <= name[0] <= "ӿ") == cyrillic:  # the Cyrillic block
                    known = found.setdefault(_stem(name, language), (place, name))
                    if not own and known[0] is place and name == f"{known[1]}ь":  # of Казан and Казань the latter
                        found[_stem(name, language)] = (place, name)
    return found


def _stem(name: str, language: str) -> tuple[str, ...]:
    return tuple(stem(word, language) for word in name.split())
