"""Words with their places, and where sentences end."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.enrich.ner.words import sentences, split
from ingest.resources import bundled

PATTERN = re.compile(json.loads((bundled("models") / "ner-xx" / "config.json").read_text())["word_pattern"])


def cut(text: str) -> list[str]:
    words = split(text, PATTERN)
    return [text[words[a].start : words[b - 1].end] for a, b in sentences(words)]


SENTENCES = {
    "full stops": ("Er kam. Sie ging.", ["Er kam.", "Sie ging."]),
    "other stops": ("Kam er? Ja! Gut…  Ende", ["Kam er?", "Ja!", "Gut…", "Ende"]),
    "quotes after the stop": ("„Er kam.“ Sie ging.", ["„Er kam.“", "Sie ging."]),
    "guillemets": ("«Он пришёл.» Она ушла.", ["«Он пришёл.»", "Она ушла."]),
    "line breaks": ("Titel ohne Punkt\n\nText folgt\nhier", ["Titel ohne Punkt", "Text folgt", "hier"]),
    "a date": ("am 7. Dezember in Genf", ["am 7. Dezember in Genf"]),
    "an initial": ("John F. Kennedy sprach", ["John F. Kennedy sprach"]),
    "a title": ("then Dr. Smith and St. Louis", ["then Dr. Smith and St. Louis"]),
    "a Polish abbreviation": ("przy ul. Długiej w Gdańsku", ["przy ul. Długiej w Gdańsku"]),
    "no space": ("bei Example.Org und 3.5", ["bei Example.Org und 3.5"]),
    "a small letter follows": ("ca. zehn Leute", ["ca. zehn Leute"]),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("text", "expected"), SENTENCES.values(), ids=SENTENCES.keys())
def test_sentences_end(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@given(st.text(max_size=200))
def test_sentences_cover_every_word_once(text: str) -> None:
    words = split(text, PATTERN)
    assert [i for a, b in sentences(words) for i in range(a, b)] == list(range(len(words)))
    assert all(text[w.start : w.end] == w.text for w in words)
