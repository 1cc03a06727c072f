"""The dateline at the front of an agency's report: `BERLIN (dpa) –`, `MOSCOW, Nov 24 (AP) —`, `(ANSA) - ROMA, 24 NOV -`."""

# ruff: noqa: RUF001, RUF002, RUF003  # dashes and Cyrillic letters are meant

from __future__ import annotations

import re
from typing import NamedTuple

from ingest.model import Dateline

MAX_PLACE_WORDS = 5
LEAD_CHARS = 600  # a paragraph before the report; longer ones are the report
MIN_CAPITALS = 3  # letters of a place without an agency, in capitals; `EU –` opens a sentence
_AGENCY = (
    r"(?:dpa(?:-AFX)?|AP|Associated Press|AFP|Agence France-Presse|Reuters|UPI|EFE|Europa Press|ANSA|Adnkronos|AGI|LaPresse|Lusa|Agência Brasil|PAP|ANP|Belga"
    r"|APA|SDA|ATS|Keystone-SDA|KNA|epd|SID|dts|AFX|TASS|ТАСС|RIA Novosti|РИА Новости|Interfax|Интерфакс|Xinhua|Kyodo(?: News)?|Yonhap|PTI|ANI|IANS|Anadolu|AA"
    r"|NTB|TT|Ritzau|STT|ČTK|CTK|TASR|MTI|Agerpres|BTA|Hina|Tanjug|Ukrinform|Bernama|Bloomberg|CNN|WAM|SPA)"
)
_AGENCIES = rf"(?P<agency>{_AGENCY}(?:\s?[/,+]\s?[\w -]{{2,20}}){{0,3}})"
_DASH = r"[-\u2012-\u2015\u2212]{1,2}"
_PLACE = r"(?P<place>[^\W\d_][^\d()\n:;!?\u2012-\u2015]{1,60}?)"
_DATE = r"(?:,?\s+(?:den\s+)?(?:\d{1,2}\.?(?:\s?[./]\s?\d{1,2}\.?|\s+[^\W\d_]{3,10}\.?)(?:\s?\d{4})?|[^\W\d_]{3,9}\.?\s+\d{1,2}(?:,?\s+\d{4})?))?"
_FORMS = (
    re.compile(rf"{_PLACE}{_DATE},?\s*[(\[]{_AGENCIES}[)\]]\s*(?:\.?{_DASH}|:|\.(?=\s))?\s*"),
    re.compile(rf"[(\[]{_AGENCIES}[)\]]\s*{_DASH}\s*{_PLACE}{_DATE}\s*{_DASH}\s+"),
    re.compile(rf"{_PLACE}{_DATE}\s*[\u2012-\u2015\u2212-]\s*{_AGENCIES}\.\s+"),
    re.compile(rf"[(\[]{_AGENCIES}[)\]]\s*(?:{_DASH}|:)?\s*(?P<place>)"),
    re.compile(rf"{_AGENCIES}\s+{_DASH}\s+(?P<place>)"),
)
_CAPITALS = re.compile(rf"{_PLACE}{_DATE}\s+(?:\u2013|\u2014|{_DASH}(?=\s+[^\W\d_a-z]))\s*(?P<agency>)")
_SIGNED = re.compile(rf"{_PLACE}{_DATE},?\s*\((?P<agency>[^\W\d_]{{2,5}})\)\s*{_DASH}\s+")
_SMALL = frozenset(("am", "an", "der", "im", "in", "a", "de", "del", "do", "da", "di", "la", "le", "les", "sur", "en", "of", "the", "und", "and", "y", "e", "aan", "den", "ob"))  # fmt: skip


class Report(NamedTuple):
    """A text without its dateline, and that; None where there is none."""

    text: str
    dateline: Dateline | None


def split_dateline(text: str) -> Report:
    """Takes the dateline off the front of `text`, or of its second paragraph where a lead stands before it and an agency is named.

    A place alone counts in capitals only, as `Berlin – ` may open a sentence; so does one with the sign of a house that is not known
    here, `HOUSTON, Texas (KTRK) –`.
    """
    report = _at_front(text)
    lead, _, rest = text.partition("\n")
    if report.dateline or not rest or len(lead) > LEAD_CHARS:
        return report
    behind = _at_front(rest.lstrip("\n"))
    return Report(f"{lead}\n{behind.text}", behind.dateline) if behind.dateline and behind.dateline.agency else report


def _at_front(text: str) -> Report:
    for form in _FORMS:
        match = form.match(text)
        if match and (not match["place"] or _is_place(match["place"])):
            return _report(text, match)
    for form in (_SIGNED, _CAPITALS):
        match = form.match(text)
        if match and _is_place(match["place"]) and _in_capitals(match["place"].partition(",")[0] if match["agency"] else match["place"]):
            return _report(text, match)
    return Report(text, None)


def _report(text: str, match: re.Match[str]) -> Report:
    rest = text[match.end() :].lstrip()
    if not rest:
        return Report(text, None)
    place = " ".join(match["place"].split()).rstrip(" ,")
    agency = re.sub(r"\s*([/,+])\s*", r"\1", match["agency"].strip())
    return Report(rest, Dateline(agency=agency, place=place.title() if place.isupper() else place))


def _in_capitals(place: str) -> bool:
    return place.isupper() and sum(map(str.isalpha, place)) >= MIN_CAPITALS


def _is_place(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text)
    return 0 < len(words) <= MAX_PLACE_WORDS and words[0][0].isupper() and all(word[0].isupper() or word in _SMALL for word in words)
