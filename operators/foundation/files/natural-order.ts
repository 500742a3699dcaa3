const collator = new Intl.Collator('en', { numeric: true });

/** Compares names as people number them: `frame2` before `frame10`. */
export function naturalOrder(a: string, b: string): number {
  // The collator calls `a` and `ä` or `1` and `01` alike in places; the order must be total.
  return collator.compare(a, b) || (a < b ? -1 : Number(a > b));
}
