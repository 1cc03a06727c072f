"""Which finder the setting `entities` names, and what is said of a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.enrich.entities import open_finder
from ingest.enrich.finder import SEPARATOR
from ingest.errors import SettingsError
from ingest.model import Entity
from ingest.settings import Settings
from tests.search.library import article

MERKEL = article("a", "Merkel", "Angela Merkel sprach in Berlin.", "de")


def test_the_bundled_model_is_the_default() -> None:
    (entities,) = open_finder(Settings()).find([MERKEL])
    assert [(e.name, e.label, e.count) for e in entities] == [("Angela Merkel", "person", 2), ("Berlin", "place", 1)]
    whole = MERKEL.title + SEPARATOR + MERKEL.text
    assert [whole[a:b] for e in entities for a, b in e.offsets] == ["Merkel", "Angela Merkel", "Berlin"]


def test_the_model_is_loaded_once_per_process() -> None:
    assert open_finder(Settings()) is open_finder(Settings())


def test_none_finds_nothing() -> None:
    assert open_finder(Settings(entities="none")).find([MERKEL, MERKEL]) == [(), ()]


def test_a_function_of_ones_own_is_called_with_title_text_and_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_finder.py").write_text(
        "from ingest.model import Entity\n"
        "def find(title, text, language):\n"
        "    return [Entity(name=f'{title}|{text}|{language}', label='organisation')]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    finder = open_finder(Settings(entities="my_finder:find"))
    assert finder.find([article("a", "a", "b", "de")]) == [(Entity(name="a|b|de", label="organisation"),)]


BAD = {
    "an unknown word": ("names", "model, spacy:de=PIPELINE,…, none, or package.module:function"),
    "no function": ("json:", "model, spacy:de=PIPELINE,…, none, or package.module:function"),
    "no module": (":find", "model, spacy:de=PIPELINE,…, none, or package.module:function"),
    "spaCy without a language": ("spacy:de_core_news_lg", "comes language=pipeline"),
    "spaCy without a pipeline": ("spacy:de=", "comes language=pipeline"),
    "spaCy where it is not": ("spacy:de=de_core_news_lg", "not installed"),
    "a module that is not there": ("no_such_module_here:find", "cannot be imported"),
    "a function that is not there": ("json:no_such_function", "cannot be imported"),
    "a relative module": (".json:loads", "cannot be imported"),
    "not a function": ("sys:path", "is no function"),
}


@pytest.mark.parametrize(("setting", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_setting_is_refused_in_a_sentence(setting: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        open_finder(Settings(entities=setting))
    assert str(caught.value).startswith(f"entities is {setting!r}")
    assert str(caught.value).endswith(".")
