"""The stage as the pipeline calls it: the same articles, in order, with what was found out."""

from __future__ import annotations

import msgspec
import pytest

from ingest.enrich.article import enrich
from ingest.enrich.reading import reading_time_s
from ingest.errors import SettingsError
from ingest.model import Article
from ingest.settings import Settings
from tests.search.library import article

SETTINGS = Settings()
GERMAN = "Die Bundeskanzlerin Angela Merkel hat am Freitag in Berlin über das Gesetz gesprochen. Merkel lobte die NATO."


def test_an_article_gains_language_entities_words_and_reading_time() -> None:
    (enriched,) = enrich([article("a", "Merkel spricht", GERMAN, "en")], SETTINGS)
    assert enriched.language == "de"
    assert enriched.language_confidence > 0.5
    assert {(e.name, e.label, e.count) for e in enriched.entities} == {
        ("Angela Merkel", "person", 3),
        ("Berlin", "place", 1),
        ("NATO", "organisation", 1),
    }
    assert enriched.word_count == 17
    assert enriched.reading_time_s == reading_time_s(17) == 5


def test_everything_else_stays() -> None:
    before = article("a", "Merkel spricht", GERMAN, "und", tags=("kept",))
    (after,) = enrich([before], SETTINGS)
    found = {"language", "language_confidence", "entities", "word_count", "reading_time_s"}
    assert {f: getattr(after, f) for f in Article.__struct_fields__ if f not in found} == {
        f: getattr(before, f) for f in Article.__struct_fields__ if f not in found
    }


def test_articles_keep_their_order() -> None:
    titles = [f"Nachricht {number}" for number in range(5)]
    assert [a.title for a in enrich([article(t, t, GERMAN, "und") for t in titles], SETTINGS)] == titles
    assert enrich([], SETTINGS) == []


def test_enriching_twice_changes_nothing() -> None:
    once = enrich([article("a", "Merkel spricht", GERMAN, "und")], SETTINGS)
    assert enrich(once, SETTINGS) == once


def test_an_empty_article_is_undetermined_and_takes_no_time() -> None:
    (enriched,) = enrich([article("a", "", "", "de")], SETTINGS)
    assert (enriched.language, enriched.language_confidence, enriched.entities) == ("und", 0.0, ())
    assert (enriched.word_count, enriched.reading_time_s) == (0, 0)


def test_what_is_found_survives_json() -> None:
    enriched = enrich([article("a", "Merkel spricht", GERMAN, "und")], SETTINGS)
    assert msgspec.json.decode(msgspec.json.encode(enriched), type=list[Article]) == enriched


def test_no_entities_are_found_where_the_setting_says_so() -> None:
    (enriched,) = enrich([article("a", "Merkel spricht", GERMAN, "und")], Settings(entities="none"))
    assert enriched.entities == ()
    assert enriched.language == "de"


def test_a_bad_setting_fails_before_any_article() -> None:
    with pytest.raises(SettingsError, match="entities is 'nouns'"):
        enrich([], Settings(entities="nouns"))
