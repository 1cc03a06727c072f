"""What a score rises and falls with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.quality import FULL_SHARE, POOR, Evidence, agreement, evidence, plausibility, prose, score, taken_up
from ingest.extract.tree import parse

SENTENCE = "The council met on Monday evening and agreed on the plan for the new bridge over the river."
ARTICLE = "\n".join([SENTENCE] * 10)
KNOWN = Evidence(page_chars=1_500, whole_chars=2_000, title="Council agreed on bridge")


def test_a_whole_article_in_sentences_on_its_title_has_the_best_score() -> None:
    assert score(ARTICLE, KNOWN) == 1.0


WORSE = {
    "a small part of the page": (ARTICLE, KNOWN._replace(page_chars=30_000)),
    "lines that are no sentences": ("\n".join(["Council agreed on bridge"] * 40), KNOWN),
    "another subject than the title": (ARTICLE, KNOWN._replace(title="Striker scores twice against champions")),
}


@pytest.mark.parametrize("name", WORSE)
def test_worse_is(name: str) -> None:
    text, known = WORSE[name]
    assert score(text, known) < 0.7


def test_no_text_has_no_score() -> None:
    assert score(" \n", KNOWN._replace(witness=SENTENCE * 9)) == 0.0


def test_a_witness_vouches_and_accuses_not() -> None:
    names = "\n".join(f"Item {number}" for number in range(100))
    assert score(names, KNOWN) < POOR < score(names, KNOWN._replace(witness=names))
    assert score(ARTICLE, KNOWN._replace(witness="Quite another text. " * 50)) == score(ARTICLE, KNOWN)
    assert plausibility(names, KNOWN._replace(witness=names)) == score(names, KNOWN)


def test_the_first_other_text_that_is_long_enough_is_the_witness() -> None:
    root = parse(f"<html><body><p>{SENTENCE}</p><footer>{SENTENCE}</footer></body></html>")
    assert root is not None
    known = evidence(root, "Bridge", "too short", ARTICLE)
    assert known == Evidence(len(SENTENCE), 2 * len(SENTENCE), "Bridge", ARTICLE)
    assert evidence(root, "Bridge").witness == ""


def test_parts_of_the_score() -> None:
    assert agreement("one two two", "two two three") == pytest.approx(4 / 6, abs=1e-4)
    assert prose(f"{SENTENCE}\n{'x' * len(SENTENCE)}") == 0.5
    assert taken_up("The new bridge in Cologne", SENTENCE) == 0.5
    assert taken_up("1:0", SENTENCE) == 1.0


@given(st.text(max_size=500), st.text(max_size=80), st.text(max_size=500), st.floats(0, 1e6))
def test_every_score_is_a_share(text: str, title: str, witness: str, chars: float) -> None:
    assert 0.0 <= score(text, Evidence(chars, chars, title, witness)) <= 1.0


@given(st.integers(0, 20_000))
def test_more_of_the_page_is_never_worse(chars: int) -> None:
    known = Evidence(chars, chars)
    assert score(f"{ARTICLE}\n{SENTENCE}", known) >= score(ARTICLE, known) > 0
    assert FULL_SHARE < 1
