"""How a host is treated, on a fake clock (rule N13): turns, spacing, refusals, slowness that passes, the budget of the hour."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.web.manners import (
    DENIED_IN_A_ROW,
    HOUR_MS,
    REFUSED_CAP_S,
    REFUSED_S,
    SLOW_INTERVAL_CAP_S,
    SLOW_STEP_S,
    Answer,
    Ask,
    Left,
    Rules,
    ScopeMemory,
    Why,
    decide,
    leave,
    slowness,
    spacing_s,
    take,
)
from ingest.web.status import retry_after_s

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MS = round(NOW.timestamp() * 1000)
SCOPE = "a.example"
RULES = Rules(concurrency=2, interval_s=0.5, turn_s=60)


def ask(name: str = "x", *, interval_s: float = 0.0, counted: bool = False) -> Ask:
    return Ask(name, SCOPE, interval_s, counted)


def after(status: int, retry_after: str | None = None, *, times: int = 1, memory: ScopeMemory | None = None) -> ScopeMemory:
    """What is known of a host that answered so."""
    memory = memory or ScopeMemory()
    for _ in range(times):
        memory = leave(memory, Left("x", SCOPE, status, retry_after_s(retry_after, NOW)), MS)
    return memory


def when(memory: ScopeMemory, rules: Rules = RULES, at_ms: int = MS) -> float:
    """Seconds until the host may be asked again."""
    waited = 0.0
    while (answer := take(memory, ask(), rules, at_ms + round(waited * 1000))[1]).why is not None:
        waited += max(answer.in_s, 0.001)
    return waited + answer.in_s


@pytest.mark.parametrize(
    ("status", "retry_after", "times", "at_least_s", "at_most_s"),
    [
        pytest.param(429, "120", 1, 120, 120, id="429 that asks for two minutes"),
        pytest.param(429, format_datetime(NOW + timedelta(minutes=10), usegmt=True), 1, 600, 600, id="429 that names a time"),
        pytest.param(429, None, 1, REFUSED_S, REFUSED_S, id="429 that asks for nothing"),
        pytest.param(429, "-5", 1, REFUSED_S, REFUSED_S, id="429 that asks for a negative wait"),
        pytest.param(429, "3", 1, REFUSED_S, REFUSED_S, id="429 that asks for three seconds"),
        pytest.param(429, "soon", 1, REFUSED_S, REFUSED_S, id="429 with what nobody can read"),
        pytest.param(429, "315360000", 1, REFUSED_CAP_S, REFUSED_CAP_S, id="429 that asks for ten years"),
        pytest.param(429, "Wed, 24 Nov 2036 12:00:00 GMT", 1, REFUSED_CAP_S, REFUSED_CAP_S, id="429 that names a day in ten years"),
        pytest.param(503, "300", 1, 300, 300, id="503 that asks for five minutes"),
        pytest.param(503, None, 1, 0, 0, id="one 503 slows down, and does not stop"),
        pytest.param(403, None, 1, 0, 0, id="one 403 may be a page that is not for us"),
        pytest.param(403, None, DENIED_IN_A_ROW, REFUSED_S, REFUSED_S, id="three in a row are a limit of another name"),
        pytest.param(404, "120", 5, 0, 0, id="pages that are gone say nothing of the host"),
        pytest.param(200, None, 5, 0, 0, id="all is well"),
        pytest.param(0, None, 5, 0, 0, id="no response"),
    ],
)
def test_a_host_that_refuses_is_left_alone(status: int, retry_after: str | None, times: int, at_least_s: float, at_most_s: float) -> None:
    assert at_least_s - 0.01 <= when(after(status, retry_after, times=times)) <= at_most_s + 0.01


def test_refusals_must_follow_one_another() -> None:
    assert when(after(403, times=2, memory=after(200, memory=after(403, times=2)))) == 0


def test_the_longer_of_two_waits_holds() -> None:
    assert when(after(429, "120", memory=after(429, "3600"))) == pytest.approx(3_600)


@pytest.mark.parametrize("status", [403, 429, 503])
def test_each_refusal_doubles_the_spacing_and_the_levels_pass_with_time(status: int) -> None:
    memory = after(status, times=2)

    assert spacing_s(RULES, slowness(memory, MS)) == 4.0  # one second, doubled twice
    assert spacing_s(RULES, slowness(memory, MS + round(SLOW_STEP_S * 1000))) == 2.0
    assert spacing_s(RULES, slowness(memory, MS + round(2 * SLOW_STEP_S * 1000))) == RULES.interval_s


def test_slowness_has_an_end() -> None:
    memory = after(429, times=100)
    assert spacing_s(RULES, slowness(memory, MS)) == SLOW_INTERVAL_CAP_S


def test_a_slow_host_has_one_turn_at_a_time() -> None:
    memory = after(503)
    memory, first = take(memory, ask("1"), RULES, MS)
    _, second = take(memory, ask("2"), RULES, MS)

    assert first.why is None
    assert second.why is Why.TURNS


@pytest.mark.parametrize(
    ("asked_s", "wanted_s"), [pytest.param(0.0, 0.5, id="the setting's"), pytest.param(0.2, 0.5, id="shorter"), pytest.param(7.0, 7.0, id="longer")]
)  # fmt: skip
def test_the_longer_of_setting_and_crawl_delay_counts(asked_s: float, wanted_s: float) -> None:
    memory, _ = take(ScopeMemory(), ask("1", interval_s=asked_s), RULES, MS)
    assert (memory.next_ms - MS) / 1000 == wanted_s


def test_a_turn_that_is_far_off_is_not_given_out_yet() -> None:
    memory, _ = take(ScopeMemory(), ask("1", interval_s=30), RULES, MS)
    same, answer = take(memory, ask("2"), RULES, MS)

    assert same == memory
    assert answer == Answer(29.0, Why.TURNS)


def test_a_turn_that_was_never_given_back_ends_by_itself() -> None:
    memory = ScopeMemory()
    for name in ("1", "2"):
        memory, answer = take(memory, ask(name), RULES, MS)
        assert answer.why is None
    assert take(memory, ask("3"), RULES, MS + 59_000)[1].why is Why.TURNS
    assert take(memory, ask("3"), RULES, MS + 61_000)[1].why is None


def test_the_budget_counts_articles_only_and_begins_anew_each_hour() -> None:
    rules = RULES._replace(hourly=2, interval_s=0)
    start = MS // HOUR_MS * HOUR_MS
    memory = ScopeMemory()
    for name in ("1", "2"):
        memory, _ = take(memory, ask(name, counted=True), rules, start)
        memory = leave(memory, Left(name, SCOPE, 200), start)

    assert take(memory, ask("3", counted=True), rules, start + 600_000)[1] == Answer(3_000.0, Why.BUDGET)
    assert take(memory, ask("3"), rules, start + 600_000)[1].why is None
    assert take(memory, ask("3", counted=True), rules, start + HOUR_MS)[1].why is None


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 2), st.sampled_from([0, 200, 200, 403, 429, 503])), min_size=1, max_size=60))
def test_never_more_at_once_nor_closer_together_than_the_rules_say(plan: list[tuple[float, float, int]]) -> None:
    """Requests come at any time and take any time: the starts are spaced, and few are under way."""
    rules = RULES._replace(turn_s=1e6)
    known: dict[str, ScopeMemory] = {}
    running: list[tuple[int, int, Left]] = []  # start, end
    waiting = list(itertools.accumulate((round(1000 * gap) for gap, _, _ in plan), initial=MS))[1:]
    starts: list[int] = []
    now = MS
    for number, ((_, lasts, status), comes) in enumerate(zip(plan, waiting, strict=True)):
        now = max(now, comes)
        while True:
            over = [turn for turn in running if turn[1] <= now]
            running = [turn for turn in running if turn[1] > now]
            known, answers = decide(known, [ask(str(number))], [left for *_, left in over], rules, now)
            if (answer := answers[str(number)]).why is None:
                break
            now += max(1, round(answer.in_s * 1000))
        start = now + round(answer.in_s * 1000)
        running.append((start, start + max(1, round(lasts * 1000)), Left(str(number), SCOPE, status)))
        starts.append(start)
        assert len(running) <= rules.concurrency
    assert all(later - earlier >= rules.interval_s * 1000 for earlier, later in itertools.pairwise(starts))
