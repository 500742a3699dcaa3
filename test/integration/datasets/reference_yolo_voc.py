"""Reads label files of YOLO and VOC with Python's own parsers, to check lifelens against.

    python3 reference_yolo_voc.py yolo|voc WIDTH HEIGHT FILE...

Prints one line of JSON for each file: its objects as [class, left, top, right, bottom], clipped to a
picture of WIDTH x HEIGHT; or an error. YOLO classes are 0 (cat) and 1 (ape). Names ending in .pose
have two keypoints of three values, as a kpt_shape in data.yaml would say.
"""

import json
import math
import sys
import xml.etree.ElementTree as ElementTree


def number(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def yolo(path, width, height):
    seen, objects = set(), []
    for line in open(path, encoding="utf-8"):
        fields = line.split()
        if not fields or tuple(fields) in seen:
            continue
        seen.add(tuple(fields))
        index, *values = map(number, fields)
        name = {0: "cat", 1: "ape"}[index]
        if ".pose." in path:
            if not 10 <= len(values) <= 12:
                raise ValueError("columns")
            outline = False
        else:
            outline = len(values) >= 6
            if len(values) < 4 or (outline and len(values) % 2):
                raise ValueError("columns")
        if outline:
            box = [min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2])]
        else:
            x, y, w, h = values[:4]
            if w < 0 or h < 0:
                raise ValueError("negative")
            box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2]
        objects.append([name, *(side * (height if i % 2 else width) for i, side in enumerate(box))])
    return objects


def voc(path, width, height):
    objects = []
    root = ElementTree.parse(path).getroot()
    if root.tag != "annotation":
        raise ValueError(root.tag)
    for element in root.findall("object"):
        (name,) = element.findall("name")
        (bounds,) = element.findall("bndbox")
        sides = []
        for key in ("xmin", "ymin", "xmax", "ymax"):
            (side,) = bounds.findall(key)
            sides.append(number(side.text))
        if sides[0] > sides[2] or sides[1] > sides[3]:
            raise ValueError("swapped")
        objects.append([name.text.strip(), *sides])
    return objects


def clipped(objects, width, height):
    kept = []
    for name, *box in objects:
        box = [min(height if i % 2 else width, max(0, side)) for i, side in enumerate(box)]
        if box[2] - box[0] >= 0.5 and box[3] - box[1] >= 0.5:
            kept.append([name, *box])
    return kept


def main():
    read = {"yolo": yolo, "voc": voc}[sys.argv[1]]
    width, height = int(sys.argv[2]), int(sys.argv[3])
    for path in sys.argv[4:]:
        try:
            print(json.dumps(clipped(read(path, width, height), width, height)))
        except Exception as error:
            print(json.dumps("error: %s" % error))


main()
