"""Dates in queries are spans: a first moment and the first after it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.search.moments import span


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # year, month, day, …


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", at(2026, 1, 1), at(2027, 1, 1)),
        ("2026-02", at(2026, 2, 1), at(2026, 3, 1)),
        ("2026-12", at(2026, 12, 1), at(2027, 1, 1)),
        ("2024-02-29", at(2024, 2, 29), at(2024, 3, 1)),
        ("2026-11-01T12:30", at(2026, 11, 1, 12, 30), at(2026, 11, 1, 12, 31)),
        ("2026-11-01 12:30:05", at(2026, 11, 1, 12, 30, 5), at(2026, 11, 1, 12, 30, 6)),
        ("2026-11-01T00:30+02:00", at(2026, 10, 31, 22, 30), at(2026, 10, 31, 22, 31)),
        ("2026-11-01T00:30-0530", at(2026, 11, 1, 6, 0), at(2026, 11, 1, 6, 1)),
        (" 2026-11-01T12:30Z ", at(2026, 11, 1, 12, 30), at(2026, 11, 1, 12, 31)),
    ],
)
def test_a_date_is_a_span(text: str, start: datetime, end: datetime) -> None:
    assert span(text) == (start, end)


@pytest.mark.parametrize(
    "text", ["", "x", "26", "2026-13", "2026-02-30", "2026-11T12:30", "2026-1-1", "٢٠٢٦", "9999", "0000", "0001-01-01T00:00+05:00"]
)
def test_other_text_is_none(text: str) -> None:
    assert span(text) is None
