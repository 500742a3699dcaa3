import { codeUnitOrder } from './code-unit-order.ts';

const collator = new Intl.Collator('en', { numeric: true });

/** Compares file names with numbers by value: `frame2` before `frame10`. */
export function naturalOrder(a: string, b: string): number {
  // The collator treats some pairs as equal, such as `1` and `01`; the order must be total.
  return collator.compare(a, b) || codeUnitOrder(a, b);
}
