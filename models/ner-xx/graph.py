"""The model as a graph of onnx, made of arrays by name: whole, layer by layer, or with an exit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

WIDTH, HEADS, DEPTH, LABELS = 384, 12, 6, 7
PARTS = ("_W_quantized", "_W_scale", "_W_zero_point", "_B")  # of a linear layer

STEPS = 64  # of a weight on either side of 0

MIDDLE = 8  # of what 4 bits hold

Arrays = dict[str, Any]


def read(source: Path) -> Arrays:
    """The arrays of a model by name; those of 4 bits as int8."""
    tensors = onnx.load(source).graph.initializer
    found = {t.name: numpy_helper.to_array(t) for t in tensors}
    return {name: array.astype(np.int8) if array.dtype.name == "int4" else array for name, array in found.items()}


def quantised(name: str, weights: Any, bias: Any, scale: Any = None) -> Arrays:
    """A linear layer in seven bits for each column, as the model's own layers are: more overflow on processors without VNNI."""
    scale = np.abs(weights).max(0) / STEPS if scale is None else scale
    whole = np.rint(weights / scale).astype(np.int8)
    return dict(
        zip(
            (name + part for part in PARTS),
            (whole, scale.astype(np.float32), np.zeros_like(whole[0]), bias.astype(np.float32)),
            strict=True,
        )
    )


def plain(arrays: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    """Weights and bias of a linear layer in floats."""
    whole, scale, zero, bias = (arrays[name + part] for part in PARTS)
    return (whole.astype(np.float32) - zero) * scale, bias


class Graph:
    """A graph, node by node. A node has the name of its output. With `exact`, linear layers compute in floats."""

    def __init__(self, arrays: Mapping[str, Any], *, exact: bool = False) -> None:
        self._arrays = arrays
        self._exact = exact
        self._nodes: list[Any] = []
        self._tensors: dict[str, Any] = {}

    def add(self, kind: str, inputs: list[str], *outputs: str, domain: str = "", **attributes: object) -> str:
        self._nodes.append(helper.make_node(kind, inputs, list(outputs), domain=domain, name=outputs[0], **attributes))
        return outputs[0]

    def put(self, name: str, values: Any) -> str:
        self._tensors[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def use(self, name: str) -> str:
        return name if name in self._tensors else self.put(name, self._arrays[name])

    def linear(self, of: str, name: str, out: str) -> str:
        """Quantised as onnxruntime.quantization does it, which the runtime fuses to one node."""
        if self._exact:
            weights, bias = (self.put(f"{name}_{kind}", values) for kind, values in zip("wb", plain(self._arrays, name), strict=True))
            return self.add("Add", [self.add("MatMul", [of, weights], f"{out}_product"), bias], out)
        weights, scale, zero, bias = (self.use(name + part) for part in PARTS)
        self.add("DynamicQuantizeLinear", [of], f"{out}_xq", f"{out}_xs", f"{out}_xz")
        self.add("Mul", [f"{out}_xs", scale], f"{out}_scale")
        self.add("MatMulInteger", [f"{out}_xq", weights, f"{out}_xz", zero], f"{out}_whole")
        self.add("Cast", [f"{out}_whole"], f"{out}_cast", to=TensorProto.FLOAT)
        self.add("Mul", [f"{out}_cast", f"{out}_scale"], f"{out}_product")
        return self.add("Add", [f"{out}_product", bias], out)

    def norm(self, of: str, name: str, out: str) -> str:
        return self.add("LayerNormalization", [of, self.use(f"{name}_w"), self.use(f"{name}_b")], out, axis=-1, epsilon=1e-12)

    def embedding(self) -> str:
        """State before the first layer, of `ids`. `GatherBlockQuantized` takes four times as long as what takes the bytes apart here."""
        values, scales = (self._arrays["word_q"] + MIDDLE).astype(np.uint8), self._arrays["word_s"]
        half = WIDTH // 2
        self.put("words", values[:, :half] | values[:, half:] << 4)  # two values of 4 bits to a byte
        self.put("scales", scales)
        for name, number in (("four", 4), ("low", 15)):
            self.put(name, np.array([number], np.uint8))
        self.put("middle", np.array([MIDDLE], np.float32))
        self.put("blocks", np.array([1, -1, scales.shape[1], WIDTH // scales.shape[1]], np.int64))
        self.put("row", np.array([1, -1, WIDTH], np.int64))
        for name, place in (("at0", 0), ("at1", 1), ("at_last", -1)):
            self.put(name, np.array([place], np.int64))
        self.add("Gather", ["words", "ids"], "both")
        self.add("BitShift", ["both", "four"], "high", direction="RIGHT")
        self.add("Concat", [self.add("BitwiseAnd", ["both", "low"], "first"), "high"], "unsigned", axis=-1)
        self.add("Sub", [self.add("Cast", ["unsigned"], "from_0", to=TensorProto.FLOAT), "middle"], "whole")
        self.add("Cast", [self.add("Gather", ["scales", "ids"], "scale16")], "scale", to=TensorProto.FLOAT)
        self.add(
            "Mul",
            [self.add("Reshape", ["whole", "blocks"], "parted"), self.add("Unsqueeze", ["scale", "at_last"], "scale_each")],
            "word_blocks",
        )
        self.add("Reshape", ["word_blocks", "row"], "word")
        self.add("Slice", [self.use("pos"), "at0", self.add("Shape", ["ids"], "length", start=1, end=2), "at1"], "places")
        return self.norm(self.add("Add", ["word", "places"], "placed"), "x0", "x0")

    def layer(self, number: int, state: str) -> str:
        return self.feed(number, self.attend(number, state))

    def attend(self, number: int, state: str, left: tuple[str, str] | None = None) -> str:
        """First half of a layer; `left`: keys and values of the pieces that have left, beside those of `state`."""
        p = f"l{number}"
        self.linear(state, f"{p}qkv", f"{p}qkv")
        self.add("Split", [f"{p}qkv"], f"{p}q", f"{p}k", f"{p}v", axis=-1, num_outputs=3)
        keys, values = f"{p}k", f"{p}v"
        if left:
            keys = self.add("Concat", [keys, left[0]], f"{p}k_all", axis=1)
            values = self.add("Concat", [values, left[1]], f"{p}v_all", axis=1)
        self.add("MultiHeadAttention", [f"{p}q", keys, values], f"{p}c", domain="com.microsoft", num_heads=HEADS, scale=1.0)
        self.linear(f"{p}c", f"{p}ao", f"{p}ao")
        return self.norm(self.add("Add", [state, f"{p}ao"], f"{p}r1"), f"{p}n1", f"{p}n1")

    def feed(self, number: int, middle: str) -> str:
        """Second half of a layer."""
        p = f"l{number}"
        self.add("Gelu", [self.linear(middle, f"{p}fi", f"{p}fi")], f"{p}g", domain="com.microsoft")
        self.linear(f"{p}g", f"{p}fo", f"{p}fo")
        return self.norm(self.add("Add", [middle, f"{p}fo"], f"{p}r2"), f"{p}n2", f"{p}n2")

    def model(self, given: str, *asked: str) -> Any:
        """`given` is `ids` or the name of a state."""
        kind, shape = (TensorProto.INT64, [1, None]) if given == "ids" else (TensorProto.FLOAT, [1, None, WIDTH])
        inputs = [helper.make_tensor_value_info(given, kind, shape)]
        outputs = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, None, LABELS] if name == "logits" else None) for name in asked
        ]
        graph = helper.make_graph(self._nodes, "ner-xx", inputs, outputs, list(self._tensors.values()))
        opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def ran(model: Any, fed: Iterable[Any]) -> Iterator[list[Any]]:
    """All outputs for each input, one by one."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0].name
    for each in fed:
        yield [output[0] for output in session.run(None, {given: each[None]})]
