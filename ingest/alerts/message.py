"""What a message says: subject, plain text, HTML, and the payload for programs. Pure; all foreign text is made harmless here."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import shlex
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from babel.dates import format_date, format_time
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from ingest.alerts import neutral
from ingest.alerts.plan import Kind
from ingest.alerts.schedule import locale_of, zone_of
from ingest.model import Card, Rule

TEXT_BYTES = 4_000  # of the plain text: what chat services take in one message (rule O6)
SHOWN = 20  # stories in a message of several
SITES = 5  # other sources by name
MIN_DETAILED = 5  # up to so many stories are told with their excerpts

Pieces = Sequence[tuple[str, bool]]  # text, and whether the query matched it


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One event of a message."""

    rule: Rule
    article_id: str
    card: Card
    title: Pieces = ()  # empty: the card's, without marks
    passage: Pieces = ()  # the place of the text that matched
    late: bool = False
    sites: tuple[str, ...] = ()  # of the other sources that carry the story
    others: int = 0  # how many they are


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What to say. `stories`: the first of `total`."""

    kind: Kind
    key: str
    created_at: datetime
    stories: Sequence[Story]
    total: int
    test: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent. `subject` is one line."""

    key: str
    subject: str
    text: str
    html: str
    payload: dict[str, Any]


def compose(content: Content) -> Message:
    """The message in all its forms."""
    rules = list({s.rule.id: s.rule for s in content.stories}.values())
    title = _subject(content, rules)
    detailed = len(content.stories) <= MIN_DETAILED
    views = [_view(s, detailed=detailed) for s in content.stories]
    common = {
        "heading": title,
        "rules": [_rule_view(r) for r in rules],
        "test": content.test,
        "named": len(rules) > 1,
    }
    return Message(
        key=content.key,
        subject=title,
        text=_fitting(common, views, content.total),
        html=_template("message.html").render(common | {"stories": views, "more": content.total - len(views)}),
        payload=_payload(content, rules),
    )


def _subject(content: Content, rules: Sequence[Rule]) -> str:
    name = neutral.line(rules[0].name, 60) if len(rules) == 1 else f"{len(rules)} rules"
    test = "Test: " if content.test else ""
    if content.kind is Kind.ALERT:
        return f"{test}[{name}] {neutral.line(content.stories[0].card.title or content.stories[0].card.url, 180)}"
    number = f"{content.total} {'story' if content.total == 1 else 'stories'}"
    what = {Kind.DIGEST: f"digest: {number}", Kind.GATHERED: number, Kind.STORM: f"many at once: {number} in one summary"}[content.kind]
    return f"{test}[{name}] {what}"


def _fitting(common: dict[str, Any], views: Sequence[dict[str, Any]], total: int) -> str:
    """The plain text with as many stories as fit."""
    shown = len(views)
    while True:
        text: str = _template("message.txt").render(common | {"stories": views[:shown], "more": total - shown}).strip() + "\n"
        if len(text.encode()) <= TEXT_BYTES or shown <= 1:
            return text.encode()[:TEXT_BYTES].decode(errors="ignore")
        shown -= max(1, shown // 8)


def _view(story: Story, *, detailed: bool) -> dict[str, Any]:
    card, delivery = story.card, story.rule.delivery
    locale = locale_of(delivery)
    published = ""
    if card.published_at:
        local = card.published_at.astimezone(zone_of(delivery))
        published = f"{format_date(local, locale=locale)}, {format_time(local, 'short', locale=locale)} {local.tzname()}"
    passage = _pieces(story.passage, 400)
    excerpt = neutral.line(card.excerpt, 420)
    if excerpt[:40] and excerpt[:40] in "".join(text for text, _ in passage):
        excerpt = ""  # the passage begins where the text does
    return {
        "rule": neutral.line(story.rule.name, 60),
        "title": _pieces(story.title or ((card.title or card.url, False),), 300),
        "source": neutral.line(card.source if card.source != card.site else "", 100),
        "site": neutral.line(card.site, 100),
        "published": published,
        "language": "" if card.language == "und" else locale.languages.get(card.language, neutral.line(card.language, 12)),
        "late": story.late,
        "passage": passage if detailed else [],
        "excerpt": excerpt if detailed else "",
        "names": [(label, _names(names)) for label, names in _labelled(card) if names] if detailed else [],
        "url": neutral.link(card.url),
        "others": story.others,
        "sites": _names(story.sites[:SITES]) + (" …" if story.others > SITES else ""),
    }


def _labelled(card: Card) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (("People", card.people), ("Organisations", card.organisations), ("Places", card.places))


def _names(names: Sequence[str]) -> str:
    return ", ".join(neutral.line(name, 80) for name in names)


def _pieces(pieces: Pieces, limit: int) -> list[tuple[str, bool]]:
    """Harmless pieces: one line together, blanks between them kept."""
    done: list[tuple[str, bool]] = []
    left = limit
    # Neighbours of one kind are one text: what each alone has not, an effect, they must not have together.
    for matched, some in itertools.groupby(pieces, key=lambda piece: piece[1]):
        text = "".join(piece for piece, _ in some)
        clean = neutral.line(text, max(2, left))
        if not clean:
            done += [(" ", False)] if text else []
            continue
        done.append((f"{' ' if text[:1].isspace() else ''}{clean}{' ' if text[-1:].isspace() else ''}", matched))
        left -= len(clean)
        if left <= 2:
            break
    return done


def _rule_view(rule: Rule) -> dict[str, str]:
    name = neutral.line(rule.name, 60)
    return {"name": name, "query": neutral.line(rule.query, 200), "pause": f"newsflow alerts pause {shlex.quote(name)}"}


def _payload(content: Content, rules: Sequence[Rule]) -> dict[str, Any]:
    return {
        "type": "newsflow.test" if content.test else "newsflow.alert",
        "version": 1,
        "id": content.key,
        "kind": content.kind.value,
        "created_at": content.created_at.isoformat(),
        "rules": [{"name": r.name, "query": r.query} for r in rules],
        "total": content.total,
        "stories": [
            {
                "rule": s.rule.name,
                "article_id": s.article_id,
                "title": _text(s.card.title),
                "url": neutral.link(s.card.url),
                "site": _text(s.card.site),
                "source": _text(s.card.source),
                "language": _text(s.card.language),
                "published_at": s.card.published_at.isoformat() if s.card.published_at else None,
                "excerpt": _text(s.card.excerpt),
                "matched": sorted({_text(text) for text, matched in (*s.title, *s.passage) if matched}),
                "people": [_text(n) for n in s.card.people],
                "organisations": [_text(n) for n in s.card.organisations],
                "places": [_text(n) for n in s.card.places],
                "late": s.late,
                "other_sources": {"count": s.others, "sites": [_text(n) for n in s.sites]},
            }
            for s in content.stories
        ],
    }


def _text(text: str) -> str:
    """As a program may get it: data, so nothing is taken out but what is no text."""
    return text.encode(errors="replace").decode()


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("ingest.alerts"),
        autoescape=select_autoescape(enabled_extensions=("html",), default=True, disabled_extensions=("txt",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _template(name: str) -> Any:
    return _environment().get_template(name)
