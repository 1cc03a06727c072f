"""Feeds of the sample site in four formats: RSS 2.0, RSS 1.0 (RDF), Atom 1.0 and JSON Feed 1.1."""

from __future__ import annotations

import json
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Any
from urllib.parse import urlsplit

import msgspec
from jinja2 import Environment

from ingest.demo.pages import Clock, by_date
from ingest.demo.source import FeedSource, Sources, Story

CONTENT_TYPES = {
    "rss20": "application/rss+xml",
    "rdf10": "application/rdf+xml",
    "atom10": "application/atom+xml",
    "json11": "application/feed+json",
}


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A story as a feed announces it."""

    id: str
    link: str
    title: str
    description: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    paragraphs: tuple[str, ...]
    published: datetime | None
    updated: datetime | None  # None: no date at all

    @property
    def rfc822(self) -> str:
        """The date as RSS 2.0 writes it."""
        return format_datetime(self.published) if self.published else ""

    @property
    def html(self) -> str:
        """The text as markup, which RSS carries escaped once more."""
        return "".join(f"<p>{escape(paragraph.removeprefix('## '))}</p>" for paragraph in self.paragraphs)


def items(feed: FeedSource, sources: Sources, clock: Clock, *, edited: bool) -> list[Item]:
    """What `feed` announces, the newest first."""
    host = urlsplit(feed.url).hostname
    chosen = [s for s in sources.stories if (s.id in feed.stories if feed.stories else s.host == host)]
    return [_item(story, feed, sources, clock, edited=edited) for story in by_date(chosen)]


def render(feed: FeedSource, sources: Sources, environment: Environment, clock: Clock, *, edited: bool) -> bytes:
    """The document of `feed`."""
    paper = sources.papers[urlsplit(feed.url).hostname or ""]
    entries = items(feed, sources, clock, edited=edited)
    if feed.format == "json11":
        return _json_feed(feed, entries, paper.language).encode()
    updated = max(item.updated for item in entries if item.updated)
    xml = environment.get_template(f"{feed.format}.xml").render(feed=feed, paper=paper, items=entries, updated=updated)
    return xml.encode(feed.charset)


def _item(story: Story, feed: FeedSource, sources: Sources, clock: Clock, *, edited: bool) -> Item:
    paper = sources.papers[story.host]
    change = story.edit if edited else None
    published = clock.at(story.hours_ago, paper) if story.dated else None
    return Item(
        id=f"{story.host}/{story.id}",
        link=f"{story.url}?{feed.tracking}" if feed.tracking else story.url,
        title=story.title,
        description=change.description if change else story.description,
        authors=story.authors,
        tags=story.tags,
        paragraphs=((change.paragraphs if change else ()) or story.paragraphs) if feed.full_text else (),
        published=published,
        updated=clock.at(change.hours_ago, paper) if change else published,
    )


def _json_feed(feed: FeedSource, entries: list[Item], language: str) -> str:
    """https://www.jsonfeed.org/version/1.1/"""
    home = f"http://{urlsplit(feed.url).hostname}/"
    head = {"version": "https://jsonfeed.org/version/1.1", "title": feed.title, "home_page_url": home, "feed_url": feed.url}
    return json.dumps(head | {"language": language, "items": [_json_item(item) for item in entries]}, ensure_ascii=False, indent=1)


def _json_item(item: Item) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": item.id,
        "url": item.link,
        "title": item.title,
        "summary": item.description,
        "content_text": "\n\n".join(item.paragraphs) or item.description,
        "authors": [{"name": name} for name in item.authors],
        "tags": list(item.tags),
    }
    if item.published and item.updated:
        data |= {"date_published": item.published.isoformat(), "date_modified": item.updated.isoformat()}
    return data
