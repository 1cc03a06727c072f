"""Signatures: the same sample for the same words, in any script, and a sample of bounded size."""

# ruff: noqa: RUF001  # words of many scripts

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.enrich.signature import SAMPLE, signature
from ingest.model import Signature


def hashes(found: Signature) -> list[int]:
    return [int(n) for n in np.frombuffer(found.hashes, "<u8")]


def shared(one: str, other: str) -> float:
    """Share of the smaller text's hashes that the other has; for texts that are kept whole."""
    a, b = set(hashes(signature(one))), set(hashes(signature(other)))
    return len(a & b) / min(len(a), len(b))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("The council met on Tuesday, again.", "the COUNCIL met – on “Tuesday” again", id="case and punctuation"),
        pytest.param("Die große Straße in Köln wird breit", "die GROSSE Strasse in KÖLN wird breit", id="sharp s"),
        pytest.param("cafe\u0301 au lait pour tout le monde", "café au lait pour tout le monde", id="composed and decomposed"),
        pytest.param("ｆｕｌｌ width letters in a line here", "full width letters in a line here", id="full width"),
        pytest.param("one two three\n\nfour five  six", "one two three four five six", id="blanks"),
    ],
)
def test_spelling_that_carries_no_meaning_does_not_count(one: str, other: str) -> None:
    assert signature(one) == signature(other)
    assert signature(one).shingles > 0


TEXTS = {
    "Russian": "Министры обсуждают новые законы в столице, а ёлки привезут на площади городов. Пассажиры ждали поезда на вокзалах весь день",
    "Arabic": "ناقش الوزراء القوانين الجديدة في القاهرة والمدارس مفتوحة منذ الصباح في كل أنحاء البلاد رغم البرد الشديد والمطر",
    "Hindi": "मंत्रियों ने दिल्ली में बैठक की और हिन्दी में भाषण हुआ जिसके बाद नए क़ानून पर चर्चा शुरू हुई और देर रात तक चली",
    "Japanese": "大臣は経済について話した。第二回の会議は京都で行われる。乗客は駅で一晩を過ごした。電車は雪のために止まっていた。",
    "Chinese": "部长们在北京讨论了新的法律，学校将在下周重新开放。乘客在车站等了整整一夜，火车因大雪停运。",
    "Thai": "รัฐมนตรีประชุมที่กรุงเทพเพื่อหารือเรื่องกฎหมายใหม่และการเลือกตั้งในฤดูใบไม้ร่วงของปีหน้า",
    "Korean": "장관들은 서울에서 경제 문제를 논의했다 그리고 다음 회의는 부산에서 열릴 예정이라고 정부가 어제 저녁에 밝혔다",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_cut_text_keeps_its_shingles_in_any_script(language: str) -> None:
    text = TEXTS[language]
    others = [t for name, t in TEXTS.items() if name != language]

    assert signature(text).shingles >= 10
    assert shared(text, text[: len(text) * 7 // 10]) > 0.8  # the word at the cut costs one
    assert shared(text, f"BERLIN (dpa) – {text}") == 1.0
    assert all(shared(text, other) == 0.0 for other in others)


@pytest.mark.parametrize("text", ["", " ", "one two three four", "。。。", "\ud800", "!?" * 1000])
def test_a_text_shorter_than_a_shingle_has_none(text: str) -> None:
    assert signature(text) == Signature()


def test_a_long_text_is_sampled_and_a_short_one_kept_whole() -> None:
    words = [f"w{n}" for n in range(5_000)]

    assert signature(" ".join(words[:50])).shingles == 46 == len(hashes(signature(" ".join(words[:50]))))
    assert signature(" ".join(words)).shingles == 4_996
    assert len(hashes(signature(" ".join(words)))) == SAMPLE


def test_the_stored_form_does_not_change() -> None:
    """Databases hold signatures for days: another hash would separate copies at an update."""
    found = hashes(signature("The council met on Tuesday to speak about the new bridge."))

    assert found[:2] == STORED


STORED = [47935524849146095, 271938547004583076]


def test_the_sample_is_even() -> None:
    """Of two texts with half of their shingles in common, half of the sample is in common, whatever the words."""
    rng = random.Random(5)
    rates = []
    for _ in range(30):
        common, one, other = ([f"w{rng.randrange(10**9)}" for _ in range(600)] for _ in range(3))
        a, b = hashes(signature(" ".join(common + one))), hashes(signature(" ".join(common + other)))
        end = min(a[-1], b[-1])
        a, b = [h for h in a if h <= end], [h for h in b if h <= end]
        rates.append(len(set(a) & set(b)) / len(a))

    assert abs(sum(rates) / len(rates) - 0.5) < 0.03
    assert max(abs(rate - 0.5) for rate in rates) < 0.2


@given(st.text(max_size=400))
def test_any_text_has_a_signature_that_is_ascending_and_fits_a_signed_column(text: str) -> None:
    found = signature(text)
    values = hashes(found)

    assert values == sorted(set(values))
    assert len(values) == min(found.shingles, SAMPLE)
    assert all(0 <= value < 1 << 63 for value in values)
