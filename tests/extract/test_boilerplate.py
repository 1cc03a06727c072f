"""Which lines of an extraction are no text of its article."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.boilerplate import is_boilerplate, without_boilerplate

SENTENCE = "The council met on Monday evening and agreed on the plan for the new bridge over the river."

NO_TEXT = {
    "an affiliate notice": "This post contains affiliate links. If you buy something, we may earn a commission at no cost to you.",
    "an affiliate notice in German": "Mit Sternchen markierte Links sind Provisions-Links.",
    "an invitation to a newsletter": "Sign up for our weekly newsletter and get the best stories in your inbox.",
    "a newsletter in German": "Jetzt unseren Newsletter abonnieren und nichts mehr verpassen!",
    "a newsletter in French": "Abonnez-vous à notre lettre du matin.",
    "a newsletter in Spanish": "Suscríbete a nuestro boletín diario.",
    "a newsletter in Italian": "Iscriviti alla nostra newsletter.",
    "a newsletter in Portuguese": "Inscreva-se e receba as notícias do dia.",
    "a newsletter in Dutch": "Schrijf je in voor onze nieuwsbrief.",
    "a newsletter in Polish": "Zapisz się na nasz biuletyn.",
    "a copyright line": "Copyright © 2026 Town Post. All rights reserved.",
    "rights in German": "Alle Rechte vorbehalten.",
    "a paywall": "This article is exclusive to our subscribers.",
    "an invitation to follow": "Follow us on Facebook for more.",
    "a pointer": "Related: Where the old bridge stood",
    "a pointer in brackets": "[Read more: Where the old bridge stood]",
    "a pointer in German": "Lesen Sie auch: Wo die alte Brücke stand",
    "a pointer in French": "À lire aussi : Où se trouvait le vieux pont",
    "a pointer in Spanish": "Lea también: Dónde estaba el viejo puente",
    "a pointer in Italian": "Leggi anche: Dove stava il vecchio ponte",
    "a pointer in Portuguese": "Leia também: Onde ficava a velha ponte",
    "a pointer in Dutch": "Lees ook: Waar de oude brug stond",
    "a pointer in Polish": "Czytaj też: Gdzie stał stary most",
    "a button to share": "Share this article on Facebook",
    "a button in German": "Artikel teilen",
    "an advertisement": "Anzeige",
    "a table of contents": "Table of Contents",
    "a reading time": "5 min read",
    "a shop": "Check Price on Amazon",
    "an item of a list": "- Share this story",
    "a date of change": "Last updated: April 21, 2025",
}


@pytest.mark.parametrize("name", NO_TEXT)
def test_is_no_text(name: str) -> None:
    assert is_boilerplate(NO_TEXT[name])


TEXT = {
    "a sentence": SENTENCE,
    "a sentence on newsletters": "The party sends a newsletter to its members, who read it on Sundays.",
    "a sentence on commissions": "The commission met on Monday to discuss the purchase.",
    "a sentence on copyright": "Copyright law must change, the minister said, and soon.",
    "a sentence that begins with share": "Share prices fell on Monday after the bank had warned of losses.",
    "a sentence that begins with related": "Related crimes have risen by a third since the law was passed.",
    "a sentence that begins with advertising": "Advertising is what pays for most of the web, said the economist.",
    "a quotation with a colon": "He told the council: Read the plan before you vote.",
    "a heading": "Where the old bridge stood",
    "a sentence in German": "Teilen will das Land nur, was übrig bleibt.",
    "a sentence on comments": "Comments by the minister caused a stir in Brussels on Friday.",
    "a sentence on subscribers": "The company lost two million subscribers in the third quarter.",
    "a date in a sentence": "Published in 1911, the novel was banned a year later in three countries of the continent.",
}


@pytest.mark.parametrize("name", TEXT)
def test_is_text(name: str) -> None:
    assert not is_boilerplate(TEXT[name])


def test_what_follows_the_end_of_an_article_is_cut() -> None:
    lines = [SENTENCE, SENTENCE, "About the author", "Ann Lee has been with the paper for ten years."]
    assert without_boilerplate(lines) == [SENTENCE, SENTENCE]


def test_a_heading_of_the_end_ends_nothing_before_half_of_the_text() -> None:
    lines = [SENTENCE, "Newsletters", "About the author", SENTENCE, SENTENCE, SENTENCE]
    assert without_boilerplate(lines) == lines


def test_a_text_of_nothing_else_stays() -> None:
    assert without_boilerplate(["Share this article"]) == ["Share this article"]
    assert without_boilerplate([]) == []


@given(st.lists(st.text(min_size=1, max_size=300), max_size=8))
def test_lines_are_dropped_and_never_changed(lines: list[str]) -> None:
    kept = without_boilerplate(lines)
    remaining = iter(lines)
    assert all(line in remaining for line in kept)
    assert bool(kept) == bool(lines)


@pytest.mark.parametrize(
    "text", ["a " * 350, "sign up " * 80, "© " * 340, "[" * 160, "we may " * 99, "updated 1" * 17], ids=lambda text: text[:8]
)
def test_no_line_takes_long(text: str) -> None:
    for _ in range(50):  # a pattern that backtracks needs minutes
        is_boilerplate(text)
