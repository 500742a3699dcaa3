/**
 * Greedy suppression of overlaps within each class, the best class score first: of two boxes of a
 * class whose intersection over union exceeds `maxOverlap`, the better one stays.
 *
 * @param order Indices of candidates, best class score first.
 * @param boxes candidates × 4.
 * @returns The indices of those that stay, in their order.
 */
export function suppressWithinClasses(
  order: readonly number[],
  boxes: Float32Array,
  classOf: (candidate: number) => number,
  maxOverlap: number,
): number[] {
  const keptOf = new Map<number, number[]>();
  return order.filter((candidate) => {
    const name = classOf(candidate);
    const kept = keptOf.get(name);
    if (kept === undefined) {
      keptOf.set(name, [candidate]);
      return true;
    }
    for (const better of kept) if (exceeds(boxes, better, candidate, maxOverlap)) return false;
    kept.push(candidate);
    return true;
  });
}

function exceeds(boxes: Float32Array, a: number, b: number, maxOverlap: number): boolean {
  const [i, j] = [4 * a, 4 * b];
  const width = Math.min(boxes[i + 2]!, boxes[j + 2]!) - Math.max(boxes[i]!, boxes[j]!);
  if (width <= 0) return false;
  const height = Math.min(boxes[i + 3]!, boxes[j + 3]!) - Math.max(boxes[i + 1]!, boxes[j + 1]!);
  if (height <= 0) return false;
  const shared = width * height;
  const area = (at: number) => (boxes[at + 2]! - boxes[at]!) * (boxes[at + 3]! - boxes[at + 1]!);
  return shared > maxOverlap * (area(i) + area(j) - shared);
}
