"""Quantises the built-in detector's float graph to 8 bits, for variants.bench.ts --graph.

    pip install onnxruntime onnx numpy pillow
    python quantize.py float.onnx int8.onnx --pictures DIR [--side 320] [--count 64]
        [--kind qdq|qoperator|dynamic] [--weights tensor|channel] [--keep-last]

`float.onnx` is what `variants.bench.ts --dump` wrote. With `--keep-last` only the backbone is
quantised: the heads, from the shared latent on, stay in floats.
"""
import argparse
import glob
import os

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_dynamic, quantize_static)
from PIL import Image

parser = argparse.ArgumentParser()
parser.add_argument("source")
parser.add_argument("target")
parser.add_argument("--pictures", required=True)
parser.add_argument("--side", type=int, default=320)
parser.add_argument("--count", type=int, default=64)
parser.add_argument("--kind", default="qdq", choices=["qdq", "qoperator", "dynamic"])
parser.add_argument("--weights", default="channel", choices=["tensor", "channel"])
parser.add_argument("--calibration", default="minmax", choices=["minmax", "percentile", "entropy"])
parser.add_argument("--activations", default="uint8", choices=["uint8", "int8"])
parser.add_argument("--keep-last", action="store_true")
args = parser.parse_args()


class Pictures(CalibrationDataReader):
    def __init__(self):
        files = sorted(
            f for f in glob.glob(os.path.join(args.pictures, "**", "*"), recursive=True)
            if f.lower().endswith((".jpg", ".jpeg", ".png")))
        self.files = iter(files[:: max(1, len(files) // args.count)][: args.count])

    def get_next(self):
        file = next(self.files, None)
        if file is None:
            return None
        picture = Image.open(file).convert("RGB").resize((args.side, args.side), Image.BILINEAR)
        return {
            "image": np.asarray(picture)[None],
            "weights": np.zeros((1, 128, 1, 1), np.float32),
            "bias": np.zeros(1, np.float32),
            "k": np.array([100], np.int64),
        }


model = onnx.load(args.source)
# Only convolutions: in the tail of the graph are peaks, sums and gathers.
convolutions = [n for n in model.graph.node if n.op_type == "Conv" and "weights" not in n.input]
if args.keep_last:
    convolutions = [n for n in convolutions if "MobilenetV3" in n.name]
names = [n.name for n in convolutions]
print(f"{len(names)} of {len(model.graph.node)} nodes are quantised")
if args.kind == "dynamic":
    quantize_dynamic(args.source, args.target, nodes_to_quantize=names, weight_type=QuantType.QUInt8)
else:
    quantize_static(
        args.source, args.target, Pictures(),
        quant_format=QuantFormat.QDQ if args.kind == "qdq" else QuantFormat.QOperator,
        nodes_to_quantize=names,
        per_channel=args.weights == "channel",
        weight_type=QuantType.QInt8,
        activation_type=QuantType.QUInt8 if args.activations == "uint8" else QuantType.QInt8,
        calibrate_method={
            "minmax": CalibrationMethod.MinMax,
            "percentile": CalibrationMethod.Percentile,
            "entropy": CalibrationMethod.Entropy}[args.calibration])
