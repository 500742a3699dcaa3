/** Compares by UTF-16 code units: unlike a locale's order, it is the same on every machine. */
export function codeUnitOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
