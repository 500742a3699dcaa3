import { setImmediate as nextTurn } from 'node:timers/promises';
import { createStrategy as builtIn } from '../../../operators/learn/strategies/strategy-registry.ts';
import type { Change, Strategy } from '../../../operators/learn/strategy.ts';

/** What an example's label makes of the update that adds it. */
const deeds: Readonly<Record<string, (signal?: AbortSignal) => Promise<unknown> | undefined>> = {
  exit: () => process.exit(7),
  throw: () => {
    setImmediate(() => {
      throw new Error('thrown outside of a call');
    });
    return new Promise(() => undefined);
  },
  loop: () => {
    for (;;);
  },
  /** Goes on for ever, and comes back to the event loop in between. */
  endless: async (signal) => {
    for (;;) {
      await nextTurn();
      signal?.throwIfAborted();
    }
  },
};

/** With `?deed=NAME` in the module's address, the second update with labels does that. */
const deed = new URL(import.meta.url).searchParams.get('deed');

/** The strategy `tally`, which gets into trouble over examples of certain classes. */
export function createStrategy(setup: Parameters<typeof builtIn>[1]): Strategy {
  const rest = builtIn('tally', setup);
  let updates = 0;
  return {
    name: 'misbehaving',
    paper: 'none',
    get classes() {
      return rest.classes;
    },
    get stateBytes() {
      return rest.stateBytes;
    },
    async update(change: Change, signal?: AbortSignal) {
      const labels = change.added.flatMap(({ label }) => label ?? []);
      if (labels.length > 0) updates++;
      if (updates === 2) await deeds[deed ?? '']?.(signal);
      for (const label of labels) await deeds[label]?.(signal);
      return rest.update(change, signal);
    },
    save: () => rest.save(),
    restore: (bytes) => rest.restore(bytes),
  };
}
