"""The fields of the embedded index, and an article as a document of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec
import tantivy

from ingest.model import Article
from ingest.names.filing import key_of
from ingest.search.embedded.analysis import for_language, primary
from ingest.search.embedded.letters import key

VERSION = 3  # of fields and analysis; another one needs the articles indexed anew

MAX_LABEL_CHARS = 1_000
_KEY_ID_BITS = 30
_SECONDS_LIMIT = 1 << 33  # until the year 2242
_TERMS = "terms"  # our analysis has made the terms: they are only split at blanks
_BREAK = "\x1f"  # between two names, so that no phrase reaches from one into the next

# Facet by its public name: the field, and the label of `Entity` or None.
FACET_FIELDS = {"language": "language", "site": "site", "person": "person", "organisation": "organisation", "place": "place"}
# Filter by `Entity.label`, and back.
_ENTITY_FILTERS = {"person": "person", "organisation": "org", "place": "place"}
_FILTERED_ENTITIES = {field: kind for kind, field in _ENTITY_FILTERS.items()}
_SOUND = "~"  # before an entity's key, which no name begins with: the key of one name may be written as another name is


def build() -> tantivy.Schema:
    """All fields."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("story", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("version", indexed=True, fast=True)
    builder.add_unsigned_field("key", indexed=True, fast=True)  # see `sort_key`
    for name in FACET_FIELDS.values():
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("labels", tokenizer_name="raw", index_option="basic")  # "site:example.org", "org:nato"
    for name in ("title", "text"):
        builder.add_text_field(name, tokenizer_name=_TERMS, index_option="freq")  # stems with their language
        builder.add_text_field(f"{name}_exact", tokenizer_name=_TERMS, index_option="position")
    for name in ("author", "feed"):
        builder.add_text_field(name, tokenizer_name=_TERMS, index_option="position")
    builder.add_bytes_field("article", stored=True)
    return builder.build()


SCHEMA = build()


def register(index: tantivy.Index) -> tantivy.Index:
    """Name our tokenizer to an index that was just made or opened."""
    index.register_tokenizer(_TERMS, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


def second_key(moment: datetime, *, after: bool = False) -> int:
    """The least sort key of articles published at `moment` or later; with a fraction of a second and `after`, of the next second."""
    seconds = moment.timestamp()
    whole = int(seconds // 1) + (1 if after and seconds % 1 else 0)
    return max(0, min(whole, _SECONDS_LIMIT - 1)) << _KEY_ID_BITS


def sort_key(article: Article) -> int:
    """Seconds of publication and 30 bits of the id: newest first is one number, equal for all practical purposes never."""
    tail = int.from_bytes(article.id.encode()[-8:], "big") if not _is_hex(article.id) else int(article.id[:8], 16)
    return second_key(article.published_at) | (tail & ((1 << _KEY_ID_BITS) - 1))


def _is_hex(text: str) -> bool:
    return len(text) >= 8 and all(c in "0123456789abcdef" for c in text[:8])


class Terms(NamedTuple):
    """What an article is found by, field by field."""

    fields: dict[str, str]  # terms in the order of the text, blanks between them
    labels: list[str]


def terms(article: Article) -> Terms:
    """Analyse the article."""
    analysis = for_language(article.language)
    fields: dict[str, str] = {}
    for name, text in (("title", article.title), ("text", article.text)):
        fields[f"{name}_exact"], fields[name] = analysis.forms(text)
    fields["author"] = names(article.authors)
    fields["feed"] = names((article.feed_title,))
    return Terms(fields, distinct_labels(article))


def names(given: Iterable[str]) -> str:
    """The exact forms of names, a mark between two."""
    analysis = for_language("und")
    return f"{_BREAK} ".join([analysis.forms(name)[0] for name in given])


def distinct_labels(article: Article) -> list[str]:
    """The terms for the article's properties."""
    return list(dict.fromkeys(label(*pair) for pair in labels(article)))


def label(field: str, value: str) -> str:
    """The term for "`field` is `value`"."""
    return f"{field}:{key(value)}"[:MAX_LABEL_CHARS]


def terms_of_filter(field: str, value: str) -> tuple[str, ...]:
    """The terms of which an article has one where "`field` is `value`": the name as written, and what all that mean the same share."""
    exactly = label(field, value)
    sound = key_of(_FILTERED_ENTITIES[field], value) if field in _FILTERED_ENTITIES else ""
    return (exactly, label(field, _SOUND + sound)) if sound else (exactly,)


def labels(article: Article) -> Iterator[tuple[str, str]]:
    language = primary(article.language)
    yield "lang", language
    if language in ("nb", "nn"):
        yield "lang", "no"
    yield "site", article.site
    for url in (article.url, article.canonical_url):
        yield "url", url
    if article.feed_url:
        yield "feed", article.feed_url
    for tag in article.tags:
        yield "tag", tag
    for flag in article.flags:
        yield "flag", flag
    for entity in article.entities:
        for named in filter(None, (entity.name, entity.id)):
            yield "entity", named
            if entity.label in _ENTITY_FILTERS:
                yield _ENTITY_FILTERS[entity.label], named
        if entity.label in _ENTITY_FILTERS and (sound := entity.key or key_of(entity.label, entity.name)):
            yield _ENTITY_FILTERS[entity.label], _SOUND + sound


def check(article: Article) -> bytes:
    """The article as it is stored. Raises UnicodeEncodeError, ValueError, OverflowError for one that cannot be indexed."""
    if not 0 <= article.version < 1 << 64:
        raise OverflowError(f"version {article.version} is out of range")
    return _ENCODER.encode(article)


def document(article: Article) -> tantivy.Document:
    """The article as a document. Raises UnicodeEncodeError for text with lone surrogates, OverflowError for a negative version."""
    encoded = check(article)
    found = terms(article)
    doc = tantivy.Document()
    doc.add_text("id", article.id)
    doc.add_text("story", article.story or article.id)
    doc.add_unsigned("version", article.version)
    doc.add_unsigned("key", sort_key(article))
    doc.add_text("language", primary(article.language))
    doc.add_text("site", article.site[:MAX_LABEL_CHARS])
    for name, kind in dict.fromkeys((e.name, e.label) for e in article.entities):
        if kind in FACET_FIELDS:
            doc.add_text(kind, name[:MAX_LABEL_CHARS])
    for value in found.labels:
        doc.add_text("labels", value)
    for field, words in found.fields.items():
        doc.add_text(field, words)
    doc.add_bytes("article", encoded)
    return doc


_ENCODER = msgspec.json.Encoder()
DECODER = msgspec.json.Decoder(Article)
