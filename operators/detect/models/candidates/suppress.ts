/**
 * Greedy suppression of overlaps within each class, the best class score first: of two boxes of a
 * class whose intersection over union exceeds `maxOverlap`, the better one stays.
 *
 * @param order Indices of candidates, best class score first.
 * @param boxes candidates × 4.
 * @param classes Class of each candidate.
 * @returns The indices of those that stay, in their order.
 */
export function suppressWithinClasses(
  order: readonly number[],
  boxes: Float32Array,
  classes: Int32Array,
  maxOverlap: number,
): number[] {
  const areas = new Float32Array(classes.length);
  for (let i = 0; i < areas.length; i++) {
    areas[i] = (boxes[4 * i + 2]! - boxes[4 * i]!) * (boxes[4 * i + 3]! - boxes[4 * i + 1]!);
  }
  const kept: number[] = [];
  // Those kept of a class are a chain, from the last one to the one before.
  const before = new Int32Array(classes.length);
  const last = new Map<number, number>();
  for (const candidate of order) {
    const newest = last.get(classes[candidate]!) ?? -1;
    let better = newest;
    while (better >= 0 && !exceeds(boxes, areas, better, candidate, maxOverlap)) {
      better = before[better]!;
    }
    if (better >= 0) continue;
    before[candidate] = newest;
    last.set(classes[candidate]!, candidate);
    kept.push(candidate);
  }
  return kept;
}

function exceeds(
  boxes: Float32Array,
  areas: Float32Array,
  a: number,
  b: number,
  maxOverlap: number,
): boolean {
  const i = 4 * a;
  const j = 4 * b;
  const width = Math.min(boxes[i + 2]!, boxes[j + 2]!) - Math.max(boxes[i]!, boxes[j]!);
  if (width <= 0) return false;
  const height = Math.min(boxes[i + 3]!, boxes[j + 3]!) - Math.max(boxes[i + 1]!, boxes[j + 1]!);
  if (height <= 0) return false;
  const shared = width * height;
  return shared > maxOverlap * (areas[a]! + areas[b]! - shared);
}
