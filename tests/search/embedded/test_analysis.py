"""How words become terms: (exact, stem) of each token."""

# ruff: noqa: RUF001  # letters of many scripts

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.search.embedded.analysis import MAX_TERM_CHARS, STEMMERS, Analysis, for_language, primary


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "Die Häuser", [("die", ""), ("hauser", "haus")]),
        ("de", "Muenchen neue Quelle", [("munchen", "munch"), ("neue", "neu"), ("quelle", "quell")]),
        ("de", "Groß-Gerau", [("gross", "gross"), ("gerau", "gerau")]),
        ("en", "Trump's 'no'", [("trump", "trump"), ("s", ""), ("no", "")]),
        ("fr", "l’élection", [("l", ""), ("election", "elect")]),
        ("it", "dell'arte", [("dell", ""), ("arte", "arte")]),
        ("tr", "İstanbul'un IŞIK", [("istanbul", "istanbul"), ("un", ""), ("isik", "isik")]),
        ("ru", "Ёлки йод", [("елки", "елк"), ("йод", "йод")]),
        ("el", "Οδός ΟΔΌΣ", [("οδοσ", "οδ"), ("οδοσ", "οδ")]),
        ("ja", "東京オ2020年", [("東京", "東京"), ("京オ", "京オ"), ("2020", "2020"), ("年", "年")]),
        ("hi", "हिन्दी", [("हिन्दी", "हिन्दी")]),
        ("pl", "Łódź", [("lodz", "lodz")]),
        ("und", "ﬁn e\u0301te\u0301 co\u00adop a_b", [("fin", "fin"), ("ete", "ete"), ("coop", "coop"), ("a", "a"), ("b", "b")]),
        ("en", "… — !", []),
    ],
)
def test_tokens(language: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert [(t.exact, t.stem) for t in for_language(language).tokens(text)] == expected


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40), st.sampled_from([*STEMMERS, "und", "ja"]))
def test_tokens_lie_in_the_text_in_order_and_hold_no_blanks(text: str, language: str) -> None:
    tokens = for_language(language).tokens(text)

    assert [t.start for t in tokens] == sorted(t.start for t in tokens)
    for token in tokens:
        assert 0 <= token.start < token.end <= len(text)
        assert token.exact
        assert token.exact.split() == [token.exact]
        assert token.stem.split() == [token.stem] * bool(token.stem)


def test_a_very_long_word_is_cut_alike_in_text_and_query() -> None:
    (token,) = for_language("en").tokens("x" * 10_000)

    assert len(token.exact) == MAX_TERM_CHARS


@pytest.mark.parametrize(("tag", "expected"), [("de-AT", "de"), ("pt_BR", "pt"), ("EN", "en"), ("", "und")])
def test_the_primary_tag(tag: str, expected: str) -> None:
    assert primary(tag) == expected


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.one_of(st.sampled_from("aLlI dn's’` ́éüß東1_ـ.,-…–Trump"), st.characters()), max_size=40),
    st.sampled_from([*STEMMERS, "und", "ja", "ca"]),
)
def test_the_fast_way_gives_the_same_forms(text: str, language: str) -> None:
    analysis = for_language(language)
    tokens = analysis.tokens(text)

    assert tuple(f.split() for f in analysis.forms(text)) == ([t.exact for t in tokens], [analysis.term(t.stem) for t in tokens if t.stem])


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "eine ـ Häuser der Muenchen"),  # a word of which folding leaves nothing
        ("en", "Trump's NATO-led no ـ houses"),
        ("fr", "\ufe70a l’élection \ufdfa maisons"),  # forms that hold blanks
        ("it", "x" * 70 + " dell'arte " + "ß" * 65 + " arte"),
    ],
)
def test_words_that_are_analysed_together_keep_to_themselves(language: str, text: str) -> None:
    together = Analysis(language).forms(text)

    assert together == tuple(map("".join, zip(*(Analysis(language).forms(word) for word in text.split()), strict=True)))
