"""A date is what a string names, checked; where it names none, there is none."""

# Cyrillic letters are meant

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.dates import Dated, choose, from_url, read, read_shown
from ingest.model import DateSource

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def utc(*fields: int) -> datetime:
    year, month, day, hour, minute = (*fields, 0, 0)[:5]
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


MACHINE = {
    "2026-11-24T10:00:00+01:00": (utc(2026, 11, 24, 9), True),
    "2026-11-24T10:00:00Z": (utc(2026, 11, 24, 10), True),
    "2026-11-24T10:00:00.123456789Z": (utc(2026, 11, 24, 10), True),
    "2026-11-24T10:00": (utc(2026, 11, 24, 10), True),
    "2026-11-24 10:00:00 +0100": (utc(2026, 11, 24, 9), True),
    "2026-11-24T10:00:00-0530": (utc(2026, 11, 24, 15, 30), True),
    "2026-11-24T10:00:00+01": (utc(2026, 11, 24, 9), True),
    "20261124T100000Z": (utc(2026, 11, 24, 10), True),
    "2026-11-24 10:00 CET": (utc(2026, 11, 24, 9), True),
    "2026-11-24": (utc(2026, 11, 24), False),
    "20261124": (utc(2026, 11, 24), False),
    "Tue, 24 Nov 2026 10:00:00 +0100": (utc(2026, 11, 24, 9), True),
    "1795514400": (utc(2026, 11, 24, 10), True),
    "1795514400000": (utc(2026, 11, 24, 10), True),
    "2026-11-23T24:00:00Z": (utc(2026, 11, 24), True),
    "2026-11-24T10:00:00+9999": (utc(2026, 11, 24, 10), True),  # no such zone: UTC
    "24.11.2026": (utc(2026, 11, 24), False),
    "November 24, 2026": (utc(2026, 11, 24), False),
}


@pytest.mark.parametrize("raw", MACHINE)
def test_a_machine_readable_date_is_read(raw: str) -> None:
    instant, has_time = MACHINE[raw]
    found = read(raw, NOW, DateSource.META)
    assert found is not None
    assert (found.instant.replace(microsecond=0), found.has_time, found.source) == (instant, has_time, DateSource.META)


@pytest.mark.parametrize(
    "raw",
    [
        *(
            "",
            " ",
            None,
            7,
            "yesterday",
            "0000-00-00",
            "0000-00-00T00:00:00Z",
            "1970-01-01T00:00:00Z",
            "1904-01-01",
            "1989-12-31",
            "2026-02-30",
        ),
        *(
            "2026-11-24T25:61:00Z",
            "2026-11-26",
            "2030-01-01",
            "10000-01-01",
            "9" * 100_000,
            "2026",
            "2026-11",
            "Uhr 10:00",
            "0",
            "99999999999999",
        ),
    ],
)
def test_what_is_no_believable_date_is_none(raw: object) -> None:
    assert read(raw, NOW, DateSource.META) is None


def test_a_date_of_tomorrow_is_believed_since_zones_differ() -> None:
    assert read((NOW + timedelta(hours=23)).isoformat(), NOW, DateSource.META) is not None
    assert read((NOW + timedelta(hours=25)).isoformat(), NOW, DateSource.META) is None


SHOWN = {
    "24. November 2026": (utc(2026, 11, 24), False),
    "24. November 2026, 10:05 Uhr": (utc(2026, 11, 24, 10, 5), True),
    "Hamburg, 2. November 2021": (utc(2021, 11, 2), False),
    "Nov 3, 2023 at 4:30 pm": (utc(2023, 11, 3, 16, 30), True),
    "12:15 am, November 3, 2023": (utc(2023, 11, 3, 0, 15), True),
    "3 novembre 2023": (utc(2023, 11, 3), False),
    "02.02.2022": (utc(2022, 2, 2), False),
    "15 августа 2016, 13:43": (utc(2016, 8, 15, 13, 43), True),
    "15 серпня 2016": (utc(2016, 8, 15), False),
    "24 de noviembre de 2026": (utc(2026, 11, 24), False),
    "24 novembro 2026": (utc(2026, 11, 24), False),
    "24 listopada 2026": (utc(2026, 11, 24), False),
    "1er mars 2024": (utc(2024, 3, 1), False),
    "24 maart 2026": (utc(2026, 3, 24), False),
    "4. 2. 2022.": (utc(2022, 2, 4), False),
    "Feb. 3, 2023": (utc(2023, 2, 3), False),
    "2/24/2026": (utc(2026, 2, 24), False),  # no month has that number
    "2/3/2026": (utc(2026, 3, 2), False),  # the day first, as in most countries
    "2026年11月24日": (utc(2026, 11, 24), False),
    "2026년 11월 24일": (utc(2026, 11, 24), False),
    "04.02.2022 | 13:10 Uhr | Ann Lee": (utc(2022, 2, 4, 13, 10), True),
}


@pytest.mark.parametrize("text", SHOWN)
def test_a_date_for_readers_is_read(text: str) -> None:
    found = read_shown(text, NOW, DateSource.PAGE)
    assert found is not None
    assert (found.instant, found.has_time) == SHOWN[text]


@pytest.mark.parametrize(
    "text",
    [
        "© 2020",
        "Ausgabe 2021",
        "2021/22",
        "in 2019",
        "Nummer 24 im Jahr",
        "November 2021",
        "Seite 3 von 2020 Seiten",
        "10:30",
        "3 Bände 2020",
        "31/31/2020",
    ],
)
def test_what_a_text_does_not_name_is_not_filled_in(text: str) -> None:
    assert read_shown(text, NOW, DateSource.PAGE) is None


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/2026/11/20/bridge", 20),
        ("/news/2026-11-20-bridge", 20),
        ("/20261120/bridge", 20),
        ("/20-11-2026-a-bridge", 20),
        ("/news/detail/~20.11.2026-bridge", 20),
        ("/20112026-bridge", 20),
        ("/32112026-bridge", None),
        ("/20112126-bridge", None),
        ("/id/20261399", None),
        ("/2026/bridge", None),
        ("/1820/01/02/", None),
    ],
)
def test_the_day_in_an_address_counts(path: str, day: int | None) -> None:
    found = from_url(f"https://news.example.org{path}", NOW)
    assert (found and found.instant.day) == day


JSON_LD = Dated(utc(2026, 11, 20, 10), True, DateSource.JSON_LD)  # noqa: FBT003
META_DAY = Dated(utc(2026, 11, 20), False, DateSource.META)  # noqa: FBT003
CHOICES: dict[str, tuple[datetime | None, list[Dated | None], tuple[datetime, DateSource] | None]] = {
    "the feed's moment before all": (utc(2026, 11, 21, 8), [JSON_LD], (utc(2026, 11, 21, 8), DateSource.FEED)),
    "the page's moment where the feed gives that day only": (utc(2026, 11, 20), [JSON_LD], (JSON_LD.instant, DateSource.JSON_LD)),
    "the feed's day where the page's moment is of another": (utc(2026, 11, 1), [JSON_LD], (utc(2026, 11, 1), DateSource.FEED)),
    "the feed's day where there is nothing else": (utc(2026, 11, 20), [], (utc(2026, 11, 20), DateSource.FEED)),
    "the page's where the feed's is of the future": (NOW + timedelta(days=2), [JSON_LD], (JSON_LD.instant, DateSource.JSON_LD)),
    "the page's where the feed's is of 1970": (utc(1970, 1, 1), [JSON_LD], (JSON_LD.instant, DateSource.JSON_LD)),
    "the first of the page's": (None, [JSON_LD, META_DAY], (JSON_LD.instant, DateSource.JSON_LD)),
    "the moment of the same day": (None, [META_DAY, None, JSON_LD], (JSON_LD.instant, DateSource.JSON_LD)),
    "none": (None, [None], None),
}


@pytest.mark.parametrize("name", CHOICES)
def test_what_counts_is(name: str) -> None:
    feed, found, expected = CHOICES[name]
    chosen = choose(feed, NOW, found)
    assert (chosen and (chosen.instant, chosen.source)) == expected


@given(st.text(max_size=90) | st.from_regex(r"[0-9T:.+Z/ -]{0,40}", fullmatch=True))
def test_any_string_is_a_believable_date_or_none(raw: str) -> None:
    for found in (read(raw, NOW, DateSource.META), read_shown(raw, NOW, DateSource.PAGE)):
        assert found is None or (utc(1990, 1, 1) <= found.instant <= NOW + timedelta(hours=24) and found.instant.tzinfo is UTC)
