"""How well articles are extracted from real pages, against floors pinned in floors.toml. A floor is only ever raised.

The pages of trafilatura-eval were known to the extractor's authors: their numbers show regressions, not how good it is.
Those of wcxb-dev were not.
"""

from __future__ import annotations

import gzip
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from ingest.errors import ExtractRejected
from ingest.extract.article import Extraction, PageBytes, extract
from ingest.model import DateSource
from tests.corpora import corpora
from tests.extract import scoring
from tests.extract.scoring import Score

FLOORS = tomllib.loads((Path(__file__).with_name("floors.toml")).read_text())
FETCHED_AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
SETS = ("trafilatura-eval", "wcxb-dev")

pytestmark = [pytest.mark.slow, pytest.mark.corpora]


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What people noted of one page; "" and empty where they did not."""

    url: str
    file: Path
    title: str
    author: str
    date: str
    wanted: tuple[str, ...] = ()  # segments
    unwanted: tuple[str, ...] = ()
    text: str = ""


@dataclass
class Tally:
    """Counts over the pages of one set."""

    pages: int = 0
    rejected: int = 0
    text: Score = field(default_factory=Score)
    right: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("title", "author", "date"), 0))
    known: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("title", "author", "date"), 0))
    wrong_dates: int = 0  # given and not that of the truth
    dated: int = 0

    def measures(self) -> dict[str, float]:
        """Every measure that has a floor, 0 to 1."""
        shares = {name: self.right[name] / max(1, self.known[name]) for name in self.right}
        return {
            "precision": self.text.precision,
            "recall": self.text.recall,
            "f1": self.text.f1,
            **shares,
            "date_precision": 1 - self.wrong_dates / max(1, self.dated),
            "extracted": 1 - self.rejected / max(1, self.pages),
        }


def one(noted: str | list[str] | None) -> str:
    """What was noted as one string: a few pages have lists of authors."""
    return ", ".join(noted) if isinstance(noted, list) else noted or ""


def truths(name: str) -> Iterator[Truth]:
    """The pages of the set `name`."""
    folder = corpora(f"pages/{name}")
    if name == "trafilatura-eval":
        for url, noted in json.loads((folder / "evaldata.json").read_text()).items():
            yield Truth(
                url=url,
                file=folder / "html" / f"{noted['file']}.gz",
                title=one(noted["title"]),
                author=one(noted["author"]),
                date=one(noted["date"]),
                wanted=tuple(noted["with"]),
                unwanted=tuple(noted["without"]),
            )
        return
    for file in sorted((folder / "ground-truth").glob("*.json")):
        noted = json.loads(file.read_text())
        truth = noted["ground_truth"]
        yield Truth(
            url=noted["url"],
            file=folder / "html" / f"{file.stem}.html.gz",
            title=one(truth.get("title")),
            author=one(truth.get("author")),
            date=one(truth.get("publish_date")),
            text=truth["main_content"],
        )


@cache
def tally(name: str) -> Tally:
    total = Tally()
    for truth in truths(name):
        total.pages += 1
        try:
            found = extract(PageBytes(body=gzip.decompress(truth.file.read_bytes()), url=truth.url, fetched_at=FETCHED_AT))
        except ExtractRejected:
            total.rejected += 1
            found = Extraction(text="", extractor="")
        add(total, truth, found)
    return total


def add(total: Tally, truth: Truth, found: Extraction) -> None:
    total.text += scoring.words(found.text, truth.text) if truth.text else scoring.segments(found.text, truth.wanted, truth.unwanted)
    hits = {
        "title": truth.title and scoring.same_title(found.title, truth.title),
        "author": truth.author and scoring.same_names(found.authors, truth.author),
        "date": truth.date and scoring.same_day(found.published_at, truth.date),
    }
    for name, hit in hits.items():
        total.known[name] += bool(getattr(truth, name))
        total.right[name] += bool(hit)
    if truth.date and found.published_at:
        total.dated += 1
        total.wrong_dates += not hits["date"]


@pytest.mark.parametrize("name", SETS)
def test_no_measure_falls_below_its_floor(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    measures = tally(name).measures()
    with capsys.disabled():
        print(f"\n{name}: {tally(name).pages} pages")  # the table is what one runs this for
        for measure, value in measures.items():
            print(f"  {measure:15} {value:.4f}  floor {FLOORS[name][measure]:.4f}")
    assert {measure: value for measure, value in measures.items() if value < FLOORS[name][measure]} == {}


@pytest.mark.parametrize("name", SETS)
def test_every_measure_has_a_floor_that_means_something(name: str) -> None:
    assert FLOORS[name].keys() == tally(name).measures().keys()
    for measure, value in tally(name).measures().items():
        assert value - FLOORS[name][measure] < 0.02, f"raise the floor of {measure}: it is {value:.4f} by now"


def test_a_date_always_says_where_it_comes_from() -> None:
    for truth in list(truths("trafilatura-eval"))[:60]:
        try:
            found = extract(PageBytes(body=gzip.decompress(truth.file.read_bytes()), url=truth.url, fetched_at=FETCHED_AT))
        except ExtractRejected:
            continue
        assert (found.published_at is None) == (found.published_source is DateSource.FETCHED)
