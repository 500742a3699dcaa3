"""YOLOX on the pictures of a COCO file, as its authors evaluate it, written as COCO results.

python yolox_on_coco.py MODEL.onnx INSTANCES.json IMAGES RESULTS.json
"""
import json
import sys

import cv2
import numpy as np
import onnxruntime

model, instances, images, results = sys.argv[1:5]
cv2.setNumThreads(1)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
height, width = session.get_inputs()[0].shape[2:]
cells = [(s, x, y) for s in (8, 16, 32) for y in range(height // s) for x in range(width // s)]
steps, columns, rows = np.array(cells, dtype=np.float32).T
with open(instances) as file:
    truth = json.load(file)
categories = [category["id"] for category in sorted(truth["categories"], key=lambda c: c["id"])]
found = []
for image in truth["images"]:
    picture = cv2.imread(f"{images}/{image['file_name']}")
    ratio = min(height / picture.shape[0], width / picture.shape[1])
    inner = (int(picture.shape[1] * ratio), int(picture.shape[0] * ratio))
    canvas = np.full((height, width, 3), 114, dtype=np.uint8)
    canvas[: inner[1], : inner[0]] = cv2.resize(picture, inner, interpolation=cv2.INTER_LINEAR)
    output = session.run(None, {name: canvas.transpose(2, 0, 1)[None].astype(np.float32)})[0][0]
    x, y = (output[:, 0] + columns) * steps, (output[:, 1] + rows) * steps
    w, h = np.exp(output[:, 2]) * steps, np.exp(output[:, 3]) * steps
    boxes = np.stack((x - w / 2, y - h / 2, w, h), axis=1) / ratio
    scores = output[:, 4:5] * output[:, 5:]
    best, score = scores.argmax(axis=1), scores.max(axis=1)
    kept = score > 0.001
    boxes, best, score = boxes[kept], best[kept], score[kept]
    apart = boxes + np.concatenate((best, best, 0 * best, 0 * best)).reshape(4, -1).T * 10000.0
    for i in np.array(cv2.dnn.NMSBoxes(apart.tolist(), score.tolist(), 0.001, 0.65)).flatten():
        found.append({
            "image_id": image["id"],
            "category_id": categories[best[i]],
            "bbox": [round(float(value), 3) for value in boxes[i]],
            "score": float(score[i]),
        })
with open(results, "w") as file:
    json.dump(found, file)
