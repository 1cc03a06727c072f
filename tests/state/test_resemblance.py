"""Whether two articles are copies: what counts for it and what against."""

from __future__ import annotations

import random

import numpy as np
import pytest

from ingest.state.clusters import MAX_STORIES, Clusters, Places
from ingest.state.resemblance import KEYS, MIN_SHINGLES, Known, best, likeness

DAY_MS = 86_400_000
SAMPLE = 96


def known(shingles: set[int], *, copy_id: int = 1, site: str = "a.example", title_key: int = 1, at: int = 0) -> Known:
    """An article with these shingles, sampled as signatures are."""
    return Known(copy_id, copy_id, site, title_key, at, len(shingles), np.array(sorted(shingles)[:SAMPLE], np.uint64))


def shingles(seed: int, number: int) -> set[int]:
    rng = random.Random(seed)
    return {rng.randrange(1 << 63) for _ in range(number)}


A, B = shingles(1, 600), shingles(2, 600)
HALF_OF_A = set(sorted(A, key=lambda n: n % 1009)[:300])
PATTERN = shingles(5, 300)
QUARTER_OF_A = set(sorted(A, key=lambda n: n % 1009)[:150])


@pytest.mark.parametrize(
    ("one", "other", "copies"),
    [
        pytest.param(known(A), known(A, site="b.example"), True, id="the same text"),
        pytest.param(known(A), known(HALF_OF_A, site="b.example"), True, id="cut to half"),
        pytest.param(known(A), known(A | shingles(3, 400), site="b.example"), True, id="with much around"),
        pytest.param(known(A), known(B, site="b.example"), False, id="another text"),
        pytest.param(known(A), known(QUARTER_OF_A | shingles(3, 450), site="b.example"), False, id="a quarter in common"),
        pytest.param(known(QUARTER_OF_A), known(A, site="b.example"), False, id="a digest that quotes it whole"),
        pytest.param(known(A), known(A, at=DAY_MS + 1), False, id="beyond the window"),
        pytest.param(known(A), known(A, at=DAY_MS), True, id="at the end of the window"),
        pytest.param(known(set(sorted(A)[: MIN_SHINGLES - 1])), known(set(sorted(A)[: MIN_SHINGLES - 1])), False, id="too little to tell"),
        pytest.param(known(set(sorted(A)[:60])), known(set(sorted(A)[:60]), title_key=2), False, id="a notice of one site"),
        pytest.param(known(set(sorted(A)[:60])), known(set(sorted(A)[:60]), title_key=2, site="b.example"), True, id="a short report"),
        pytest.param(
            known(PATTERN | shingles(3, 200)), known(PATTERN | shingles(4, 200), title_key=2), False, id="one pattern of one site"
        ),
        pytest.param(known(PATTERN | shingles(3, 200)), known(PATTERN | shingles(4, 200)), True, id="one title of one site, edited"),
        pytest.param(known(PATTERN | shingles(3, 200)), known(PATTERN | shingles(4, 200), site="b.example"), True, id="edited elsewhere"),
        pytest.param(known(A), known(A, title_key=2), True, id="published twice under two titles"),
        pytest.param(known(set()), known(set()), False, id="no text"),
    ],
)
def test_copies(one: Known, other: Known, copies: bool) -> None:  # noqa: FBT001
    assert (likeness(one, other, window_ms=DAY_MS) > 0) is copies
    assert likeness(one, other, window_ms=DAY_MS) == likeness(other, one, window_ms=DAY_MS)


def test_the_most_alike_is_the_best_and_of_equals_the_first() -> None:
    article = known(A, copy_id=9)
    others = [known(HALF_OF_A | shingles(4, 200), copy_id=1), known(A, copy_id=3), known(A, copy_id=2), known(B, copy_id=0)]

    found = best(article, others, window_ms=DAY_MS)

    assert found is not None
    assert found.copy_id == 2
    assert best(article, [], window_ms=DAY_MS) is None


def test_a_hash_that_many_stories_have_leads_to_no_further_one() -> None:
    places: Places = {7: {story: story for story in range(1, MAX_STORIES + 1)}}
    clusters = Clusters(places, DAY_MS)

    clusters.put(known(A, copy_id=100), [7, 8])
    clusters.put(known(A, copy_id=5), [7])

    assert clusters.rows() == [{"hash": 7, "story": 5, "copy_id": 5}, {"hash": 8, "story": 100, "copy_id": 100}]


def test_candidates_are_those_that_share_the_most_keys() -> None:
    keys = sorted(A)[:KEYS]
    places: Places = {value: {1: 1} for value in keys[:2]} | {value: {2: 2} for value in keys[2:]}

    assert Clusters(places, DAY_MS).candidates(keys) == [2, 1]
