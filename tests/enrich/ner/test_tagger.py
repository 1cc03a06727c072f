"""The model does what its card says, on any text, whatever else is in the batch."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.enrich.ner.tagger import Mention, Tagger

GERMAN = "Bundeskanzler Friedrich Merz traf in Paris den Präsidenten Emmanuel Macron."


def named(text: str, mentions: list[Mention]) -> list[tuple[str, str]]:
    return [(text[m.start : m.end], m.label) for m in mentions]


def test_the_cards_own_examples_come_out_to_the_letter(tagger: Tagger, model: Path) -> None:
    expected = json.loads((model / "expected.json").read_text())
    found = tagger.tag([example["text"] for example in expected])
    assert [[(m.start, m.end, m.label) for m in mentions] for mentions in found] == [
        [(e["start"], e["end"], e["type"]) for e in example["entities"]] for example in expected
    ]


def test_texts_keep_their_order_and_an_empty_one_has_no_names(tagger: Tagger) -> None:
    found = tagger.tag(["", GERMAN, "  \n", "Nur kleine Wörter und sonst nichts.", GERMAN])
    assert [len(mentions) for mentions in found] == [0, 3, 0, 0, 3]
    assert tagger.tag([]) == []


def test_a_line_break_ends_a_name(tagger: Tagger) -> None:
    text = "Foto von Angela\nMerkel sprach in Berlin."
    assert all("\n" not in name for name, _ in named(text, tagger.tag([text])[0]))


def test_a_text_of_any_length_is_read_to_its_end(tagger: Tagger) -> None:
    text = GERMAN + " Danach wurde lange verhandelt." * 200 + " " + GERMAN
    names = named(text, tagger.tag([text])[0])
    assert names[:3] == names[-3:] == [("Friedrich Merz", "PER"), ("Paris", "LOC"), ("Emmanuel Macron", "PER")]
    assert tagger.tag([text])[0][-1].end == text.rindex("Macron") + len("Macron")


@pytest.mark.parametrize(
    "text", ["a" * 20_000, "Ω" * 2_000, "東京で会議" * 500, "\u2581\u2581 x", "\ud7ff\ufffe\x00 \U0001f600", "A" + "\u0301" * 3_000]
)
def test_a_hostile_text_is_read_without_harm(tagger: Tagger, text: str) -> None:
    assert all(0 <= m.start < m.end <= len(text) for m in tagger.tag([text])[0])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(max_size=60) | st.sampled_from([GERMAN, GERMAN[:40], "Москва. Париж!"]), max_size=3))
def test_mentions_lie_in_the_text_in_order_and_apart(tagger: Tagger, texts: list[str]) -> None:
    for text, mentions in zip(texts, tagger.tag(texts), strict=True):
        assert all(0 <= m.start < m.end <= len(text) and 0 < m.confidence <= 1 for m in mentions)
        assert all(a.end <= b.start for a, b in itertools.pairwise(mentions))
