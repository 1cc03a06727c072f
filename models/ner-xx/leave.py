"""The exit: which pieces leave after some layers, and what the later layers would have asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from graph import DEPTH, LABELS, PARTS, WIDTH, Arrays, Graph, quantised, ran

LAYERS = 4  # that all pieces go through
RECALL = 0.998  # of pieces in names that go on
OUTSIDE = 12.0  # logit of O for what left
LATER = [f"{layer}{kind}" for layer in range(LAYERS, DEPTH) for kind in "kv"]
FORETOLD = LATER[2:]  # the next layer's are known: linear in the state


def shortened(arrays: Arrays, rows: Sequence[Any], outside: Sequence[Any]) -> Any:
    """The model with its exit. `outside` holds for each piece of each row how sure the whole model is that its word is in no name."""
    graph = Graph(arrays)
    state = graph.embedding()
    for number in range(DEPTH):
        state = graph.layer(number, state)
    states, wanted = [], []
    for found, *later in ran(graph.model("ids", f"l{LAYERS - 1}n2", *(f"l{name}" for name in FORETOLD)), rows):
        states.append(found)
        wanted.append(np.concatenate(later, axis=-1).astype(np.float16))
    every, sure = np.concatenate(states), np.concatenate(outside)
    weights, threshold = _head(every, sure, np.array([len(row) for row in rows]))
    told = quantised("left", *_foretold(every, np.concatenate(wanted), sure))
    left = {f"left{part}": np.concatenate([arrays[f"l{LAYERS}qkv{part}"][..., WIDTH:], told[f"left{part}"]], axis=-1) for part in PARTS}
    return _built(arrays | left, weights, threshold)


def _head(states: Any, outside: Any, sizes: Any) -> tuple[Any, float]:
    """Weights and threshold of a logistic regression, by Newton's method. Four fifths of the windows fit it, one sets the threshold."""
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
    print(f"{np.mean(scores > threshold):.3f} of the pieces go on, {np.mean(outside < 0.5):.3f} are of names")  # noqa: T201 - a script's report
    plain = weights[:-1] / spread
    return plain.astype(np.float32), threshold - float(weights[-1] - plain @ mean)


def _foretold(states: Any, wanted: Any, outside: Any) -> tuple[Any, Any]:
    """Least squares: keys and values of the later layers of pieces that are in no name, from the state in which they leave."""
    left = outside > 0.95
    known = np.hstack([states[left], np.ones((int(left.sum()), 1), np.float32)])
    square = (known.T @ known).astype(np.float64)
    answer = np.linalg.solve(square + np.eye(WIDTH + 1) * np.trace(square) * 1e-5 / (WIDTH + 1), known.T @ wanted[left].astype(np.float32))
    return answer[:-1], answer[-1]


def _built(arrays: Arrays, weights: Any, threshold: float) -> Any:
    """Input `ids` [1, length]; output `logits` [1, length, 7]."""
    g = Graph(arrays)
    state = g.embedding()
    for number in range(LAYERS):
        state = g.layer(number, state)
    g.put("ends", np.array([0, 2], np.int64))
    g.put("labels", np.array([LABELS], np.int64))
    g.put("yes", np.array([True]))
    g.put("no", np.array([False]))
    # The mark at the start goes on and the one at the end leaves, so that neither part is empty.
    g.add("Squeeze", [g.add("MatMul", [state, g.put("exit_w", weights[:, None])], "exit_score"), "ends"], "exit_scores")
    g.put("exit_b", np.array([threshold], np.float32))
    g.add("Greater", [g.add("Slice", ["exit_scores", "at1", "at_last"], "inner"), "exit_b"], "may")
    g.add("Concat", ["yes", "may", "no"], "goes", axis=0)
    g.add("Squeeze", [g.add("NonZero", ["goes"], "goes_at"), "at0"], "on")
    g.add("Squeeze", [g.add("NonZero", [g.add("Not", ["goes"], "leaves")], "leaves_at"), "at0"], "off")
    g.linear(g.add("Gather", [state, "off"], "state_off", axis=1), "left", "left")
    g.add("Split", ["left"], *(f"left_{name}" for name in LATER), axis=-1, num_outputs=len(LATER))
    state = g.add("Gather", [state, "on"], "state_on", axis=1)
    for number in range(LAYERS, DEPTH):
        state = g.feed(number, g.attend(number, state, (f"left_{number}k", f"left_{number}v")))
    g.add("Squeeze", [g.linear(state, "logits", "said"), "at0"], "said_on")
    g.put("outside", np.array([[OUTSIDE] + [0.0] * (LABELS - 1)], np.float32))
    g.add("Expand", ["outside", g.add("Concat", ["length", "labels"], "shape", axis=0)], "all_outside")
    g.add("ScatterND", ["all_outside", g.add("Unsqueeze", ["on", "at_last"], "on_at"), "said_on"], "said_all")
    g.add("Unsqueeze", ["said_all", "at0"], "logits")
    return g.model("ids", "logits")
