"""What the dates of feeds and of pages have in common: which are believed, the names of months, and zones."""

# ruff: noqa: RUF001  # Cyrillic letters are meant

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

EARLIEST_YEAR = 1990  # no news on the web is older; 0, epoch and 1904 are clocks that were never set
FUTURE_SLACK = timedelta(hours=24)  # a wrong zone moves a date by less than that
MIN_OFFSET_MIN, MAX_OFFSET_MIN = -12 * 60, 14 * 60  # the zones that exist

# Offsets in minutes of the abbreviations seen in feeds and pages; any other is taken as UTC. IST and BST mean several zones:
# the values are those of the countries with most feeds that write them.
_ZONE_NAMES = {
    -600: "hst",
    -540: "akst",
    -480: "pst pt",
    -420: "mst pdt mt",
    -360: "cst mdt ct",
    -300: "est cdt et",
    -240: "ast edt",
    -180: "brt art adt",
    0: "z ut utc gmt wet",
    60: "bst cet mez west",
    120: "cest mesz eet sast",
    180: "eest msk",
    240: "gst",
    300: "pkt",
    330: "ist",
    420: "wib",
    480: "hkt sgt awst",
    540: "jst kst",
    570: "acst",
    600: "aest",
    660: "aedt",
    720: "nzst",
    780: "nzdt",
}
_ZONES = {name: minutes for minutes, names in _ZONE_NAMES.items() for name in names.split()}
# Months as readers are told them, by their first letters: German, English, French, Spanish, Italian, Portuguese, Dutch, Polish and
# the Scandinavian languages, then Russian, Ukrainian, Belarusian and Bulgarian.
_MONTHS = tuple(
    tuple(stems.split())
    for stems in (
        *("jan jän ene gen sty янв січ студ яну", "feb fév fev lut фев лют", "mar mär mrz maa мар бер сак", "apr avr abr kwi апр кві крас"),
        *(
            "may mai maj mei mag май мая тра",
            "jun juin giu cze июн чер юни",
            "jul juil lug lip июл лип юли",
            "aug aoû aou ago sie авг сер жні",
        ),
        *("sep set wrz сен вер", "okt oct out ott paź paz окт жов кас", "nov lis ноя лис ное", "dec dez déc dic des gru дек гру сне"),
    )
)


def believable(instant: datetime, now: datetime) -> bool:
    """Whether news can be of that instant: not before 1990, and at most 24 h after `now` (rule F4)."""
    return instant.year >= EARLIEST_YEAR and instant <= now + FUTURE_SLACK


def month(name: str) -> int:
    """The number of the month that begins like `name`, 0 where none does.

    >>> month("November"), month("listopada"), month("Montag")
    (11, 11, 0)
    """
    word = name.casefold()
    return next((number for number, stems in enumerate(_MONTHS, start=1) if word.startswith(stems)), 0)


def zone(text: str) -> timezone:
    """The zone of `+01:00`, `+1`, `GMT+1`, `CET`, `Z`; UTC where it is unknown or further than -12 or +14 h away."""
    text = re.sub(r"^(gmt|utc)(?=.)|\s", "", text.lower())
    if text[:1] not in ("+", "-"):
        return timezone(timedelta(minutes=_ZONES.get(text, 0)))
    digits = text[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    offset = (hours * 60 + minutes) * (-1 if text[0] == "-" else 1)
    return timezone(timedelta(minutes=offset)) if MIN_OFFSET_MIN <= offset <= MAX_OFFSET_MIN and minutes < 60 else UTC
