"""The query language: what each form means, what is refused and where, and that no text does anything else."""

# ruff: noqa: RUF001  # typographic quotation marks

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.errors import QueryError
from ingest.search.query import MAX_CHARS, MAX_CLAUSES, MAX_DEPTH, MAX_PREFIXES, caret, parse
from ingest.search.syntax import And, DateRange, Everything, Filter, Node, Not, Or, Phrase, Prefix, Query, Scope, Word

A, B, C = Word("a"), Word("b"), Word("c")


def day(number: int, month: int = 11) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", Everything()),
        ("  \n", Everything()),
        ("*", Everything()),
        ("*:*", Everything()),
        ("a", A),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a AND b c", And((A, B, C))),
        ("a OR b", Or((A, B))),
        ("a b OR c", And((A, Or((B, C))))),
        ("a OR b AND c", Or((A, And((B, C))))),
        ("(a b) OR c", Or((And((A, B)), C))),
        ("-a", Not(A)),
        ("NOT a", Not(A)),
        ("a -b", And((A, Not(B)))),
        ("a NOT b", And((A, Not(B)))),
        ("-(a b)", Not(And((A, B)))),
        ("+a b", And((A, B))),
        ("a and b", And((A, Word("and"), B))),
        ("TO", Word("TO")),
        ('"a b"', Phrase("a b")),
        ("„a b“", Phrase("a b")),
        ("“a b”", Phrase("a b")),
        ('"a „b“"', Phrase("a „b“")),
        (r'"a \"b\""', Phrase('a "b"')),
        ("Klima*", Prefix("Klima")),
        ("中*", Prefix("中")),
        (r"Klima\*", Word("Klima*")),
        (r"a\:b", Word("a:b")),
        ("NATO-Rat", Word("NATO-Rat")),
        ("l'été", Word("l'été")),
        ("C++ AT&T", And((Word("C++"), Word("AT&T")))),
        ("a – b", And((A, B))),
        ('a "…"', A),
        ("title:a", Word("a", Scope.TITLE)),
        ('text:"a b"', Phrase("a b", Scope.TEXT)),
        ("title:(a OR b) c", And((Or((Word("a", Scope.TITLE), Word("b", Scope.TITLE))), C))),
        ("TITLE:abc*", Prefix("abc", Scope.TITLE)),
        ("lang:DE", Filter("lang", "de")),
        ("lang:de-AT", Filter("lang", "de")),
        ("language:(de OR fr)", Or((Filter("lang", "de"), Filter("lang", "fr")))),
        ("-lang:de", Not(Filter("lang", "de"))),
        ("site:WWW.Tagesschau.de", Filter("site", "tagesschau.de")),
        ('entity:"Annalena Baerbock"', Filter("entity", "Annalena Baerbock")),
        ("organisation:NATO", Filter("org", "NATO")),
        ("place:Saint*", Filter("place", "Saint", prefix=True)),
        ('place:"Saint*"', Filter("place", "Saint*")),
        ("after:2026-11-01", DateRange(since=day(1))),
        ("before:2026-11", DateRange(until=day(1))),
        ("after:2026-11-01T12:30", DateRange(since=datetime(2026, 11, 1, 12, 30, tzinfo=UTC))),
        ('after:"2026-11-01T12:30+02:00"', DateRange(since=datetime(2026, 11, 1, 10, 30, tzinfo=UTC))),
        ("published:2026-11-01", DateRange(day(1), day(2))),
        ("published:2026-11", DateRange(day(1), day(1, 12))),
        ("published:2026-12", DateRange(day(1, 12), datetime(2027, 1, 1, tzinfo=UTC))),
        ("published:[2026-11-01 TO 2026-11-05]", DateRange(day(1), day(6))),
        ("published:{2026-11-01 TO 2026-11-05}", DateRange(day(2), day(5))),
        ("published:[2026-11-01 TO *]", DateRange(since=day(1))),
        ("published:>=2026-11-01", DateRange(since=day(1))),
        ("published:>2026-11-01", DateRange(since=day(2))),
        ("published:<2026-11-01", DateRange(until=day(1))),
        ("published:<=2026-11-01", DateRange(until=day(2))),
    ],
)
def test_a_query_means(text: str, meaning: Node) -> None:
    assert parse(text).root == meaning


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("a *b", 2, "wildcard"),
        ("a?b", 1, "wildcard"),
        ("ab c*d", 4, "wildcard"),
        ("wo /x.*/", 3, "regular expressions"),
        ("word word~2", 5, "fuzzy"),
        ('"a b"~2', 0, "fuzzy"),
        ("a word^3", 2, "boost"),
        ("x a*", 2, "too short"),
        ("(a b", 4, "bracket is still open"),
        ("a b)", 3, "bracket closes nothing"),
        ('a "b', 2, "no partner"),
        ("a AND", 5, "a word or a phrase must follow"),
        ("AND a", 0, "quotation marks"),
        ("x lnag:de", 2, "did you mean lang"),
        ("https://example.org/a", 0, "not a field"),
        ("um 15:30", 3, "not a field"),
        ("x title:lang:de", 8, "cannot hold another field"),
        ("x lang:deutsch", 7, "two letters"),
        ("lang:de*", 5, "two letters"),
        ("x after:gestern", 8, "not a date"),
        ("after:2026-13-01", 6, "not a date"),
        ("after:[2026-11-01 TO 2026-11-02]", 6, "not a date"),
        ("x [a TO b]", 2, "dates only"),
        ("person:[a TO b]", 7, "dates only"),
        ('x person:""', 9, "needs a value"),
        ("a && b", 2, "AND, OR, NOT"),
        ("a !b", 2, "AND, OR, NOT"),
        ("*:* a", 0, "whole query"),
        ("… –", 0, "no letter or digit"),
        ("-…", 0, "no letter or digit"),
        ("a " * (MAX_CHARS // 2) + "b", MAX_CHARS, "shorten"),
        ("a " * (MAX_CLAUSES + 1), 2 * MAX_CLAUSES, "split"),
        ("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1), MAX_DEPTH + 1, "flatter"),
        ("ab* " * (MAX_PREFIXES + 1), 4 * MAX_PREFIXES, "write some of them out"),
    ],
)
def test_a_bad_query_is_refused_at_its_place_in_one_sentence(text: str, position: int, message: str) -> None:
    with pytest.raises(QueryError, match=message) as caught:
        parse(text)

    assert caught.value.position == position
    assert caught.value.query == text
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 160


@pytest.mark.parametrize(
    ("query", "position", "shown"),
    [
        ("a *b", 2, "a *b\n  ^"),
        ("", None, ""),
        ("a\tb\x1b[31m", 0, "a b [31m\n^"),
        ("x" * 100 + "?" + "y" * 100, 100, "x" * 36 + "?" + "y" * 35 + "\n" + " " * 36 + "^"),
    ],
)
def test_the_caret_stands_under_the_fault(query: str, position: int | None, shown: str) -> None:
    assert caret(QueryError("bad", query=query, position=position)) == shown


def test_a_query_is_hashable_and_survives_json() -> None:
    query = parse('"a b" OR (lang:de -cc*) title:x after:2026')

    assert msgspec.json.decode(msgspec.json.encode(query), type=Query) == query
    assert hash(query) == hash(parse(query.source))


_PIECES = st.sampled_from(
    [
        *"abz \"()[]{}:*?~^/\\+-!<>='„“&|\x00\n中é\ud800",
        "AND ",
        " OR ",
        "NOT ",
        " TO ",
        "title:",
        "lang:",
        "after:",
        "2026-11",
        "published:",
        "T12:",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=25).map("".join)))
@example("published:[-1 TO 2]")
@example("after:2026-01-01T00:00-99:99")
@example("published:9999")
@example("published:-(a)")
@example('a:"' + "\\" * 7)
def test_any_text_is_a_query_or_a_query_error(text: str) -> None:
    try:
        outcome: Query | QueryError = parse(text)
    except QueryError as error:
        outcome = error

    if isinstance(outcome, QueryError):
        assert outcome.position is not None
        assert 0 <= outcome.position <= len(text)
        assert str(outcome)
        assert caret(outcome).endswith("^")
