import type { Scenario } from '../../../../operators/ingest/world/scenario.ts';
import type { TruthBox } from '../../../../operators/ingest/frames/frame.ts';
import type { Annotation } from './annotation.ts';

/** Visible share from which on an object counts as seen. */
const visibleMin = 0.3;

/**
 * The ground truth of a simulated camera as an annotation. All objects of a class look alike and
 * are one object to an operator: the second hammer is no news.
 */
export function worldAnnotation(
  { classes }: Pick<Scenario, 'classes'>,
  truths: ReadonlyMap<number, readonly TruthBox[]>,
): Annotation {
  const knownAs = new Map(classes.map(({ name, known }) => [name, known]));
  const seen = new Set([...truths.values()].flat().map((truth) => truth.class));
  return {
    novelIds: [...seen].filter((name) => knownAs.get(name) === null),
    at: (timestampMs) =>
      (truths.get(timestampMs) ?? [])
        .filter(({ visible }) => visible >= visibleMin)
        .map(({ class: name, box }) => {
          const known = knownAs.get(name) ?? null;
          return known === null
            ? { id: name, kind: 'novel' as const, classes: [], box }
            : { id: name, kind: 'known' as const, classes: [known], box };
        }),
  };
}
