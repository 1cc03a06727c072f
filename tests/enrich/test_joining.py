# ruff: noqa: RUF001 - Cyrillic and typographic marks are meant
"""Mentions become entities: what joins, what stays apart, which label wins, and what is found besides."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.enrich.joining import MAX_ENTITIES, MAX_OFFSETS, join
from ingest.model import Entity

_MARK = re.compile(r"\[([^\]]+)\|(PER|ORG|LOC)(?:\|([0-9.]+))?\]")


def joined(marked: str, language: str = "de") -> tuple[str, tuple[Entity, ...]]:
    """Of "[Putin|PER|0.7] sprach" the plain text, and the entities; a mention's confidence is 0.95 where none is given."""
    text, spans, at = "", [], 0
    for mark in _MARK.finditer(marked):
        text += marked[at : mark.start()]
        spans.append((len(text), len(text) + len(mark[1]), mark[2], float(mark[3] or 0.95)))
        text += mark[1]
        at = mark.end()
    text += marked[at:]
    return text, join(text, spans, language)


JOINED = {
    "a surname after the full name": ("[Wladimir Putin|PER] sprach. [Putin|PER] ging.", "de", {"Wladimir Putin": 2}),
    "a surname before the full name": ("[Putin|PER] ging. [Wladimir Putin|PER] sprach.", "de", {"Wladimir Putin": 2}),
    "a genitive": ("[Angela Merkels|PER] Rede. [Angela Merkel|PER] ging.", "de", {"Angela Merkel": 2}),
    "a given name": ("[Yann Kerbrat|PER] est mort. [Yann|PER] aimait la mer.", "fr", {"Yann Kerbrat": 2}),
    "the last of several surnames": ("[Luiz Inácio Lula da Silva|PER] e [Lula da Silva|PER]", "pt", {"Luiz Inácio Lula da Silva": 2}),
    "a surname that two people share": ("[Bill Clinton|PER], [Hillary Clinton|PER], [Clinton|PER]", "en",
        {"Bill Clinton": 1, "Hillary Clinton": 1, "Clinton": 1}),
    "cases of a Russian name": ("Визит [Владимира Путина|PER]. [Путин|PER] рад, с [Путиным|PER] министры.", "ru", {"Владимир Путин": 3}),
    "two spellings": ("[Wolodymyr Selenskyj|PER] und [Volodymyr Zelensky|PER]", "de", {"Wolodymyr Selenskyj": 2}),
    "two names of a country": ("Die [USA|LOC] und die [Vereinigten Staaten|LOC]", "de", {"USA": 2}),
    "a country's genitive": ("[Deutschlands|LOC] Rolle in [Deutschland|LOC]", "de", {"Deutschland": 2}),
    "an acronym and the name": ("Die [EU|ORG] und die [Europäische Union|ORG]", "de", {"Europäische Union": 2}),
    "a firm by its first word": ("[Hutchison Ports|ORG] baut. [Hutchison|ORG] schweigt.", "de", {"Hutchison Ports": 2}),
    "places do not": ("[Frankfurt am Main|LOC] und [Main|LOC]", "de", {"Frankfurt am Main": 1, "Main": 1}),
    "a surname and a town": ("[Denzel Washington|PER] war in [Washington|LOC], in [Washington|LOC].", "en", {"Washington": 2, "Denzel Washington": 1}),
}  # fmt: skip


@pytest.mark.parametrize(("marked", "language", "expected"), JOINED.values(), ids=JOINED.keys())
def test_mentions_of_one_name_are_one_entity(marked: str, language: str, expected: dict[str, int]) -> None:
    assert {e.name: e.count for e in joined(marked, language)[1]} == expected


VOTED = {
    "the surer label wins": ("[Roswall|LOC|0.6] kam. [Roswall|PER|0.9] ging.", "de", {"Roswall": "person"}),
    "a full name speaks for its surname": ("[Jessika Roswall|PER|0.9] kam. [Roswall|LOC|0.7] ging.", "de", {"Jessika Roswall": "person"}),
    "a firm speaks for its last word": (
        "[Banco Santander|ORG|0.9] crece. [Santander|LOC|0.6] sube.",
        "es",
        {"Banco Santander": "organisation"},
    ),
    "a country is a place": ("[Russland|ORG|0.55] schweigt.", "de", {"Russland": "place"}),
    "a large town rather is": ("[Genova|PER|0.45] apre.", "it", {"Genova": "place"}),
    "a listed organisation is one": ("[НАТО|LOC|0.6] растёт.", "ru", {"НАТО": "organisation"}),
}


@pytest.mark.parametrize(("marked", "language", "expected"), VOTED.values(), ids=VOTED.keys())
def test_mentions_written_alike_have_one_label(marked: str, language: str, expected: dict[str, str]) -> None:
    assert {e.name: e.label for e in joined(marked, language)[1]} == expected


CUT = {
    "a title": ("[Lord Hendy|PER] spoke", "en", ["Hendy"]),
    "a title alone": ("[Minister|ORG] mówi", "pl", []),
    "a possessive": ("[Sainsbury’s|ORG] shares", "en", ["Sainsbury"]),
    "quotes": ("das [«Bayern»|LOC] kam", "de", ["Bayern"]),
    "small letters": ("der [minister|PER] kam", "de", []),
    "a slash": ("Bild: [Mikhail Metzel/TASS|PER]", "de", ["Mikhail Metzel", "TASS"]),
    "a compound before a name": ("unter der [EU-Vormacht Deutschland|ORG]", "de", ["EU", "Deutschland"]),
    "a listed name in full": ("für Bündnis 90/[Die Grünen|ORG] im Rat", "de", ["Bündnis 90/Die Grünen"]),
    "a place after de": ("la [Fédération hospitalière de|ORG] [France|LOC] dit", "fr", ["Fédération hospitalière de France"]),
    "a small word at the end": ("według [Gazety Wyborczej bank|ORG] odmówił", "pl", ["Gazety Wyborczej"]),
    "the first word of a sentence before a surname": ("Oto [Anna Nowak|PER]. [Słowa Nowak|PER] nie", "pl", ["Anna Nowak"]),
}


@pytest.mark.parametrize(("marked", "language", "expected"), CUT.values(), ids=CUT.keys())
def test_a_mention_is_cut_to_its_name(marked: str, language: str, expected: list[str]) -> None:
    assert [e.name for e in joined(marked, language)[1]] == expected


def test_a_sure_name_is_found_where_the_model_did_not_see_it() -> None:
    text, entities = joined("[Wladimir Putin|PER] kam zum Biden-Putin-Gipfel. [Joseph Biden|PER] kam auch.")
    assert [(e.name, [text[a:b] for a, b in e.offsets]) for e in entities] == [
        ("Wladimir Putin", ["Wladimir Putin", "Putin"]),
        ("Joseph Biden", ["Biden", "Joseph Biden"]),
    ]


def test_a_name_that_is_mostly_no_name_is_not_spread() -> None:
    _, entities = joined("[Koch|PER] kam. " + "Der Koch kocht. " * 5)
    assert [(e.name, e.count) for e in entities] == [("Koch", 1)]


def test_an_entity_has_the_key_of_its_spellings_and_the_id_of_its_place() -> None:
    for marked, language in (("[Moskau|LOC]", "de"), ("[Москве|LOC]", "ru"), ("[Moscow|LOC]", "en")):
        (entity,) = joined(f"x {marked} y", language)[1]
        assert (entity.key, entity.id) == ("moskov", "geonames:524901")
    keys = {joined(f"x [{name}|ORG] y", language)[1][0].key for name, language in (("NATO", "de"), ("OTAN", "fr"), ("НАТО", "ru"))}
    assert len(keys) == 1


def test_the_most_mentioned_come_first_then_the_first_mentioned() -> None:
    assert [e.name for e in joined("[Paris|LOC]. [Berlin|LOC] und [Wien|LOC]. [Berlin|LOC].")[1]] == ["Berlin", "Paris", "Wien"]


def test_a_hostile_article_is_bounded() -> None:
    names = [f"[{'ABCDEFGHIJ'[i % 10]}{'klmnopqrst'[i // 10 % 10]}{'uvwxyzabcd'[i // 100]}or Müller|PER]" for i in range(600)]
    _, entities = joined(" ".join(names) + " [Berlin|LOC]" * 300)
    assert len(entities) == MAX_ENTITIES
    assert entities[0].count == 300
    assert len(entities[0].offsets) == MAX_OFFSETS


@example("A0000A:A0000A", [(1, 12, "PER", 1.0)], "de")  # a span that begins within a word
@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from(["Angela", "Merkel", "EU-", "/", "de", "Berlin", "Putins", "\n", ".", "'s"]), max_size=15).map(" ".join),
    st.lists(st.tuples(st.integers(0, 80), st.integers(1, 20), st.sampled_from(["PER", "ORG", "LOC"]), st.floats(0.3, 1)), max_size=6),
    st.sampled_from(["de", "en", "ru", "pl", "fr", "und", "zh"]),
)
def test_offsets_lie_in_the_text_apart_from_one_another(text: str, raw: list[tuple[int, int, str, float]], language: str) -> None:
    spans, at = [], 0
    for gap, length, label, confidence in raw:
        start = at + gap
        if start + length <= len(text):
            spans.append((start, start + length, label, confidence))
            at = start + length
    offsets = sorted(o for entity in join(text, spans, language) for o in entity.offsets)
    assert all(0 <= start < end <= len(text) for start, end in offsets)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(offsets))
