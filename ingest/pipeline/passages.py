"""Where a rule's query matched an article, for messages: the same marks as in search results, on every engine."""

from __future__ import annotations

from ingest.errors import QueryError
from ingest.model import Article
from ingest.search.embedded.highlight import snippet_fragments, title_fragments
from ingest.search.engine import Fragment
from ingest.search.query import parse

PASSAGE_CHARS = 280

Pieces = tuple[tuple[str, bool], ...]


def pieces(query: str, article: Article) -> tuple[Pieces, Pieces]:
    """The title and the best place of the text, as (text, matched). The text is empty where nothing of it matched."""
    try:
        root = parse(query).root
    except QueryError:
        return (), ()
    title = title_fragments(root, article)
    passage = snippet_fragments(root, article, PASSAGE_CHARS)
    return _plain(title), _plain(passage) if any(f.match for f in passage) else ()


def _plain(fragments: tuple[Fragment, ...]) -> Pieces:
    return tuple((f.text, f.match) for f in fragments)
