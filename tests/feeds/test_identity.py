from __future__ import annotations

import hashlib
import itertools
from datetime import UTC, datetime

import pytest

from ingest import urls
from ingest.feeds.identity import distinct, entry_key, fingerprint
from ingest.model import Entry

DAY = datetime(2026, 11, 24, tzinfo=UTC)


def entry(key: str, *, print_: str = "f", day: int | None = None, guid: str | None = None) -> Entry:
    return Entry(key=key, fingerprint=print_, guid=guid, published_at=DAY.replace(day=day) if day else None)


def test_the_link_comes_first_so_that_a_changing_guid_changes_nothing() -> None:
    url = "https://a.example/1"
    keys = {entry_key(url=url, guid=guid, title=guid, text="") for guid in ("1", "2", "")}
    assert keys == {f"u:{urls.url_id(url)}"}


def test_trackers_in_the_link_change_nothing() -> None:
    one, two = (entry_key(url=f"https://a.example/1{end}", guid="", title="", text="") for end in ("", "?utm_source=rss"))
    assert one == two


def test_without_a_link_the_guid_and_then_title_and_text_tell() -> None:
    assert entry_key(url=None, guid="x", title="T", text="t") == f"g:{hashlib.sha256(b'x').hexdigest()}"
    by_title = entry_key(url=None, guid="", title="T", text="t")
    assert by_title is not None
    assert by_title.startswith("t:")
    assert entry_key(url=None, guid=None, title="T", text="other") != by_title


def test_title_and_text_do_not_run_into_each_other() -> None:
    assert entry_key(url=None, guid="", title="ab", text="c") != entry_key(url=None, guid="", title="a", text="bc")


def test_with_nothing_there_is_no_identity() -> None:
    assert entry_key(url=None, guid="", title="", text="") is None


@pytest.mark.parametrize("change", [{"title": "x"}, {"text": "x"}, {"updated_at": DAY}])
def test_the_fingerprint_changes_with_title_text_and_update(change: dict[str, str]) -> None:
    same = {"title": "T", "text": "t", "updated_at": None}
    assert fingerprint(**same) == fingerprint(**dict(same))  # type: ignore[arg-type]
    assert fingerprint(**(same | change)) != fingerprint(**same)  # type: ignore[arg-type]


def test_counters_do_not_change_the_fingerprint() -> None:
    texts = (
        "Points: 12 # Comments: 3. Storm hits 3 towns",
        "Points: 140 # Comments: 99. Storm hits 3 towns",
        "Points: 1 # Comments: 9. Storm hits 4 towns",
    )
    one, two, other = (fingerprint(title="T", text=text, updated_at=None) for text in texts)
    assert one == two != other


def test_of_one_key_the_latest_stays_in_whatever_order() -> None:
    entries = [entry("a", day=1), entry("a", day=3), entry("a"), entry("b", print_="y"), entry("b", print_="z")]
    kept = {frozenset((e.key, e.fingerprint, e.published_at) for e in distinct(order)) for order in itertools.permutations(entries)}
    assert kept == {frozenset({("a", "f", DAY.replace(day=3)), ("b", "z", None)})}


def test_the_order_of_the_document_stays() -> None:
    assert [e.key for e in distinct([entry("c"), entry("a"), entry("c", day=2), entry("b")])] == ["c", "a", "b"]
