from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import FeedRejected
from ingest.feeds.json_feed import looks_like_json, parse_json
from ingest.model import ParsedFeed, Reason

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
V11 = "https://jsonfeed.org/version/1.1"


def parse(feed: object) -> ParsedFeed:
    return parse_json(json.dumps(feed).encode(), url="https://a.example/feed.json", limit=100, now=NOW)


def one(**item: object) -> ParsedFeed:
    return parse({"version": V11, "title": "F", "items": [item]})


def test_a_whole_feed() -> None:
    feed = parse(
        {
            "version": V11,
            "title": "<b>F</b>",
            "home_page_url": "/",
            "feed_url": "feed.json",
            "language": "de-AT",
            "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
            "items": [
                {
                    "id": 7,
                    "url": "/1",
                    "title": "A &amp; B",
                    "content_html": "<p>x</p><p>y</p>",
                    "summary": "<s>",
                    "authors": [{"name": "Ann"}, {"name": "Ann"}, {}],
                    "tags": ["t", 1],
                    "image": "i.png",
                    "date_published": "2026-11-24T10:00:00+01:00",
                    "date_modified": "2026-11-24T11:00:00Z",
                    "language": "EN",
                }
            ],
        }
    )
    assert (feed.format, feed.title, feed.language, feed.flags) == ("json11", "F", "de", ())
    assert (feed.site_url, feed.self_url, feed.hub_url) == ("https://a.example/", "https://a.example/feed.json", "https://hub.example/")
    (entry,) = feed.entries
    assert (entry.url, entry.guid, entry.title) == ("https://a.example/1", "7", "A & B")
    assert (entry.text, entry.summary) == ("x\ny", "<s>")
    assert (entry.authors, entry.tags, entry.language) == (("Ann",), ("t",), "en")
    assert entry.image_url == "https://a.example/i.png"
    assert entry.published_at == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert entry.updated_at == datetime(2026, 11, 24, 11, tzinfo=UTC)


def test_version_1_has_one_author() -> None:
    feed = parse({"version": "https://jsonfeed.org/version/1", "title": "F", "items": [{"id": "1", "author": {"name": "Ann"}}]})
    assert (feed.format, feed.entries[0].authors) == ("json1", ("Ann",))


def test_a_link_post_without_its_own_page_leads_to_the_external_one() -> None:
    assert one(id="1", external_url="https://b.example/x").entries[0].url == "https://b.example/x"


def test_members_of_wrong_types_count_as_missing() -> None:
    (entry,) = one(id="1", title=["x"], url={}, tags="t", authors="Ann", date_published=5, content_html=None).entries
    assert (entry.title, entry.url, entry.tags, entry.authors, entry.published_at) == ("", None, (), (), None)


def test_items_that_are_no_objects_flag_the_feed() -> None:
    feed = parse({"version": V11, "items": [1, {"id": "1"}]})
    assert (len(feed.entries), feed.flags) == (1, ("malformed",))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b'{"version": ', Reason.FEED_MALFORMED, id="truncated"),
        pytest.param(b'{"a":' * 5_000, Reason.FEED_MALFORMED, id="deep"),
        pytest.param(b'{"x": "\xff"}', Reason.FEED_MALFORMED, id="not UTF-8"),
        pytest.param(b'{"error": "not found"}', Reason.NOT_A_FEED, id="another document"),
        pytest.param(b'{"items": []}', Reason.NOT_A_FEED, id="neither version nor title"),
        pytest.param(b'{"version": "https://jsonfeed.org/version/1", "items": {}}', Reason.NOT_A_FEED, id="items no list"),
    ],
)
def test_other_json_is_refused(body: bytes, reason: Reason) -> None:
    with pytest.raises(FeedRejected) as caught:
        parse_json(body, url="https://a.example/", limit=9, now=NOW)
    assert caught.value.reason is reason


def test_json_is_told_by_its_first_character() -> None:
    assert looks_like_json(b"\xef\xbb\xbf \n{")
    assert not looks_like_json(b"<rss>{")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "url", "name", "x"]), inner, max_size=3),
    max_leaves=8,
)
_MEMBERS = ("id", "url", "external_url", "title", "content_html", "content_text", "authors", "author", "tags", "image", "date_published")


@given(st.lists(st.dictionaries(st.sampled_from(_MEMBERS), _JSON, max_size=5), max_size=4), _JSON, _JSON)
def test_members_of_any_type_give_a_feed_whose_counts_add_up(items: list[object], hubs: object, title: object) -> None:
    feed = parse({"version": V11, "items": items, "hubs": hubs, "title": title})
    assert len(feed.entries) + feed.no_identity + feed.duplicates + feed.over_limit == len(items)
