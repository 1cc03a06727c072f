"""`newsflow search` and `newsflow show`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from typing import Annotated

import msgspec
import typer
from rich.padding import Padding
from rich.text import Text

from ingest import urls
from ingest.cli import console
from ingest.cli.numbers import several
from ingest.cli.revisions import changes, print_revisions, with_latest
from ingest.cli.stories import print_story, story_line
from ingest.errors import UsageError
from ingest.model import Article
from ingest.pipeline.context import Context
from ingest.search.engine import Fragment, Hit, Results, SearchRequest, Sort
from ingest.search.query import parse
from ingest.state.ledger import Story, UrlRecord

_NAME_FILTER = re.compile(r"\b(?:person|org|place|entity):", re.IGNORECASE)
WIDTH = 100  # columns of running text: longer lines are hard to read


def search(
    query: Annotated[str, typer.Argument(help='Words, "phrases", AND OR NOT ( ) -word word*, and filters.')] = "",
    size: Annotated[int, typer.Option("--size", "-n", min=1, max=100, help="Hits to show.")] = 10,
    newest: Annotated[bool, typer.Option("--newest", help="Newest first, not best first.")] = False,
    after: Annotated[str | None, typer.Option(help="The cursor that the page before printed.")] = None,
    fold: Annotated[bool, typer.Option("--fold", help="Show copies of one report as one hit.")] = False,
    facets: Annotated[bool, typer.Option("--facets", help="Count the hits by language, site and names, too.")] = False,
    as_json: console.Json = False,
) -> None:
    """Search the articles.

    Filters: lang:de site:example.org entity:"Full Name" person: org: place: author: tag: feed: flag: title:
    after:2026-11-01 before:2026-12-01.

    With --fold, each report is shown once, by the copy that comes first; the number of articles counts all copies.

    Example: newsflow search '"NATO-Russland-Rat" AND (Genf OR Moskau) -sport lang:de'
    """
    sort = Sort.NEWEST if newest else Sort.RELEVANCE
    request = SearchRequest(query=parse(query), size=size, sort=sort, after=after, fold=fold, facet_values=8 if facets else 0)
    with console.context() as ctx, ctx.engine() as engine:
        results = engine.search(request)
        stories = ctx.ledger.copies.stories([hit.article.id for hit in results.hits]) if fold else None
    if as_json:
        console.print_json(msgspec.to_builtins(results) | ({"stories": list(unique(stories).values())} if stories is not None else {}))
        return
    print_results(results, stories)
    if not results.total and _NAME_FILTER.search(query):
        console.err.print('person:, org:, place: and entity: take whole names: person:"Annalena Baerbock"', style="dim", markup=False)
    if results.next_cursor:
        console.out.print(f"More: add --after {results.next_cursor}", style="dim", markup=False)


def unique(stories: Mapping[str, Story]) -> dict[str, Story]:
    """The stories by their own ids."""
    return {story.id: story for story in stories.values()}


def print_results(results: Results, stories: Mapping[str, Story] | None = None) -> None:
    """The hits as a person reads them, matched words marked; with the story of each article whose id is in `stories`."""
    folded = "" if stories is None else ", copies of one report shown once"
    console.out.print(f"{several(results.total, 'article')} in {results.took_s * 1000:.0f} ms{folded}", style="dim")
    for hit in results.hits:
        print_hit(hit, (stories or {}).get(hit.article.id))
    print_facets(results)


def print_facets(results: Results) -> None:
    """The most frequent languages, sites and names of all hits, where they were counted."""
    for name, values in results.facets.items():
        if values:
            console.out.print(f"[bold]{name}[/]  " + "  ".join(f"{console.safe(value)} {count}" for value, count in values))


def print_hit(hit: Hit, story: Story | None = None) -> None:
    """Title, source line, snippet, story."""
    article = hit.article
    console.out.print(marked(hit.title, style="bold"))
    console.out.print(
        f"  {console.safe(article.site_name or article.site)} · {article.published_at:%Y-%m-%d %H:%M} · {article.language} · {article.id[:12]}",
        style="dim",
        markup=False,
    )
    if hit.snippet:
        console.out.print(Padding(marked(hit.snippet), (0, 0, 0, 2)), soft_wrap=False, width=min(WIDTH, console.out.width))
    if story is not None and story.size > 1:
        others = ", ".join(site for site in story.sites if site != article.site)
        console.out.print(
            f"  {console.safe(story_line(story))}{': also ' + console.safe(others) if others else ''}", style="cyan", markup=False
        )


def marked(fragments: tuple[Fragment, ...], style: str = "") -> Text:
    """Fragments as text for the terminal; control characters are made harmless, markup in the text has no effect."""
    text = Text(style=style)
    for fragment in fragments:
        text.append(" ".join(console.safe(fragment.text).split(" ")).replace("\n", " "), style="bold yellow" if fragment.match else None)
    return text


def show(
    article: Annotated[str, typer.Argument(help="The id that search prints (its first characters do), or the URL.")],
    revisions: Annotated[bool, typer.Option("--revisions", help="Show how its text changed after it was published.")] = False,
    as_json: console.Json = False,
) -> None:
    """Show one article with everything known about it: text, names, copies, sources, archive record.

    Example: newsflow show 3fa9c2 --revisions
    """
    with console.context() as ctx:
        record, found = _find(ctx, article)
        story = ctx.ledger.copies.stories([found.id]).get(found.id) if found else None
        earlier = ctx.ledger.revisions.of(record.article_id) if record.article_id else []
    texts = with_latest(earlier, found)
    if revisions:
        if as_json:
            console.print_json({"article_id": record.article_id, "texts": texts, "changes": changes(texts)})
        else:
            print_revisions(texts)
        return
    if as_json:
        console.print_json({"article": found, "story": story, "ledger": record})
        return
    if found is not None:
        _print_article(found)
        if story:
            print_story(story, found.id)
        if earlier:
            console.out.print(f"[bold]Revisions[/]  {len(earlier)} earlier: newsflow show {found.id[:12]} --revisions\n")
    console.out.print("[bold]In the ledger[/]")
    _print_record(record)


def _find(ctx: Context, wanted: str) -> tuple[UrlRecord, Article | None]:
    by_url = wanted.startswith(("http://", "https://"))
    record = ctx.ledger.urls.find(wanted) if by_url else ctx.ledger.urls.find_article(wanted)
    if record is None:
        raise UsageError(f"nothing is known of {urls.redact(wanted)!r}: newsflow search prints the ids.")
    with ctx.engine() as engine:
        return record, engine.get(record.article_id) if record.article_id else None


def _print_article(article: Article) -> None:
    line = console.out.print
    line(console.safe(article.title), style="bold", markup=False)
    rows = {
        "URL": article.url,
        "Canonical": article.canonical_url if article.canonical_url != article.url else "",
        "Site": f"{article.site_name} ({article.site})",
        "Published": f"{article.published_at:%Y-%m-%d %H:%M %Z} (from {article.published_source})",
        "Fetched": f"{article.fetched_at:%Y-%m-%d %H:%M:%S %Z}, first seen {article.first_seen_at:%Y-%m-%d %H:%M:%S}",
        "Authors": ", ".join(article.authors),
        "Reported": ", ".join(filter(None, (article.dateline.agency, article.dateline.place))) if article.dateline else "",
        "Language": f"{article.language} ({article.language_confidence:.2f})",
        "Length": f"{article.word_count} words, {max(1, round(article.reading_time_s / 60))} min",
        "Tags": ", ".join(article.tags),
        "Picture": " · ".join(filter(None, (article.image_url, article.image_credit, article.image_caption))),
        "Feed": f"{article.feed_title} {article.feed_url or ''}".strip(),
        "Flags": ", ".join(article.flags),
        "Extractor": f"{article.extractor} ({article.extraction_score:.2f})" if article.extraction_score else article.extractor,
        "Made by": article.extractor_version,
        "Archive": f"{article.warc} at {article.warc_offset}" if article.warc else "",
        "Record": article.warc_record,
    }
    for label in ("person", "organisation", "place"):
        rows[label.title() + "s"] = ", ".join(
            f"{e.name} {e.count}x" if e.count > 1 else e.name for e in article.entities if e.label == label
        )
    console.print_rows(rows.items(), column=14)
    line()
    for paragraph in article.text.split("\n"):
        line(textwrap.fill(console.safe(paragraph), min(WIDTH, console.out.width) if console.out.is_terminal else WIDTH), markup=False)
    line()


def _print_record(record: UrlRecord) -> None:
    rows = {
        "URL": record.url,
        "Outcome": " ".join(filter(None, (record.outcome or record.stage, record.reason, record.detail))),
        "First seen": f"{record.first_seen_at:%Y-%m-%d %H:%M:%S}",
        "Tries": f"{record.attempts + 1}, {several(record.revision, 'announced change')}",
        "Next try": f"{record.next_attempt_at:%Y-%m-%d %H:%M:%S}" if record.next_attempt_at else "",
        "Batch": record.batch_id or "",
        "Same as": record.duplicate_of or "",
    }
    for number, seen in enumerate(record.sightings, start=1):
        rows[f"Feed {number}"] = f"{seen.feed_title} {seen.feed_url}, from {seen.first_seen_at:%Y-%m-%d %H:%M} to {seen.last_seen_at:%H:%M}"
    console.print_rows(rows.items(), column=14)
