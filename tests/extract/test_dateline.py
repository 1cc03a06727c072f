"""Which beginnings of a text are a dateline, and which are its first sentence."""

# ruff: noqa: RUF001  # dashes and Cyrillic letters are meant

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.dateline import split_dateline
from ingest.model import Dateline

TEXT = "The council met on Monday and agreed on the plan."

DATELINES = {
    "German": ("BERLIN (dpa) \u2013 ", "dpa", "Berlin"),
    "German, two places": ("Hamburg/Kiel (dpa/lno) - ", "dpa/lno", "Hamburg/Kiel"),
    "German, of a church": ("Bonn (KNA) ", "KNA", "Bonn"),
    "German, with a river": ("Frankfurt am Main (epd) - ", "epd", "Frankfurt am Main"),
    "English": ("MOSCOW (AP) \u2014 ", "AP", "Moscow"),
    "English, with a date": ("WASHINGTON, Nov 24 (Reuters) - ", "Reuters", "Washington"),
    "English, with a state": ("CLEVELAND, Ohio (AP) -- ", "AP", "CLEVELAND, Ohio"),
    "English, no agency": ("NEW YORK \u2014 ", "", "New York"),
    "English, Chinese agency": ("BEIJING, Nov. 24 (Xinhua) -- ", "Xinhua", "Beijing"),
    "English, of a station": ("HOUSTON, Texas (KTRK) -- ", "KTRK", "HOUSTON, Texas"),
    "German, with a sign": ("NORDHAFEN (nfa) \u2013 ", "nfa", "Nordhafen"),
    "French": ("PARIS, 24 nov 2026 (AFP) - ", "AFP", "Paris"),
    "Spanish": ("Madrid, 24 nov (EFE).- ", "EFE", "Madrid"),
    "Italian": ("(ANSA) - ROMA, 24 NOV - ", "ANSA", "Roma"),
    "Portuguese": ("Lisboa, 24 nov 2026 (Lusa) \u2013 ", "Lusa", "Lisboa"),
    "Dutch": ("DEN HAAG (ANP) - ", "ANP", "Den Haag"),
    "Polish": ("Warszawa (PAP) - ", "PAP", "Warszawa"),
    "Russian": ("МОСКВА, 24 ноя \u2014 РИА Новости. ", "РИА Новости", "Москва"),
    "two agencies": ("Kiew (AFP/dpa) \u2014 ", "AFP/dpa", "Kiew"),
    "an agency alone": ("(dpa) - ", "dpa", ""),
    "an agency alone, open": ("AFP \u2013 ", "AFP", ""),
}


@pytest.mark.parametrize("name", DATELINES)
def test_a_dateline_leaves_the_text(name: str) -> None:
    front, agency, place = DATELINES[name]
    assert split_dateline(front + TEXT) == (TEXT, Dateline(agency=agency, place=place))


SENTENCES = {
    "a sentence": TEXT,
    "a place that opens a sentence": "Berlin \u2013 eine Stadt im Aufbruch, sagen die einen.",
    "an abbreviation": "EU \u2013 what comes next?",
    "an agency that did something": "AP reported on Monday that the plan is dead.",
    "a party in brackets": "Olaf Scholz (SPD) \u2013 der Kanzler \u2013 kam zu spät.",
    "a sign in brackets, no place in capitals": "Berlin (taz) \u2013 so hieß die Zeitung damals.",
    "a party's head": "SPD-Chef Klingbeil (SPD) \u2013 der Minister \u2013 kam zu spät.",
    "an agency in a sentence": "The editor of the agency (dpa) said so.",
    "a hyphen": "CO2-Preis steigt weiter.",
    "nothing behind it": "BERLIN (dpa) \u2013 ",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_the_first_sentence_stays(name: str) -> None:
    assert split_dateline(SENTENCES[name]) == (SENTENCES[name], None)


def test_a_dateline_behind_the_lead_leaves_the_text() -> None:
    lead = "The plan has been agreed on."
    assert split_dateline(f"{lead}\nBERLIN (dpa) \u2013 {TEXT}") == (f"{lead}\n{TEXT}", Dateline(agency="dpa", place="Berlin"))


@pytest.mark.parametrize(
    "text", [f"{TEXT * 20}\nBERLIN (dpa) \u2013 {TEXT}", f"A lead.\nBERLIN \u2013 {TEXT}", f"A.\nB.\nBERLIN (dpa) \u2013 {TEXT}"]
)
def test_further_on_it_is_a_part_of_the_text(text: str) -> None:
    assert split_dateline(text) == (text, None)


@given(st.text(max_size=200))
def test_what_is_left_is_the_end_of_the_text(text: str) -> None:
    left = split_dateline(text).text
    lead, _, rest = left.partition("\n")
    assert text.endswith(left) or (text.startswith(lead) and text.endswith(rest))
