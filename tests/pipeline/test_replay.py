"""Replay: archives of other writers give the articles that a crawl gives; which pages are taken; what cannot be read."""

from __future__ import annotations

import functools
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from fastwarc.stream_io import ZstdWriter
from fastwarc.warc import ArchiveIterator, response
from sqlalchemy import update

from ingest.errors import StorageError, UsageError
from ingest.extract.version import EXTRACTOR_VERSION
from ingest.model import Article, Capture, OutcomeKind, Reason
from ingest.pipeline import tasks
from ingest.pipeline.context import Context
from ingest.pipeline.replay import ALL, Reading, Selection, language_codes, plan_replay
from ingest.pipeline.run import run_once
from ingest.pipeline.stages import REPLAY_STAGES, run_batch
from ingest.state.tables import urls
from tests.pipeline.foreign import FETCHED, Writer, with_fastwarc, with_warcio
from tests.pipeline.world import FEED, HOST, context_of, indexed, page, publish
from tests.site import Site

PAGES = {f"http://{HOST}/{n}": page(f"Report {n}").encode() for n in range(6)}
WRITERS: dict[str, Writer] = {
    "warcio, gzip": with_warcio,
    "warcio, not packed": functools.partial(with_warcio, packed=False),
    "fastwarc, gzip": with_fastwarc,
    "fastwarc, not packed": functools.partial(with_fastwarc, pack=None),
}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site() as running:
        publish(running)
        yield running


@pytest.fixture
def ctx(site: Site, tmp_path: Path) -> Iterator[Context]:
    with context_of(tmp_path / "home", site, entities="none") as opened:
        yield opened


def replay(ctx: Context, paths: Sequence[Path] = (), selection: Selection = ALL) -> Reading:
    reading = Reading()
    for ref in plan_replay(ctx, paths, selection, reading=reading):
        run_batch(ctx, ref, REPLAY_STAGES)
    return reading


def told(articles: Sequence[Article]) -> list[tuple[object, ...]]:
    """What an article says, wherever it was fetched."""
    return [(a.id, a.canonical_url, a.title, a.text, a.language, a.published_at, a.content_hash, a.extractor) for a in articles]


@pytest.fixture(scope="module")
def crawled(site: Site, tmp_path_factory: pytest.TempPathFactory) -> list[Article]:
    with context_of(tmp_path_factory.mktemp("crawled"), site, entities="none") as ctx:
        ctx.ledger.feeds.add(FEED)
        run_once(ctx)
        return indexed(ctx)


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_an_archive_of_another_writer_replays_to_the_articles_of_a_crawl(
    ctx: Context, write: Writer, crawled: list[Article], tmp_path: Path
) -> None:
    archive = tmp_path / "CC-NEWS-20261121073000-00001.warc.gz"
    write(archive, PAGES)
    with archive.open("rb") as file:
        read_by_fastwarc = {r.headers["WARC-Target-URI"]: (r.record_id, r.stream_pos) for r in ArchiveIterator(file, response)}

    reading = replay(ctx, [archive])
    found = indexed(ctx)

    assert (reading.pages, reading.files, reading.losses.records, reading.losses.damage) == (6, 1, 0, [])
    assert told(found) == told(crawled)
    assert {a.url: (f"<{a.warc_record}>", a.warc_offset) for a in found} == read_by_fastwarc
    assert {(a.warc, a.fetched_at, a.extractor_version) for a in found} == {(str(archive), FETCHED, EXTRACTOR_VERSION)}


def test_replaying_it_twice_changes_nothing(ctx: Context, tmp_path: Path) -> None:
    with_warcio(tmp_path / "a.warc.gz", PAGES)
    replay(ctx, [tmp_path / "a.warc.gz"])
    once = indexed(ctx)

    replay(ctx, [tmp_path / "a.warc.gz"])

    assert indexed(ctx) == once


# --- which pages ---


def selected(ctx: Context, paths: Sequence[Path], selection: Selection) -> list[str]:
    """The pages that a replay would take."""
    return sorted(c.final_url or "" for ref in plan_replay(ctx, paths, selection) for c in ctx.folder(ref).read("fetched", Capture))


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        pytest.param(Selection(), ["http://a.example/1", "http://b.a.example/2", "http://xa.example/3"], id="all"),
        pytest.param(Selection(hosts=("a.example",)), ["http://a.example/1", "http://b.a.example/2"], id="a host and its subdomains"),
        pytest.param(Selection(hosts=("b.a.example", "xa.example")), ["http://b.a.example/2", "http://xa.example/3"], id="two hosts"),
        pytest.param(Selection(since=FETCHED, until=FETCHED + timedelta(seconds=1)),
                     ["http://a.example/1", "http://b.a.example/2", "http://xa.example/3"], id="a time that holds them"),
        pytest.param(Selection(until=FETCHED), [], id="a time before"),
        pytest.param(Selection(since=FETCHED + timedelta(seconds=1)), [], id="a time after"),
    ],
)  # fmt: skip
def test_only_the_pages_that_were_asked_for(ctx: Context, tmp_path: Path, selection: Selection, names: list[str]) -> None:
    with_warcio(
        tmp_path / "a.warc.gz", {u: page(u).encode() for u in ("http://a.example/1", "http://b.a.example/2", "http://xa.example/3")}
    )

    assert selected(ctx, [tmp_path / "a.warc.gz"], selection) == names


GERMAN = (
    "<html lang='en'><head><title>Die Brücke</title></head><body><article><h1>Die Brücke</h1>"
    + "<p>Der Rat der Stadt hat am Dienstagabend über die neue Brücke gesprochen, die seit sechs Jahren geplant wird.</p>" * 4
    + "</article></body></html>"
)


def test_only_the_languages_that_were_asked_for(ctx: Context, tmp_path: Path) -> None:
    english, german, known = (f"http://{HOST}/{name}" for name in ("english", "german", "known"))
    with_warcio(tmp_path / "known.warc.gz", {known: page("Known").encode()})
    with_warcio(tmp_path / "all.warc.gz", {english: page("Report").encode(), german: GERMAN.encode(), known: page("Known").encode()})
    replay(ctx, [tmp_path / "known.warc.gz"])

    assert replay(ctx, [tmp_path / "all.warc.gz"], Selection(languages=("de",))).pages == 3

    assert [(a.url, a.language) for a in indexed(ctx)] == [(german, "de"), (known, "en")], "by the text; what was there stays"
    assert ctx.ledger.counts.outcomes() == {
        (OutcomeKind.INDEXED, None): 2,
        (OutcomeKind.DROPPED, Reason.OTHER_LANGUAGE): 1,
    }
    assert ctx.ledger.counts.backlog().discovered == 0, "nothing is to be fetched for it"
    assert selected(ctx, [tmp_path / "all.warc.gz"], Selection(outdated=True)) == [english], "it has not been judged"


@pytest.mark.parametrize(
    ("tags", "codes"),
    [
        pytest.param([], (), id="none"),
        pytest.param(["de", "pt-BR", "DE"], ("de", "pt"), id="of a country, twice"),
        pytest.param(["nb"], ("no",), id="folded as articles are"),
    ],
)
def test_languages_by_their_tags(tags: list[str], codes: tuple[str, ...]) -> None:
    assert language_codes(tags) == codes


def made_by_an_older_one(ctx: Context, *paths: str) -> None:
    """As if these pages had been judged before an upgrade."""
    with ctx.ledger.database.write() as c:
        c.execute(update(urls).where(urls.c.url.in_([f"http://{HOST}{path}" for path in paths])).values(extractor="newsflow 0.0.1"))


class TestAfterAnUpgrade:
    @pytest.fixture
    def ours(self, ctx: Context) -> Context:
        ctx.ledger.feeds.add(FEED)
        run_once(ctx)
        return ctx

    def test_each_page_that_was_read_knows_what_judged_it(self, ours: Context) -> None:
        judged = {path: ours.ledger.urls.find(f"http://{HOST}{path}") for path in ("/0", "/copy", "/empty", "/dead")}

        assert {path: record and record.extractor for path, record in judged.items()} == {
            "/0": EXTRACTOR_VERSION,
            "/copy": EXTRACTOR_VERSION,
            "/empty": EXTRACTOR_VERSION,
            "/dead": None,
        }

    def test_only_what_an_older_extractor_judged_is_done_again_and_only_once(self, ours: Context) -> None:
        outcomes = ours.ledger.counts.outcomes()
        made_by_an_older_one(ours, "/1", "/copy", "/empty")

        assert replay(ours, selection=Selection(outdated=True)).pages == 3
        assert replay(ours, selection=Selection(outdated=True)).pages == 0
        assert ours.ledger.counts.outcomes() == outcomes

    def test_what_was_judged_before_versions_were_noted_counts_as_old(self, ours: Context) -> None:
        with ours.ledger.database.write() as c:
            c.execute(update(urls).values(extractor=None))

        assert replay(ours, selection=Selection(outdated=True)).pages == 8
        assert replay(ours, selection=Selection(outdated=True)).pages == 0

    def test_an_older_copy_of_a_page_does_not_pass_for_the_present_one(self, ours: Context, tmp_path: Path) -> None:
        made_by_an_older_one(ours, "/1")
        with_warcio(tmp_path / "old.warc.gz", {f"http://{HOST}/1": page("Report 1, as it was").encode()})
        before = indexed(ours)

        replay(ours, [tmp_path / "old.warc.gz"])

        assert told(indexed(ours)) == told(before)
        assert replay(ours, selection=Selection(outdated=True)).pages == 1

    def test_the_archive_of_the_document_can_be_opened_at_its_record(self, ours: Context) -> None:
        article = indexed(ours)[1]
        with ours.archive_file(article.warc or "").open("rb") as file:
            file.seek(article.warc_offset)
            record = next(iter(ArchiveIterator(file)))

        assert (record.record_id, record.headers["WARC-Target-URI"]) == (f"<{article.warc_record}>", article.url)


# --- what cannot be read ---


def test_one_file_that_is_no_warc_does_not_keep_the_others_from_being_read(ctx: Context, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    (folder / "deep").mkdir(parents=True)
    with_warcio(folder / "a.warc.gz", dict(list(PAGES.items())[:2]))
    (folder / "b.warc.gz").write_bytes(b"<html>Access denied</html>")
    (folder / "c.warc").write_bytes(b"")
    with_fastwarc(folder / "d.warc", dict(list(PAGES.items())[2:3]), pack=ZstdWriter)
    with_fastwarc(folder / "deep" / "e.warc.gz", dict(list(PAGES.items())[3:]))
    (folder / "notes.txt").write_text("no archive")

    reading = replay(ctx, [folder])

    assert [a.url for a in indexed(ctx)] == [url for n, url in enumerate(PAGES) if n != 2]
    assert reading.files == 3, "the empty one among them"
    assert [sentence.partition(" is ")[2].partition(":")[0] for sentence in reading.losses.damage] == [
        "not a WARC file",
        "packed with zstd",
    ]


def test_a_path_that_is_not_there_is_said_before_anything_is_done(ctx: Context, tmp_path: Path) -> None:
    with_warcio(tmp_path / "a.warc.gz", PAGES)
    with pytest.raises(StorageError, match="there is no"):
        replay(ctx, [tmp_path / "a.warc.gz", tmp_path / "none.warc.gz"])

    assert ctx.ledger.counts.total() == 0


def test_planning_takes_the_memory_of_one_batch_however_many_pages_there_are(ctx: Context, tmp_path: Path) -> None:
    page_of_25_kb = page("Report", paragraphs=80).encode()
    peaks = []
    for count in (50, 250):
        with_warcio(tmp_path / f"{count}.warc.gz", {f"http://{HOST}/{count}/{n}": page_of_25_kb for n in range(count)})
        tracemalloc.start()
        try:
            refs = sum(1 for _ in plan_replay(ctx, [tmp_path / f"{count}.warc.gz"]))
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
        assert refs == count / ctx.settings.batch_size

    assert peaks[1] < peaks[0] + 500_000, "200 more pages are 5 MB"


def test_the_task_of_the_dag_plans_what_its_parameters_ask_for(ctx: Context, tmp_path: Path) -> None:
    with_warcio(tmp_path / "a.warc.gz", PAGES)
    (tmp_path / "b.warc.gz").write_bytes(b"no archive")
    paths = [str(tmp_path / "a.warc.gz"), str(tmp_path / "b.warc.gz")]

    (batch,) = tasks.plan_replay({"paths": paths, "languages": ["en"], "outdated": False}, settings=ctx.settings)
    for name in REPLAY_STAGES:
        assert tasks.run_stage(name, batch, settings=ctx.settings) == batch

    assert len(indexed(ctx)) == len(PAGES)
    assert tasks.plan_replay({"paths": paths, "outdated": True}, settings=ctx.settings) == []
    assert tasks.plan_replay({}, settings=ctx.settings) == [], "the archive is empty"
    for bad in ({"paths": "a.warc.gz"}, {"languages": "de"}, {"languages": ["german"]}):
        with pytest.raises(UsageError):
            tasks.plan_replay(bad, settings=ctx.settings)
