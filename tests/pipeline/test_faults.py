"""Faults of the machine: wrong clocks (C3), slow stages (C4), full disks and no descriptors (C9). C1, C8: `test_crashes`; C2: `tests/state`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import update

from ingest.model import OutcomeKind
from ingest.pipeline.run import run_once
from ingest.state.tables import feeds
from tests.pipeline.machine import clock_off_by, descriptors, disk_of, files_up_to, run_with
from tests.pipeline.world import FEED, HOST, context_of, environment, page, publish, rss, run_child, settings_of
from tests.site import Site

pytestmark = pytest.mark.slow
ARTICLES = 6
PAGES, BIG_PAGE = 48, 2_000_000  # bytes
ALL_INDEXED = {(OutcomeKind.INDEXED, None): ARTICLES}
TWO_HOURS_S = 7_200


def with_feed(home: Path, site: Site, paths: list[str]) -> None:
    site.route(HOST, "/feed.xml", rss(paths), headers={"ETag": '"1"'}, content_type="application/rss+xml")
    with context_of(home, site) as ctx:
        ctx.ledger.feeds.add(FEED)


# --- C3 ---


@pytest.mark.parametrize(
    ("skew_s", "pace", "due_s"),
    [
        pytest.param(-TWO_HOURS_S, {"poll_interval_s": 600.0}, (500, 660), id="two hours slow, a set interval"),
        pytest.param(TWO_HOURS_S, {"poll_max_s": 3_600.0}, (110, 3_960), id="two hours fast, learned"),
    ],
)
def test_a_worker_with_a_wrong_clock_neither_polls_twice_nor_lets_feeds_starve(
    tmp_path: Path, site: Site, skew_s: int, pace: dict[str, float], due_s: tuple[float, float]
) -> None:
    site.route(HOST, "/0", page("Report 0"))
    site.route(HOST, "/1", status=503)
    with_feed(tmp_path, site, ["/0", "/1"])
    settings = settings_of(tmp_path, site, entities="none", retry_base_s=1_000.0, **pace)

    assert run_with(settings, clock_off_by(skew_s)) == ("", "1 2", [])
    assert run_with(settings, clock_off_by(-skew_s)) == ("", "0 0", []), "polled again by a clock that is four hours away"
    with context_of(tmp_path, site) as ctx:
        due = ctx.ledger.feeds.next_due_in_s()
        retried = ctx.ledger.urls.find(f"http://{HOST}/1")
        with ctx.ledger.database.write() as c:
            now_ms = ctx.ledger.database.now(c)
            c.execute(update(feeds).values(next_poll_at=now_ms))
        assert due is not None
        assert due_s[0] < due <= due_s[1], "by the database's clock"
        assert retried is not None
        assert retried.next_attempt_at is not None
        assert 900 < retried.next_attempt_at.timestamp() - now_ms / 1000 < 1_300
        assert ctx.ledger.counts.outcomes() == {(OutcomeKind.INDEXED, None): 1}
    assert run_with(settings, clock_off_by(-skew_s)) == ("", "1 0", []), "due for a worker with any clock"


# --- C4 ---


def test_no_more_is_fetched_than_one_batch_ahead_of_a_slow_extractor(tmp_path: Path, site: Site) -> None:
    size, most, extracted = 3, 0, 0
    paths = [f"/{n}" for n in range(4 * size)]
    for path in paths:
        site.route(HOST, path, page(f"Report {path}", paragraphs=20))  # a millisecond to fetch, tens of them to extract

    def watch(stage: str, _done: int, _total: int) -> None:
        nonlocal extracted, most
        extracted += stage == "extract"
        most = max(most, sum(r.path in paths for r in site.requests) - extracted)

    with_feed(tmp_path, site, paths)
    with context_of(tmp_path, site, batch_size=size, batch_limit=2, entities="none") as ctx:
        run_once(type(ctx)(ctx.settings, ctx.ledger, ctx.owner, watch))
        assert ctx.ledger.counts.outcomes() == {(OutcomeKind.INDEXED, None): len(paths)}

    assert extracted == len(paths)
    assert 1 <= most <= size


def test_pages_that_a_slow_extractor_has_before_it_are_not_kept_in_memory(tmp_path: Path, site: Site) -> None:
    paths = [f"/{n}" for n in range(PAGES)]
    for path in paths:
        site.route(HOST, path, page(f"Report {path}") + f"<!--{'x' * BIG_PAGE}-->")
    with_feed(tmp_path, site, paths)
    done = run_child("tests.pipeline.many_pages", env=environment(tmp_path, site, ENTITIES="none", BATCH_SIZE="4", LEASE_S="60"))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])

    assert found["articles"] == PAGES
    assert found["peak"] < 330_000_000, "240 MB are there from the start; what is fetched would be 100 MB, decoded as much again"


# --- C9 ---


def big_articles(site: Site) -> list[str]:
    """Pages of 400 kB that do not shrink when they are packed."""
    paths = [f"/{n}" for n in range(ARTICLES)]
    for path in paths:
        site.route(HOST, path, page(f"Report {path.strip('/')}") + f"<!-- {os.urandom(200_000).hex()} -->")
    return paths


def well_with_more_room(home: Path, site: Site) -> bool:
    """Whether the next run takes everything to its end."""
    with context_of(home, site, entities="none", lease_s=1.0) as ctx:
        with ctx.ledger.database.write() as c:  # the one that failed is gone, and its leases run out
            c.exec_driver_sql("UPDATE batches SET lease_expires_at = 0 WHERE state = 'open'")
            c.exec_driver_sql("UPDATE feeds SET lease_expires_at = 0")
        run_once(ctx)
        return ctx.ledger.counts.outcomes() == ALL_INDEXED


def may_mount() -> bool:
    return bool(shutil.which("unshare")) and subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("disk", ["a disk of 1 MB", "files of 1 MB at most"])
def test_an_archive_that_is_full_is_a_typed_error_and_leaves_nothing_behind(tmp_path: Path, site: Site, disk: str) -> None:
    if disk == "a disk of 1 MB" and not may_mount():
        pytest.skip("this system lets us mount nothing: see the row with the limit of file sizes")
    archive = tmp_path / "archive"
    archive.mkdir()
    with_feed(tmp_path, site, big_articles(site))
    fault = disk_of(archive, "size=1m") if disk == "a disk of 1 MB" else files_up_to(1_000_000)

    kind, text, files = run_with(settings_of(tmp_path, site, entities="none"), fault, archive)

    assert (kind, files) == ("StorageError", [])
    assert text.endswith(
        f"{'No space left on device' if disk == 'a disk of 1 MB' else 'File too large'}; free some space or set NEWSFLOW_ARCHIVE_DIR."
    )
    assert well_with_more_room(tmp_path, site)


@pytest.mark.parametrize("folder", ["archive", "spool"])
def test_a_disk_that_takes_no_writes_is_a_typed_error_and_leaves_nothing_behind(tmp_path: Path, site: Site, folder: str) -> None:
    if not may_mount():
        pytest.skip("this system lets us mount nothing")
    publish(site, ARTICLES)
    disk = tmp_path / folder
    disk.mkdir()
    with_feed(tmp_path, site, [f"/{n}" for n in range(ARTICLES)])

    kind, text, files = run_with(settings_of(tmp_path, site, entities="none"), disk_of(disk, "ro"), disk)

    assert (kind, files) == ("StorageError", [])
    assert "Read-only file system" in text
    assert well_with_more_room(tmp_path, site)


def test_a_spool_that_is_full_is_a_typed_error_and_leaves_nothing_behind(tmp_path: Path, site: Site) -> None:
    publish(site, ARTICLES)
    spool = tmp_path / "spool"
    spool.mkdir()
    with_feed(tmp_path, site, [f"/{n}" for n in range(ARTICLES)])
    spool.rmdir()
    spool.write_text("a file where the folder should be")

    kind, text, _ = run_with(settings_of(tmp_path, site, entities="none"), lambda: None)

    assert kind == "StorageError"
    assert str(spool) in text
    spool.unlink()
    assert well_with_more_room(tmp_path, site)


def test_a_database_that_is_full_keeps_the_feed_where_it_was(tmp_path: Path, site: Site) -> None:
    with_feed(tmp_path, site, [f"/{n}" for n in range(1_000)])
    size = max(p.stat().st_size for p in tmp_path.glob("newsflow.db*"))

    kind, text, _ = run_with(settings_of(tmp_path, site, entities="none"), files_up_to(size + 100_000))

    assert kind == "StateError"
    assert text.startswith("the state database sqlite:///")
    with context_of(tmp_path, site) as ctx:
        (feed,) = ctx.ledger.feeds.all()
        assert (feed.etag, feed.last_polled_at, ctx.ledger.counts.total()) == (None, None, 0)


@pytest.mark.parametrize("number", [4, 12, 40])
def test_without_file_descriptors_nothing_is_lost(tmp_path: Path, site: Site, number: int) -> None:
    publish(site, ARTICLES)
    with_feed(tmp_path, site, [f"/{n}" for n in range(ARTICLES)])

    kind, text, _ = run_with(settings_of(tmp_path, site, entities="none"), descriptors(number))

    assert not kind.startswith("untyped"), text
    assert (kind != "") == ("ulimit" in text or "cannot be" in text)
    assert well_with_more_room(tmp_path, site)
