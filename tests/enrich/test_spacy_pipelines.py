"""spaCy's pipelines by language. spaCy is not among the dependencies: a stand-in with its interface takes its place here."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from ingest.enrich.entities import open_finder
from ingest.enrich.spacy_pipelines import parse
from ingest.errors import SettingsError
from ingest.settings import Settings
from tests.search.library import article

# `load`, `pipe`, `ents`, `start_char`, `end_char` and `label_` are spaCy's; this pipeline calls capitalised words people.
STAND_IN = """
import re, types
LOADED = []
class Pipeline:
    def pipe(self, texts):
        for text in texts:
            yield types.SimpleNamespace(ents=[
                types.SimpleNamespace(start_char=m.start(), end_char=m.end(), label_="PERSON" if m[0] != "1990" else "DATE")
                for m in re.finditer(r"[A-Z][a-z]+(?: [A-Z][a-z]+)*|1990", text)])
def load(name, exclude=()):
    if name == "gone":
        raise OSError("[E050] Can't find model 'gone'.")
    LOADED.append(name)
    return Pipeline()
"""


@pytest.fixture
def spacy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spacy.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "spacy", None)  # remembered, so that the stand-in goes when the test ends
    monkeypatch.delitem(sys.modules, "spacy")


def test_pipelines_are_named_by_language() -> None:
    assert parse("de=de_core_news_lg, en=en_core_web_sm") == {"de": "de_core_news_lg", "en": "en_core_web_sm"}


def test_a_language_with_a_pipeline_is_read_by_it_and_another_by_the_model(spacy: None) -> None:
    finder = open_finder(Settings(entities="spacy:en=some_pipeline"))
    english = article("a", "", "then Alice Smith met smith, born 1990, and Smith left", "en")
    german = article("a", "", "Gestern sprach Angela Merkel in Berlin.", "de")
    found = finder.find([german, english])
    assert [(e.name, e.label, e.count) for e in found[0]] == [("Angela Merkel", "person", 1), ("Berlin", "place", 1)]
    assert [(e.name, e.label, e.count) for e in found[1]] == [("Alice Smith", "person", 2)]
    assert open_finder(Settings(entities="spacy:en=some_pipeline")) is finder


def test_a_pipeline_that_is_not_installed_is_named(spacy: None) -> None:
    with pytest.raises(SettingsError, match=re.escape("but the pipeline gone is not installed.")):
        open_finder(Settings(entities="spacy:en=gone"))
