"""Inference: texts in, mentions of names out, as the card of `models/ner-xx` says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from ingest.enrich.ner import windows
from ingest.enrich.ner.words import Word, sentences, split, worth_reading

# Short sentences share a window; a longer one has its own, whole. On judged articles 62 pieces find what 46 do, in nine tenths of the
# time, and 70 cost half a point of F1.
WINDOW_PIECES = 62
REMEMBERED_WORDS = 200_000  # pieces of words already seen, some 40 MB at most


class Mention(NamedTuple):
    """A name at characters `start` up to `end`. `label` is PER, LOC or ORG; `confidence` is 0 to 1."""

    start: int
    end: int
    label: str
    confidence: float


class _Config(msgspec.Struct):
    labels: list[str]
    max_pieces: int
    bos: int
    pad: int
    eos: int
    unk: int
    word_pattern: str
    space_prefix: str


class Tagger:
    """The model, loaded: a fifth of a second and some 60 MB. One per process; not for several threads at once."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        self._config = msgspec.json.decode((folder / "config.json").read_bytes(), type=_Config)
        self._pattern = re.compile(self._config.word_pattern)
        table = msgspec.json.decode((folder / "normalize.json").read_bytes(), type=dict[str, str])
        self._normal = {int(point): text for point, text in table.items()}
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._threads = threads
        self._pieces: dict[str, list[int]] = {}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])

    def tag(self, texts: Sequence[str]) -> list[list[Mention]]:
        """The mentions of each text, in their order, without overlaps; a text may have any length.

        Windows of all texts go side by side over the threads, each by itself. The model scales its integers by what a run holds: in
        batches the F1 of one file moved by up to 1.2 points with the batch's size, and an article's entities with its neighbours.
        Alone every file stays within a point of the card, at a tenth of the speed.
        """
        words = [split(text, self._pattern) for text in texts]
        pieces = [self._encode(ws) for ws in words]
        packed = [
            window
            for number, ws in enumerate(words)
            for run in worth_reading(ws, sentences(ws))
            for window in windows.pack(number, run, [len(p) for p in pieces[number]], WINDOW_PIECES, self._config.max_pieces)
        ]
        found: list[list[Mention]] = [[] for _ in texts]
        read = [pieces[w.text][w.first : w.end] for w in packed]
        for window, scores in zip(packed, self._run_all(read), strict=True):
            found[window.text].extend(self._decode(words[window.text][window.first : window.end], scores))
        return found

    def _run_all(self, read: Sequence[Sequence[list[int]]]) -> Iterator[npt.NDArray[np.float32]]:
        if self._threads == 1:
            yield from map(self._run, read)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                yield from pool.map(self._run, read)

    def _encode(self, words: Sequence[Word]) -> list[list[int]]:
        """The pieces of each word, which may be none."""
        spelled = [self._config.space_prefix + w.text if w.gap else w.text for w in words]
        new = list({word for word in spelled if word not in self._pieces})
        if new:
            if len(self._pieces) + len(new) > REMEMBERED_WORDS:
                self._pieces.clear()
                new = list(set(spelled))
            normal = [self._spell(word) for word in new]
            encoded = self._tokenizer.encode_batch_fast([[word] for word in normal], is_pretokenized=True, add_special_tokens=False)
            self._pieces.update(zip(new, (e.ids for e in encoded), strict=True))
        return [self._pieces[word] for word in spelled]

    def _spell(self, word: str) -> str:
        """The word in the letters of the model's vocabulary; the prefix is none of them before that."""
        prefix = self._config.space_prefix
        return prefix + word[len(prefix) :].translate(self._normal) if word.startswith(prefix) else word.translate(self._normal)

    def _run(self, words: Sequence[list[int]]) -> npt.NDArray[np.float32]:
        """The probabilities of the labels of the words of one window, [words, labels]; a word without pieces has zeros."""
        row = [self._config.bos]
        heads = []
        for word in words:
            heads.append(len(row) if word else -1)
            row += word
        row.append(self._config.eos)
        ids = np.array([row], dtype=np.int64)
        (logits,) = self._session.run(["logits"], {"ids": ids})
        scores = logits[0, heads]
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        scores[np.array(heads) < 0] = 0
        return scores  # type: ignore[no-any-return]  # onnxruntime is untyped

    def _decode(self, words: Sequence[Word], scores: npt.NDArray[np.float32]) -> Iterator[Mention]:
        """`B-X I-X …` joined; a line break ends a name, and so does another kind."""
        best = scores.argmax(axis=-1)
        sure = scores.max(axis=-1)
        label, start, end = "", 0, 0
        confidence: list[float] = []
        for word, choice, certainty in zip(words, best.tolist(), sure.tolist(), strict=True):
            kind = self._config.labels[choice]
            goes_on = kind == f"I-{label}" and "\n" not in word.gap
            if label and not goes_on:
                yield Mention(start, end, label, sum(confidence) / len(confidence))
                label = ""
            if kind == "O":
                continue
            if not goes_on:
                label, start, confidence = kind[2:], word.start, []
            end = word.end
            confidence.append(certainty)
        if label:
            yield Mention(start, end, label, sum(confidence) / len(confidence))
