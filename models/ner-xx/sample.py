"""What the shortened model is fitted to: windows of unlabelled sentences, each language counting the same."""

# ruff: noqa: S311, SLF001 - part of a script that is run by hand
from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import trafilatura

from ingest.enrich.language import detect
from ingest.enrich.ner import windows
from ingest.enrich.ner.tagger import Tagger
from ingest.enrich.ner.words import sentences, split

LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl", "pt", "ru")  # in which the model is judged
OTHERS = ("cs", "da", "el", "fi", "hu", "nb", "ro", "sv", "tr", "uk")
WINDOWS, WINDOWS_OTHER = 420, 60  # of a language at most
COUNTS_OTHER = 0.15  # as much as one of `LANGUAGES`
WINDOW_PIECES = 46  # as the tagger packed them when model.onnx was made: another number would make another model
SEED = 5


class Row(NamedTuple):
    """A window: its pieces; for each the place of the first piece of its word, 0 for the marks at both ends; how much a piece counts."""

    pieces: list[int]
    first: list[int]
    counts: float


def sample(folder: Path, corpora: Path) -> list[Row]:
    """In random order, the same at each run."""
    rng = random.Random(SEED)
    tagger = Tagger(folder)
    news = _pages(corpora / "pages" / "trafilatura-eval" / "html", ("es", "fr", "it"))
    found: dict[str, list[tuple[list[int], list[int]]]] = {}
    for language in LANGUAGES + OTHERS:
        lines = [*_sentences(corpora / "langid", language), *_trained(corpora / "ner", language, rng), *news.get(language, ())]
        rng.shuffle(lines)
        found[language] = list(islice(_rows(tagger, _joined(lines, rng)), WINDOWS if language in LANGUAGES else WINDOWS_OTHER))
    made = []
    mean = sum(len(row) for each in found.values() for row, _ in each) / len(found)
    for language, each in found.items():
        weight = mean / sum(len(row) for row, _ in each) * (1.0 if language in LANGUAGES else COUNTS_OTHER)
        made += [Row(row, first, weight) for row, first in each]
    rng.shuffle(made)
    return made


def _sentences(folder: Path, language: str) -> list[str]:
    lines = (folder / "sentences" / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


def _trained(folder: Path, language: str, rng: random.Random) -> list[str]:
    """Of the sentences that the model was trained on, up to 200 of each file, without the labels."""
    found = []
    for path in sorted((folder / language).glob("*.jsonl.gz")):
        lines = [" ".join(json.loads(line)["tokens"]) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
        found += rng.sample(lines, min(len(lines), 200))
    return found


def _pages(folder: Path, languages: tuple[str, ...]) -> dict[str, list[str]]:
    """Sentences of whole articles: of these languages the other texts are few, or have lost their accents."""
    found: dict[str, list[str]] = {language: [] for language in languages}
    for path in sorted(folder.glob("*.html.gz")):
        text = trafilatura.extract(gzip.decompress(path.read_bytes()), favor_precision=True) or ""
        if (language := detect("", text)[0]) in found:
            found[language] += [part for part in re.split(r"\n|(?<=[.!?]) ", text) if len(part) > 20]
    return found


def _joined(lines: list[str], rng: random.Random) -> Iterator[str]:
    """One to three sentences together."""
    rest = iter(lines)
    while several := list(islice(rest, rng.choice((1, 1, 2, 3)))):
        yield " ".join(several)


def _rows(tagger: Tagger, texts: Iterator[str]) -> Iterator[tuple[list[int], list[int]]]:
    """Windows packed as the tagger does it."""
    for text in texts:
        words = split(text, tagger._pattern)
        pieces = tagger._encode(words)
        for window in windows.pack(0, sentences(words), [len(p) for p in pieces], WINDOW_PIECES, tagger._config.max_pieces):
            row, first = [tagger._config.bos], [0]
            for word in pieces[window.first : window.end]:
                first += [len(row)] * len(word)
                row += word
            yield [*row, tagger._config.eos], [*first, 0]
