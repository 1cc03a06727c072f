"""What workers share of hosts."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping

import msgspec

from ingest.state.ledger import Ledger
from ingest.state.migrate import upgrade  # noqa: F401  # loaded before the fork, not in each child

FORK = multiprocessing.get_context("fork")
TIMES, WORKERS = 40, 4


class Tally(msgspec.Struct, frozen=True):
    """A memory to count in."""

    number: int = 0


def count(ledger: Ledger, *names: str) -> dict[str, int]:
    def more(known: Mapping[str, Tally], _now: int) -> tuple[Mapping[str, Tally], dict[str, int]]:
        after = {name: Tally(known.get(name, Tally()).number + 1) for name in names}
        return after, {name: tally.number for name, tally in after.items()}

    return ledger.hosts.change(names, Tally, more)


def _work(url: str, names: tuple[str, ...]) -> None:
    with Ledger.open(url) as ledger:
        for _ in range(TIMES):
            count(ledger, *names)


def test_no_change_is_lost_between_workers_that_name_the_same_hosts_in_another_order(ledger_url: str) -> None:
    with Ledger.open(ledger_url) as ledger:
        workers = [FORK.Process(target=_work, args=(ledger_url, ("a", "b")[:: 1 if n % 2 else -1])) for n in range(WORKERS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert count(ledger, "a", "b") == {"a": TIMES * WORKERS + 1, "b": TIMES * WORKERS + 1}


def test_a_robots_txt_is_known_with_its_age_and_for_how_long_it_is_good(ledger: Ledger) -> None:
    ledger.hosts.keep_robots("https://a.example/robots.txt", Tally(7), kept_s=100, age_s=50)
    known = ledger.hosts.robots("https://a.example/robots.txt", Tally)

    assert known is not None
    kept, age_s, good_s = known
    assert kept == Tally(7)
    assert 50 <= age_s < 60
    assert 90 < good_s <= 100
    assert ledger.hosts.robots("https://b.example/robots.txt", Tally) is None


def test_what_nobody_asked_for_lately_is_forgotten(ledger: Ledger) -> None:
    count(ledger, "old", "new")
    ledger.hosts.keep_robots("old", Tally(), kept_s=-8 * 86_400)
    ledger.hosts.keep_robots("new", Tally(), kept_s=60)
    with ledger.database.write() as c:
        c.exec_driver_sql("UPDATE scopes SET touched_at = touched_at - 8 * 86400000 WHERE scope = 'old'")
    ledger.hosts.trim()

    assert ledger.hosts.robots("old", Tally) is None
    assert ledger.hosts.robots("new", Tally) is not None
    assert count(ledger, "old", "new") == {"old": 1, "new": 2}
