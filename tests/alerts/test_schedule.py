"""Throttles, digests and quiet hours, with clocks that change to and from summer time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.alerts.schedule import MAX_SPAN_S, Digest, Quiet, check, locale_of, parse_span, show_span, zone_of
from ingest.errors import UsageError
from ingest.model import Delivery

BERLIN = ZoneInfo("Europe/Berlin")  # 2026: to summer time on 29 March at 2:00, back on 25 October at 3:00


def at(text: str, zone: ZoneInfo | None = None) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=zone or UTC)


class TestSpans:
    @pytest.mark.parametrize(
        ("text", "seconds"), [("90s", 90), ("15m", 900), ("6h", 21_600), (" 7D ", 604_800), ("2w", 1_209_600), ("0s", 0)]
    )
    def test_spans(self, text: str, seconds: int) -> None:
        assert parse_span(text) == seconds

    @pytest.mark.parametrize(
        "text", ["", "15", "m", "-5m", "1.5h", "15 minutes", "401d", "999999w", "\N{ARABIC-INDIC DIGIT ONE}m", "15m; rm"]
    )
    def test_what_is_no_span(self, text: str) -> None:
        with pytest.raises(UsageError, match="no span of time"):
            parse_span(text)

    @settings(deadline=None)
    @given(st.integers(0, MAX_SPAN_S).filter(lambda s: s < 999_999 or s % 60 == 0))
    def test_shown_and_read_again(self, seconds: int) -> None:
        assert parse_span(show_span(seconds)) == seconds


class TestDigest:
    @pytest.mark.parametrize(
        ("digest", "instant", "due"),
        [
            pytest.param("hourly", "2026-11-24T10:00", "2026-11-24T11:00", id="hourly, on the hour: the next one"),
            pytest.param("hourly", "2026-11-24T10:59", "2026-11-24T11:00", id="hourly"),
            pytest.param("daily@07:30", "2026-11-24T06:29", "2026-11-24T06:30", id="the same morning"),
            pytest.param("daily@07:30", "2026-11-24T06:30", "2026-11-25T06:30", id="just passed"),
            pytest.param("daily@07:30", "2026-07-01T12:00", "2026-07-02T05:30", id="in summer time"),
            pytest.param("daily@07:30", "2026-03-28T12:00", "2026-03-29T05:30", id="the morning of the change to summer time"),
            pytest.param("daily@07:30", "2026-10-24T12:00", "2026-10-25T06:30", id="the morning of the change back"),
            pytest.param("daily@02:30", "2026-03-28T12:00", "2026-03-29T01:30", id="an hour that does not exist comes an hour later"),
            pytest.param("daily@02:30", "2026-03-29T01:30", "2026-03-30T00:30", id="and once only"),
            pytest.param("daily@02:30", "2026-10-24T12:00", "2026-10-25T00:30", id="an hour that comes twice counts the first time"),
            pytest.param("daily@02:30", "2026-10-25T00:30", "2026-10-26T01:30", id="and not the second"),
            pytest.param("tue@07:30", "2026-11-24T05:00", "2026-11-24T06:30", id="today is the day"),
            pytest.param("tue@07:30", "2026-11-24T06:30", "2026-12-01T06:30", id="a week later"),
            pytest.param("sun@07:30", "2026-03-23T12:00", "2026-03-29T05:30", id="weekly over the change"),
        ],
    )
    def test_when_it_is_due(self, digest: str, instant: str, due: str) -> None:
        assert Digest.parse(digest).after(at(instant), BERLIN) == at(due)

    @settings(deadline=None)
    @given(
        st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001  # naive on purpose
        st.times(),
        st.sampled_from(["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia"]),
    )
    def test_it_comes_once_a_day_and_never_in_the_past(self, naive: datetime, clock: object, name: str) -> None:
        instant, zone = naive.replace(tzinfo=UTC), ZoneInfo(name)
        first = Digest.parse(f"daily@{clock:%H:%M}").after(instant, zone)
        second = Digest.parse(f"daily@{clock:%H:%M}").after(first, zone)

        assert instant < first <= instant + timedelta(hours=26)
        assert timedelta(hours=22) <= second - first <= timedelta(hours=26)

    @pytest.mark.parametrize(
        "text", ["", "daily", "daily@", "daily@25:00", "daily@7:5", "monday@07:30", "07:30", "daily@07:30x", "hourly@07:30"]
    )
    def test_what_is_no_digest(self, text: str) -> None:
        with pytest.raises(UsageError):
            Digest.parse(text)


class TestQuiet:
    @pytest.mark.parametrize(
        ("quiet", "instant", "holds"),
        [
            pytest.param("22:00-07:00", "2026-11-24T20:59", False, id="before, in the evening"),
            pytest.param("22:00-07:00", "2026-11-24T21:00", True, id="begins"),
            pytest.param("22:00-07:00", "2026-11-25T05:59", True, id="after midnight"),
            pytest.param("22:00-07:00", "2026-11-25T06:00", False, id="ends"),
            pytest.param("22:00-07:00", "2026-07-01T05:00", False, id="ends an hour earlier in UTC in summer"),
            pytest.param("12:00-13:00", "2026-11-24T11:30", True, id="within a day"),
            pytest.param("12:00-13:00", "2026-11-24T12:00", False, id="after, within a day"),
            pytest.param("02:00-03:00", "2026-03-29T01:00", False, id="an hour that does not exist is not quiet"),
            pytest.param("02:00-03:00", "2026-10-25T01:30", True, id="an hour that comes twice is quiet twice"),
        ],
    )
    def test_when_it_holds(self, quiet: str, instant: str, *, holds: bool) -> None:
        assert Quiet.parse(quiet).holds(at(instant), BERLIN) is holds

    def test_its_end(self) -> None:
        quiet = Quiet.parse("22:00-07:00")

        assert quiet.until(at("2026-03-28T23:00"), BERLIN) == at("2026-03-29T05:00")
        assert quiet.until(at("2026-10-24T23:00"), BERLIN) == at("2026-10-25T06:00")

    @pytest.mark.parametrize("text", ["", "22:00", "22:00-22:00", "22-7", "22:00-07:00-08:00", "24:00-07:00"])
    def test_what_is_no_quiet_time(self, text: str) -> None:
        with pytest.raises(UsageError):
            Quiet.parse(text)


class TestCheck:
    @pytest.mark.parametrize(
        "delivery",
        [
            pytest.param(Delivery(timezone="Europe/Nowhere"), id="no such zone"),
            pytest.param(Delivery(timezone="../../etc/passwd"), id="a path"),
            pytest.param(Delivery(timezone="/etc/localtime"), id="an absolute path"),
            pytest.param(Delivery(timezone="Europe"), id="a folder"),
            pytest.param(Delivery(timezone=""), id="empty"),
            pytest.param(Delivery(timezone="a\0b"), id="NUL"),
            pytest.param(Delivery(locale="xx_YY"), id="no such locale"),
            pytest.param(Delivery(locale="{{7*7}}"), id="no locale at all"),
            pytest.param(Delivery(digest="daily@07:30", throttle_s=60), id="digest and throttle"),
            pytest.param(Delivery(throttle_s=-1), id="a span that is negative"),
            pytest.param(Delivery(quiet="x"), id="quiet hours"),
        ],
    )
    def test_what_is_refused(self, delivery: Delivery) -> None:
        with pytest.raises(UsageError):
            check(delivery)

    def test_what_is_taken(self) -> None:
        delivery = Delivery(digest="mon@07:30", quiet="22:00-07:00", timezone="America/Sao_Paulo", locale="pt-BR", max_age_s=None)

        assert check(delivery) is delivery
        assert zone_of(delivery).key == "America/Sao_Paulo"
        assert str(locale_of(delivery)) == "pt_BR"
