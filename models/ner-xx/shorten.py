"""Makes `model.onnx` out of the model as its card describes it, in one run: fewer neurons, then an exit for pieces that are in no name.

    .venv/bin/python -m pip install "onnx==1.23.*"; .venv/bin/python models/ner-xx/shorten.py ORIGINAL.onnx CORPORA MODEL.onnx

Both are fitted to what the whole model, in floats, says of sentences; never of those that it is judged by. No gold label is used.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from graph import DEPTH, Arrays, Graph, ran, read
from leave import shortened
from prune import pruned
from sample import sample

NAMES_COUNT = 3.0  # as much as other pieces those count that may be of a name, where neurons are taken out


def measured(arrays: Arrays, rows: Sequence[Any]) -> tuple[list[list[Any]], list[Any]]:
    """By the whole model in floats: for each layer and row what stands before the last normalisation; the share of O of each piece."""
    graph = Graph(arrays, exact=True)
    state = graph.embedding()
    for number in range(DEPTH):
        state = graph.layer(number, state)
    graph.linear(state, "logits", "logits")
    sums: list[list[Any]] = [[] for _ in range(DEPTH)]
    outside = []
    for logits, *found in ran(graph.model("ids", "logits", *(f"l{number}r2" for number in range(DEPTH))), rows):
        for layer, values in zip(sums, found, strict=True):
            layer.append(values.astype(np.float16))
        shares = np.exp(logits - logits.max(-1, keepdims=True))
        outside.append((shares / shares.sum(-1, keepdims=True))[:, 0])
    return sums, outside


def of_words(outside: Any, first: Sequence[int]) -> Any:
    """For each piece what is said of the first piece of its word; the marks at both ends are in no name."""
    share = outside[first]
    share[[0, -1]] = 1.0
    return share


if __name__ == "__main__":
    original, corpora, made = map(Path, sys.argv[1:])
    arrays = read(original)
    found = sample(Path(__file__).parent, corpora)
    pieces = [np.array(row.pieces) for row in found]
    sums, outside = measured(arrays, pieces)
    counts = [np.where(share < 0.9, NAMES_COUNT, 1.0).astype(np.float32) * row.counts for share, row in zip(outside, found, strict=True)]
    fewer = pruned(arrays, pieces, sums, counts)
    model = shortened(fewer, pieces, [of_words(share, row.first) for share, row in zip(outside, found, strict=True)])
    onnx.checker.check_model(model)
    onnx.save(model, made)
