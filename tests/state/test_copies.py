"""Stories in the ledger: who joins whom, whatever the order, however often it is asked, and for how long."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from ingest.enrich.signature import signature
from ingest.errors import LeaseLost
from ingest.model import Claim, Copy
from ingest.state.ledger import BatchRef, Ledger
from ingest.state.tables import copies, signature_keys, signatures
from tests.state.acts import id_of

START = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
DAY_S = 86_400.0


def words(seed: int, number: int = 200) -> str:
    """A text of its own."""
    rng = random.Random(seed)
    return " ".join(f"w{rng.randrange(5_000)}" for _ in range(number))


def copy(name: int, text: str, *, minutes: float = 0, site: str = "", title: str = "Title", published: datetime | None = None) -> Copy:
    seen = START + timedelta(minutes=minutes)
    return Copy(
        article_id=f"{name:064x}", site=site or f"paper{name}.example", title=title, published_at=published or seen, first_seen_at=seen,
        signature=signature(text),
    )  # fmt: skip


def batch(ledger: Ledger, number: int = 1, lease_s: float = 60) -> BatchRef:
    claim = Claim(url_id=id_of(number), url=f"https://paper.example/{number}", first_seen_at=START)
    return ledger.batches.create_replay([claim], owner="t", lease_s=lease_s)


def assign(ledger: Ledger, *articles: Copy, window_s: float = 7 * DAY_S) -> dict[int, int]:
    """Names of articles and the names of the first articles of their stories."""
    found = ledger.copies.assign(batch(ledger), articles, window_s=window_s)
    return {int(article, 16): int(story, 16) for article, story in found.items()}


def rows(ledger: Ledger) -> tuple[int, int, int]:
    """Articles, signatures, keys."""
    with ledger.database.read() as c:
        copy_count, print_count, key_count = (
            c.execute(select(func.count()).select_from(table)).scalar_one() for table in (copies, signatures, signature_keys)
        )
    return copy_count, print_count, key_count


def test_copies_share_the_story_of_the_first_and_others_have_their_own(ledger: Ledger) -> None:
    assert assign(ledger, copy(1, words(1)), copy(2, words(2), minutes=1)) == {1: 1, 2: 2}
    assert assign(ledger, copy(3, words(1), minutes=2), copy(4, words(3), minutes=2)) == {3: 1, 4: 4}
    assert assign(ledger) == {}


def mixed() -> list[Copy]:
    """Thirty articles of ten stories, their texts cut and lengthened."""
    texts = [words(n) for n in range(10)]
    forms = [f"{words(100 + n, 20)} {t[: len(t) * (10 - n // 10) // 10]} {words(200 + n, 10)}" for n, t in enumerate(texts * 3)]
    return [copy(n + 1, form, minutes=n % 4) for n, form in enumerate(forms)]


@pytest.mark.parametrize("seed", range(5))
def test_the_same_batch_gives_the_same_stories_in_any_order(ledger: Ledger, seed: int) -> None:
    articles = mixed()
    shuffled = articles[:]
    random.Random(seed).shuffle(shuffled)

    found = assign(ledger, *shuffled)

    by_story: dict[int, set[int]] = {}
    for article, story in found.items():
        by_story.setdefault(story, set()).add(article % 10)
    assert [len(members) for members in by_story.values()] == [1] * 10
    assert len(found) == 30
    # The first of each story is the one that was seen first, by the least id where two were.
    times = {int(a.article_id, 16): (a.first_seen_at, a.article_id) for a in articles}
    assert all(times[story] == min(times[a] for a, s in found.items() if s == story) for story in by_story)


def test_asked_again_it_answers_the_same_and_writes_nothing(ledger: Ledger) -> None:
    first = assign(ledger, *mixed())
    before = rows(ledger)

    assert assign(ledger, *reversed(mixed())) == first
    assert rows(ledger) == before


def test_two_articles_of_one_id_in_a_batch_are_one(ledger: Ledger) -> None:
    assert assign(ledger, copy(1, words(1)), copy(1, words(2), minutes=1)) == {1: 1}
    assert rows(ledger)[0] == 1


def test_a_lone_article_joins_a_story_once_its_text_is_that_of_another(ledger: Ledger) -> None:
    assign(ledger, copy(1, words(1)), copy(2, words(2), minutes=1))

    assert assign(ledger, copy(2, words(1), minutes=1)) == {2: 1}
    assert assign(ledger, copy(3, words(2), minutes=2)) == {3: 3}, "the old text of 2 leads nowhere"
    assert set(ledger.copies.stories([f"{2:064x}"])) == {f"{2:064x}"}


def test_an_article_keeps_a_story_that_it_shares_whatever_it_says_later(ledger: Ledger) -> None:
    assign(ledger, copy(1, words(1)), copy(2, words(1), minutes=1))

    assert assign(ledger, copy(2, words(2), minutes=1)) == {2: 1}
    assert assign(ledger, copy(3, words(2), minutes=2)) == {3: 1}, "it is found by its new text"


def test_articles_seen_further_apart_than_the_window_are_no_copies(ledger: Ledger) -> None:
    assign(ledger, copy(1, words(1)))

    assert assign(ledger, copy(2, words(1), minutes=90), window_s=3600) == {2: 2}
    assert assign(ledger, copy(3, words(1), minutes=59), window_s=3600) == {3: 1}


def test_trimming_forgets_signatures_and_keeps_stories(ledger: Ledger) -> None:
    assign(ledger, copy(1, words(1)), copy(2, words(1)), copy(3, "too short to compare"))
    assert ledger.copies.trim(DAY_S) == 0

    assert ledger.copies.trim(-1) == 3

    assert rows(ledger) == (3, 0, 0)
    assert ledger.copies.stories([f"{2:064x}"])[f"{2:064x}"].size == 2
    assert assign(ledger, copy(4, words(1))) == {4: 4}


def test_short_texts_are_stories_of_their_own(ledger: Ledger) -> None:
    text = "Read on with a subscription. It costs one euro."

    assert assign(ledger, copy(1, text), copy(2, text), copy(3, ""), copy(4, "")) == {1: 1, 2: 2, 3: 3, 4: 4}


def test_what_a_site_adds_to_all_its_articles_joins_none_of_them(ledger: Ledger) -> None:
    footer = words(99, 60)
    articles = [copy(n, f"{words(n, 100)} {footer}", minutes=n, site="one.example", title=f"Title {n}") for n in range(1, 60)]

    assert assign(ledger, *articles) == {n: n for n in range(1, 60)}


@pytest.mark.parametrize(
    ("site", "title", "joined"),
    [
        pytest.param("one.example", "Title 2", False, id="one site, two titles: its paywall's text"),
        pytest.param("one.example", "title  1", True, id="one site, one title: published twice"),
        pytest.param("two.example", "Title 2", True, id="two sites: a short agency report"),
    ],
)
def test_a_short_text_on_one_site_counts_with_its_title_only(ledger: Ledger, site: str, title: str, joined: bool) -> None:  # noqa: FBT001
    first = copy(1, words(1, 60), site="one.example", title="Title 1")

    assert assign(ledger, first, copy(2, words(1, 60), minutes=1, site=site, title=title))[2] == (1 if joined else 2)


def test_workers_side_by_side_make_one_story_of_one_report(ledger_url: str) -> None:
    def work(number: int) -> str:
        with Ledger.open(ledger_url) as mine:
            ref = batch(mine, number)
            barrier.wait(timeout=30)
            others = [copy(100 * number + n, words(100 * number + n), minutes=n) for n in range(1, 20)]
            return mine.copies.assign(ref, [copy(number, words(0)), *others], window_s=DAY_S)[f"{number:064x}"]

    Ledger.open(ledger_url).close()
    barrier = threading.Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(work, range(1, 5)))

    assert len(set(found)) == 1
    with Ledger.open(ledger_url) as ledger:
        assert ledger.copies.stories([f"{1:064x}"])[f"{1:064x}"].size == 4
        assert rows(ledger)[0] == 80


class TestStories:
    def test_they_tell_size_sites_and_the_first_publisher(self, ledger: Ledger) -> None:
        early, midnight = START - timedelta(hours=2), START.replace(hour=0, minute=0)
        assign(
            ledger,
            copy(1, words(1), site="b.example"),
            copy(2, words(1), site="a.example", minutes=5, published=early),
            copy(3, words(1), site="b.example", minutes=6, published=midnight),
            copy(4, words(1), site="c.example", minutes=7, published=START + timedelta(days=400)),
            copy(5, words(5)),
        )

        found = ledger.copies.stories([f"{n:064x}" for n in (3, 5, 9)])

        assert set(found) == {f"{3:064x}", f"{5:064x}"}
        story = found[f"{3:064x}"]
        assert (story.id, story.size, story.sites) == (f"{1:064x}", 4, ("a.example", "b.example", "c.example"))
        assert [int(m.article_id, 16) for m in story.members] == [2, 1, 3, 4]
        assert story.members[0].published_at == early
        assert found[f"{5:064x}"].size == 1

    def test_of_many_articles_at_once(self, ledger: Ledger) -> None:
        assign(ledger, *(copy(n, words(n % 400)) for n in range(1, 1201)))

        found = ledger.copies.stories([f"{n:064x}" for n in range(1, 1201)])

        assert len(found) == 1200
        assert {story.size for story in found.values()} == {3}


def test_a_worker_that_lost_its_batch_is_refused(ledger: Ledger) -> None:
    ref = batch(ledger)

    with pytest.raises(LeaseLost):
        ledger.copies.assign(BatchRef(ref.id, ref.token + 1), [copy(1, words(1))], window_s=DAY_S)
    assert rows(ledger) == (0, 0, 0)
