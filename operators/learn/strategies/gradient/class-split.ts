import type { UpdateContext } from './method.ts';

/** The columns of a layer's logits, by whether this change teaches the class. */
export interface ClassSplit {
  /** Known before, and without a new example: what must not be forgotten. */
  readonly old: readonly number[];
  /** With a new example. */
  readonly taught: readonly number[];
}

/** Splits the classes of an update. One that is known and gets further examples counts as taught. */
export function splitClasses({ classes, change }: UpdateContext): ClassSplit {
  const labels = new Set(change.added.map(({ label }) => label));
  const columns = classes.map((_, column) => column);
  return {
    old: columns.filter((column) => !labels.has(classes[column]!)),
    taught: columns.filter((column) => labels.has(classes[column]!)),
  };
}

/** Like {@link splitClasses}, but a class that examples were taken from was taught wrongly, and is not held to what it was. */
export function heldClasses(context: UpdateContext): ClassSplit {
  const { old, taught } = splitClasses(context);
  const wrong = new Set(context.change.removed.map(({ label }) => label));
  const mended = old.filter((column) => wrong.has(context.classes[column]!));
  return { old: old.filter((column) => !mended.includes(column)), taught: [...taught, ...mended] };
}
