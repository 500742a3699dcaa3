"""Average precision of COCO results by pycocotools, as one line of JSON for each file.

python score_coco.py INSTANCES.json RESULTS.json...
"""
import contextlib
import io
import json
import sys

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

for results in sys.argv[2:]:
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(sys.argv[1])
        scored = COCOeval(truth, truth.loadRes(results), "bbox")
        scored.evaluate()
        scored.accumulate()
        scored.summarize()
    print(json.dumps({"map": scored.stats[0], "ap50": scored.stats[1], "small": scored.stats[3]}))
