"""Words with their places, and where sentences end."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.enrich.ner.words import sentences, split, worth_reading
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


WORTH = {
    "a capital that is small elsewhere": ("The delay was short. Nobody saw the train.", ["Nobody saw the train."]),
    "a name at the start": ("Merkel went. Nobody saw her.", ["Merkel went. Nobody saw her."]),
    "another capital": ("The train left Rome. It took the night.", ["The train left Rome. It took the night."]),
    "after a quotation mark": ("She saw the sea. “The sea is cold.” Then Rome.", ["She saw the sea.", "Then Rome."]),
    "no capital at all": ("angela merkel went to rome", ["angela merkel went to rome"]),
    "a script without capitals": ("東京で会議", ["東京で会議"]),
    "an acronym": ("NATO said so, and nato knew.", ["NATO said so, and nato knew."]),
}


@pytest.mark.parametrize(("text", "expected"), WORTH.values(), ids=WORTH.keys())
def test_sentences_that_can_hold_no_name_are_not_read(text: str, expected: list[str]) -> None:
    words = split(text, PATTERN)
    runs = list(worth_reading(words, sentences(words)))
    assert [text[words[run[0][0]].start : words[run[-1][1] - 1].end] for run in runs] == expected


@given(st.text(max_size=200))
def test_sentences_cover_every_word_once(text: str) -> None:
    words = split(text, PATTERN)
    assert [i for a, b in sentences(words) for i in range(a, b)] == list(range(len(words)))
    assert all(text[w.start : w.end] == w.text for w in words)
