/** A box in pixels of the source picture: left, top, right, bottom; right and bottom exclusive. */
export type Box = readonly [x0: number, y0: number, x1: number, y1: number];

/** Area of a box in square pixels; 0 where it is empty. */
export function areaOf(box: Box): number {
  return Math.max(0, box[2] - box[0]) * Math.max(0, box[3] - box[1]);
}

/** Area that both boxes cover, in square pixels. */
export function sharedArea(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Intersection over union (IoU) of two boxes, 0 to 1; 0 for boxes without area. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const shared = sharedArea(a, b);
  return shared === 0 ? 0 : shared / (areaOf(a) + areaOf(b) - shared);
}

/** Share of `inner` that `outer` covers, 0 to 1: COCO's overlap with a crowd region. */
export function containment(inner: Box, outer: Box): number {
  const shared = sharedArea(inner, outer);
  return shared === 0 ? 0 : shared / areaOf(inner);
}

/** Whether `inner` lies in `outer` as a whole. */
export function isInside(inner: Box, outer: Box): boolean {
  const reachesOut = inner[0] < outer[0] || inner[1] < outer[1];
  return !reachesOut && inner[2] <= outer[2] && inner[3] <= outer[3];
}

/** Whether a side of the box lies within `margin` pixels of the edge of its picture, or beyond. */
export function touchesEdge(box: Box, width: number, height: number, margin: number): boolean {
  const touches = box[0] < margin || box[1] < margin;
  return touches || box[2] > width - margin || box[3] > height - margin;
}

/** The box extended on every side by `share` of its own width or height. */
export function grown(box: Box, share: number): Box {
  const x = (box[2] - box[0]) * share;
  const y = (box[3] - box[1]) * share;
  return [box[0] - x, box[1] - y, box[2] + x, box[3] + y];
}

/** The centre of a box, in pixels. */
export function centreOf(box: Box): readonly [x: number, y: number] {
  return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
}
