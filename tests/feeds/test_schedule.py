"""When is a feed polled next, and why?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds.hints import Hints
from ingest.feeds.rhythm import Rhythm, learn
from ingest.feeds.schedule import NextPoll, Pace, emphasis, next_poll, scarcity, span

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()  # a Tuesday
KEY = "https://a.example/feed"


def rhythm(gap_s: float, count: int = 40, now: float = NOON) -> Rhythm:
    """Of a feed that shows `count` items, one every `gap_s`."""
    dates = [now - gap_s * n for n in range(count, 0, -1)]
    return learn(None, (), window=dates, shown=count, now=now)


def ask(known: Rhythm | None = None, hints: Hints | None = None, pace: Pace | None = None, key: str = KEY, **more: object) -> NextPoll:
    return next_poll(key, now=NOON, pace=pace or Pace(), rhythm=known, hints=hints or Hints(), **more)  # type: ignore[arg-type]


PINNED = Pace(fixed_s=15 * MINUTE)


@pytest.mark.parametrize(
    ("poll", "seconds", "reason"),
    [
        pytest.param(ask(pace=PINNED), 15 * MINUTE, "every 15 min, as set", id="the interval of the settings"),
        pytest.param(ask(own_s=HOUR), HOUR, "every 60 min, as set", id="a feed's own interval"),
        pytest.param(
            ask(rhythm(HOUR), Hints(ttl_s=DAY), PINNED), 15 * MINUTE, "every 15 min, as set", id="a set interval is not argued with"
        ),
        pytest.param(ask(), 15 * MINUTE, "nothing is known of it yet", id="a feed that never answered"),
        pytest.param(ask(rhythm(MINUTE)), 2 * MINUTE, "as often as allowed, every 2 min", id="a flood"),
        pytest.param(ask(rhythm(60 * DAY)), DAY, "as seldom as allowed, every 24 h", id="a dead feed"),
        pytest.param(ask(rhythm(10 * MINUTE), Hints(ttl_s=HOUR)), HOUR, "its ttl asks for 60 min", id="ttl"),
        pytest.param(
            ask(rhythm(10 * MINUTE), Hints(ttl_s=HOUR, fresh_s=2 * HOUR)), 2 * HOUR, "the cache headers", id="of hints the longest holds"
        ),
        pytest.param(ask(rhythm(20 * MINUTE), Hints(fresh_s=MINUTE)), 5.8 * MINUTE, "publishes", id="a hint is a least wait, no most"),
        pytest.param(
            ask(rhythm(10 * MINUTE, count=6), Hints(ttl_s=HOUR)), 25 * MINUTE, "its 6 items may all be replaced within 50 min",
            id="a window about to roll over comes before a hint",
        ),
        pytest.param(
            ask(rhythm(10 * MINUTE), Hints(skip_hours=(12, 13))), 2 * HOUR, "skipHours", id="hours that the feed excludes are waited out"
        ),
        pytest.param(ask(rhythm(60 * DAY), Hints(skip_days=(2, 3))), 60 * HOUR, "skipDays", id="days too"),
        pytest.param(
            ask(rhythm(20 * MINUTE), Hints(skip_hours=tuple(range(24)))), 5.8 * MINUTE, "publishes", id="who excludes all excludes nothing"
        ),
        pytest.param(ask(pace=PINNED, errors=1, error="timeout"), 30 * MINUTE, "error 1 in a row (timeout): wait", id="an error doubles"),
        pytest.param(ask(pace=PINNED, errors=3, error="dns"), 2 * HOUR, "error 3 in a row (dns): wait 2 h", id="further errors again"),
        pytest.param(ask(pace=PINNED, errors=10**6, error="dns"), DAY, "wait 24 h", id="capped at a day, never for good"),
        pytest.param(ask(rhythm(60 * DAY), errors=2, error="dns"), DAY, "error 2 in a row (dns): wait", id="a cap is no hurry"),
        pytest.param(ask(pace=PINNED, hints=Hints(retry_after_s=HOUR)), HOUR, "the server asks for 60 min", id="Retry-After holds"),
        pytest.param(ask(pace=PINNED, hints=Hints(retry_after_s=5)), 15 * MINUTE, "as set", id="a shorter one changes nothing"),
        pytest.param(
            ask(rhythm(MINUTE, count=6), Hints(retry_after_s=HOUR)), HOUR, "the server asks", id="Retry-After comes before the window"
        ),
    ],
)  # fmt: skip
def test_the_wait_and_its_reason(poll: NextPoll, seconds: float, reason: str) -> None:
    assert poll.in_s == pytest.approx(seconds, rel=0.12)
    assert reason in poll.reason


def test_a_feed_of_office_hours_is_left_alone_at_night() -> None:
    start = NOON - 28 * DAY
    dates = [start + n * HOUR for n in range(28 * 24) if 8 <= (start / HOUR + n) % 24 < 18]
    known = learn(None, (), window=dates, shown=50, now=NOON)
    day = next_poll(KEY, now=NOON, pace=Pace(), rhythm=known).in_s
    night = next_poll(KEY, now=NOON + 8 * HOUR, pace=Pace(), rhythm=learn(known, (), window=(), shown=50, now=NOON + 8 * HOUR)).in_s

    assert night > 5 * day
    assert night < 15 * HOUR, "it is read again when the office opens"


def test_breaking_news_speed_polls_up_at_once() -> None:
    quiet = rhythm(6 * HOUR)
    later = NOON + 30 * MINUTE
    burst = learn(quiet, [later - MINUTE * n for n in range(12)], window=(), shown=40, now=later)

    assert next_poll(KEY, now=later, pace=Pace(), rhythm=burst).in_s < next_poll(KEY, now=later, pace=Pace(), rhythm=quiet).in_s / 5


@pytest.mark.parametrize(
    ("pace_s", "power", "share"),
    [
        pytest.param(15 * MINUTE, 2, 0.5, id="by default: each feed in proportion, half its window"),
        pytest.param(MINUTE, 2, 0.5, id="faster: the same"),
        pytest.param(47.43 * MINUTE, 2.5, 1.58, id="slower: busy feeds first, windows last"),
        pytest.param(150 * MINUTE, 3, 5, id="ten times slower: no further for busy feeds"),
        pytest.param(300 * MINUTE, 3, 10, id="windows roll over in proportion all the same"),
    ],
)
def test_the_fewer_polls_there_are_the_more_of_them_busy_feeds_get(pace_s: float, power: float, share: float) -> None:
    assert emphasis(pace_s) == pytest.approx(power, abs=0.01)
    assert Pace().window_share * scarcity(pace_s) == pytest.approx(share, rel=0.01)


@pytest.mark.parametrize(
    ("hours", "wait_s", "reason"),
    [
        pytest.param(0.25, 25 * MINUTE, "within 50 min: in", id="plenty: half the time in which the window rolls over"),
        pytest.param(1, 100 * MINUTE, "within 50 min and polls are scarce: in", id="a fourth of the polls: four times as late"),
    ],
)
def test_a_window_is_let_roll_over_where_polls_are_scarce(hours: float, wait_s: float, reason: str) -> None:
    burst = learn(None, (), window=[NOON - 9 * DAY - 10 * MINUTE * n for n in range(6)], shown=6, now=NOON)
    poll = ask(burst, pace=Pace(hourly_s=hours * HOUR))

    assert poll.in_s == pytest.approx(wait_s, rel=0.06)
    assert reason in poll.reason


def test_feeds_are_spread_and_each_keeps_its_place() -> None:
    waits = [ask(pace=PINNED, key=f"https://a.example/{n}").in_s for n in range(100)]

    assert len({round(wait) for wait in waits}) > 50
    assert waits == [ask(pace=PINNED, key=f"https://a.example/{n}").in_s for n in range(100)]


@given(now=st.floats(1.7e9, 2e9), gap_s=st.floats(60, 90 * DAY))
def test_no_reason_is_given_for_which_the_feed_gave_none(now: float, gap_s: float) -> None:
    poll = next_poll(KEY, now=now, pace=Pace(), rhythm=rhythm(gap_s, now=now), hints=Hints())

    assert "skip" not in poll.reason


@given(
    gap_s=st.floats(1, 400 * DAY), count=st.integers(1, 200), ttl=st.floats(0, 90 * DAY), retry=st.floats(0, DAY),
    errors=st.integers(0, 100), skip=st.sets(st.integers(0, 23)), share=st.floats(0, 1),
)  # fmt: skip
def test_no_feed_waits_longer_than_all_its_reasons_together(
    gap_s: float, count: int, ttl: float, retry: float, errors: int, skip: set[int], share: float
) -> None:
    hints = Hints(ttl_s=ttl, retry_after_s=retry, skip_hours=tuple(skip))
    poll = ask(rhythm(gap_s, count), hints, Pace(window_share=share), errors=errors, error="x")

    assert 2 * MINUTE * 0.9 <= poll.in_s <= 2.2 * DAY
    assert poll.reason


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.5, "0.5 s"), (45, "45 s"), (119, "119 s"), (900, "15 min"), (7_200, "2 h"), (3 * DAY, "3 d")]
)
def test_spans_for_people(seconds: float, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("known", "pace", "wait_s"),
    [
        pytest.param(rhythm(20 * MINUTE), Pace(), 4 * ask(rhythm(20 * MINUTE)).in_s, id="four times as long"),
        pytest.param(rhythm(2 * DAY), Pace(), 6 * HOUR, id="at most six hours: a look whether the hub does tell"),
        pytest.param(rhythm(60 * DAY), Pace(), DAY, id="never sooner than without it"),
        pytest.param(rhythm(HOUR), Pace(ceiling_s=HOUR / 2), HOUR / 2, id="at most the longest time allowed"),
        pytest.param(
            rhythm(10 * MINUTE, count=4), Pace(window_share=0.25), 7.5 * MINUTE, id="not beyond the time in which its window rolls over"
        ),
        pytest.param(rhythm(HOUR), PINNED, 15 * MINUTE, id="as set, where an interval is set"),
    ],
)
def test_a_feed_whose_hub_tells_of_news_is_polled_less(known: Rhythm, pace: Pace, wait_s: float) -> None:
    assert ask(known, pace=pace, pushed=True).in_s == pytest.approx(wait_s, rel=0.06)
