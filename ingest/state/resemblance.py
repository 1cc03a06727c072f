"""Whether two articles are copies of one report: a decision over their signatures alone."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from ingest.model import Copy, Signature

KEYS = 12  # hashes that a candidate is found by: copies with half their shingles in common miss each other once in 4,000
MIN_SHINGLES = 20  # of either text: two sentences are no evidence, and teasers of one site often read alike
SHARE_OF_SMALLER = 0.5  # common shingles; different reports of one event stay below 0.3
SHARE_OF_LARGER = 0.33  # common shingles: a digest that quotes a whole report is no copy of it
# Two articles of one site under different titles: short ones are its boilerplate, such as a paywall's, and others may follow one
# pattern (weather, markets, results), in which only names and numbers differ.
SAME_SITE_SHINGLES = 120
SAME_SITE_SHARE = 0.7


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """An article that others are compared with."""

    copy_id: int
    story: int
    site: str
    title_key: int
    first_seen_at: int  # milliseconds
    shingles: int
    hashes: NDArray[np.uint64]


def known(copy: Copy, *, copy_id: int, story: int, first_seen_at: int) -> Known:
    """`copy` under its numbers."""
    return Known(copy_id, story, copy.site, title_key(copy.title), first_seen_at, copy.signature.shingles, unpacked(copy.signature.hashes))


def unpacked(hashes: bytes) -> NDArray[np.uint64]:
    """The hashes of a signature, ascending."""
    return np.frombuffer(hashes, "<u8").astype(np.uint64)


def keys(signature: Signature) -> list[int]:
    """The hashes by which copies find one another; none for a text too short to be compared."""
    if signature.shingles < MIN_SHINGLES:
        return []
    return [int(value) for value in unpacked(signature.hashes)[:KEYS]]


def title_key(title: str) -> int:
    """Equal for titles that differ in case and blanks only."""
    return zlib.crc32(" ".join(title.casefold().split()).encode("utf-8", "surrogatepass"))


def likeness(one: Known, other: Known, *, window_ms: int) -> float:
    """The share of the smaller text's shingles that the larger has too, from 0 to 1; 0 where they are no copies."""
    small, large = sorted((one.shingles, other.shingles))
    if small < MIN_SHINGLES or small < SHARE_OF_LARGER * large or abs(one.first_seen_at - other.first_seen_at) > window_ms:
        return 0.0
    of_one_site = one.site == other.site and one.title_key != other.title_key
    if of_one_site and small < SAME_SITE_SHINGLES:
        return 0.0
    of_one, of_other = _shares(one, other)
    if max(of_one, of_other) < (SAME_SITE_SHARE if of_one_site else SHARE_OF_SMALLER) or min(of_one, of_other) < SHARE_OF_LARGER:
        return 0.0
    return max(of_one, of_other)


def _shares(one: Known, other: Known) -> tuple[float, float]:
    """The share of each one's shingles that the other has, by the hashes that both would have kept."""
    ends = [int(x.hashes[-1]) for x in (one, other) if len(x.hashes) < x.shingles]
    first, second = one.hashes, other.hashes
    if ends:
        first, second = (h[: int(np.searchsorted(h, min(ends), side="right"))] for h in (first, second))
    common = len(np.intersect1d(first, second, assume_unique=True))
    return common / len(first), common / len(second)


def best(article: Known, others: Iterable[Known], *, window_ms: int) -> Known | None:
    """The most alike of `others`; of equals the one that was there first. None where none is a copy."""

    def rated() -> Iterator[tuple[float, int, Known]]:
        for other in others:
            if rate := likeness(article, other, window_ms=window_ms):
                yield -rate, other.copy_id, other

    return min(rated(), default=(0.0, 0, None), key=lambda row: row[:2])[2]
