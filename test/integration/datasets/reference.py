"""Reads labelled sets with pycocotools and Python's own parsers, to check lifelens against.

    python3 reference.py coco|cvat|labelstudio WIDTH HEIGHT FILE...

Prints one line of JSON for each file: the objects of each picture, by its lower-case name, as
[class, left, top, right, bottom], clipped to pictures of WIDTH x HEIGHT; or an error.
"""

import contextlib
import io
import json
import math
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

import numpy
from pycocotools import mask as masks
from pycocotools.coco import COCO


def turned(box, degrees, pivot):
    """Bounds of a box that is turned clockwise around a point."""
    angle = math.radians(degrees)
    points = [(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])]
    xs, ys = [], []
    for x, y in points:
        x, y = x - pivot[0], y - pivot[1]
        xs.append(pivot[0] + x * math.cos(angle) - y * math.sin(angle))
        ys.append(pivot[1] + x * math.sin(angle) + y * math.cos(angle))
    return [min(xs), min(ys), max(xs), max(ys)]


def around_centre(box, degrees):
    return turned(box, degrees, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))


def ellipse(cx, cy, rx, ry, degrees):
    angles = numpy.linspace(0, 2 * math.pi, 3601)
    turn = math.radians(degrees)
    x = cx + rx * numpy.cos(angles) * math.cos(turn) - ry * numpy.sin(angles) * math.sin(turn)
    y = cy + rx * numpy.cos(angles) * math.sin(turn) + ry * numpy.sin(angles) * math.cos(turn)
    return [float(x.min()), float(y.min()), float(x.max()), float(y.max())]


def of_pixels(mask):
    ys, xs = numpy.nonzero(mask)
    return [int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1]


def identity(value):
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("id %r" % (value,))
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)


def number(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def refuse(constant):
    raise ValueError(constant)


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file, parse_constant=refuse)


def last_part(path):
    return re.split(r"[\\/]", path)[-1].lower()


def read_coco(path):
    data = load(path)
    for image in data["images"]:
        image["id"] = identity(image["id"])
    for category in data["categories"]:
        category["id"] = identity(category["id"])
    for index, annotation in enumerate(data["annotations"]):
        annotation["id"] = index
        annotation["image_id"] = identity(annotation["image_id"])
        annotation["category_id"] = identity(annotation["category_id"])
    coco = COCO()
    coco.dataset = data
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
    found = {}
    for image in coco.loadImgs(coco.getImgIds()):
        objects = found.setdefault(last_part(image["file_name"]), [])
        for annotation in coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]])):
            name = coco.cats[annotation["category_id"]]["name"]
            box = annotation.get("bbox")
            if box:
                x, y, width, height = map(number, box)
                bounds = [x, y, x + width, y + height]
                attributes = annotation.get("attributes")
                attributes = attributes if isinstance(attributes, dict) else {}
                degrees = attributes.get("rotation") or 0
                bounds = around_centre(bounds, degrees)
            elif isinstance(annotation["segmentation"], list):
                points = [value for part in annotation["segmentation"] for value in part]
                xs, ys = points[0::2], points[1::2]
                bounds = [min(xs), min(ys), max(xs), max(ys)]
            else:
                mask = annotation["segmentation"]
                if isinstance(mask["counts"], list):
                    mask = masks.frPyObjects(mask, *mask["size"])
                bounds = of_pixels(masks.decode(mask))
            objects.append([name, *bounds])
    return found


def cvat_bounds(element):
    get = lambda name: number(element.attrib[name])
    degrees = number(element.get("rotation", "0"))
    if element.tag == "box":
        return around_centre([get("xtl"), get("ytl"), get("xbr"), get("ybr")], degrees)
    if element.tag == "ellipse":
        return ellipse(get("cx"), get("cy"), get("rx"), get("ry"), degrees)
    if element.tag == "polygon":
        pairs = [pair.split(",") for pair in element.attrib["points"].split(";")]
        xs, ys = [number(x) for x, _ in pairs], [number(y) for _, y in pairs]
        return [min(xs), min(ys), max(xs), max(ys)]
    if element.tag == "mask":
        counts = [int(count) for count in element.attrib["rle"].split(",")]
        values = [index % 2 for index in range(len(counts))]
        pixels = numpy.repeat(values, counts)
        left, top, right, bottom = of_pixels(
            pixels.reshape(int(get("height")), int(get("width")))
        )
        return [left + get("left"), top + get("top"), right + get("left"), bottom + get("top")]
    return None


def read_cvat(path):
    root = ElementTree.parse(path).getroot()
    found = {}
    for image in root.findall("image"):
        shapes = [(shape, cvat_bounds(shape)) for shape in image]
        objects = [[shape.attrib["label"], *box] for shape, box in shapes if box is not None]
        found.setdefault(last_part(image.attrib["name"]), []).extend(objects)
    if root.find("track") is None:
        return found
    count = int(root.find("meta/task/size").text)
    for frame in range(count):
        found["frame_%06d.png" % frame] = []
    for track in root.findall("track"):
        shapes = sorted(track, key=lambda shape: int(shape.attrib["frame"]))
        for frame in range(count):
            before = [each for each in shapes if int(each.attrib["frame"]) <= frame]
            if not before or is_outside(before[-1]):
                continue
            sides = shape_sides(before[-1])
            after = [each for each in shapes if int(each.attrib["frame"]) > frame]
            if after and not is_outside(after[0]):
                start = int(before[-1].attrib["frame"])
                share = (frame - start) / (int(after[0].attrib["frame"]) - start)
                last = shape_sides(after[0])
                by = (last[4] - sides[4] + 180) % 360 - 180
                last[4] = sides[4] + by
                sides = [a + (b - a) * share for a, b in zip(sides, last)]
            box = around_centre(sides[:4], sides[4])
            found["frame_%06d.png" % frame].append([track.attrib["label"], *box])
    return found


def is_outside(element):
    return int(element.get("outside", "0")) == 1


def shape_sides(element):
    names = ["xtl", "ytl", "xbr", "ybr"]
    sides = [number(element.attrib[name]) for name in names]
    return [*sides, number(element.get("rotation", "0"))]


def read_label_studio(path):
    found = {}
    for task in load(path):
        annotations = [each for each in task["annotations"] if not each.get("was_cancelled")]
        if not annotations:
            continue
        objects = []
        for result in annotations[0]["result"]:
            value = result.get("value") or {}
            across = result.get("original_width")
            down = result.get("original_height")
            across, down = (across or 100) / 100, (down or 80) / 100
            if result["type"] == "rectanglelabels":
                left, top = value["x"] * across, value["y"] * down
                right, bottom = left + value["width"] * across, top + value["height"] * down
                degrees = value.get("rotation") or 0
                box = turned([left, top, right, bottom], degrees, (left, top))
            elif result["type"] == "ellipselabels":
                box = ellipse(
                    value["x"] * across,
                    value["y"] * down,
                    value["radiusX"] * across,
                    value["radiusY"] * down,
                    value.get("rotation") or 0,
                )
            elif result["type"] == "polygonlabels":
                xs = [x * across for x, _ in value["points"]]
                ys = [y * down for _, y in value["points"]]
                box = [min(xs), min(ys), max(xs), max(ys)]
            else:
                continue
            # The pictures are of 100 x 80 whatever the file says.
            box = [box[0] / across, box[1] / down * 0.8, box[2] / across, box[3] / down * 0.8]
            labels = value.get(result["type"]) or value.get("labels") or []
            objects.extend([label, *box] for label in labels)
        name = re.sub(r"^[0-9a-f]{8}-", "", last_part(task["data"].get("image") or next(iter(task["data"].values()))))
        found[name] = objects
    return found


def clipped(found, width, height):
    for name, objects in found.items():
        kept = []
        for label, left, top, right, bottom in objects:
            left, right = (min(width, max(0, side)) for side in (left, right))
            top, bottom = (min(height, max(0, side)) for side in (top, bottom))
            if right - left >= 0.5 and bottom - top >= 0.5:
                kept.append([label, left, top, right, bottom])
        found[name] = kept
    return found


def main():
    read = {"coco": read_coco, "cvat": read_cvat, "labelstudio": read_label_studio}[sys.argv[1]]
    width, height = int(sys.argv[2]), int(sys.argv[3])
    for path in sys.argv[4:]:
        # pycocotools ends the process for some masks; a copy of it reads each file.
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            try:
                result = clipped(read(path), width, height)
            except Exception as error:  # Whatever it is, this reader does not read the file.
                result = "%s: %s" % (type(error).__name__, error)
            print(json.dumps(result))
            sys.stdout.flush()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status != 0:
            print(json.dumps("ended with status %d" % status))


main()
