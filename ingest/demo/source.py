"""The sources of the sample site: papers and feeds in `site.toml`, one file per story in `articles/`.

A story is TOML between two lines `+++`, then paragraphs separated by empty lines; `## ` starts a subheading. Another
line `+++` starts the text that replaces the first one once the story is edited, as the table `edit` describes.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from ingest.errors import StorageError

_FENCE = "+++"


class Variant(StrEnum):
    """What is odd about a story's page."""

    PLAIN = "plain"
    CONSENT = "consent"  # a dialogue about cookies stands at its address
    DEAD = "dead"  # announced, and 404
    BROKEN = "broken"  # tags are left open, and the page ends in the middle of one


class Paper(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One virtual host."""

    host: str
    name: str
    language: str  # a language tag, such as "de-DE"
    template: str
    claim: str = ""  # the line below its name
    charset: str = "utf-8"
    utc_offset_h: float = 0.0
    json_ld: bool = True


class FeedSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One feed document: the stories of its host, or those it names."""

    url: str  # http only: nothing on loopback has a certificate
    format: str  # "rss20", "rdf10", "atom10" or "json11"
    title: str
    stories: tuple[str, ...] = ()  # empty: all of the host
    tracking: str = ""  # query that is added to its links
    full_text: bool = False
    charset: str = "utf-8"
    status: int = 200  # other ones: it always fails so


class Edit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The second version of a story. Its title stays, so that no other page changes."""

    description: str
    hours_ago: float
    paragraphs: tuple[str, ...] = ()


class Story(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One article. `hours_ago` is relative to the site's epoch."""

    id: str
    host: str
    path: str
    title: str
    description: str
    hours_ago: float
    language: str = ""  # empty: the paper's
    template: str = ""  # empty: the paper's
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    section: str = ""
    caption: str = ""
    credit: str = ""
    glued: bool = False  # credit and caption are a paragraph of the text
    dated: bool = True  # False: neither page nor feed has a date
    variant: Variant = Variant.PLAIN
    paragraphs: tuple[str, ...] = ()
    edit: Edit | None = None

    @property
    def url(self) -> str:
        """Where its page is."""
        return f"http://{self.host}{self.path}"


class _Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """site.toml as it stands."""

    papers: dict[str, dict[str, Any]]
    feeds: tuple[FeedSource, ...]
    words: dict[str, dict[str, Any]]


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the sample site is made of. Stories are in the order of their names."""

    papers: dict[str, Paper]  # by host
    feeds: tuple[FeedSource, ...]
    stories: tuple[Story, ...]
    words: dict[str, dict[str, Any]]  # by primary language: what stands around the articles


def read_sources(root: Path) -> Sources:
    """The sources in the folder `root`. Raises StorageError with the name of the file at fault."""
    try:
        site = msgspec.toml.decode((root / "site.toml").read_bytes(), type=_Site)
        papers = {host: msgspec.convert({"host": host} | table, Paper) for host, table in site.papers.items()}
    except (OSError, ValueError) as error:  # msgspec's and tomllib's errors are ValueErrors
        raise StorageError(f"the sample site's site.toml cannot be read: {error}.") from error
    stories = tuple(_read_story(file) for file in sorted((root / "articles").glob("*.md")))
    return Sources(papers=papers, feeds=site.feeds, stories=stories, words=site.words)


def _read_story(file: Path) -> Story:
    try:
        _, head, *texts = file.read_text(encoding="utf-8").split(f"{_FENCE}\n")
        table = tomllib.loads(head)
        table["paragraphs"] = _paragraphs(texts[0])
        if len(texts) > 1:
            table["edit"]["paragraphs"] = _paragraphs(texts[1])
        return msgspec.convert({"id": file.stem} | table, Story)
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise StorageError(f"the sample site's article {file.name} cannot be read: {error}.") from error


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
