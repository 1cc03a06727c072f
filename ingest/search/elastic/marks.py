"""Highlights: the server marks what matched, we cut the marked text into fragments that any output can escape and show.

The server's marks are a secret of the request and are taken out again here: no text can forge them, and no markup is made.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import Any

from ingest.model import Article
from ingest.search.embedded.analysis import for_language
from ingest.search.embedded.highlight import Span, cut, joined, window
from ingest.search.engine import Fragment
from ingest.search.syntax import And, Node, Or, Phrase, Word

MAX_ANALYSED_CHARS = 1_000_000  # a longer text fails the whole search, unless the request says so
_BETWEEN = re.compile(r"[\W_]{1,3}")

Json = dict[str, Any]


class Marks:
    """The marks of one request."""

    def __init__(self) -> None:
        token = secrets.token_hex(6)
        self._open, self._close = f"\ue000{token}\ue001", f"\ue002{token}\ue003"

    def request(self, offset_limit: str) -> Json:
        """The `highlight` part of a search; `offset_limit`: the product's name of that option."""
        whole = {"number_of_fragments": 0}
        return {
            "type": "unified",
            "pre_tags": [self._open],
            "post_tags": [self._close],
            offset_limit: MAX_ANALYSED_CHARS - 1,
            "fields": {"title_l.*": whole, "text.*": whole},
        }

    def title(self, root: Node, article: Article, found: Json) -> tuple[Fragment, ...]:
        """The whole title."""
        return cut(article.title, self._spans(root, article.title, article.language, "title_l.", found), 0, len(article.title))

    def snippet(self, root: Node, article: Article, found: Json, chars: int) -> tuple[Fragment, ...]:
        """About `chars` characters of the text, where most matches stand close together."""
        spans = self._spans(root, article.text, article.language, "text.", found)
        start, end = window(article.text, spans, chars)
        return joined(article.text, spans, start, end)

    def _spans(self, root: Node, text: str, language: str, prefix: str, found: Json) -> list[Span]:
        marked = [span for name, values in found.items() if name.startswith(prefix) for value in values for span in self._read(value)]
        narrowed = [_without_clitics(text, language, span) for span in marked if span[1] <= len(text)]
        return _merged(text, sorted(narrowed), has_runs=_has_runs(root))

    def _read(self, value: str) -> Iterable[Span]:
        first, *pieces = value.split(self._open)
        at = len(first)
        for piece in pieces:
            inside, _, outside = piece.partition(self._close)
            yield at, at + len(inside)
            at += len(inside) + len(outside)


def _without_clitics(text: str, language: str, span: Span) -> Span:
    """The word alone where the server's token holds an article or a possessive: élection of l'élection."""
    start, end = span
    words = [t for t in for_language(language).tokens(text[start:end]) if not t.clitic]
    return (start + words[0].start, start + words[-1].end) if words else span


def _has_runs(node: Node) -> bool:
    """Whether any part stands for several words side by side, which the server marks one by one."""
    if isinstance(node, (And, Or)):
        return any(map(_has_runs, node.items))
    return isinstance(node, Phrase) or (isinstance(node, Word) and re.search(r"\w\W+\w", node.text) is not None)


def _merged(text: str, spans: list[Span], *, has_runs: bool) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        touches = merged and (start <= merged[-1][1] or (has_runs and _BETWEEN.fullmatch(text, merged[-1][1], start)))
        if touches:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
