"""How often each name occurs among the articles found, its spellings and translations as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ingest.names.filing import key_of

NAMED = ("person", "organisation", "place")  # facets whose values are names
MORE = 4  # times as many values are asked of the index: the spellings of one name may be far apart in its list


def asked(name: str, size: int) -> int:
    """How many values of facet `name` to ask the index for, to show `size`."""
    return size * MORE if name in NAMED else size


def wanted(fields: Mapping[str, str], size: int) -> dict[str, Any]:
    """The aggregations to ask an index for, where `fields` are its fields by facet."""
    return {name: {"terms": {"field": field, "size": asked(name, size)}} for name, field in fields.items()}


def told(answer: Mapping[str, Any], names: Iterable[str], size: int) -> dict[str, list[tuple[str, int]]]:
    """The facets `names` of the index's answer to `wanted`."""
    return {name: counted(name, [(bucket["key"], bucket["doc_count"]) for bucket in answer[name]["buckets"]], size) for name in names}


def counted(name: str, values: Iterable[tuple[str, int]], size: int) -> list[tuple[str, int]]:
    """The `size` most frequent of `values` (value, number of articles), the most frequent first.

    Of a name, the most frequent spelling is shown, with the articles of all spellings and, of places and organisations, all
    languages that share a key, as a filter finds them. An article that has two of them counts twice.
    """
    spellings: dict[str, list[tuple[str, int]]] = {}
    for value, number in values:
        spellings.setdefault((key_of(name, value) if name in NAMED else "") or f"={value}", []).append((value, number))
    merged = [(max(each, key=lambda one: one[1])[0], sum(number for _, number in each)) for each in spellings.values()]
    return sorted(merged, key=lambda one: -one[1])[:size]
