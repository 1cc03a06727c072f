"""Whole articles in nine languages, judged by hand: precision and recall of the entities after joining."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ingest.enrich.joining import join
from ingest.enrich.ner.tagger import Tagger
from ingest.resources import bundled
from tests.corpora import corpora
from tests.enrich.judged_articles import HELD_OUT, SEEN, Judged, judged

# Precision and recall of entities, then of mentions: floors about two points below what was measured. An entity is right when label
# and filed name both are.
FLOORS = {SEEN: ((0.83, 0.84), (0.84, 0.85)), HELD_OUT: ((0.84, 0.85), (0.85, 0.85))}


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger(bundled("models") / "ner-xx", threads=2)


def whole(article: Judged) -> str:
    return f"{article.title}\n\n{article.text}"


@pytest.mark.parametrize("folder", FLOORS, ids=lambda folder: folder.name)
def test_entities_of_whole_articles(folder: Path, tagger: Tagger, capsys: pytest.CaptureFixture[str]) -> None:
    articles = judged(folder)
    assert {a.language for a in articles} == {"de", "en", "es", "fr", "it", "nl", "pl", "pt", "ru"}
    entities, mentions = Counter[str](), Counter[str]()
    lines = []
    for article, tagged in zip(articles, tagger.tag([whole(a) for a in articles]), strict=True):
        joined = join(whole(article), tagged, article.language)
        found = {(e.label, e.name) for e in joined}
        entities += Counter(right=len(found & article.entities), found=len(found), gold=len(article.entities))
        places = {(start, end, e.label, e.name) for e in joined for start, end in e.offsets}
        mentions += Counter(right=len(places & set(article.mentions)), found=len(places), gold=len(article.mentions))
        right = len(found & article.entities)
        lines.append(f"{article.name:12} precision {right / len(found):.2f}, recall {right / len(article.entities):.2f}")
    for name, counts, floors in zip(("entities", "mentions"), (entities, mentions), FLOORS[folder], strict=True):
        precision, recall = counts["right"] / counts["found"], counts["right"] / counts["gold"]
        lines.append(f"{name:12} precision {precision:.3f}, recall {recall:.3f}, of {counts['gold']}")
        assert precision >= floors[0]
        assert recall >= floors[1]
    with capsys.disabled():
        print("", *lines, sep="\n")


SEED = {
    "person": {"Wladimir Putin", "Joseph Biden", "Annalena Baerbock", "Antony Blinken", "Josep Borrell", "Wassili Kaschin"},
    "organisation": {"NATO", "EU", "AUKUS", "Bündnis 90/Die Grünen", "Wall Street Journal"},
    "place": {"Russland", "USA", "Washington", "Moskau", "Genf", "Deutschland", "Frankreich", "China", "Iran", "Vietnam", "Ostukraine", "Osteuropa",
              "Kaukasus", "Europa", "Jalta", "Pazifik", "Ukraine", "Asien"},
}  # fmt: skip


@pytest.mark.corpora
def test_the_seed_article(tagger: Tagger, capsys: pytest.CaptureFixture[str]) -> None:
    text = (corpora("seed") / "article-de.txt").read_text()
    text = text[text.index("Wladimir Putin dringt") :]  # the picture's credit is split off by extraction
    (tagged,) = tagger.tag([text])
    found = join(text, tagged, "de")
    with capsys.disabled():
        print("", *(f"{e.label:12} {e.name} {e.count}" for e in found), sep="\n")
    assert {e.name for e in found if e.label == "person"} == SEED["person"]
    for label, names in SEED.items():
        missing = names - {e.name for e in found if e.label == label}
        assert not missing, f"{label}: {missing}"
