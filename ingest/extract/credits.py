"""Pictures' credits and captions that extraction leaves in a text, told apart from the article.

They come in fixed forms: `picture alliance / Ann Lee/dpa | Ann Lee The bridge`, `Foto: Bo Ek/AFP | The bridge`, `© Reuters`,
`The bridge. Photograph: Cy Moe/AP`, `The bridge (AP Photo/Cy Moe)`. A caption is taken from the first paragraph only, and
only where an article follows: a doubt leaves the text as it is. A credit that stands alone is no text anywhere.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_CREDIT = 120  # characters up to the bar; longer ones are sentences
MAX_LINE = 500  # characters of credit and caption; a longer paragraph belongs to the article
MAX_CAPTION = 160  # characters of a caption before its credit; a longer one may be the lead, which stays
MIN_ARTICLE = 200  # characters that must follow

_AGENCY = (
    r"(?:picture[ -]alliance|imago(?: images)?|getty images|afp|reuters|epa|dpa|apa|ap(?: photo)?|ddp|tass|ansa|lusa|efe|pap|anp|belga"
    r"|keystone|shutterstock|istock|alamy|unsplash|pixabay|dts|xinhua|europa press|lapresse|agência brasil|agencja wyborcza)"
)
# "photo" and "picture credit" in German, English, French, Spanish, Italian, Portuguese, Dutch and Polish
_LABEL = (
    r"(?:fotos?|bild(?:er|quelle|nachweis|rechte)?|symbol(?:bild|foto)|archiv(?:bild|foto)|photos?(?: by| courtesy(?: of)?)?|photograph(?:ie)?|pictures?|images?|image credit|photo credit|credit"
    r"|crédits?(?: photos?)?|fotografía|imagen|crédito|immagin[ei]|crediti|fotografia|imagem|créditos|beeld|fotograaf|fot\.?|zdjęcie)"
)
_SIGN = r"(?:©|\(c\)|copyright(?:\s*(?::|©|\(c\)|by\b)|(?=\s\d{4})))"
_FORMS = (
    re.compile(rf"{_AGENCY}\s*(?:/|via\b)\s*[^|\n]*", re.IGNORECASE),
    re.compile(rf"{_LABEL}\s*(?::|©|\(c\))\s*[^|\n]+", re.IGNORECASE),
    re.compile(rf"{_SIGN}\s*[^|\n]+", re.IGNORECASE),
)
# Behind a caption: `Photograph: Cy Moe/AP`, `(Foto: Bo Ek)`, `(AP Photo/Cy Moe)`, `© Reuters`
_BEHIND = re.compile(
    rf"(?<=[\w.!?\u201d\u00bb\"])\s+(?:[(\[](?P<inside>(?:{_LABEL}\s*:|{_SIGN}|{_AGENCY}\s*/|[^()\[\]]{{0,60}}\b(?:AP Photo|Getty Images|via Getty|AFP/|/AFP|Reuters/|/Reuters|/dpa|/AP)\b)[^()\[\]]*)[)\]]"
    rf"|(?P<open>(?:(?:Photograph|Photo|Foto|Bild|Crédits?(?: photo)?|Fotografía|Imagen|Immagine|Fotografia|Imagem|Beeld|Fot\.|Zdjęcie)\s*:|©)\s*[^|()\n]{{2,80}}))\.?\s*$"
)
_LABEL_OF = re.compile(rf"^(?:{_LABEL}\s*(?::\s*|(?=©|\(c\))))?(?:{_SIGN}\s*)?", re.IGNORECASE)
# A credit without a caption is a list of names: no sentence, no verb to speak of.
_SENTENCE = re.compile(r"[.!?…]\s+\S|[^\W\d_]{3,}[.!?]$")
MAX_NAMES = 12  # words of a credit that stands alone


class Front(NamedTuple):
    """A text without its pictures' lines, and what the first of these said; both "" where there was none."""

    text: str
    credit: str
    caption: str


def split_front(text: str) -> Front:
    """Takes credit and caption off the front of `text`, whose paragraphs are separated by line breaks."""
    line, _, article = text.partition("\n")
    article = article.lstrip("\n")
    if len(line) > MAX_LINE or len(article) < MIN_ARTICLE:
        return Front(text, "", "")
    credit, bar, caption = line.partition("|")
    credit, caption = credit.strip(), caption.strip()
    if not is_credit(credit) and not (bar and _has_form(credit)):
        return _split_behind(line, article) or Front(text, "", "")
    names = _names(credit)
    return Front(article, names, _without_photographer(caption, names)) if names else Front(text, "", "")


def without_credits(lines: list[str]) -> tuple[list[str], str]:
    """`lines` without those that are a credit and nothing else, and whom the first of them credits. The first line stays."""
    credited = [line for line in lines[1:] if is_credit(line)]
    kept = [*lines[:1], *(line for line in lines[1:] if line not in credited)] if credited else lines
    return kept, _names(credited[0]) if credited else ""


def is_credit(line: str) -> bool:
    """Whether `line` is a picture's credit without a caption: a label, a sign or an agency, and names.

    >>> is_credit("Foto: Bo Ek/AFP"), is_credit("Foto und Film sind ihre Welt.")
    (True, False)
    """
    return "|" not in line and _has_form(line) and len(line.split()) <= MAX_NAMES and not _SENTENCE.search(line)


def _has_form(credit: str) -> bool:
    return len(credit) <= MAX_CREDIT and any(form.fullmatch(credit) for form in _FORMS)


def _names(credit: str) -> str:
    return _LABEL_OF.sub("", credit).strip()


def _split_behind(line: str, article: str) -> Front | None:
    """A first paragraph that ends with a credit: it is the caption, unless its length makes it the lead, which stays."""
    match = _BEHIND.search(line)
    if match is None:
        return None
    names = _names(match["inside"] or match["open"]).rstrip(" .")
    caption = line[: match.start()].strip()
    if not names or len(names.split()) > MAX_NAMES or _SENTENCE.search(names):
        return None
    return Front(article, names, caption) if len(caption) <= MAX_CAPTION else Front(f"{caption}\n\n{article}", names, "")


def _without_photographer(caption: str, credit: str) -> str:
    """`caption` without the name from `credit` that some agencies repeat at its front."""
    words = caption.split()
    repeated = 0
    while repeated < len(words) and re.search(rf"(?<!\w){re.escape(' '.join(words[: repeated + 1]))}(?!\w)", credit):
        repeated += 1
    # One word in common, such as a country, may begin a caption
    return " ".join(words[repeated:]) if repeated > 1 or repeated == len(words) else caption
