"""Reference numbers for cutting models (ONNX Runtime, on models that `onnx` itself has cut).

    pip install onnx==1.23.2 onnxruntime==1.31.1 numpy
    python tests/oracles/cut.py

writes tests/data/cut.json. The models are built here from formulas, which the tests repeat; `onnx.utils.Extractor` cuts them at
the value that goes into the last layer.
"""

import json
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.utils import Extractor

OUT = Path(__file__).parent.parent / "data" / "cut.json"
SIDE, CHANNELS = 4, 3


def wave(dims, salt):
    """Numbers that look unrelated, as the tests make them."""
    n = int(np.prod(dims))
    return np.sin(np.arange(n, dtype=np.float64) * 1.7 + salt).astype(np.float32).reshape(dims)


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs, [output], **attributes)


def stem(width):
    """A convolution, an activation, and the average over space: [batch, width] in `pooled`."""
    nodes = [node("Conv", ["image", "w0"], "map"), node("Relu", ["map"], "active"),
             node("GlobalAveragePool", ["active"], "average"), node("Flatten", ["average"], "pooled", axis=1)]
    return nodes, {"w0": wave([width, CHANNELS, 1, 1], 1)}


def gemm():
    nodes, weights = stem(6)
    nodes.append(node("Gemm", ["pooled", "w1", "b1"], "logits", transB=1))
    return nodes, weights | {"w1": wave([1000, 6], 2), "b1": wave([1000], 3)}, "logits", "pooled"


def matmul_add_softmax():
    nodes, weights = stem(6)
    nodes += [node("MatMul", ["pooled", "w1"], "product"), node("Add", ["product", "b1"], "sum"),
              node("Softmax", ["sum"], "y", axis=1)]
    return nodes, weights | {"w1": wave([6, 5], 2), "b1": wave([5], 3)}, "y", "pooled"


def convolution_then_pool():
    nodes = [node("Conv", ["image", "w0"], "map"), node("Relu", ["map"], "active"),
             node("Conv", ["active", "w1", "b1"], "scores"), node("Relu", ["scores"], "positive"),
             node("GlobalAveragePool", ["positive"], "average"), node("Flatten", ["average"], "prob", axis=1)]
    weights = {"w0": wave([6, CHANNELS, 1, 1], 1), "w1": wave([9, 6, 1, 1], 2), "b1": wave([9], 3)}
    return nodes, weights, "prob", "active"


def quantised():
    """A dynamically quantised last layer, as quantisation tools write it."""
    nodes, weights = stem(6)
    nodes += [helper.make_node("DynamicQuantizeLinear", ["pooled"], ["q", "q_scale", "q_zero"]),
              node("MatMulInteger", ["q", "w1", "q_zero", "w1_zero"], "product"),
              node("Cast", ["product"], "floats", to=TensorProto.FLOAT),
              node("Mul", ["q_scale", "w1_scale"], "scale"), node("Mul", ["floats", "scale"], "scaled"),
              node("Add", ["scaled", "b1"], "logits")]
    w1 = np.round(wave([6, 5], 2) * 100).astype(np.int8)
    extra = {"w1": w1, "w1_zero": np.array(0, np.int8), "w1_scale": np.array(0.01, np.float32), "b1": wave([5], 3)}
    return nodes, weights | extra, "logits", "pooled"


def tokens():
    """Patches as tokens: [batch, 16, 5]."""
    nodes = [node("Conv", ["image", "w0"], "map"), node("Reshape", ["map", "shape"], "rows"),
             node("Transpose", ["rows"], "last_hidden_state", perm=[0, 2, 1])]
    weights = {"w0": wave([5, CHANNELS, 1, 1], 1), "shape": np.array([0, 5, -1], np.int64)}
    return nodes, weights, "last_hidden_state", "last_hidden_state"


def model(nodes, weights, output):
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", CHANNELS, SIDE, SIDE])
    out = helper.make_tensor_value_info(output, TensorProto.FLOAT, None)
    constants = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "model", [image], [out], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def run(made, image):
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"image": image})[0]


def main():
    image = wave([2, CHANNELS, SIDE, SIDE], 7)
    cases = {}
    for build in [gemm, matmul_add_softmax, convolution_then_pool, quantised, tokens]:
        nodes, weights, output, value = build()
        whole = model(nodes, weights, output)
        whole.graph.value_info.append(helper.make_tensor_value_info(value, TensorProto.FLOAT, None))
        made = whole if value == output else Extractor(whole).extract_model(["image"], [value])
        rows = run(made, image)
        if rows.ndim == 4:
            rows = rows.mean((2, 3))
        if rows.ndim == 3:
            cases[f"{build.__name__}/class"] = rows[:, 0].reshape(-1).astype(float).round(7).tolist()
            rows = rows.mean(1)
        cases[build.__name__] = rows.reshape(-1).astype(float).round(7).tolist()
    OUT.write_text(json.dumps({"image": "wave([2, 3, 4, 4], 7)", "cases": cases}, separators=(",", ":")) + "\n")


main()
