import { exemplarRows, packExemplar } from './exemplar.ts';
import { ExemplarStore, largestGroup, unpackStore, type Victim } from './exemplar-store.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import type { Method } from '../gradient/method.ts';

/**
 * Greedy sampler, dumb learner: keeps a memory of equally many examples of every class, as they come,
 * and at every update trains from zero on that memory and nothing else.
 *
 * A newcomer to a full memory displaces a random example of the largest class; of a class that is the largest
 * itself it is turned away. Differs from the paper in that examples are kept as float16 latents, not as pictures,
 * that the memory is measured in bytes, and that the training has the same number of steps as every other
 * method's, not as many as it takes to fit. What is no object comes from the background that every method keeps.
 */
export const gdumb: Method<ExemplarStore> = {
  name: 'gdumb',
  paper:
    'GDumb: a simple approach that questions our progress in continual learning, Prabhu, Torr and Dokania, 2020',
  ownShare: 0.75,
  bringsNegatives: false,
  tuning: { learningRate: 3e-4 },
  fromScratch: true,
  empty: new ExemplarStore(),
  bytes: ({ bytes }) => bytes,
  pack: (own) => own.pack(),
  unpack: unpackStore,
  admit: (own, { change, ownBytesMax, random }) => {
    const victim: Victim = (groups, newcomer) => {
      const largest = largestGroup(groups, newcomer);
      if (newcomer !== null && newcomer.label === largest[0]!.label) return newcomer;
      return largest[Math.floor(random() * largest.length)]!;
    };
    const objects = change.added.filter(({ label }) => label !== null);
    return own.without(change.removed).fit(objects.map(packExemplar), ownBytesMax, victim);
  },
  lessons: (own) => own.all().map(exemplarRows),
};

/** A `gdumb` strategy that has learned nothing yet. */
export function createGdumb(options?: GradientOptions): GradientStrategy<ExemplarStore> {
  return new GradientStrategy(gdumb, options);
}
