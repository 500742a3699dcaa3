/** Methods that had the name of the paper that they follow in part; see decision 0048. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['lwf', 'lwf-head'],
  ['mma', 'mma-head'],
  ['abr', 'mixed-replay'],
  ['nsgp-repre', 'gradient-projection'],
  ['multi-iod', 'frozen-rows'],
]);

/** The name that a method has now, for a stored state that may have an earlier one. */
export function currentStrategyName(name: string): string {
  return renamed.get(name) ?? name;
}

/** Says what to write instead of a method's earlier name; undefined for any other text. */
export function hintAtRename(name: string): string | undefined {
  const now = renamed.get(name);
  return now === undefined ? undefined : `${name} is called ${now} now`;
}
