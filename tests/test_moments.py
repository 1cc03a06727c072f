"""Months and zones are known by the names that feeds and pages write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.moments import EARLIEST_YEAR, FUTURE_SLACK, believable, month, zone

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MONTHS = {
    "Jänner": 1,
    "enero": 1,
    "gennaio": 1,
    "stycznia": 1,
    "février": 2,
    "März": 3,
    "maart": 3,
    "mars": 3,
    "avril": 4,
    "kwietnia": 4,
    "mei": 5,
    "mayo": 5,
    "maja": 5,
    "giugno": 6,
    "juin": 6,
    "juillet": 7,
    "luglio": 7,
    "août": 8,
    "sierpnia": 8,
    "settembre": 9,
    "Oktober": 10,
    "outubro": 10,
    "października": 10,
    "listopada": 11,
    "NOVEMBER": 11,
    "dicembre": 12,
    "déc": 12,
    "декабря": 12,
    "Montag": 0,
    "Band": 0,
    "Uhr": 0,
    "": 0,
}


@pytest.mark.parametrize("name", MONTHS)
def test_a_month_is_known_by_its_first_letters(name: str) -> None:
    assert month(name) == MONTHS[name]


ZONES = {
    "Z": 0,
    "": 0,
    "GMT": 0,
    "CET": 60,
    "EST": -300,
    "IST": 330,
    "XYZ": 0,
    "+01:00": 60,
    "+0100": 60,
    "+1": 60,
    "-0530": -330,
    "GMT+2": 120,
    "UTC -3": -180,
    "+9999": 0,
    "+15:00": 0,
    "-13:00": 0,
    "+01:75": 0,  # no such zone
}


@pytest.mark.parametrize("text", ZONES)
def test_a_zone_is_known_by_its_name_or_offset(text: str) -> None:
    assert zone(text).utcoffset(None) == timedelta(minutes=ZONES[text])


def test_what_is_too_old_or_of_the_future_is_not_believed() -> None:
    assert believable(datetime(EARLIEST_YEAR, 1, 1, tzinfo=UTC), NOW)
    assert not believable(datetime(EARLIEST_YEAR - 1, 12, 31, tzinfo=UTC), NOW)
    assert believable(NOW + FUTURE_SLACK, NOW)
    assert not believable(NOW + FUTURE_SLACK + timedelta(seconds=1), NOW)
