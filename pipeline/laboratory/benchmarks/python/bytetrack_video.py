import sys, time, cv2, numpy as np, onnxruntime, supervision
cv2.setNumThreads(1)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
cells = [(s, x, y) for s in (8, 16, 32) for y in range(416 // s) for x in range(416 // s)]
steps, columns, rows = np.array(cells, dtype=np.float32).T
video, tracker, frames, started = cv2.VideoCapture(sys.argv[2]), supervision.ByteTrack(), 0, time.perf_counter()
while frames < int(sys.argv[3]) and (read := video.read())[0]:
    ratio = min(416 / read[1].shape[0], 416 / read[1].shape[1])
    small, canvas = cv2.resize(read[1], None, fx=ratio, fy=ratio), np.full((416, 416, 3), 114, np.uint8)
    canvas[: small.shape[0], : small.shape[1]] = small
    out = session.run(None, {"images": canvas.transpose(2, 0, 1)[None].astype(np.float32)})[0][0]
    scores = out[:, 4:5] * out[:, 5:]
    best, score = scores.argmax(axis=1), scores.max(axis=1)
    x, y, w, h = (out[:, 0] + columns) * steps, (out[:, 1] + rows) * steps, np.exp(out[:, 2]) * steps, np.exp(out[:, 3]) * steps
    boxes, sure = np.stack((x - w / 2, y - h / 2, x + w / 2, y + h / 2), axis=1) / ratio, score > 0.1
    found = supervision.Detections(xyxy=boxes[sure], confidence=score[sure], class_id=best[sure]).with_nms(0.65)
    tracks = tracker.update_with_detections(found)
    frames += 1
print(frames / (time.perf_counter() - started))
