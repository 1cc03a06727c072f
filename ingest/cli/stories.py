"""A story as a person reads it: who published the report, and when."""

from __future__ import annotations

from ingest.cli import console
from ingest.cli.numbers import several
from ingest.state.ledger import Story

SHOWN = 20  # articles of one story; the rest is a number


def story_line(story: Story) -> str:
    """Such as "3 articles of 3 sites, first published by a.example"."""
    return f"{several(story.size, 'article')} of {several(len(story.sites), 'site')}, first published by {story.members[0].site}"


def print_story(story: Story, shown_id: str) -> None:
    """All articles of the story, those published first in front; nothing where there is one only."""
    if story.size < 2:
        return
    console.out.print(f"[bold]Story[/]  {console.safe(story_line(story))}")
    for member in story.members[:SHOWN]:
        mark = "this one" if member.article_id == shown_id else member.article_id[:12]
        console.out.print(f"  {member.published_at:%Y-%m-%d %H:%M}  {console.safe(member.site):<30} {mark}", markup=False)
    if story.size > SHOWN:
        console.out.print(f"  and {story.size - SHOWN:,} more")
    console.out.print()
