"""An article as a document of the index, and back.

A document is the article field by field, as JSON has it, except: the text stands under the language's field, the title there
too, names stand by kind with their details beside them, and `keys` holds what filters compare.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ingest.model import Article
from ingest.search.elastic.languages import field_of
from ingest.search.embedded.analysis import primary
from ingest.search.embedded.schema import MAX_LABEL_CHARS, label, labels
from ingest.search.facets import NAMED

MAX_ID_BYTES = 512  # Elasticsearch refuses the whole request for a longer one
MAX_VERSION = (1 << 63) - 1
_ADDED = ("title_l", "text", "entities", "entity_details", "keys", "language", "language_tag", "language_field", "story_key", "indexed_at")
_LOOKED_AT = ("keys", "authors", "feed_title", "published_at")  # fields that `translate` names
_ENCODER = msgspec.json.Encoder()

Json = dict[str, Any]


def encode(article: Article, now: datetime) -> bytes:
    """The document as JSON. Raises ValueError for an article that no engine can hold (UnicodeEncodeError for half a surrogate pair)."""
    if not 0 <= article.version <= MAX_VERSION:
        raise ValueError(f"the version {article.version} is out of range")
    if not article.id or len(article.id.encode()) > MAX_ID_BYTES:
        raise ValueError(f"the id must have 1 to {MAX_ID_BYTES} bytes")
    return _ENCODER.encode(document(article, now))


def encode_for_matching(article: Article, now: datetime, *, scopes: bool) -> bytes:
    """Only what queries look at: the server analyses it anew for each article. `scopes`: title and text apart, too.

    Raises ValueError as `encode` does.
    """
    encode(article, now)
    made = document(article, now)
    looked_at = {name: made[name] for name in _LOOKED_AT if name in made}
    if scopes:
        looked_at |= {"title_l": made["title_l"], "text": made["text"]}
    return _ENCODER.encode(looked_at | {"any": {made["language_field"]: [article.title, article.text]}})


def document(article: Article, now: datetime) -> Json:
    """The document; `now` is when it is indexed."""
    made: Json = msgspec.to_builtins(article, builtin_types=(datetime,))
    field = field_of(article.language)
    made["title"] = article.title
    made["title_l"] = {field: article.title}
    made["text"] = {field: article.text}
    made["language"] = primary(article.language)
    made["language_field"] = field
    if article.language != made["language"]:
        made["language_tag"] = article.language
    details = made.pop("entities", None)
    if details:
        made["entity_details"] = details
        made["entities"] = _names(article)
    made["story_key"] = (article.story or article.id)[:MAX_LABEL_CHARS]
    made["keys"] = list(dict.fromkeys(label(*pair) for pair in labels(article)))
    made["indexed_at"] = now
    return made


def _names(article: Article) -> Json:
    found: Json = {}
    for name, kind in dict.fromkeys((e.name, e.label) for e in article.entities):
        if kind in NAMED:
            found.setdefault(kind, []).append(name[:MAX_LABEL_CHARS])
    if known := list(dict.fromkeys(e.id for e in article.entities if e.id)):
        found["id"] = known
    return found


def article_of(source: Json) -> Article:
    """The article that `document` made `source` of. Raises msgspec.ValidationError for anything else."""
    made = {key: value for key, value in source.items() if key not in _ADDED}
    made["text"] = next(iter(source.get("text", {}).values()), "")
    made["language"] = source.get("language_tag", source.get("language", "und"))
    if details := source.get("entity_details"):
        made["entities"] = details
    return msgspec.convert(made, Article)
