import { describe, expect, it } from 'vitest';
import { scatterBytes } from '../../../../../operators/learn/statistics/scatter-contents.ts';
import { vectorLayout } from '../../../../../operators/detect/engines/embedding-layout.ts';
import {
  embeddingLayouts,
  scatterLayouts,
} from '../../../../../operators/learn/strategies/tally/embedding-layouts.ts';
import {
  denseLayout,
  emptyObjectness,
} from '../../../../../operators/learn/strategies/tally/tally-state.ts';
import { createTally } from '../../../../../operators/learn/strategies/tally/tally.ts';
import { makeBackground } from '../../make-example.ts';
import { draftDifference } from '../draft-difference.ts';
import { JournalWorld } from '../journal-world.ts';

const background = makeBackground(400);

describe('tally after 120 labels, undos, merges and removals of classes', () => {
  // Layout 1 keeps two bytes per value.
  it.each([
    [0, 1, 1e-4],
    [1, 2, 1e-2],
  ])(
    'has the head of a learner of the survivors (layout %d, seed %d, to %d)',
    async (index, seed, tolerance) => {
      const layout = embeddingLayouts[index]!;
      const create = (pause: () => Promise<void>) => createTally({ layout, pause });
      const world = new JournalWorld(seed, create, background);
      const [draft, ofSurvivors] = await world.run(120);
      expect(new Set(draft.classes)).toEqual(world.classes);
      expect(draftDifference(draft, ofSurvivors)).toBeLessThan(tolerance);
    },
    // A dozen updates: 5 s alone, and longer where many processes share two cores.
    60_000,
  );

  it.each([
    [0, 3, 1e-4],
    [0, 4, 1e-4],
    [1, 5, 1e-2],
  ])(
    'has it also where another learner was merged into it half-way (layout %d, seed %d, to %d)',
    async (index, seed, tolerance) => {
      const embedding = vectorLayout(64);
      // Just enough for all classes in this layout.
      const bytesMax =
        emptyObjectness.bytes +
        scatterBytes(denseLayout, 6) +
        scatterBytes(scatterLayouts(embedding)[index]!, 6);
      const create = (pause: () => Promise<void>) => createTally({ embedding, bytesMax, pause });
      const [world, other] = [seed, seed + 100].map(
        (each) => new JournalWorld(each, create, background, embedding.length),
      );
      const [draft, ofSurvivors] = await world!.runMerged(other!, 60);
      expect(new Set(draft.classes)).toEqual(world!.classes);
      expect(draftDifference(draft, ofSurvivors)).toBeLessThan(tolerance);
    },
    60_000,
  );
});
