"""Tells a page that only asks for consent from an article: by where it stands, how it is built and what its text is about."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

MAX_CHARS = 6_000  # a longer text has an article, or terms that someone wants to read
MIN_SHARE = 0.6  # of the text's characters in paragraphs about consent, where nothing else points to a wall
MIN_SHARE_ON_WALL = 0.3  # where URL or forms do
MIN_STEMS = 4  # different words about consent; an article on one of them has few of the others
_ADDRESS = re.compile(
    r"(?:^|[./_-])(?:consent|cookie-?wall|privacy-?(?:wall|gate)|privacywall|zustimmung|einwilligung|cmp|gdpr|dsgvo)(?:$|[./_?=-])",
    re.IGNORECASE,
)
# Of the words that consent dialogues are made of, in ten languages; several different ones must meet.
_STEMS = re.compile(
    r"cookie|consent|einwillig|zustimm|datenschutz|privacy|privatsph|tracking|personali[sz]|personenbezogen|personal data|werbung|advertis|publicit"
    r"|partner|akzeptier|accept|ablehn|reject|refus|widerruf|withdraw|donn[ée]es|consentement|vie priv[ée]e|param[èe]tr|confidentialit"
    r"|privacidad|datos|consentimiento|aceptar|rechazar|publicidad|riservatezza|dati personali|consenso|accett|rifiut|pubblicit"
    r"|toestemming|gegevens|voorkeuren|advertenties|weiger|privacidade|dados|consentimento|aceitar|rejeitar|zgod|prywatno|danych|reklam|akceptuj"
    r"|samtycke|samtykke|согласи|конфиденциальн|данны|third[- ]part|drittanbieter|ger[äa]tekennung|ip-adress|speicher|vendors?\b|anbieter|tcf|opt[- ]out",
    re.IGNORECASE,
)
# One of these is in every such dialogue. One by one they are looked for in less time than a pattern takes.
_CORE = (
    *("cookie", "consent", "einwillig", "zustimm", "datenschutz", "privacy", "toestemming", "zgod", "samtyck", "samtyk", "согласи"),
    *("riservatezza", "privacidad"),
)
_BUTTON = re.compile(
    r"accept|agree|akzeptier|zustimm|einverstanden|accepter|aceptar|accett|akkoord|aceitar|zgadzam|akceptuj|godk[äj]n|соглас", re.IGNORECASE
)


def is_consent_wall(text: str, root: HtmlElement, url: str, *, is_article: bool) -> bool:
    """Whether the page at `url`, of which `text` was extracted, is nothing but a consent or cookie dialogue.

    `is_article` is what its metadata say of it. An article about consent is none: it has other words too.
    """
    lower = text.lower() if len(text) <= MAX_CHARS else ""
    if not any(stem in lower for stem in _CORE):
        return False
    stems = {match[0].lower() for match in _STEMS.finditer(text)}
    if len(stems) < MIN_STEMS:
        return False
    share = _share(text)
    if _stands_on_wall(root, url):
        return share >= MIN_SHARE_ON_WALL
    return share >= MIN_SHARE and not is_article and _has_button(root)


def is_consent_address(url: str) -> bool:
    """Whether `url` is one of a consent service by its host or path."""
    parts = urlsplit(url)
    return bool(_ADDRESS.search(f"{parts.netloc}{parts.path}"))


def _share(text: str) -> float:
    """The share of characters that stand in paragraphs with at least two words about consent."""
    paragraphs = [part for part in text.split("\n") if part]
    about = sum(len(part) for part in paragraphs if len({match[0].lower() for match in _STEMS.finditer(part)}) >= 2)
    return about / max(1, sum(map(len, paragraphs)))


def _stands_on_wall(root: HtmlElement, url: str) -> bool:
    """Whether the page's address, or that of its only forms, is one of a consent service."""
    if is_consent_address(url):
        return True
    actions = [form.get("action", "")[:500] for form in root.iter("form")]
    return bool(actions) and all(_ADDRESS.search(action) for action in actions)


def _has_button(root: HtmlElement) -> bool:
    return any(
        _BUTTON.search(f"{element.text_content()[:200]} {element.get('value', '')[:100]}") for element in root.iter("button", "input", "a")
    )
