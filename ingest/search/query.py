"""The query language: Lucene syntax as people know it from Kibana, checked before any engine sees it.

::

    Bahn Streik                    both words, in any inflection       Bahn AND Streik
    Genf OR Moskau                 one of them                         (Genf OR Moskau) Gipfel
    -Sport, NOT Sport              without
    "Annalena Baerbock"            side by side, in just these forms
    Klima*                         beginning of a word
    title:Wahl text:"in Genf"      in the title or the text only       title:(Wahl OR Streik)
    lang:de site:tagesschau.de     filters; also entity: person: org: place: author: tag: feed: url: flag:
    person:"Annalena Baerbock"     a whole name, upper or lower case; place:Saint* for a beginning
    person:"Vladimir Putin"        person:, org: and place: find a name's other spellings, too: Wladimir Putin, Владимир Путин
    place:Moskau                   place: and org: find what other languages call it, too: Moscow, Москва
    entity:"Wladimir Putin"        only as it is written, of whatever kind
    after:2026-11-01               published on that day or later (UTC)
    before:2026-11                 published before that month
    published:[2026-11-01 TO 2026-11-05]   from day to day, both included; also published:>=2026-11-01

Operators are AND, OR, NOT in capitals, as in Lucene; "and", "or", "not" are words. OR binds closer than a blank: `a b OR c`
is a and (b or c); AND binds closer than OR. A backslash takes the meaning from the next character. Refused, with the
place: wildcards other than at a word's end, regular expressions, fuzzy words, boosts. An empty query, `*` and `*:*` find all.
"""

from __future__ import annotations

import difflib
import functools
import re
from datetime import datetime

from luqum import tree
from luqum.exceptions import IllegalCharacterError, ParseSyntaxError
from luqum.thread import parse as parse_lucene

from ingest.errors import QueryError
from ingest.search.moments import span
from ingest.search.syntax import EVERYTHING, And, DateRange, Everything, Filter, Node, Not, Or, Phrase, Prefix, Query, Scope, Word

MAX_CHARS = 1_000  # a longer query is no search; the parser needs 1 ms for this many
MAX_CLAUSES = 64  # words, phrases and filters: each becomes some engine clauses per language, and Elasticsearch has a limit
MAX_DEPTH = 10
MAX_PREFIXES = 10  # each is a walk through the dictionary
MIN_PREFIX = 2  # one letter and * would expand to a tenth of the dictionary

FILTERS = {
    "lang": "lang",
    "language": "lang",
    "site": "site",
    "entity": "entity",
    "person": "person",
    "org": "org",
    "organisation": "org",
    "organization": "org",
    "place": "place",
    "author": "author",
    "tag": "tag",
    "feed": "feed",
    "url": "url",
    "flag": "flag",
}
DATES = ("after", "before", "published")
SCOPES = {"title": Scope.TITLE, "text": Scope.TEXT}
_FIELDS = (*FILTERS, *DATES, *SCOPES)

# Quotation marks that word processors make count as ", but not within "…".
_QUOTES = re.compile(r'"(?:[^\\"]|\\.)*"|[“”„‟〝〞〟＂]', re.DOTALL)  # noqa: RUF001
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.ASCII | re.IGNORECASE)
_CACHED = 20_000  # rules parsed once in a process; about 1 kB each


def parse(text: str) -> Query:
    """The checked query. Raises QueryError, whose message is one sentence and whose position is the place to blame."""
    return _parse(text)


@functools.lru_cache(maxsize=_CACHED)
def _parse(text: str) -> Query:
    if len(text) > MAX_CHARS:
        raise QueryError(f"the query has {len(text):,} characters: shorten it to {MAX_CHARS:,}", query=text, position=MAX_CHARS)
    if text.strip() in ("", "*", "*:*"):
        return Query(Everything(), text) if text else EVERYTHING
    try:
        parsed = parse_lucene(_straight(text))
    except (ParseSyntaxError, IllegalCharacterError) as error:
        raise _syntax_error(text, str(error)) from None
    root = _Reader(text).node(parsed, None, 0)
    if root is None:
        raise QueryError("the query holds no letter or digit to search for", query=text, position=0)
    return Query(root, text)


def _straight(text: str) -> str:
    """With straight quotation marks; every character keeps its place."""
    return _QUOTES.sub(lambda m: m[0] if m[0].startswith('"') else '"', text)


def caret(error: QueryError) -> str:
    """The query with a ^ under the place of the fault, for people; empty where no place is to blame."""
    if error.position is None or not error.query:
        return ""
    width = 72
    start = max(0, error.position - width // 2)
    shown = "".join(c if c.isprintable() else " " for c in error.query[start : start + width])
    return f"{shown}\n{' ' * (error.position - start)}^"


def _syntax_error(text: str, message: str) -> QueryError:
    """The parser's errors hold the place in their text only."""
    found = re.search(r"position (\d+)", message)
    at = int(found[1]) if found else len(text)
    rest = _straight(text)[at:]
    if rest.startswith('"'):
        return QueryError('the quotation mark has no partner: close the phrase with "', query=text, position=at)
    if rest.startswith("/"):
        return QueryError("regular expressions are not searched: put text with / in quotation marks", query=text, position=at)
    if rest.startswith(")"):
        return QueryError("the bracket closes nothing: remove it or open one before", query=text, position=at)
    if not rest:
        hint = "a bracket is still open" if text.count("(") > text.count(")") else "a word or a phrase must follow"
        return QueryError(f"the query ends too early: {hint}", query=text, position=at)
    part = rest.split()[0][:20] if rest.split() else rest[:1]
    return QueryError(f"{part} cannot stand here: put it in quotation marks to search for it", query=text, position=at)


class _Reader:
    """Turns luqum's tree into ours; refuses what the language leaves out."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._clauses = 0
        self._prefixes = 0

    def _refuse(self, message: str, item: tree.Item) -> QueryError:
        return QueryError(message, query=self._text, position=item.pos)

    def node(self, item: tree.Item, field: str | None, depth: int) -> Node | None:  # noqa: PLR0911  # one for each kind of node
        """None: punctuation only, nothing to search for."""
        if depth > MAX_DEPTH:
            raise self._refuse(f"brackets nest deeper than {MAX_DEPTH}: write the query flatter", item)
        if isinstance(item, (tree.Group, tree.FieldGroup)):
            return self.node(item.expr, field, depth + 1)
        if isinstance(item, (tree.AndOperation, tree.UnknownOperation)):
            return self._all(item, field, depth)
        if isinstance(item, tree.OrOperation):
            return self._any(item, field, depth)
        if isinstance(item, (tree.Not, tree.Prohibit)):
            inner = self.node(item.a, field, depth + 1)
            return None if inner is None else Not(inner)
        if isinstance(item, tree.Plus):
            return self.node(item.a, field, depth + 1)
        if isinstance(item, tree.SearchField):
            return self._field(item, field, depth)
        self._clauses += 1
        if self._clauses > MAX_CLAUSES:
            raise self._refuse(f"the query has more than {MAX_CLAUSES} words and filters: split it into several", item)
        return self._leaf(item, field)

    def _all(self, item: tree.Item, field: str | None, depth: int) -> Node | None:
        parts: list[Node] = []
        for operand in item.operands:
            part = self.node(operand, field, depth + 1)
            if isinstance(part, And):  # `a b AND c` is one conjunction
                parts.extend(part.items)
            elif part is not None:
                parts.append(part)
        return And(tuple(parts)) if len(parts) > 1 else next(iter(parts), None)

    def _any(self, item: tree.Item, field: str | None, depth: int) -> Node | None:
        parts = [part for operand in item.operands if (part := self.node(operand, field, depth + 1)) is not None]
        return Or(tuple(parts)) if len(parts) > 1 else next(iter(parts), None)

    def _field(self, item: tree.Item, outer: str | None, depth: int) -> Node | None:
        name = item.name.lower()
        if outer is not None:
            raise self._refuse(f"{outer}: cannot hold another field: write {outer}:… {name}:… side by side", item)
        if name not in _FIELDS:
            if name == "*":
                raise self._refuse("* stands for all articles only when it is the whole query", item)
            close = difflib.get_close_matches(name, _FIELDS, n=1)
            shown = name[:30]
            hint = (
                f"did you mean {close[0]}:?" if close else "put text with a colon in quotation marks, or use title:, lang:, site:, after: …"
            )
            raise self._refuse(f"{shown} is not a field: {hint}", item)
        return self.node(item.expr, name, depth + 1)

    def _leaf(self, item: tree.Item, field: str | None) -> Node | None:
        if isinstance(item, tree.Regex):
            raise self._refuse("regular expressions are not searched: put text with / in quotation marks", item)
        if isinstance(item, (tree.Fuzzy, tree.Proximity)):
            raise self._refuse("~ (fuzzy search) is not offered: leave it away, words are found in all inflections", item)
        if isinstance(item, tree.Boost):
            raise self._refuse("^ (boost) is not offered: leave it away", item)
        if field in DATES:
            return self._date(item, field)
        if isinstance(item, (tree.Range, tree.From, tree.To)):
            raise self._refuse("a range is for dates only: write published:[2026-11-01 TO 2026-11-05]", item)
        if isinstance(item, tree.Phrase):
            return self._value(_unescape(item.value[1:-1]), item, field, phrase=True, prefix=False)
        raw = item.value
        if raw in ("&&", "||") or raw.startswith("!"):
            raise self._refuse("operators are words in capitals: write AND, OR, NOT", item)
        bare = raw[:-1] if _ends_open(raw) else raw
        self._prefixes += bare is not raw
        if self._prefixes > MAX_PREFIXES:
            raise self._refuse(f"the query has more than {MAX_PREFIXES} words with *: write some of them out", item)
        if wild := re.search(r"(?<!\\)(?:\\\\)*[*?]", bare):
            where = "a wildcard stands only at the end of a word, as in Klima*"
            raise QueryError(where, query=self._text, position=item.pos + wild.end() - 1)
        return self._value(_unescape(bare), item, field, phrase=False, prefix=bare is not raw)

    def _value(self, text: str, item: tree.Item, field: str | None, *, phrase: bool, prefix: bool) -> Node | None:
        if field in FILTERS:
            return self._filter(FILTERS[field], text, item, prefix=prefix)
        letters = sum(map(str.isalnum, text))
        if prefix and letters < MIN_PREFIX and text.isascii():
            raise self._refuse(f"too short a beginning: write at least {MIN_PREFIX} letters before the *", item)
        if not letters:
            return None
        scope = SCOPES.get(field or "", Scope.ANY)
        return Phrase(text, scope) if phrase else Prefix(text, scope) if prefix else Word(text, scope)

    def _filter(self, field: str, text: str, item: tree.Item, *, prefix: bool) -> Filter:
        value = text.strip()
        if not value:
            raise self._refuse(f"{field}: needs a value: write it right behind the colon", item)
        if field == "lang":
            if prefix or not _LANGUAGE.fullmatch(value):
                raise self._refuse("a language is two letters: write lang:de, or lang:(de OR fr)", item)
            return Filter(field, value.lower().split("-")[0])
        if field == "site":
            value = value.lower().removeprefix("www.")
        if prefix and len(value) < MIN_PREFIX:
            raise self._refuse(f"too short a beginning: write at least {MIN_PREFIX} letters before the *", item)
        return Filter(field, value, prefix)

    def _date(self, item: tree.Item, field: str) -> DateRange:
        if field != "published":
            start, _ = self._span(item)
            return DateRange(since=start) if field == "after" else DateRange(until=start)
        if isinstance(item, tree.Range):
            low = None if _is_star(item.low) else self._span(item.low)
            high = None if _is_star(item.high) else self._span(item.high)
            since = low and low[0 if item.include_low else 1]
            return DateRange(since=since, until=high and high[1 if item.include_high else 0])
        if isinstance(item, tree.From):
            return DateRange(since=self._span(item.a)[0 if item.include else 1])
        if isinstance(item, tree.To):
            return DateRange(until=self._span(item.a)[1 if item.include else 0])
        return DateRange(*self._span(item))

    def _span(self, item: tree.Item) -> tuple[datetime, datetime]:
        if isinstance(item, (tree.Word, tree.Phrase)):
            found = span(item.value.strip('"'))
            if found:
                return found
        raise self._refuse("not a date: write 2026-11-01, 2026-11, or 2026-11-01T12:30", item)


def _is_star(item: tree.Item) -> bool:
    return isinstance(item, tree.Word) and item.value == "*"


def _ends_open(raw: str) -> bool:
    """Whether the word ends in a * that no backslash takes the meaning from."""
    return len(raw) > 1 and raw.endswith("*") and (len(raw) - 1 - len(raw[:-1].rstrip("\\"))) % 2 == 0


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
