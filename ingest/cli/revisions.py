"""The earlier texts of an article as a person reads them: what changed, and when."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rich.padding import Padding
from rich.text import Text

from ingest.cli import console
from ingest.cli.differences import Piece, changed_paragraphs, difference, plain
from ingest.model import Article, Revision

_STYLES = {"removed": "red", "added": "green", "gap": "dim"}


def with_latest(earlier: Sequence[Revision], article: Article | None) -> list[Revision]:
    """All texts of the article, the first one first; the last of them is what the index holds."""
    if article is None:
        return list(earlier)
    return [*earlier, Revision(article_id=article.id, fetched_at=article.fetched_at, title=article.title, text=article.text)]


def changes(texts: Sequence[Revision]) -> list[dict[str, object]]:
    """From each text to the next: when each was fetched, the title's words and the changed paragraphs as pieces."""
    return [
        {
            "from": old.fetched_at,
            "to": new.fetched_at,
            "title": [piece._asdict() for piece in _title(old, new)],
            "paragraphs": [[piece._asdict() for piece in pieces] for pieces in changed_paragraphs(old.text, new.text)],
        }
        for old, new in pairwise(texts)
    ]


def print_revisions(texts: Sequence[Revision]) -> None:
    """Every change, the words that went and came marked."""
    if len(texts) < 2:
        console.out.print("One text only: it has not changed since it was first fetched.")
        return
    console.out.print(texts[-1].title and console.safe(texts[-1].title), style="bold", markup=False)
    for number, (old, new) in enumerate(pairwise(texts), start=2):
        console.out.print(f"\n[bold]Revision {number}[/]  {new.fetched_at:%Y-%m-%d %H:%M}, was {old.fetched_at:%Y-%m-%d %H:%M}")
        if pieces := _title(old, new):
            _print_indented(Text("Title: ") + _marked(pieces))
        for paragraph in changed_paragraphs(old.text, new.text):
            _print_indented(_marked(paragraph))


def _print_indented(text: Text) -> None:
    console.out.print(Padding(text, (0, 0, 0, 2), expand=False), soft_wrap=not console.out.is_terminal)


def _title(old: Revision, new: Revision) -> tuple[Piece, ...]:
    return difference(old.title, new.title) if old.title.split() != new.title.split() else ()


def _marked(pieces: Sequence[Piece]) -> Text:
    """Marked by signs, so that it can be read without colours too."""
    text = Text()
    for number, piece in enumerate(pieces):
        text.append(" " if number else "")
        text.append(console.safe(plain([piece])), style=_STYLES.get(piece.kind))
    return text
