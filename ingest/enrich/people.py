# ruff: noqa: RUF001 - Cyrillic words are meant
"""What stands before people's names, and the nominative of Slavic ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import msgspec

from ingest.names.forms import EAST_SLAVIC, stem
from ingest.resources import bundled


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Before a person: "Präsident Macron". Compared in lower case.
_TITLES = _words("""
    mr mrs ms miss dr prof professor sir lord lady dame king queen prince princess pope president chancellor minister premier senator sen
    congressman congresswoman governor gov mayor colonel captain ambassador commissioner general judge justice secretary
    kommissar kommissarin herr herrn frau könig königin papst prinz prinzessin präsident präsidenten präsidentin kanzler kanzlers kanzlerin ministers
    ministerin senatorin bürgermeister bürgermeisterin staatschef regierungschef regierungschefin außenminister außenministerin
    commissaire monsieur madame mme président présidente ministre roi reine pape chancelier chancelière sénateur sénatrice maire député députée
    comisario comisaria señor señora presidente presidenta ministro ministra rey reina papa canciller senador senadora alcalde alcaldesa don doña
    commissario commissaria signor signora sindaco sindaca re regina cancelliere cancelliera senatore senatrice onorevole senhor senhora dom dona
    burgemeester koning koningin minister-president meneer mevrouw hoogleraar
    prezydent prezydenta premiera król królowa papież kanclerz pan pani pana panu panem minister posłanka poseł prezes burmistrz
    президент президента президенту президентом премьер министр министра канцлер канцлера сенатор губернатор мэр папа король королева глава
""")
_GERMAN_ENDINGS = (
    "minister", "ministers", "ministerin", "präsident", "präsidenten", "präsidentin", "kanzler", "kanzlers", "kanzlerin", "sprecher", "sprecherin",
    "sekretär", "sekretärin", "beauftragte", "beauftragter", "beauftragten", "meister", "meisterin", "vorsitzende", "vorsitzender", "vorsitzenden",
    "chef", "chefin",
)  # fmt: skip
# Endings of masculine surnames in other cases, with what the nominative has instead; of these the first that fits.
_CYRILLIC = (
    ("ского", "ский"),
    ("скому", "ский"),
    ("ским", "ский"),
    ("ского", "ский"),
    ("ым", ""),
    ("ом", ""),
    ("ем", ""),
    ("а", ""),
    ("у", ""),
    ("е", ""),
)
_POLISH = (("iego", "i"), ("iemu", "i"), ("skim", "ski"), ("ckim", "cki"), ("iem", ""), ("em", ""), ("owi", ""), ("a", ""), ("u", ""))
_CONSONANTS = frozenset("bcdfghjklłmnprstwzżźćńś")


def is_title(word: str, language: str) -> bool:
    """The word goes before a name and is none."""
    lower = word.lower()
    return lower in _TITLES or (language == "de" and lower.endswith(_GERMAN_ENDINGS))


def is_given(word: str) -> bool:
    """A given name, in the nominative."""
    return word in _given()


def nominative(forms: Sequence[str], language: str) -> str:
    """The name that was written in these forms, as it is filed: "Владимира Путина" as Владимир Путин.

    "" in languages without cases, and for feminine and unknown names: of these the nominative cannot be told.
    """
    if language not in EAST_SLAVIC and language != "pl":
        return ""
    if filed := [form for form in forms if is_given(form.split()[0])]:
        return min(filed, key=len)
    first, *others = forms[0].split()
    given = _stems(language).get(stem(first, language), "")
    return "" if not given or given.endswith(("а", "я", "a")) else " ".join((given, *others[:-1], _masculine(others[-1], language)))


def _masculine(surname: str, language: str) -> str:
    for ending, instead in _CYRILLIC if language in EAST_SLAVIC else _POLISH:
        if surname.endswith(ending) and len(surname) - len(ending) >= 3:
            bare = surname.removesuffix(ending) + instead
            if language == "pl" and not instead and bare[-1] in "kc" and bare[-2] in _CONSONANTS - set("sn"):
                return f"{bare[:-1]}e{bare[-1]}"  # Wilczka, Wilczek
            return bare
    return surname


@cache
def _given() -> frozenset[str]:
    listed = msgspec.json.decode((bundled("models") / "gazetteer" / "given_names.json").read_bytes(), type=dict[str, list[str]])
    return frozenset(name for names in listed.values() for name in names)


@cache
def _stems(language: str) -> dict[str, str]:
    """Masculine names first: "Александра" is rather a genitive than a woman where the surname is masculine."""
    found: dict[str, str] = {}
    for name in sorted(_given(), key=lambda n: (n.endswith(("а", "я", "a")), language == "pl" and not n.endswith("ek"), n)):
        found.setdefault(stem(name, language), name)
    return found
