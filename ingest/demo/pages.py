"""Pages of the sample site, as newspapers make them: the article among menus, teasers, share bars and footers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from jinja2 import Environment
from markupsafe import Markup

from ingest.demo.source import Paper, Sources, Story, Variant

TEASERS = 5  # beside each article


class Clock:
    """Turns a story's hours into instants: `epoch` is the site's now."""

    def __init__(self, epoch: datetime) -> None:
        self._epoch = epoch

    def at(self, hours_ago: float, paper: Paper) -> datetime:
        """In the paper's own time zone, to the minute."""
        moment = self._epoch - timedelta(hours=hours_ago)
        return moment.astimezone(timezone(timedelta(hours=paper.utc_offset_h))).replace(second=0, microsecond=0)


def article_page(story: Story, sources: Sources, environment: Environment, clock: Clock, *, edited: bool) -> bytes:
    """The page of `story` in the paper's charset, or what stands in its place."""
    paper = sources.papers[story.host]
    name = "consent.html" if story.variant is Variant.CONSENT else f"{story.template or paper.template}.html"
    change = story.edit if edited else None
    published = clock.at(story.hours_ago, paper)
    context = {
        "paper": paper,
        "story": story,
        "language": story.language or paper.language,
        "words": words_of(sources, paper),
        "description": change.description if change else story.description,
        "paragraphs": (change.paragraphs if change else ()) or story.paragraphs,
        "published": published if story.dated else None,
        "modified": clock.at(change.hours_ago, paper) if change else None,
        "shown": shown(published, sources, paper),
        "teasers": teasers(story, sources),
    }
    context["json_ld"] = _json_ld(context) if paper.json_ld and story.dated else None
    html = environment.get_template(name).render(context)
    if story.variant is Variant.BROKEN:
        html = broken(html)
    return html.encode(paper.charset, errors="xmlcharrefreplace")


def front_page(paper: Paper, sources: Sources, environment: Environment) -> bytes:
    """The paper's list of stories."""
    stories = [story for story in by_date(sources.stories) if story.host == paper.host]
    html = environment.get_template("front.html").render(
        paper=paper, stories=stories, words=words_of(sources, paper), language=paper.language, published=None
    )
    return html.encode(paper.charset, errors="xmlcharrefreplace")


def broken(html: str) -> str:
    """As a careless system and a lost connection leave it: blocks unclosed, quotes missing, the end in mid-tag."""
    for closing in ("</p>", "</div>", "</article>", "</li>"):
        html = html.replace(closing, "")
    html = html.replace('<div class="', "<div class=x data-was=").replace("<h1", "<b><i><h1", 1)
    return html[: html.index("<footer")] + '<footer class="site-foot'


def by_date(stories: Sequence[Story]) -> list[Story]:
    """The newest first."""
    return sorted(stories, key=lambda story: story.hours_ago)


def teasers(story: Story, sources: Sources) -> list[Story]:
    """Other stories of the same paper."""
    return [s for s in by_date(sources.stories) if s.host == story.host and s.id != story.id][:TEASERS]


def words_of(sources: Sources, paper: Paper) -> dict[str, object]:
    """The fixed words of a page in the paper's language."""
    return sources.words[paper.language.split("-")[0]]


def shown(moment: datetime, sources: Sources, paper: Paper) -> str:
    """`moment` as readers of the paper see it."""
    return moment.strftime(str(words_of(sources, paper)["date"]))


def _json_ld(context: dict[str, object]) -> Markup:
    story, paper, published = context["story"], context["paper"], context["published"]
    assert isinstance(story, Story)
    assert isinstance(paper, Paper)
    assert isinstance(published, datetime)
    modified = context["modified"] or published
    assert isinstance(modified, datetime)
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": story.url,
        "headline": story.title,
        "description": context["description"],
        "datePublished": published.isoformat(),
        "dateModified": modified.isoformat(),
        "inLanguage": context["language"],
        "author": [{"@type": "Person", "name": name} for name in story.authors],
        "publisher": {"@type": "NewsMediaOrganization", "name": paper.name, "url": f"http://{paper.host}/"},
        "keywords": list(story.tags),
        "isAccessibleForFree": True,
    }
    # "</script>" must not end the element early; JSON allows the escape.
    return Markup(json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704  # JSON of our own, escaped here
