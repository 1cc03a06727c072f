"""A whole article on a page of a paper, through all stages: what the index holds is the text, its credit apart, and the names in it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest

from ingest.model import Article
from ingest.pipeline.run import run_once
from tests.corpora import corpora
from tests.pipeline.world import FEED, HOST, context_of, indexed, rss
from tests.site import Site

TITLE = "Gespräche in Genf"
AROUND = """<html lang="de"><head><title>{title} | Die Zeitung</title></head><body>
<nav><ul><li><a href="/">Start</a></li><li><a href="/politik">Politik</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<article><h1>{title}</h1>{text}</article>
<div class="share"><a href="#">Auf Facebook teilen</a> <a href="#">Drucken</a></div>
<aside class="related"><h2>Mehr zum Thema</h2><ul><li><a href="/2">Zinsen steigen wieder</a></li><li><a href="/3">Regen am Abend</a></li></ul></aside>
<form><p>Newsletter bestellen: jeden Morgen das Wichtigste.</p><input name="mail"></form>
<footer><p>Impressum Datenschutz Kontakt</p></footer></body></html>"""
PEOPLE = {"Wladimir Putin", "Joseph Biden", "Annalena Baerbock", "Antony Blinken", "Josep Borrell", "Wassili Kaschin"}

pytestmark = [pytest.mark.corpora, pytest.mark.slow]


@pytest.fixture(scope="module")
def paragraphs() -> list[str]:
    return [p for p in (corpora("seed") / "article-de.txt").read_text(encoding="utf-8").split("\n") if p.strip()]


@pytest.fixture(scope="module")
def article(paragraphs: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Article]:
    text = "".join(f"<p>{escape(p)}</p>" for p in paragraphs)
    home: Path = tmp_path_factory.mktemp("home")
    with Site() as site, context_of(home, site) as ctx:
        site.route(HOST, "/1", AROUND.format(title=TITLE, text=text))
        site.route(HOST, "/feed.xml", rss(["/1"]), content_type="application/rss+xml")
        ctx.ledger.feeds.add(FEED)
        run_once(ctx)
        (found,) = indexed(ctx)
        yield found


def test_its_text_is_the_article_without_the_credit_and_what_stands_around(article: Article, paragraphs: list[str]) -> None:
    kept = article.text.split("\n")

    assert [line for line in kept if line.strip()] == [p.strip() for p in paragraphs[1:]]
    assert article.image_credit == "picture alliance / Mikhail Metzel/TASS/dpa"
    assert article.image_caption.startswith("Wladimir Putin dringt auf")


def test_its_language_is_told(article: Article) -> None:
    assert article.language == "de"


def test_its_people_are_named_in_full(article: Article) -> None:
    assert {entity.name for entity in article.entities if entity.label == "person"} == PEOPLE


def test_its_organisations_and_places_are_found_where_they_stand(article: Article) -> None:
    names = {label: {e.name for e in article.entities if e.label == label} for label in ("organisation", "place")}

    assert {"NATO", "EU"} <= names["organisation"]
    assert {"Russland", "USA", "Moskau", "Genf", "Ukraine"} <= names["place"]
    whole = f"{article.title}\n\n{article.text}"
    (geneva,) = [e for e in article.entities if e.name == "Genf"]
    assert {whole[start:end] for start, end in geneva.offsets} == {"Genf"}
    assert geneva.count == len(geneva.offsets)
