"""Whether a saved query can be looked up by its words, or must be tried on every article: pure."""

from __future__ import annotations

from ingest.search.syntax import And, Filter, Node, Or, Phrase, Word

# Of these few values most articles have one: they narrow nothing down (a percolator would still try the rule each time).
_COMMON = ("lang",)


def is_selective(node: Node) -> bool:
    """Whether every article that fits must hold some word, phrase or name of the query.

    A query that is not selective, such as `-sport`, `after:2026-01-01` or `Kli*`, costs every engine one look at it for every article.
    """
    match node:
        case Word() | Phrase():
            return True
        case Filter(field, _, prefix):
            return not prefix and field not in _COMMON
        case And(items):
            return any(map(is_selective, items))
        case Or(items):
            return all(map(is_selective, items))
        case _:
            return False
