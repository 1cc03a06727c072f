"""A page that shows the beginning and an offer, told from pages that only have offers."""

from __future__ import annotations

import pytest

from ingest.extract.paywall import MAX_CHARS, is_walled
from ingest.extract.tree import parse

TEASER = "The council met on Tuesday to speak about the bridge."
OFFER = "Read this article and all others for one euro in the first month."


@pytest.mark.parametrize(
    ("markup", "text", "walled"),
    [
        pytest.param(f'<div class="paywall"><p>{OFFER}</p></div>', TEASER, True, id="a wall behind a teaser"),
        pytest.param(f'<section id="reg-wall">{OFFER}</section>', TEASER, True, id="one that asks to register"),
        pytest.param(f'<aside class="box subscriber-only wide">{OFFER}</aside>', TEASER, True, id="among other classes"),
        pytest.param(f'<div class="paywall">{OFFER}</div>', TEASER * 40, False, id="an article that is there"),
        pytest.param('<div class="paywall"></div>', TEASER, False, id="an empty one, made ready"),
        pytest.param(f'<div class="paywall" style="display: none">{OFFER}</div>', TEASER, False, id="one that is not shown"),
        pytest.param(f'<div class="paywall" hidden>{OFFER}</div>', TEASER, False, id="hidden"),
        pytest.param(f'<div class="offer">{OFFER}</div>', TEASER, False, id="an offer that is no wall"),
        pytest.param(f'<div class="wallpaper unlocked">{OFFER}</div>', TEASER, False, id="other words"),
        pytest.param(f"<p>paywall: {OFFER}</p>", TEASER, False, id="an article about walls"),
    ],
)
def test_a_wall_is_told_by_structure(markup: str, text: str, *, walled: bool) -> None:
    root = parse(f"<html><body><article><p>{text}</p></article>{markup}</body></html>")
    assert root is not None
    assert is_walled(text, root) is walled
    assert (len(text) > MAX_CHARS) is (text != TEASER)
