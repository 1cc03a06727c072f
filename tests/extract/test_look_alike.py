"""A page like many: credit and caption glued to the front, share bar, newsletter box, related list, consent text around the article."""

# ruff: noqa: RUF001  # dashes and Cyrillic letters are meant

from __future__ import annotations

from datetime import UTC, datetime

from ingest.extract.article import PageBytes, extract
from ingest.extract.quality import POOR
from ingest.model import Dateline

PARAGRAPHS = (
    "Auf einem Treffen in der Hauptstadt haben die Ministerinnen der beiden Länder am Freitag den Bau einer Brücke über den Grenzfluss vereinbart.",
    "Die Arbeiten sollen im Frühjahr beginnen und drei Jahre dauern, wie Außenministerin Erika Beispiel nach dem Gespräch vor Journalisten sagte.",
    "Ihr Amtskollege Johann Muster nannte das Vorhaben »einen Gewinn für beide Ufer«. Die Kosten von vierzig Millionen Euro teilen sich die Nachbarn.",
    "Kritik kam von Umweltverbänden, die um die Auen fürchten. Ein Gericht hatte den Plan vor zwei Jahren wegen fehlender Gutachten gestoppt.",
)
PAGE = f"""<html lang="de"><head><title>Neue Brücke - Der Bote</title><meta property="og:site_name" content="Der Bote"></head><body>
<div class="cookie-banner"><p>Wir verwenden Cookies und bitten um Ihre Einwilligung in die Verarbeitung personenbezogener Daten.</p></div>
<nav><a href="/">Start</a> <a href="/politik">Politik</a></nav>
<article><h1>Neue Brücke</h1>
<p>picture alliance / Max Knips/TASS/dpa | Max Knips Die Ministerinnen am Ufer des Flusses, über den die Brücke führen soll</p>
<p>BERLIN (dpa) – {PARAGRAPHS[0]}</p>
<div class="share-bar"><a href="#">Teilen</a> <a href="#">Twittern</a></div>
<p>{PARAGRAPHS[1]}</p>
<p>Lesen Sie auch: Warum die alte Brücke gesperrt ist</p>
<p>{PARAGRAPHS[2]}</p>
<p>Jetzt unseren Newsletter abonnieren und keine Nachricht verpassen!</p>
<p>Foto: Max Knips/dpa</p>
<p>{PARAGRAPHS[3]}</p>
<h3>Mehr zum Thema</h3><ul><li><a href="/a">Der Fluss führt Niedrigwasser</a></li><li><a href="/b">Streit über die Fähre</a></li></ul>
</article><footer><p>© 2026 Der Bote. Alle Rechte vorbehalten.</p></footer></body></html>"""


def test_only_the_article_is_left() -> None:
    found = extract(PageBytes(body=PAGE.encode(), url="https://bote.example/bruecke", fetched_at=datetime(2026, 11, 24, tzinfo=UTC)))
    assert found.text.split("\n\n") == list(PARAGRAPHS)
    assert found.title == "Neue Brücke"
    assert found.image_credit == "picture alliance / Max Knips/TASS/dpa"
    assert found.image_caption == "Die Ministerinnen am Ufer des Flusses, über den die Brücke führen soll"
    assert found.dateline == Dateline(agency="dpa", place="Berlin")
    assert found.extraction_score > POOR
