"""The places of a text that a query matched, as fragments that any output can escape and show.

The same analysis as in the index finds them, so inflected forms are marked too. What stands behind a minus is not marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.model import Article
from ingest.search.embedded.analysis import Analysis, Token, for_language, is_single
from ingest.search.embedded.clauses import forms_of, significant
from ingest.search.engine import Fragment
from ingest.search.syntax import And, Node, Not, Or, Phrase, Prefix, Scope, Word

_SPACE = re.compile(r"\s+")
Span = tuple[int, int]


def title_fragments(root: Node, article: Article) -> tuple[Fragment, ...]:
    """The whole title."""
    spans = _Marker(root, article, Scope.TITLE).spans(article.title)
    return cut(article.title, spans, 0, len(article.title))


def snippet_fragments(root: Node, article: Article, chars: int) -> tuple[Fragment, ...]:
    """About `chars` characters of the text where most of the query's words stand close together; else its beginning."""
    text = article.text
    spans = _Marker(root, article, Scope.TEXT).spans(text)
    start, end = window(text, spans, chars)
    return joined(text, spans, start, end)


class _Marker:
    """Finds the spans of a query's words in a text of one language."""

    def __init__(self, root: Node, article: Article, scope: Scope) -> None:
        self._analysis: Analysis = for_language(article.language)
        self._stems: set[str] = set()
        self._runs: list[list[str]] = []  # exact forms side by side
        self._beginnings: list[list[str]] = []  # the last is a beginning
        self._scopes = (Scope.ANY, scope)
        self._collect(root)

    def _collect(self, node: Node) -> None:
        match node:
            case And(items):
                for item in significant(items, self._analysis):
                    self._collect(item)
            case Or(items):
                for item in items:
                    self._collect(item)
            case Word(text, scope) if scope in self._scopes:
                token = self._analysis.single(text)
                if token is not None and token.stem:
                    self._stems.update(forms_of(token))
                else:
                    self._runs.append([token.exact] if token else [t.exact for t in self._analysis.query_tokens(text)])
            case Phrase(text, scope) if scope in self._scopes:
                self._runs.append([t.exact for t in self._analysis.query_tokens(text)])
            case Prefix(text, scope) if scope in self._scopes:
                self._beginnings.append([t.exact for t in self._analysis.query_tokens(text)])
            case Not() | _:
                pass

    def spans(self, text: str) -> list[Span]:
        """In order, joined where they touch or overlap."""
        tokens = self._analysis.tokens(text)
        found = [(t.start, t.end) for t in tokens if t.stem in self._stems and t.stem]
        found.extend(self._run_spans(tokens))
        merged: list[Span] = []
        for start, end in sorted(found):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def _run_spans(self, tokens: list[Token]) -> Iterator[Span]:
        wanted = [(run, False) for run in self._runs if run] + [(run, True) for run in self._beginnings if run]
        for at, token in enumerate(tokens):
            for run, is_open in wanted:
                if not _fits(token.exact, run[0], first=True, last=len(run) == 1, is_open=is_open):
                    continue
                window = tokens[at : at + len(run)]
                if len(window) == len(run) and all(
                    _fits(t.exact, form, first=i == 0, last=i == len(run) - 1, is_open=is_open)
                    for i, (t, form) in enumerate(zip(window, run, strict=True))
                ):
                    yield _start(token, run[0]), _end(window[-1], run[-1])


def _fits(exact: str, form: str, *, first: bool, last: bool, is_open: bool) -> bool:
    if exact == form or (last and is_open and exact.startswith(form)):
        return True
    return is_single(form) and len(exact) == 2 and ((last and exact[0] == form) or (first and exact[1] == form))


def _start(token: Token, form: str) -> int:
    """A lone character may be the second of its pair."""
    return token.end - 1 if is_single(form) and token.exact[0] != form else token.start


def _end(token: Token, form: str) -> int:
    return token.start + 1 if is_single(form) and token.exact[0] == form else token.end


def joined(text: str, spans: list[Span], start: int, end: int) -> tuple[Fragment, ...]:
    """The piece of `text` with its matches, dots where more stands before or behind."""
    pieces = cut(text, spans, start, end)
    if start > 0:
        pieces = (Fragment("… ", match=False), *pieces)
    if end < len(text):
        pieces = (*pieces, Fragment(" …", match=False))
    return pieces


def window(text: str, spans: list[Span], chars: int) -> Span:
    """The piece with the most matches, a third of it before the first; cut at blanks where there are some."""
    if len(text) <= chars:
        return 0, len(text)
    start = 0
    if spans:
        best = max(range(len(spans)), key=lambda i: (sum(1 for s in spans[i : i + 50] if s[1] <= spans[i][0] + chars * 2 // 3), -i))
        start = max(0, min(spans[best][0] - chars // 3, len(text) - chars))
    end = start + chars
    if start:
        blank = text.find(" ", start, start + 30)
        start = blank + 1 if blank >= 0 else start
    if end < len(text):
        blank = text.rfind(" ", end - 30, end)
        end = blank if blank >= 0 else end
    return start, end


def cut(text: str, spans: list[Span], start: int, end: int) -> tuple[Fragment, ...]:
    """The piece of `text` as fragments; runs of blanks become one."""
    pieces: list[Fragment] = []
    at = start
    for left, right in spans:
        if right <= start or left >= end:
            continue
        pieces.append(Fragment(text[at : max(left, at)], match=False))
        pieces.append(Fragment(text[max(left, start) : min(right, end)], match=True))
        at = min(right, end)
    pieces.append(Fragment(text[at:end], match=False))
    return tuple(Fragment(_SPACE.sub(" ", piece.text), piece.match) for piece in pieces if piece.text)
