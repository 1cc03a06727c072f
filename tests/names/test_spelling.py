"""Spellings of one name share a key; other names have other keys."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.names.spelling import key
from tests.corpora import corpora

SPELLINGS = [
    "Wladimir Putin|Vladimir Putin|Vladimir Poutine|Владимир Путин|Władimir Putin|Vladímir Putin|Vladimir Poetin",
    "Wolodymyr Selenskyj|Volodymyr Zelensky|Volodymyr Zelenskyy|Volodímir Zelenski|Wołodymyr Zełenski|Владимир Зеленский|Володимир Зеленський",
    "Benjamin Netanjahu|Benjamin Netanyahu|Benyamin Netanyahou|Benjamín Netanyahu",
    "Michail Gorbatschow|Mikhail Gorbachev|Mikhaïl Gorbatchev|Michaił Gorbaczow|Михаил Горбачёв",
    "Sergej Lawrow|Sergei Lavrov|Sergueï Lavrov|Serguéi Lavrov|Siergiej Ławrow|Сергей Лавров",
    "Alexej Nawalny|Alexei Navalny|Alexeï Navalny|Aleksiej Nawalny|Алексей Навальный",
    "Dmitri Medwedew|Dmitry Medvedev|Dmitrij Miedwiediew|Дмитрий Медведев",
    "Nikita Chruschtschow|Nikita Khrushchev|Nikita Khrouchtchev|Nikita Chruszczow|Никита Хрущёв",
    "Boris Jelzin|Boris Yeltsin|Boris Eltsine|Borys Jelcyn|Борис Ельцин",
    "Olaf Scholz|Олаф Шольц",
    "Donald Tusk|Дональд Туск",
    "Angela Merkel|Ангела Меркель",
    "Recep Tayyip Erdoğan|Recep Tayyip Erdogan",
    "George W. Bush|George Bush",
    "Muammar al-Gaddafi|Muammar Gaddafi",
    "Emmanuel MACRON|Emmanuel Macron|Эммануэль Макрон",
]


@pytest.mark.parametrize("line", SPELLINGS)
def test_spellings_of_one_name_share_a_key(line: str) -> None:
    assert len({key(name) for name in line.split("|")}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Angela Merkel", "Angelo Merkel"),
        ("Donald Trump", "Donald Tusk"),
        ("EU", "EUS"),
        ("Maria Meier", "Mario Meier"),
        ("NATO", "NASA"),
        ("G7", "G8"),
    ],
)
def test_other_names_have_other_keys(one: str, other: str) -> None:
    assert key(one) != key(other)


@given(st.text(max_size=80))
def test_any_text_has_a_key_and_white_space_makes_no_difference(text: str) -> None:
    assert key(f" {text} ") == key(text)


@pytest.mark.corpora
def test_few_people_share_a_key_with_another(capsys: pytest.CaptureFixture[str]) -> None:
    """Full names of people in gold sentences of seven languages: those of one key differ in spelling, not in person."""
    people: defaultdict[str, set[str]] = defaultdict(set)
    for path in sorted((corpora("ner") / "untrained").glob("*.gz")):
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            row = json.loads(line)
            name: list[str] = []
            for token, tag in zip([*row["tokens"], ""], [*row["tags"], "O"], strict=True):
                if tag != "I-PER" and len(name) > 1:
                    people[key(" ".join(name))].add(" ".join(name))
                name = [token] if tag == "B-PER" else [*name, token] if tag == "I-PER" else []
    shared = [sorted(names) for names in people.values() if len({n.casefold() for n in names}) > 1]
    with capsys.disabled():
        print(f"\n{len(people)} keys of people, {len(shared)} of them with several spellings: {shared}")
    assert len(people) > 1000
    assert len(shared) <= 30
