import { describe, expect, it } from 'vitest';
import { embeddingLayouts } from '../../../../../operators/learn/strategies/tally/embedding-layouts.ts';
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
    [1, 4, 1e-2],
  ])(
    'has it also where another learner was merged into it half-way (layout %d, seed %d, to %d)',
    async (index, seed, tolerance) => {
      const layout = embeddingLayouts[index]!;
      const create = (pause: () => Promise<void>) => createTally({ layout, pause });
      const world = new JournalWorld(seed, create, background);
      const other = new JournalWorld(seed + 100, create, background);
      const [draft, ofSurvivors] = await world.runMerged(other, 60);
      expect(new Set(draft.classes)).toEqual(world.classes);
      expect(draftDifference(draft, ofSurvivors)).toBeLessThan(tolerance);
    },
    60_000,
  );
});
