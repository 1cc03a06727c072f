from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from ingest.feeds.draft import MAX_NAMES, TITLE_CHARS, Draft, Finished, Passage, finish, language

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BASE = "https://a.example/feeds/rss.xml"


def done(*drafts: Draft, limit: int = 100) -> Finished:
    return finish(drafts, base=BASE, limit=limit, now=NOW)


def test_guids_that_change_each_poll_change_no_key() -> None:  # F1
    polls = [done(*(Draft(links=(f"/{n}",), guid=f"{poll}-{n}", title=f"T{n}") for n in range(10))) for poll in range(30)]
    assert len({entry.key for poll in polls for entry in poll.entries}) == 10
    assert len({entry.fingerprint for poll in polls for entry in poll.entries}) == 10


def test_one_guid_for_all_entries_keeps_them_apart_by_link() -> None:  # F2
    drafts = [Draft(links=(f"/{n}",), guid="same") for n in range(20)]
    first = done(*drafts)
    assert len(first.entries) == 20
    assert first.flags == ("duplicate_guids",)
    more = [Draft(links=("/new",), guid="same"), *drafts]
    random.Random(1).shuffle(more)
    assert {entry.key for entry in first.entries} < {entry.key for entry in done(*more).entries}


def test_an_entry_with_nothing_is_counted_and_dropped() -> None:  # F3
    result = done(Draft(), Draft(links=("javascript:x",)), Draft(title="<b></b>"), Draft(title="T"), Draft(guid="g"))
    assert [entry.key[0] for entry in result.entries] == ["t", "g"]
    assert result.no_identity == 3


@pytest.mark.parametrize("source", ["<p>word</p>" * 2_000, "x " * 300_000, "<b>" + " " * 300_000 + "</b>late", ""])
def test_a_summary_is_read_alike_whether_it_repeats_the_text_or_not(source: str) -> None:
    repeats, apart = (Draft(guid="1", summary=Passage(source), text=text) for text in (Passage(source), Passage("other")))
    assert done(repeats).entries[0].summary == done(apart).entries[0].summary


def test_an_unbelievable_date_gives_way_to_the_update() -> None:  # F4
    (entry,) = done(Draft(guid="1", published="1970-01-01", updated="2026-11-23")).entries
    assert entry.published_at == entry.updated_at == datetime(2026, 11, 23, tzinfo=UTC)


def test_beyond_the_limit_the_newest_stay_in_the_documents_order() -> None:  # F5
    days = list(range(1, 21))
    random.Random(1).shuffle(days)
    result = done(*(Draft(guid=str(day), published=f"2026-10-{day:02}") for day in days), limit=5)
    assert [entry.guid for entry in result.entries] == [str(day) for day in days if day > 15]
    assert result.over_limit == 15


def test_beyond_the_limit_undated_entries_go_by_the_documents_order() -> None:
    result = done(*(Draft(guid=str(n)) for n in range(10)), limit=3)
    assert [entry.guid for entry in result.entries] == ["0", "1", "2"]


def test_the_counts_add_up_to_the_document() -> None:
    drafts = [*(Draft(links=("/same",), title=str(n)) for n in range(4)), Draft(), *(Draft(guid=str(n)) for n in range(10))]
    result = done(*drafts, limit=8)
    assert len(result.entries) + result.over_limit + result.no_identity + result.duplicates == len(drafts)
    assert (result.over_limit, result.no_identity, result.duplicates) == (7, 1, 3)


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:x",
        "java\nscript:x",
        "data:text/html,x",
        "vbscript:x",
        "\x01javascript:x",
        "ftp://h/",
        "",
        "#x",
        "http://",
    ],
)
def test_a_link_that_cannot_be_fetched_is_none_and_the_entry_stays(link: str) -> None:  # O2
    (entry,) = done(Draft(links=(link,), guid="g", images=(link,))).entries
    assert (entry.url, entry.image_url, entry.guid) == (None, None, "g")


def test_the_first_link_that_can_be_fetched_counts_and_is_made_absolute() -> None:
    (entry,) = done(Draft(links=("mailto:x@y", "../a#frag", "/b"))).entries
    assert entry.url == "https://a.example/a"


def test_texts_are_cut_to_size_and_names_kept_once() -> None:
    names = ("Ann", " Ann ", "<b>Bob</b>", "", *map(str, range(100)))
    (entry,) = done(Draft(guid="g", title="x" * 9_999, authors=names, tags=names)).entries
    assert len(entry.title) == TITLE_CHARS
    assert entry.authors[:2] == ("Ann", "Bob")
    assert len(entry.tags) <= MAX_NAMES


def test_a_passage_of_plain_text_keeps_its_signs() -> None:
    assert Passage("<b> & &amp;", is_html=False).plain(100) == "<b> & &amp;"
    assert Passage("<b>x</b> &amp;").plain(100) == "x &"


@pytest.mark.parametrize(
    ("declared", "tag"),
    [("en-US", "en"), ("DE", "de"), (" pt_BR", "pt"), ("english", None), ("", None), (None, None), (7, None), ("x-klingon", None)],
)
def test_a_language_is_its_primary_tag(declared: object, tag: str | None) -> None:
    assert language(declared) == tag


@pytest.mark.parametrize("age_s", [5, 900])
def test_update_dates_that_tick_at_each_poll_change_no_fingerprint(age_s: int) -> None:
    """The generator's clock, whether it shows in all entries (900 s, a cache) or is that of now."""
    polls = []
    for minutes in (0, 15):
        now = NOW + timedelta(minutes=minutes)
        stamp = (now - timedelta(seconds=age_s)).isoformat()
        polls.append(finish([Draft(guid=str(n), updated=stamp) for n in range(4)], base=BASE, limit=9, now=now))
    assert [entry.fingerprint for entry in polls[0].entries] == [entry.fingerprint for entry in polls[1].entries]


def test_an_update_date_of_its_own_changes_the_fingerprint() -> None:
    polls = [done(Draft(guid="1", updated=day), Draft(guid="2", updated="2026-11-01")) for day in ("2026-11-20", "2026-11-21")]
    assert [one.fingerprint == two.fingerprint for one, two in zip(*(poll.entries for poll in polls), strict=True)] == [False, True]


def test_the_fingerprint_ignores_order_tags_and_age() -> None:
    draft = Draft(guid="g", title="T", published="2026-11-24")
    (one,) = done(draft).entries
    (two,) = finish([Draft(guid="g", title=" T", published="2026-11-23", tags=("x",))], base=BASE, limit=9, now=NOW + timedelta(1)).entries
    assert one.fingerprint == two.fingerprint
