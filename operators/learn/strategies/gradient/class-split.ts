import type { UpdateContext } from './method.ts';

/** The columns of a layer's logits, split by whether this change has examples of the class. */
export interface ClassSplit {
  /** Classes known before and without a new example, which must not be forgotten. */
  readonly old: readonly number[];
  /** Classes with a new example. */
  readonly current: readonly number[];
}

/** Splits the classes of an update. A known class with new examples counts as current. */
export function splitClasses({ classes, change }: UpdateContext): ClassSplit {
  const labels = new Set(change.added.map(({ label }) => label));
  const columns = classes.map((_, column) => column);
  return {
    old: columns.filter((column) => !labels.has(classes[column]!)),
    current: columns.filter((column) => labels.has(classes[column]!)),
  };
}

/**
 * Like {@link splitClasses}, but counts a class with removed examples as current: it was learned
 * wrongly, so its outputs are not held.
 */
export function splitHeldClasses(context: UpdateContext): ClassSplit {
  const { old, current } = splitClasses(context);
  const removedLabels = new Set(context.change.removed.map(({ label }) => label));
  const corrected = old.filter((column) => removedLabels.has(context.classes[column]!));
  return {
    old: old.filter((column) => !corrected.includes(column)),
    current: [...current, ...corrected],
  };
}
