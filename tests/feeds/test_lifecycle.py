"""What a poll changes in a feed's life (rules F1, F6, F7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.feeds.lifecycle import LOOKS_AFTER, LOOKS_EVERY, UNCONDITIONAL_EVERY, Answer, Turn, asks_unconditionally, turn
from ingest.feeds.memory import FeedMemory, remembered
from ingest.model import Entry, ParsedFeed

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NEW_PLACE = "https://b.example/feed"


def shown(*numbers: int, **more: object) -> ParsedFeed:
    entries = tuple(Entry(key=f"u:{n}", fingerprint="x", published_at=NOW + timedelta(hours=n - 100)) for n in numbers)
    return ParsedFeed(format="rss20", entries=entries, **more)  # type: ignore[arg-type]


def lived(answers: list[Answer]) -> list[Turn]:
    """The turns of a feed that gets `answers`, one an hour."""
    memory, errors, turns = FeedMemory(), 0, []
    for answer in answers:
        turns.append(turn(memory, answer, errors=errors))
        memory, errors = turns[-1].memory, errors + 1 if answer.error else 0
    return turns


def answer(hours: float = 0, **more: object) -> Answer:
    return Answer(now=(NOW + timedelta(hours=hours)).timestamp(), **({"status": 200} | more))  # type: ignore[arg-type]


MOVED = answer(moved_to=NEW_PLACE)
STILL = answer()
BROKEN = answer(status=500, error="http_server 500")


@pytest.mark.parametrize(
    ("answers", "moves"),
    [
        pytest.param([MOVED] * 3, ["", "", NEW_PLACE], id="three times in a row"),
        pytest.param([MOVED] * 2, ["", ""], id="twice is not enough"),
        pytest.param([MOVED, STILL, MOVED, MOVED], [""] * 4, id="not in a row"),
        pytest.param([MOVED, MOVED, answer(moved_to="https://c.example/"), MOVED], [""] * 4, id="not to one place"),
        pytest.param([MOVED, MOVED, BROKEN, MOVED], ["", "", "", NEW_PLACE], id="an error between says nothing"),
        pytest.param([STILL] * 5, [""] * 5, id="a temporary redirect is none"),
    ],
)
def test_a_permanent_redirect_moves_a_feed(answers: list[Answer], moves: list[str]) -> None:
    assert [each.move_to for each in lived(answers)] == moves


def test_410_retires_and_says_so() -> None:
    (gone,) = lived([answer(status=410, error="http_gone 410")])

    assert gone.retire
    assert gone.events[0][0] == "retired"


def test_404_is_looked_for_now_and_then() -> None:
    turns = lived([answer(n, status=404, error="http_gone 404") for n in range(20)])

    looks = [n for n, each in enumerate(turns, start=1) if each.look]
    assert looks == list(range(LOOKS_AFTER, 20, LOOKS_EVERY))
    assert not any(each.retire for each in turns), "nothing stops for good"


def test_errors_are_told_once_and_so_is_their_end() -> None:
    turns = lived([STILL, *[BROKEN] * 5, STILL, STILL])

    assert [[event for event, _ in each.events] for each in turns] == [[], [], [], ["failing"], [], [], ["recovered"], []]


def test_errors_teach_nothing() -> None:
    before, after = lived([answer(feed=shown(*range(90, 100))), BROKEN])

    assert after.memory.rhythm == before.memory.rhythm


def test_items_between_two_windows_were_missed() -> None:
    keys = [f"u:{n}" for n in range(130, 140)]
    first, second = lived([answer(feed=shown(*range(80, 100))), answer(40, feed=shown(*range(130, 140)), new=keys)])

    assert (first.memory.rollovers, first.memory.missed) == (0, 0)
    assert second.memory.rollovers == 1
    assert 20 <= second.memory.missed <= 35, "one an hour, over 31 hours"
    assert second.events[0][0] == "rolled_over"


@pytest.mark.parametrize(
    ("after", "new"),
    [
        pytest.param(range(85, 105), range(100, 105), id="the windows overlap"),
        pytest.param(range(120, 122), range(120, 122), id="too few to tell"),
    ],
)
def test_nothing_was_missed(after: range, new: range) -> None:
    turns = lived([answer(feed=shown(*range(80, 100))), answer(30, feed=shown(*after), new=[f"u:{n}" for n in new])])

    assert (turns[-1].memory.rollovers, turns[-1].memory.missed) == (0, 0)


def test_changing_guids_flag_the_feed_for_good_and_are_told_once() -> None:
    turns = lived([answer(feed=shown(1)), *[answer(feed=shown(1), guids_changed=True)] * 2, answer(feed=shown(1))])

    assert [each.memory.flags for each in turns] == [(), ("guid_unstable",), ("guid_unstable",), ("guid_unstable",)]
    assert [len(each.events) for each in turns] == [0, 1, 0, 0]


def test_now_and_then_a_server_is_asked_without_validators() -> None:
    """A server that answers 304 for ever would otherwise silence its feed (rule F6)."""
    memory, asked = FeedMemory(), []
    for _ in range(2 * UNCONDITIONAL_EVERY + 1):
        asked.append(asks_unconditionally(memory))
        memory = turn(memory, STILL, errors=0).memory

    assert [n for n, unconditional in enumerate(asked) if unconditional] == [0, UNCONDITIONAL_EVERY - 1, 2 * UNCONDITIONAL_EVERY - 1]


def test_hints_of_the_document_outlast_answers_without_one() -> None:
    first, second = lived([answer(feed=shown(1, ttl_s=600, skip_hours=(3,)), fresh_s=60), answer(1, status=304, fresh_s=90)])

    assert (second.memory.hints.ttl_s, second.memory.hints.skip_hours, second.memory.hints.fresh_s) == (600, (3,), 90)
    assert first.memory.hints.fresh_s == 60


@pytest.mark.parametrize("stored", [None, b"", b"{", b"[]", b'{"polls": "many"}', b'{"of_a_newer_version": 1}'])
def test_any_stored_memory_can_be_read(stored: bytes | None) -> None:
    assert remembered(stored) == FeedMemory()
