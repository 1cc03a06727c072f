"""The gate: on gold sentences that it was not trained on, from raw text, the model reaches what its card says."""

from __future__ import annotations

import pytest

from ingest.enrich.ner.tagger import Tagger
from tests.corpora import corpora
from tests.enrich.ner.gold import f1, found_names, sentences

# F1 of each whole file by the card of models/ner-xx.
CARD = {
    "de.germeval-dev": 0.795,
    "en.ewt-test": 0.668,
    "es.europarl": 0.733,
    "it.europarl": 0.746,
    "pl.kpwr-test": 0.698,
    "pt.bosque-tr15": 0.800,
    "ru.pud": 0.678,
}
TOLERANCE = 0.01


@pytest.mark.corpora
def test_no_file_is_left_out() -> None:
    assert {path.name.removesuffix(".jsonl.gz") for path in (corpora("ner") / "untrained").glob("*.gz")} == CARD.keys()


@pytest.mark.slow
@pytest.mark.corpora
@pytest.mark.parametrize("name", CARD)
def test_the_model_reaches_its_card(name: str, tagger: Tagger, capsys: pytest.CaptureFixture[str]) -> None:
    gold = sentences(corpora("ner") / "untrained" / f"{name}.jsonl.gz")
    right = found = total = 0
    for sentence, mentions in zip(gold, tagger.tag([s.text for s in gold]), strict=True):
        names = found_names(sentence, mentions)
        right, found, total = right + len(names & sentence.names), found + len(names), total + len(sentence.names)
    reached = f1(right, found, total)
    with capsys.disabled():
        print(f"\n{name:16} F1 {reached:.3f}, by the card {CARD[name]:.3f}; precision {right / found:.3f}, recall {right / total:.3f}")
    assert reached >= CARD[name] - TOLERANCE
