"""Which first paragraphs are a picture's credit and caption, and which are the article's."""

from __future__ import annotations

import pytest

from ingest.extract.credits import Front, is_credit, split_front, without_credits
from tests.corpora import corpora

ARTICLE = "The council met on Monday evening and agreed on the plan for the new bridge over the river. " * 3
ARTICLE = ARTICLE.strip()

PICTURES = {
    "German agency, name repeated": (
        "picture alliance / Ann Lee/TASS/dpa | Ann Lee Die Brücke",
        "picture alliance / Ann Lee/TASS/dpa",
        "Die Brücke",
    ),
    "German": ("Foto: Bo Ek/AFP | Die Brücke am Montag", "Bo Ek/AFP", "Die Brücke am Montag"),
    "German, no caption": ("Foto: Bo Ek/dpa", "Bo Ek/dpa", ""),
    "German source": ("Bildquelle: Stadt Köln", "Stadt Köln", ""),
    "English": ("Photo: Bo Ek/Reuters | The bridge.", "Bo Ek/Reuters", "The bridge."),
    "English agency": ("Getty Images / Cy Moe | The bridge", "Getty Images / Cy Moe", "The bridge"),
    "French": ("Crédit photo : Bo Ek | Le pont", "Bo Ek", "Le pont"),
    "Spanish": ("Imagen: Europa Press | El puente", "Europa Press", "El puente"),
    "Italian": ("Immagine: LaPresse | Il ponte", "LaPresse", "Il ponte"),
    "Portuguese": ("Fotografia: Lusa | A ponte", "Lusa", "A ponte"),
    "Dutch": ("Beeld: ANP | De brug", "ANP", "De brug"),
    "Polish": ("Fot. : Jan Nowak / PAP | Most", "Jan Nowak / PAP", "Most"),
    "English, behind the caption": ("The bridge on Monday. Photograph: Cy Moe/AP", "Cy Moe/AP", "The bridge on Monday."),
    "English, in brackets": ("The bridge on Monday (AP Photo/Cy Moe)", "AP Photo/Cy Moe", "The bridge on Monday"),
    "German, in brackets": ("Die Brücke am Montag. (Foto: Bo Ek/dpa)", "Bo Ek/dpa", "Die Brücke am Montag."),
    "French, behind the caption": ("Le pont lundi. Crédit photo : Bo Ek", "Bo Ek", "Le pont lundi."),
    "Polish, behind the caption": ("Most w poniedziałek. Fot. : Jan Nowak / PAP", "Jan Nowak / PAP", "Most w poniedziałek."),
    "sign behind the caption": ("Il ponte lunedì © LaPresse", "LaPresse", "Il ponte lunedì"),
    "copyright sign": ("© Reuters", "Reuters", ""),
    "copyright sign behind its label": ("Foto: © IMAGO/Bo Ek | Die Brücke", "IMAGO/Bo Ek", "Die Brücke"),
}


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_told_apart(name: str, gap: str) -> None:
    line, credit, caption = PICTURES[name]
    assert split_front(line + gap + ARTICLE) == Front(ARTICLE, credit, caption)


SENTENCES = {
    "a sentence that begins with Foto": "Foto und Film sind ihre Welt, sagt die Regisseurin.",
    "a question on pictures": "Bilder: Was bleibt? Ein Abend im Museum zeigt es.",
    "a list with a bar": "Berlin | Der Bundestag stimmt heute ab",
    "a sentence behind an agency": "Reuters reported on Monday that the bridge will be built.",
    "a sentence behind a label": "Photo: the first thing that visitors see when they enter the museum, on its own in a dark room, is a picture.",
    "a dateline": "BERLIN (dpa) - Der Bundestag stimmt heute ab.",
    "a sentence with an agency in brackets": "The bridge will be built next year, the mayor told reporters (Reuters).",
    "a sentence with a photo": "He sent her a photo: it showed the bridge on the day when it was opened, with all of the town on it. She kept it.",
    "a copyright law": "Copyright law must change, the minister said. She has a plan.",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_paragraph_of_the_article_stays(name: str) -> None:
    text = f"{SENTENCES[name]}\n{ARTICLE}"
    assert split_front(text) == Front(text, "", "")


def test_a_text_that_is_nothing_else_stays() -> None:
    assert split_front("Foto: Bo Ek/dpa | Die Brücke") == Front("Foto: Bo Ek/dpa | Die Brücke", "", "")


def test_a_paragraph_with_the_whole_article_behind_its_credit_stays() -> None:
    text = f"Foto: Bo Ek/dpa | {ARTICLE * 3}\n{ARTICLE}"
    assert split_front(text) == Front(text, "", "")


def test_a_lead_that_ends_with_a_credit_stays_without_it() -> None:
    lead = "After years of debate the council of the town has agreed on where the new bridge over the river is to stand, what it is to cost, and who is to pay for it in the end."
    assert split_front(f"{lead} Foto: Bo Ek/dpa\n{ARTICLE}") == Front(f"{lead}\n\n{ARTICLE}", "Bo Ek/dpa", "")


def test_a_credit_between_paragraphs_is_no_text() -> None:
    lines = ["One sentence.", "Foto: Bo Ek/dpa", "Another one.", "© Getty Images", "Photo: this one shows it all. Or nearly."]
    assert without_credits(lines) == (["One sentence.", "Another one.", lines[-1]], "Bo Ek/dpa")
    assert without_credits(["Foto: Bo Ek/dpa", "A sentence."]) == (["Foto: Bo Ek/dpa", "A sentence."], "")
    assert not is_credit("Foto: Bo Ek | The bridge")


@pytest.mark.corpora
def test_the_credit_of_a_real_article_leaves_its_text() -> None:
    text = (corpora("seed") / "article-de.txt").read_text(encoding="utf-8")
    found = split_front(text)
    assert found.credit == "picture alliance / Mikhail Metzel/TASS/dpa"
    assert found.caption.startswith("Wladimir Putin dringt auf")
    assert found.text.startswith("Auf einem Treffen")
