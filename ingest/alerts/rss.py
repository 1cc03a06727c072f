"""The latest stories of rules as an RSS feed, for readers that poll."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from ingest.alerts import neutral
from ingest.model import Card

ITEMS = 50


class Item(NamedTuple):
    """`key` never changes: readers know an item by it."""

    key: str
    at: datetime
    card: Card
    others: int
    rule: str  # its name


def feed(rules: Mapping[str, str], items: Sequence[Item], now: datetime) -> bytes:
    """RSS 2.0 of these rules, queries by name. All text is foreign and is text: no markup comes through."""
    body = "".join(map(_item, items[:ITEMS]))
    title = escape(neutral.line(f"{'Alert' if len(rules) == 1 else 'Alerts'}: {', '.join(rules)}", 200))
    about = escape(neutral.line("; ".join(rules.values()), 1_000))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
        f"<title>{title}</title><link>urn:newsflow:alert</link><description>{about}</description>"
        f"<lastBuildDate>{format_datetime(now)}</lastBuildDate>{body}</channel></rss>\n"
    ).encode()


def write(path: Path, document: bytes) -> None:
    """Whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(document)
    temporary.replace(path)


def _item(item: Item) -> str:
    card = item.card
    link = neutral.link(card.url)
    others = f" (and {item.others} other sources)" if item.others else ""
    text = f"{neutral.line(card.source or card.site, 100)}{others}: {neutral.line(card.excerpt, 500)}"
    return (
        f"<item><title>{escape(neutral.line(card.title or card.url))}</title>{f'<link>{escape(link)}</link>' if link else ''}"
        f"<category>{escape(neutral.line(item.rule))}</category>"
        f'<guid isPermaLink="false">{escape(item.key)}</guid><pubDate>{format_datetime(item.at)}</pubDate>'
        # A reader takes a description for HTML: escaped twice, it is the text again.
        f"<description>{escape(escape(text))}</description></item>"
    )
