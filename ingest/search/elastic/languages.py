"""Which field a language's text is in. The languages are those of mappings/languages.json."""

from __future__ import annotations

import functools

import msgspec

from ingest.resources import bundled
from ingest.search.embedded.analysis import UNKNOWN, primary

_SAME = {"nb": "no", "nn": "no", "ku": "ckb", "tl": UNKNOWN}  # both written forms of Norwegian; Kurdish news is mostly Sorani


@functools.cache
def analyzers() -> dict[str, list[str]]:
    """By field name, the analyzers that suit it, the best first; a cluster may lack the first ones."""
    return msgspec.json.decode((bundled("mappings") / "languages.json").read_bytes(), type=dict[str, list[str]])


def field_of(language: str) -> str:
    """The name below `text` and `title_l` for an ISO 639 tag; "und" for languages without a field of their own."""
    tag = language.lower().replace("-", "_")
    if tag in analyzers():
        return tag
    short = primary(language)
    short = _SAME.get(short, short)
    return short if short in analyzers() else UNKNOWN
