"""Neurons of the feed-forward parts that carry least are taken out, and the others make up for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from graph import PARTS, STEPS, Arrays, Graph, quantised, ran

KEPT = (1344, 1280, 1280, 1280, 1152, 1152)  # of 1,536 neurons, layer by layer; the first layer is the most sensitive
ROUNDS = 8  # in which a layer's neurons are taken out
RIDGE = 1e-5  # of the mean second moment
AT_ONCE = 64  # windows whose moments are summed in one product


def pruned(arrays: Arrays, rows: Sequence[Any], wanted: Sequence[Sequence[Any]], counts: Sequence[Any]) -> Arrays:
    """The arrays with fewer neurons. `wanted` holds for each layer and row what the whole model has there before the last
    normalisation, `counts` how much each piece counts. A layer is fitted to the states that the ones before it give as they are now,
    so that it repairs what those did.
    """
    arrays = dict(arrays)
    graph = Graph(arrays)
    graph.embedding()
    states = [state for (state,) in ran(graph.model("ids", "x0"), rows)]
    for number, keep in enumerate(KEPT):
        p = f"l{number}"
        square, crossed = _moments(ran(_layer(arrays, number, f"{p}g", f"{p}n1"), states), wanted[number], counts)
        kept = _least_missed(square, crossed, keep)
        chosen = np.append(kept, len(square) - 1)
        answer = np.linalg.solve(square[np.ix_(chosen, chosen)], crossed[chosen])
        arrays |= {f"{p}fi{part}": np.ascontiguousarray(arrays[f"{p}fi{part}"][..., kept]) for part in PARTS}
        arrays |= _rounded(f"{p}fo", answer, square[np.ix_(chosen, chosen)])
        states = [state for (state,) in ran(_layer(arrays, number, f"{p}n2"), states)]
    return arrays


def _layer(arrays: Arrays, number: int, *asked: str) -> Any:
    graph = Graph(arrays)
    graph.layer(number, "state")
    return graph.model("state", *asked)


def _moments(given: Iterable[Sequence[Any]], wanted: Iterable[Any], counts: Iterable[Any]) -> tuple[Any, Any]:
    """Of neurons and a constant: their second moments, and those with what they have to add to the state."""
    square: Any = 0.0
    crossed: Any = 0.0
    for several in _batched(zip(given, wanted, counts, strict=True)):
        neurons = np.concatenate([outputs[0] for outputs, _, _ in several])
        missing = np.concatenate([target - outputs[1] for outputs, target, _ in several])
        known = np.hstack([neurons, np.ones((len(neurons), 1), np.float32)])
        counted = (known * np.concatenate([count for _, _, count in several])[:, None]).T
        square = square + (counted @ known).astype(np.float64)
        crossed = crossed + (counted @ missing).astype(np.float64)
    return square + np.eye(len(square)) * np.trace(square) * RIDGE / len(square), crossed


def _batched(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while several := list(islice(rest, AT_ONCE)):
        yield several


def _least_missed(square: Any, crossed: Any, keep: int) -> Any:
    """Which neurons stay: those go first that the others make up for best (the rule of the optimal brain surgeon)."""
    neurons = np.arange(len(square) - 1)
    for left in np.linspace(len(neurons), keep, ROUNDS + 1).astype(int)[1:]:
        chosen = np.append(neurons, len(square) - 1)
        inverse = np.linalg.inv(square[np.ix_(chosen, chosen)])
        missed = ((inverse @ crossed[chosen]) ** 2).sum(1) / np.diag(inverse)
        neurons = np.sort(neurons[np.argsort(missed[:-1])[len(neurons) - left :]])
    return neurons


def _rounded(name: str, answer: Any, square: Any) -> Arrays:
    """The weights (the constant's last) in whole steps: what one loses by that is made up for by those after it (the rule of GPTQ)."""
    weights = answer.copy()
    scale = np.abs(weights[:-1]).max(0) / STEPS
    factor = np.linalg.cholesky(np.linalg.inv(square)).T
    for row in range(len(weights) - 1):
        whole = np.clip(np.rint(weights[row] / scale), -STEPS, STEPS) * scale
        weights[row + 1 :] -= np.outer(factor[row, row + 1 :] / factor[row, row], weights[row] - whole)
        weights[row] = whole
    return quantised(name, weights[:-1], weights[-1], scale)
