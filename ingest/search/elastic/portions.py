"""Requests of a size that servers and the proxies before them take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

PORTION_BYTES = 5 * 1024 * 1024  # well below the server's 100 MB; a proxy that takes less says 413, and the portion is halved

T = TypeVar("T")


def portions(items: Iterable[T], size_of: Callable[[T], int], number: int) -> Iterator[list[T]]:
    """Runs of at most `number` items and PORTION_BYTES; what is larger by itself comes alone."""
    portion: list[T] = []
    size = 0
    for item in items:
        if portion and (len(portion) >= number or size + size_of(item) > PORTION_BYTES):
            yield portion
            portion, size = [], 0
        portion.append(item)
        size += size_of(item)
    if portion:
        yield portion


def halves(portion: list[T]) -> tuple[list[T], list[T]]:
    """Of a portion that was too large; the second is empty where there was one item."""
    middle = (len(portion) + 1) // 2
    return portion[:middle], portion[middle:]
