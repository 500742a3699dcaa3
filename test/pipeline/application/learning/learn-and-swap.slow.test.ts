import { describe, expect, it } from 'vitest';
import type { Head } from '../../../../operators/detect/heads/head.ts';
import { Journal } from '../../../../operators/label/journal/journal.ts';
import { readJournalEntry } from '../../../../operators/label/journal/read-journal-entry.ts';
import { createStrategy } from '../../../../operators/learn/strategies/strategy-registry.ts';
import type { HeadDraft } from '../../../../operators/learn/strategy.ts';
import { wantedLabel } from '../../../../pipeline/application/learning/wanted-labels.ts';
import { readJson } from '../../../../pipeline/state/record-kinds.ts';
import { changeOf } from '../../../operators/learn/make-example.ts';
import { draftDifference } from '../../../operators/learn/strategies/draft-difference.ts';
import { openStateOn } from '../../state/state-on-store.ts';
import { background, RandomRun } from './random-run.ts';

/** A head whose classes are named by their ids, as the learner drafts them. */
const byIds = (head: Head): HeadDraft => ({ ...head, classes: head.classIds! });

describe('after 200 random commands, failures and restarts', () => {
  it.each([
    ['tally', 1, 1e-4],
    ['tally', 2, 1e-4],
    ['ncm', 2, 1e-4],
  ] as const)(
    'all that is kept follows from the journal (%s, seed %d)',
    { timeout: 120_000 },
    async (strategy, seed, bound) => {
      const run = new RandomRun(seed, strategy);
      await run.live(200);
      const { rig, store } = run;
      const entries = (await store.list('journal')).map(({ bytes }) =>
        readJournalEntry(readJson(bytes)),
      );
      const folded = new Journal(entries);
      const ids = [...rig.memory.values()].map(({ id }) => id);
      for (const id of ids) expect(folded.factsOf(id)).toEqual(rig.journal.factsOf(id));
      expect(folded.classes.present).toEqual(rig.journal.classes.present);
      // The learner has learned what the journal wants, and nothing else.
      const wanted = ids.flatMap((id) => {
        const label = wantedLabel(folded, id);
        return label === undefined ? [] : [[id, label] as const];
      });
      const { learned } = rig.state.learner!;
      expect(new Map(learned.entries)).toEqual(new Map(wanted));
      expect(learned.sealed).toEqual([]);
      // A head equals that of a learner that has seen nothing but the labels that survive.
      const fresh = createStrategy(strategy, { seed: 3 });
      const { negatives, ...rows } = background;
      const draft = await fresh.update(
        changeOf({ ...rows, added: [...negatives, ...run.surviving] }),
      );
      expect(draftDifference(byIds(rig.heads.active), draft)).toBeLessThan(bound);
      await run.checkErased();
      expect(run.erased.size).toBeGreaterThan(0);
      // The next run finds all of that.
      await rig.state.close();
      const reopened = await openStateOn(store);
      expect([...reopened.memory.values()].map(({ id, label }) => [id, label])).toEqual(
        [...rig.memory.values()].map(({ id, label }) => [id, label]),
      );
      expect(reopened.heads.active).toEqual(rig.heads.active);
    },
  );
});
