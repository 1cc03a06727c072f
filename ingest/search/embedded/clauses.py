"""What a checked query asks of the terms of an article of one language: plain data, the same for index and batch.

Whatever depends on a language is decided here, once: stems, stop words, how a phrase is cut into tokens. An article has one
language, so a query becomes one clause for each group of languages that share an analysis.

A stop word beside other words does not count: in one field list with several analyzers it would be dropped for German,
mandatory for English, and AND would find nothing. Alone, or behind a minus, it is looked for as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from ingest.search.embedded.analysis import UNKNOWN, Analysis, Token, for_language, is_single
from ingest.search.embedded.schema import label, terms_of_filter
from ingest.search.syntax import TEXTUAL, And, DateRange, Everything, Filter, Node, Not, Or, Phrase, Prefix, Scope, Word

FIELDS = {Scope.ANY: ("title", "text"), Scope.TITLE: ("title",), Scope.TEXT: ("text",)}
EXACT = {scope: tuple(f"{field}_exact" for field in fields) for scope, fields in FIELDS.items()}


class Stem(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True):
    """A stem, with its language, in one of the fields."""

    fields: tuple[str, ...]
    term: str


class Part(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One token of a run: `form`, with one more character before or behind it, or any number behind it."""

    form: str
    one_before: bool = False
    one_behind: bool = False
    open_end: bool = False

    @property
    def plain(self) -> bool:
        return not (self.one_before or self.one_behind or self.open_end)


class Run(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True):
    """Tokens side by side in one of the fields."""

    fields: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def scored(self) -> bool:
        """Whether hits in it say something of relevance: those in bylines and names of feeds do not."""
        return self.fields[0].endswith("_exact")


class Label(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True):
    """A property, "site:example.org"; `open_end`: its beginning."""

    term: str
    open_end: bool = False


class Dates(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True):
    """Published within."""

    bounds: DateRange


class AllOf(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True):
    """Each of `wanted` and none of `unwanted`."""

    wanted: tuple[Clause, ...]
    unwanted: tuple[Clause, ...] = ()


class AnyOf(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True):
    """At least one of two or more."""

    items: tuple[Clause, ...]


class Every(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True):
    """Every article."""


class Never(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True):
    """No article."""


Clause: TypeAlias = Stem | Run | Label | Dates | AllOf | AnyOf | Every | Never
EVERY = Every()
NEVER = Never()


def clause(node: Node, analysis: Analysis) -> Clause:  # noqa: PLR0911  # one for each kind of node
    """What `node` asks of the articles of a group of languages."""
    match node:
        case Everything():
            return EVERY
        case And(items):
            return _all(significant(items, analysis), analysis)
        case Or(items):
            return _any(clause(item, analysis) for item in items)
        case Not():
            return _all([node], analysis)
        case DateRange(since, until):
            return EVERY if since is None and until is None else Dates(node)
        case Filter():
            return _filter(node)
        case Word():
            return _word(node, analysis)
        case Phrase():
            return _run(EXACT[node.scope], [t.exact for t in analysis.query_tokens(node.text)])
        case Prefix():
            return _beginning(EXACT[node.scope], [t.exact for t in analysis.query_tokens(node.text)])


def significant(items: Iterable[Node], analysis: Analysis) -> list[Node]:
    """The parts of a conjunction that count: stop words fall away where other text is left."""
    items = list(items)
    kept = [n for n in items if not (isinstance(n, Word) and _counts_as_stop(n, analysis))]
    return kept if any(isinstance(n, (*TEXTUAL, And, Or)) for n in kept) else items


def forms_of(token: Token) -> tuple[str, ...]:
    """What a word is looked for as: its stem, and itself.

    Snowball cuts some base forms shorter than their inflections (German Konzern to konz, Konzerns to konzern).
    """
    return (token.stem,) if token.stem == token.exact else (token.stem, token.exact)


def _counts_as_stop(word: Word, analysis: Analysis) -> bool:
    token = analysis.single(word.text)
    return token is not None and not token.stem


def _all(items: Iterable[Node], analysis: Analysis) -> Clause:
    wanted: list[Clause] = []
    unwanted: list[Clause] = []
    for item in items:
        if isinstance(item, Not):
            part = clause(item.item, analysis)
            if part is EVERY:
                return NEVER
            if part is not NEVER:
                unwanted.append(part)
        else:
            part = clause(item, analysis)
            if part is NEVER:
                return NEVER
            if part is not EVERY:
                wanted.append(part)
    if unwanted or len(wanted) > 1:
        return AllOf(tuple(wanted), tuple(unwanted))
    return wanted[0] if wanted else EVERY


def _any(parts: Iterable[Clause]) -> Clause:
    kept = [part for part in parts if part is not NEVER]
    if EVERY in kept:
        return EVERY
    if len(kept) > 1:
        return AnyOf(tuple(kept))
    return kept[0] if kept else NEVER


def _word(word: Word, analysis: Analysis) -> Clause:
    token = analysis.single(word.text)
    if token is None or not token.stem:
        return _run(EXACT[word.scope], [token.exact] if token else [t.exact for t in analysis.query_tokens(word.text)])
    return _any(Stem(FIELDS[word.scope], analysis.term(form)) for form in forms_of(token))


def _run(fields: tuple[str, ...], forms: list[str]) -> Clause:
    """A lone character of a script that is indexed in pairs may be half of a pair at either end."""
    if not forms:
        return NEVER
    before, behind = is_single(forms[0]), is_single(forms[-1])
    last = len(forms) - 1
    return Run(fields, tuple(Part(f, one_before=before and i == 0, one_behind=behind and i == last) for i, f in enumerate(forms)))


def _beginning(fields: tuple[str, ...], forms: list[str]) -> Clause:
    return Run(fields, (*map(Part, forms[:-1]), Part(forms[-1], open_end=True))) if forms else NEVER


def _filter(wanted: Filter) -> Clause:
    if wanted.field not in ("author", "feed") and not wanted.prefix:
        return _any(map(Label, terms_of_filter(wanted.field, wanted.value)))
    exactly = Label(label(wanted.field, wanted.value), open_end=wanted.prefix)
    if wanted.field not in ("author", "feed"):
        return exactly
    # Words of a name: bylines and feed titles are written freely.
    forms = [t.exact for t in for_language(UNKNOWN).query_tokens(wanted.value)]
    words = (_beginning if wanted.prefix else _run)((wanted.field,), forms)
    return _any((words, exactly))
