import { ExemplarStore, unpackStore } from './exemplar-store.ts';
import { exemplarRows, packExemplar } from './exemplar.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import type { Method } from '../gradient/method.ts';

/**
 * The upper bound: keeps every example that ever came and trains on all of them at each update, from zero and
 * four times as long as the others. It reads no sample memory and keeps to no `bytesMax`; what it
 * holds, in float16, shows in its bytes. Of background it keeps a uniform sample of 65,536 cells (16 MiB).
 */
const method: Method<ExemplarStore> = {
  name: 'joint',
  paper: 'Multitask learning, Caruana, 1997',
  ownShare: 0.5,
  bringsNegatives: true,
  tuning: { learningRate: 0.03 },
  fromScratch: true,
  stepsFactor: 4,
  backgroundCells: 65_536,
  empty: new ExemplarStore(),
  bytes: (store) => store.bytes,
  pack: (store) => store.pack(),
  unpack: unpackStore,
  admit: (store, { change: { added, removed } }) =>
    new ExemplarStore([...store.without(removed).all(), ...added.map(packExemplar)]),
  lessons: (store) => store.all().map(exemplarRows),
};

/** A `joint` strategy that has learned nothing yet. Ignores `bytesMax`. */
export function createJoint(options: GradientOptions = {}): GradientStrategy<ExemplarStore> {
  return new GradientStrategy(method, { ...options, bytesMax: Infinity });
}
