import { codeUnitOrder } from './code-unit-order.ts';

/**
 * A value as JSON, the keys of each object in code-unit order: equal values give the same text, in
 * whatever order their fields were set.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => codeUnitOrder(a, b)));
  });
}
