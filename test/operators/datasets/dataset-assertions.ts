import { expect } from 'vitest';
import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { intersectionOverUnion } from '../../../operators/foundation/geometry/box.ts';
import type { Dataset } from '../../../operators/datasets/dataset.ts';

/** Expects these objects of an image, in this order: class and box with an IoU of 0.99 or more. */
export function expectObjects(
  set: Dataset,
  id: string,
  truth: readonly (readonly [string, Box])[],
): void {
  const objects = set.images.find((image) => image.id === id)!.objects;
  expect(objects.map((object) => object.class)).toEqual(truth.map(([name]) => name));
  for (const [i, [name, box]] of truth.entries()) {
    const iou = intersectionOverUnion(objects[i]!.box, box);
    expect(iou, `${name}: ${objects[i]!.box.join()} for ${box.join()}`).toBeGreaterThanOrEqual(
      0.99,
    );
  }
}

/** The bounds of corners that are turned clockwise around a point, worked out corner by corner. */
export function turnedBounds(
  [x0, y0, x1, y1]: Box,
  degrees: number,
  [px, py]: [number, number],
): Box {
  const angle = (degrees / 180) * Math.PI;
  const corners = [
    [x0, y0],
    [x1, y0],
    [x0, y1],
    [x1, y1],
  ].map(([x, y]) => {
    const radius = Math.hypot(x! - px, y! - py);
    const from = Math.atan2(y! - py, x! - px);
    return [px + radius * Math.cos(from + angle), py + radius * Math.sin(from + angle)];
  });
  const [xs, ys] = [corners.map(([x]) => x!), corners.map(([, y]) => y!)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
