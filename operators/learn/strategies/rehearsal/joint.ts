import { ExemplarStore, unpackStore } from './exemplar-store.ts';
import { exemplarRows, packExemplar } from './exemplar.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import type { Method } from '../gradient/method.ts';
import type { Strategy } from '../../strategy.ts';

/**
 * Joint training by gradient: keeps every example and trains on all of them at each update, from
 * zero and until it fits, in rounds of four times the steps of the others and at most ten of them.
 *
 * Does not read the sample memory and ignores `bytesMax`; its examples, in float16, count as its
 * bytes. Keeps a uniform sample of 65,536 background cells (16 MiB). It bounds what gradient
 * methods reach here; closed forms of everything at once may be better, so `lifelens bench
 * learning` measures against the best of both.
 */
const jointMethod: Method<ExemplarStore> = {
  name: 'joint',
  paper: 'Multitask learning, Caruana, 1997',
  ownShare: 0.5,
  keepsNegatives: true,
  tuning: { learningRate: 0.03, weightDecay: 0.01 },
  fromScratch: true,
  stepsFactor: 4,
  roundsMax: 10,
  backgroundCells: 65_536,
  empty: new ExemplarStore(),
  bytes: (store) => store.bytes,
  pack: (store) => store.pack(),
  unpack: unpackStore,
  move: (store, move) => store.moved(move),
  admit: (store, { change: { added, removed }, layers }) => {
    const newcomers = added.map((example) => packExemplar(example, layers.crop.length));
    return new ExemplarStore([...store.without(removed).all(), ...newcomers]);
  },
  examples: (store) => store.all().map(exemplarRows),
};

/** A `joint` strategy that has learned nothing yet. Ignores `bytesMax`. */
export function createJoint(options: GradientOptions = {}): Strategy {
  return new GradientStrategy(jointMethod, { ...options, bytesMax: Infinity });
}
