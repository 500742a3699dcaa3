/** An input or output of a model, as its file declares it. */
export interface ModelPort {
  readonly name: string;
  /** `float32`, `float16`, `uint8`, `int64` and the like. */
  readonly type: string;
  /** Null where a size is not fixed. */
  readonly shape: readonly (number | null)[];
}

/** What the file of a model says about it. */
export interface ModelFacts {
  readonly path: string;
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  readonly metadata: ReadonlyMap<string, string>;
  /** The number of classes, where the graph's own operations tell; else null. */
  readonly classes: number | null;
}

/** An output for one picture, as floats. */
export interface ModelOutput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Inputs and outputs in words, for errors: one line each. */
export function describePorts({ inputs, outputs }: Pick<ModelFacts, 'inputs' | 'outputs'>): string {
  const line = (kind: string) => (port: ModelPort) => `  ${kind} ${describePort(port)}`;
  return [...inputs.map(line('input')), ...outputs.map(line('output'))].join('\n');
}

/** `images: float32 [1, 3, 640, 640]`; a free size is `?`. */
export function describePort({ name, type, shape }: ModelPort): string {
  return `${name}: ${type} [${shape.map((side) => side ?? '?').join(', ')}]`;
}
