"""What a child finds loaded is what it would load itself."""

from __future__ import annotations

import justext.core  # type: ignore[import-untyped]  # it has no types
from trafilatura import external

import ingest.extract.preload  # noqa: F401  # what is tested


def test_the_words_of_justext_are_put_in_lower_case_once() -> None:
    words = external.JT_STOPLIST
    assert words
    assert justext.core.define_stoplist(words) == frozenset(word.lower() for word in words)
    assert justext.core.define_stoplist(words) is justext.core.define_stoplist(words)
