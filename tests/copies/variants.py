"""What becomes of an agency's report in other papers, made with a fixed seed, and what only looks like a copy."""

from __future__ import annotations

import random
import re

from tests.copies.phrases import BOILERPLATE, DATELINES, HEADLINES

_SENTENCE = re.compile(r"(?<=[.!?。])\s+|\n+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def sentences(text: str) -> list[str]:
    """Sentences and lines, roughly."""
    parts = [part for part in _SENTENCE.split(text) if part.strip()]
    if len(parts) < 4 and _UNSPACED.search(text):
        return [part for part in re.split(r"(?<=。)", text) if part.strip()]
    return parts


def cut(text: str, share: float) -> str:
    """The beginning of the text, by its length in characters, up to a blank."""
    end = round(len(text) * share)
    blank = text.rfind(" ", 0, end)
    return text[: blank if blank > end - 50 else end]


def replaced(text: str, number: int, other: str, rng: random.Random) -> str:
    """`number` sentences after the first give way to sentences of another article."""
    mine, theirs = sentences(text), sentences(other)
    for place in rng.sample(range(1, len(mine)), min(number, len(mine) - 1)):
        mine[place] = rng.choice(theirs)
    return " ".join(mine)


def variant(kind: str, text: str, other: str, rng: random.Random) -> str:
    """One of KINDS."""
    dateline, headline, around = rng.choice(DATELINES), rng.choice(HEADLINES), rng.choice(BOILERPLATE)
    match kind.split():
        case ["prefix"]:
            return f"{dateline} {text}"
        case ["headline"]:
            return f"{headline}\n{text}"
        case ["cut", share]:
            return cut(text, int(share) / 100)
        case ["replaced", number]:
            return replaced(text, int(number), other, rng)
        case ["boilerplate"]:
            return f"{around[0]}\n{text}\n{around[1]}"
        case ["all", share]:
            body = replaced(cut(text, int(share) / 100), rng.randint(1, 3), other, rng)
            return f"{headline}\n{around[0]}\n{dateline} {body}\n{around[1]}"
    raise ValueError(kind)


# "all": another headline, a dateline, a cut tail, one to three sentences replaced and the paper's own boilerplate, together.
KINDS = (
    "prefix", "headline", "cut 90", "cut 70", "replaced 1", "replaced 2", "replaced 3", "boilerplate", "all 90", "all 70",
)  # fmt: skip
DEEPER = ("cut 50", "all 50")  # reported, not demanded


def same_topic(text: str, share: float, rng: random.Random) -> str:
    """Another article on the event of `text`: its names and words in other sentences, and `share` of it word for word.

    That is a quote near the front, and the background that agencies carry from one report on an event to the next.
    """
    lines = sentences(text)
    half = round(len(text) * share / 2)
    quote = cut(" ".join(lines[1:]), half / max(1, len(text)))
    background = text[len(text) - half :].partition(" ")[2]
    words = " ".join(lines).split()
    rng.shuffle(words)
    own = " ".join(words[: round(len(words) * (1 - share))])
    return f"{own[: len(own) // 3]} {quote} {own[len(own) // 3 :]} {background}"
