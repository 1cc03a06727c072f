"""Makes `model.onnx` out of the model as its card describes it: pieces that are in no name leave after some layers.

    pip install onnx==1.23.* onnxruntime==1.32.0; PYTHONPATH=. python models/ner-xx/shorten.py ORIGINAL.onnx CORPORA MODEL.onnx

After `LAYERS` layers a linear head tells which pieces may be of a name. The others go no further; what the remaining layers would have
asked of them, their keys and values, is foretold from the state in which they left. Both are fitted to what the whole model says of
sentences (`langid` and the trained part of `ner`, never the part that it is judged by): no gold label is used, and no weight changes.
"""

# ruff: noqa: S311, SLF001, T201 - a script that is run by hand
from __future__ import annotations

import gzip
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from ingest.enrich.ner import windows
from ingest.enrich.ner.tagger import WINDOW_PIECES, Tagger
from ingest.enrich.ner.words import sentences, split

LAYERS = 4  # of six, that all pieces go through
RECALL = 0.998  # of pieces in names that go on
WINDOWS = 3_000  # to fit on; four fifths fit the head, one fifth sets its threshold
SEED = 5
LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl", "pt", "ru", "cs", "da", "fi", "hu", "nb", "ro", "sv", "tr", "uk", "el")
SENTENCES = {"de": 160, "en": 160, "es": 400, "fr": 400, "it": 400, "nl": 400, "pl": 400, "pt": 400, "ru": 320}  # others 80; of `ner` more
WIDTH, HEADS, DEPTH, LABELS = 384, 12, 6, 7
PARTS = ("_W_quantized", "_W_scale", "_W_zero_point", "_B")  # of a linear layer
OUTSIDE = 12.0  # logit of O for what left


def texts(corpora: Path) -> list[str]:
    """Sentences of 19 languages in random order, one to three together."""
    rng = random.Random(SEED)
    lines: list[str] = []
    for language in LANGUAGES:
        path = corpora / "langid" / "sentences" / f"{language}.txt"
        found = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        lines += rng.sample(found, min(len(found), SENTENCES.get(language, 80)))
    for path in sorted((corpora / "ner").glob("[a-z][a-z]/*.jsonl.gz")):
        rows = [" ".join(json.loads(row)["tokens"]) for row in gzip.decompress(path.read_bytes()).decode().splitlines()]
        lines += rng.sample(rows, min(len(rows), 400))
    rng.shuffle(lines)
    made = []
    while lines:
        size = rng.choice((1, 1, 2, 3))
        made.append(" ".join(lines[:size]))
        del lines[:size]
    return made


def rows(folder: Path, found: list[str]) -> Iterator[tuple[list[int], list[int]]]:
    """Windows as the tagger packs them: the pieces, and for each the place of the first piece of its word, 0 for the marks at both ends."""
    tagger = Tagger(folder)
    for text in found:
        words = split(text, tagger._pattern)
        pieces = tagger._encode(words)
        for window in windows.pack(0, sentences(words), [len(p) for p in pieces], WINDOW_PIECES, tagger._config.max_pieces):
            row, first = [tagger._config.bos], [0]
            for word in pieces[window.first : window.end]:
                first += [len(row)] * len(word)
                row += word
            yield [*row, tagger._config.eos], [*first, 0]


def measured(source: Path, folder: Path, corpora: Path) -> tuple[Any, Any, Any, Any]:
    """Of all pieces: state after `LAYERS` layers, keys and values of the later ones, share of O; and the number of pieces of each window."""
    model = onnx.load(source)
    asked = [f"l{LAYERS - 1}n2", *(f"l{layer}{kind}" for layer in range(LAYERS, DEPTH) for kind in "kv")]
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in asked)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    states, wanted, outside, sizes = [], [], [], []
    for (row, first), _ in zip(rows(folder, texts(corpora)), range(WINDOWS), strict=False):
        ids = np.array([row], dtype=np.int64)
        logits, state, *later = session.run(["logits", *asked], {"ids": ids, "mask": np.ones_like(ids)})
        shares = np.exp(logits[0] - logits[0].max(-1, keepdims=True))
        share = (shares / shares.sum(-1, keepdims=True))[first, 0]
        share[[0, -1]] = 1.0
        states.append(state[0])
        wanted.append(np.concatenate([each[0] for each in later], axis=-1).astype(np.float16))
        outside.append(share)
        sizes.append(len(row))
    return np.concatenate(states), np.concatenate(wanted), np.concatenate(outside), np.array(sizes)


def head(states: Any, outside: Any, sizes: Any) -> tuple[Any, float]:
    """Weights and threshold of a logistic regression, by Newton's method."""
    window = np.repeat(np.arange(len(sizes)), sizes)
    fitted = window < len(sizes) * 0.8
    mean, spread = states[fitted].mean(0), states[fitted].std(0) + 1e-6
    scaled = np.hstack([(states - mean) / spread, np.ones((len(states), 1), np.float32)])
    known, target = scaled[fitted], (outside[fitted] < 0.9).astype(np.float64)
    weights = np.zeros(WIDTH + 1)
    for _ in range(10):
        said = 1 / (1 + np.exp(-(known @ weights.astype(np.float32)).astype(np.float64)))
        slope = ((known * (said * (1 - said) + 1e-6)[:, None].astype(np.float32)).T @ known).astype(np.float64)
        weights -= np.linalg.solve(slope + 5 * np.eye(WIDTH + 1), known.T @ (said - target) + 5 * weights)
    scores = scaled[~fitted] @ weights
    threshold = float(np.quantile(scores[outside[~fitted] < 0.5], 1 - RECALL))
    print(f"{np.mean(scores > threshold):.3f} of the pieces go on, {np.mean(outside < 0.5):.3f} are of names")
    plain = weights[:-1] / spread
    return plain.astype(np.float32), threshold - float(weights[-1] - plain @ mean)


def foretold(states: Any, wanted: Any, outside: Any) -> tuple[Any, Any]:
    """Least squares: keys and values of the later layers of pieces that are in no name, from the state in which they leave."""
    left = outside > 0.95
    known = np.hstack([states[left], np.ones((int(left.sum()), 1), np.float32)])
    square = (known.T @ known).astype(np.float64)
    answer = np.linalg.solve(square + np.eye(WIDTH + 1) * np.trace(square) * 1e-5 / (WIDTH + 1), known.T @ wanted[left].astype(np.float32))
    return answer[:-1], answer[-1]


class Graph:
    """The new graph, node by node. A node has the name of its output."""

    def __init__(self, source: Path) -> None:
        self.model = onnx.load(source)
        self._known = {tensor.name: tensor for tensor in self.model.graph.initializer}
        self.nodes: list[Any] = []
        self.tensors: dict[str, Any] = {}

    def add(self, kind: str, inputs: list[str], *outputs: str, domain: str = "", **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, list(outputs), domain=domain, name=outputs[0], **attributes))
        return outputs[0]

    def put(self, name: str, values: Any) -> str:
        self.tensors[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def use(self, name: str) -> str:
        if name not in self.tensors:
            self.tensors[name] = self._known[name]
        return name

    def linear(self, of: str, name: str, out: str) -> str:
        """Quantised as onnxruntime.quantization does it, which the runtime fuses to one node."""
        weights, scale, zero, bias = (self.use(name + part) for part in PARTS)
        self.add("DynamicQuantizeLinear", [of], f"{out}_xq", f"{out}_xs", f"{out}_xz")
        self.add("Mul", [f"{out}_xs", scale], f"{out}_scale")
        self.add("MatMulInteger", [f"{out}_xq", weights, f"{out}_xz", zero], f"{out}_whole")
        self.add("Cast", [f"{out}_whole"], f"{out}_cast", to=TensorProto.FLOAT)
        self.add("Mul", [f"{out}_cast", f"{out}_scale"], f"{out}_product")
        return self.add("Add", [f"{out}_product", bias], out)

    def norm(self, of: str, name: str, out: str) -> str:
        return self.add("LayerNormalization", [of, self.use(f"{name}_w"), self.use(f"{name}_b")], out, axis=-1, epsilon=1e-12)

    def layer(self, number: int, state: str, left: tuple[str, str] | None = None) -> str:
        """One layer; `left`: keys and values of the pieces that have left, beside those of `state`."""
        p = f"l{number}"
        self.linear(state, f"{p}qkv", f"{p}qkv")
        self.add("Split", [f"{p}qkv"], f"{p}q", f"{p}k", f"{p}v", axis=-1, num_outputs=3)
        keys, values = f"{p}k", f"{p}v"
        if left:
            keys = self.add("Concat", [keys, left[0]], f"{p}k_all", axis=1)
            values = self.add("Concat", [values, left[1]], f"{p}v_all", axis=1)
        self.add("MultiHeadAttention", [f"{p}q", keys, values], f"{p}c", domain="com.microsoft", num_heads=HEADS, scale=1.0)
        self.linear(f"{p}c", f"{p}ao", f"{p}ao")
        middle = self.norm(self.add("Add", [state, f"{p}ao"], f"{p}r1"), f"{p}n1", f"{p}n1")
        self.add("Gelu", [self.linear(middle, f"{p}fi", f"{p}fi")], f"{p}g", domain="com.microsoft")
        self.linear(f"{p}g", f"{p}fo", f"{p}fo")
        return self.norm(self.add("Add", [middle, f"{p}fo"], f"{p}r2"), f"{p}n2", f"{p}n2")

    def quantised(self, name: str, weights: Any, bias: Any) -> None:
        """In seven bits for each column, as the model's own layers are."""
        scale = np.abs(weights).max(0) / 63
        values = (
            np.rint(weights / scale).astype(np.int8),
            scale.astype(np.float32),
            np.zeros(len(scale), np.int8),
            bias.astype(np.float32),
        )
        for part, value in zip(PARTS, values, strict=True):
            self.put(name + part, value)


def shortened(source: Path, weights: Any, threshold: float, later: tuple[Any, Any]) -> Any:
    """The model with its exit. Input `ids` [1, length]; output `logits` [1, length, 7]."""
    g = Graph(source)
    g.add("Shape", ["ids"], "length", start=1, end=2)
    g.add(
        "GatherBlockQuantized",
        [g.use("word_q"), "ids", g.use("word_s")],
        "we16",
        domain="com.microsoft",
        block_size=32,
        gather_axis=0,
        quantize_axis=1,
    )
    g.add("Slice", [g.use("pos"), g.use("zero"), "length", g.use("ax1")], "places")
    g.add("Add", [g.add("Cast", ["we16"], "we", to=TensorProto.FLOAT), "places"], "e0")
    state = g.norm("e0", "x0", "x0")
    for number in range(LAYERS):
        state = g.layer(number, state)
    for name, value in (("at0", [0]), ("at1", [1]), ("at_last", [-1]), ("ends", [0, 2]), ("labels", [LABELS])):
        g.put(name, np.array(value, np.int64))
    g.put("yes", np.array([True]))
    g.put("no", np.array([False]))
    # The mark at the start goes on and the one at the end leaves, so that neither part is empty.
    g.add("Squeeze", [g.add("MatMul", [state, g.put("exit_w", weights[:, None])], "exit_score"), "ends"], "exit_scores")
    g.add(
        "Greater", [g.add("Slice", ["exit_scores", "at1", "at_last"], "inner"), g.put("exit_b", np.array([threshold], np.float32))], "may"
    )
    g.add("Concat", ["yes", "may", "no"], "goes", axis=0)
    g.add("Squeeze", [g.add("NonZero", ["goes"], "goes_at"), "at0"], "on")
    g.add("Squeeze", [g.add("NonZero", [g.add("Not", ["goes"], "leaves")], "leaves_at"), "at0"], "off")
    g.quantised("left", *later)
    g.linear(g.add("Gather", [state, "off"], "state_off", axis=1), "left", "left")
    kinds = [f"left_{layer}{kind}" for layer in range(LAYERS, DEPTH) for kind in "kv"]
    g.add("Split", ["left"], *kinds, axis=-1, num_outputs=len(kinds))
    state = g.add("Gather", [state, "on"], "state_on", axis=1)
    for number in range(LAYERS, DEPTH):
        state = g.layer(number, state, (f"left_{number}k", f"left_{number}v"))
    g.add("Squeeze", [g.linear(state, "logits", "said"), "at0"], "said_on")
    g.put("outside", np.array([[OUTSIDE] + [0.0] * (LABELS - 1)], np.float32))
    g.add("Expand", ["outside", g.add("Concat", ["length", "labels"], "shape", axis=0)], "all_outside")
    g.add("ScatterND", ["all_outside", g.add("Unsqueeze", ["on", "at_last"], "on_at"), "said_on"], "said_all")
    g.add("Unsqueeze", ["said_all", "at0"], "logits")
    ids = [tensor for tensor in g.model.graph.input if tensor.name == "ids"]
    out = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, None, LABELS])]
    graph = helper.make_graph(g.nodes, "ner-xx", ids, out, list(g.tensors.values()))
    return helper.make_model(graph, opset_imports=g.model.opset_import, ir_version=g.model.ir_version)


if __name__ == "__main__":
    original, corpora, made = map(Path, sys.argv[1:])
    states, wanted, outside, sizes = measured(original, Path(__file__).parent, corpora)
    model = shortened(original, *head(states, outside, sizes), foretold(states, wanted, outside))
    onnx.checker.check_model(model)
    onnx.save(model, made)
