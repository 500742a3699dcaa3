import { exemplarRows, packExemplar } from './exemplar.ts';
import { ExemplarStore, largestGroup, unpackStore, type ChooseVictim } from './exemplar-store.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import type { Method } from '../gradient/method.ts';
import type { Strategy } from '../../strategy.ts';

/**
 * Greedy sampler, dumb learner: greedily keeps a class-balanced memory and trains from zero on that
 * memory alone at every update.
 *
 * A newcomer to a full memory replaces a random example of the largest class; a newcomer of the
 * largest class is rejected. Unlike in the paper, examples are float16 latents instead of pictures,
 * and the memory is measured in bytes. As in the paper, training goes on until it fits, in rounds
 * of as many steps as every other method has, at most ten. Negatives come from the background that
 * every method keeps.
 */
export const gdumbMethod: Method<ExemplarStore> = {
  name: 'gdumb',
  paper:
    'GDumb: a simple approach that questions our progress in continual learning, Prabhu, Torr and Dokania, 2020',
  ownShare: 0.75,
  keepsNegatives: false,
  tuning: { learningRate: 3e-4 },
  fromScratch: true,
  roundsMax: 10,
  empty: new ExemplarStore(),
  bytes: ({ bytes }) => bytes,
  pack: (own) => own.pack(),
  unpack: unpackStore,
  move: (store, move) => store.moved(move),
  admit: (own, { change, layers, ownBytesMax, random }) => {
    const chooseVictim: ChooseVictim = (groups, newcomer) => {
      const largest = largestGroup(groups, newcomer);
      if (newcomer !== null && newcomer.label === largest[0]!.label) return newcomer;
      return largest[Math.floor(random() * largest.length)]!;
    };
    const objects = change.added.filter(({ label }) => label !== null);
    const newcomers = objects.map((example) => packExemplar(example, layers.crop.length));
    return own.without(change.removed).fit(newcomers, ownBytesMax, chooseVictim);
  },
  examples: (own) => own.all().map(exemplarRows),
};

/** A `gdumb` strategy that has learned nothing yet. */
export function createGdumb(options?: GradientOptions): Strategy {
  return new GradientStrategy(gdumbMethod, options);
}
