"""The picture's credit and caption that extraction leaves glued to the front of a text, told apart from the article.

Agencies write them in fixed forms: `picture alliance / Ann Lee/dpa | Ann Lee The bridge`, `Foto: Bo Ek/AFP | The bridge`,
`© Reuters`. Only the first paragraph is looked at, and only where an article follows: a doubt leaves the text as it is.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_CREDIT = 120  # characters up to the bar; longer ones are sentences
MAX_LINE = 500  # characters of credit and caption; a longer paragraph belongs to the article
MIN_ARTICLE = 200  # characters that must follow

_AGENCY = (
    r"(?:picture[ -]alliance|imago(?: images)?|getty images|afp|reuters|epa|dpa|apa|ap(?: photo)?|ddp|tass|ansa|lusa|efe|pap|anp|belga"
    r"|keystone|shutterstock|istock|alamy|unsplash|pixabay|dts|xinhua|europa press|lapresse|agência brasil|agencja wyborcza)"
)
# "photo" and "picture credit" in German, English, French, Spanish, Italian, Portuguese, Dutch and Polish
_LABEL = (
    r"(?:fotos?|bild(?:er|quelle|nachweis|rechte)?|symbol(?:bild|foto)|photos?|photograph|pictures?|images?|image credit|photo credit|credit"
    r"|crédits?(?: photos?)?|fotografía|imagen|crédito|immagin[ei]|crediti|fotografia|imagem|créditos|beeld|fotograaf|fot\.?|zdjęcie)"
)
_SIGN = r"(?:©|\(c\)|copyright(?:\s*(?::|©|\(c\)|by\b)|(?=\s\d{4})))"
_FORMS = (
    re.compile(rf"{_AGENCY}\s*(?:/|via\b)\s*[^|\n]*", re.IGNORECASE),
    re.compile(rf"{_LABEL}\s*(?::|©|\(c\))\s*[^|\n]+", re.IGNORECASE),
    re.compile(rf"{_SIGN}\s*[^|\n]+", re.IGNORECASE),
)
_LABEL_OF = re.compile(rf"^(?:{_LABEL}\s*(?::\s*|(?=©|\(c\))))?(?:{_SIGN}\s*)?", re.IGNORECASE)
# A credit without a caption is a list of names: no sentence, no verb to speak of.
_SENTENCE = re.compile(r"[.!?…]\s+\S|[^\W\d_]{3,}[.!?]$")
MAX_NAMES = 12  # words of a credit that stands alone


class Front(NamedTuple):
    """A text without its picture line, and what that said; both "" where there was none."""

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
    if not any(form.fullmatch(credit) for form in _FORMS) or len(credit) > MAX_CREDIT:
        return Front(text, "", "")
    if not bar and (len(credit.split()) > MAX_NAMES or _SENTENCE.search(credit)):
        return Front(text, "", "")
    names = _LABEL_OF.sub("", credit).strip()
    return Front(article, names, _without_photographer(caption, names)) if names else Front(text, "", "")


def _without_photographer(caption: str, credit: str) -> str:
    """`caption` without the name from `credit` that some agencies repeat at its front."""
    words = caption.split()
    repeated = 0
    while repeated < len(words) and re.search(rf"(?<!\w){re.escape(' '.join(words[: repeated + 1]))}(?!\w)", credit):
        repeated += 1
    # One word in common, such as a country, may begin a caption
    return " ".join(words[repeated:]) if repeated > 1 or repeated == len(words) else caption
