import type { LearnDifference } from '../../../operators/learn/learned-set.ts';

/** One line about what an update learns. */
export function describeUpdate(
  { added, removed, unremovable }: LearnDifference,
  background: { readonly negatives: readonly unknown[] },
  hasLabels: boolean,
): string {
  if (!hasLabels) return `learning from ${background.negatives.length} background samples`;
  const removals = removed.length > 0 ? `, forgetting ${removed.length}` : '';
  const rest =
    unremovable.length > 0
      ? `; ${unremovable.length} changed samples stay learned as they were, since their vectors are gone`
      : '';
  return `learning from ${added.length} labelled samples${removals}${rest}`;
}
