"""A page that only asks for consent is told from an article: by structure and address, never by a phrase alone."""

from __future__ import annotations

import gzip
import json

import pytest
from lxml.html import document_fromstring

from ingest.errors import ExtractRejected
from ingest.extract.article import PageBytes, extract
from ingest.extract.consent import MAX_CHARS, is_consent_wall
from ingest.model import Reason
from tests.corpora import corpora
from tests.extract.test_metadata import NOW

WALLS = {
    "English": "We and our 842 partners store cookies and process personal data for advertising. You can accept or reject, and withdraw your consent in the privacy settings.",
    "German": "Wir und unsere Partner speichern Cookies und verarbeiten personenbezogene Daten für Werbung. Sie können zustimmen oder ablehnen und Ihre Einwilligung in den Datenschutz-Einstellungen widerrufen.",
    "French": "Nos partenaires et nous utilisons des cookies et des données pour la publicité. Vous pouvez accepter, refuser ou paramétrer vos choix et retirer votre consentement (vie privée).",
    "Spanish": "Nosotros y nuestros partners usamos cookies y datos para la publicidad. Puede aceptar o rechazar y retirar su consentimiento en privacidad.",
    "Italian": "Noi e i nostri partner usiamo cookie e dati personali per la pubblicità. Puoi accettare o rifiutare e ritirare il consenso (riservatezza).",
    "Dutch": "Wij en onze partners gebruiken cookies en gegevens voor advertenties. Geef toestemming of weiger in uw voorkeuren.",
    "Polish": "My i nasi partnerzy używamy plików cookie i danych do reklam. Możesz wyrazić zgodę lub odmówić, zob. prywatność. Akceptuję.",
    "Portuguese": "Nós e os nossos parceiros (partners) usamos cookies e dados para publicidade. Pode aceitar ou rejeitar e retirar o consentimento, ver privacidade.",
}
BUTTONS = "<button>Accept / Akzeptieren / Accepter / Aceptar / Accetta / Akkoord / Zgadzam się / Aceitar</button>"
PLAIN = "https://news.example.org/a"


def wall(text: str, inside: str = BUTTONS, url: str = PLAIN, *, is_article: bool = False) -> bool:
    return is_consent_wall(text, document_fromstring(f"<html><body><p>{text}</p>{inside}</body></html>"), url, is_article=is_article)


@pytest.mark.parametrize("language", WALLS)
def test_a_dialogue_is_told_in(language: str) -> None:
    assert wall(WALLS[language])


@pytest.mark.parametrize(
    "url",
    [
        "https://consent.example.org/collect?x=1",
        "https://www.example.org/zustimmung?url=a",
        "https://www.example.org/privacywall/",
        "https://example.org/cookie-wall",
        "https://cmp.example.org/",
    ],
)
def test_an_address_of_a_consent_service_needs_no_button(url: str) -> None:
    assert wall(WALLS["English"], "", url, is_article=True)
    assert not wall(WALLS["English"], "", PLAIN)


def test_forms_that_all_lead_to_a_consent_service_need_no_button() -> None:
    form = '<form action="https://consent.example.org/save"></form>'
    assert wall(WALLS["English"], form, is_article=True)
    assert not wall(WALLS["English"], f'{form}<form action="/search"></form>', is_article=True)


NEWS = "The council of the town met on Monday evening and agreed on the plan for the new bridge over the river.\n\n" * 3
OTHERS = {
    "an article with a sentence on cookies": (NEWS + "The site of the town uses cookies.", BUTTONS, PLAIN),
    "an article and a dialogue": (NEWS + NEWS + WALLS["English"], BUTTONS, PLAIN),
    "a long text on consent": (f"{WALLS['English']}\n\n" * (MAX_CHARS // 150 + 10), BUTTONS, PLAIN),
    "a dialogue without a button": (WALLS["English"], "", PLAIN),
    "an article below a path that speaks of consent": (NEWS, BUTTONS, "https://news.example.org/consent/law"),
    "one word": ("Cookies. Cookies. Cookies. Cookies.", BUTTONS, PLAIN),
    "a recipe": (
        "Mix butter and sugar for the cookies. Bake the cookies. Our partners in crime accept only the best data.",
        BUTTONS,
        PLAIN,
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_no_wall_is(name: str) -> None:
    text, inside, url = OTHERS[name]
    assert not wall(text, inside, url)


def test_what_calls_itself_an_article_is_one() -> None:
    assert not wall(WALLS["English"], is_article=True)


@pytest.mark.slow
@pytest.mark.corpora
def test_no_shared_page_is_taken_for_a_wall() -> None:
    pages = [*_pages("pages/trafilatura-eval"), *_pages("pages/wcxb-dev")]
    assert len(pages) == 550
    taken = []
    for url, body in pages:
        try:
            extract(PageBytes(body=body, url=url, fetched_at=NOW))
        except ExtractRejected as error:
            if error.reason is Reason.CONSENT_WALL:
                taken.append(url)
    assert taken == []


def _pages(name: str) -> list[tuple[str, bytes]]:
    folder = corpora(name)
    if name.endswith("eval"):
        named = {url: f"{noted['file']}.gz" for url, noted in json.loads((folder / "evaldata.json").read_text()).items()}
    else:
        named = {json.loads(file.read_text())["url"]: f"{file.stem}.html.gz" for file in (folder / "ground-truth").glob("*.json")}
    return [(url, gzip.decompress((folder / "html" / file).read_bytes())) for url, file in named.items()]
