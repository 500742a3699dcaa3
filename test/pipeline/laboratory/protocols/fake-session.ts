import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { pino } from 'pino';
import { setOf } from '../../../operators/datasets/set-of.ts';
import type { Observation } from '../../../../operators/detect/detected-frame.ts';
import { denseLatentLength } from '../../../../operators/detect/engines/engine.ts';
import type { Head } from '../../../../operators/detect/heads/head.ts';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import type { LabelledImage } from '../../../../operators/datasets/dataset.ts';
import type {
  LearningSession,
  StepPicture,
} from '../../../../pipeline/laboratory/protocols/protocol.ts';
import { scoreProposals } from '../../../../pipeline/batch/score-proposals.ts';

/** Classes that a latent can represent, each by one of its values. */
const latentClasses = ['cup', 'hat', 'pen', 'key', 'dog', 'person'];
const baseClasses = ['person', 'dog', 'kite'];

/** A latent that represents a class; all zeros without a name. */
export function latentLike(name?: string): Float32Array {
  const latent = new Float32Array(denseLatentLength);
  if (name !== undefined) latent[latentClasses.indexOf(name)] = 1;
  return latent;
}

/** A proposal whose base class is too weak to be accepted. */
export function placeAt(box: Box, facts: Partial<Observation> = {}): Observation {
  const weak = { objectness: 0.5, baseClass: 'kite', baseScore: 0.1, baseShare: 0.2 };
  return { box, ...weak, latent: latentLike(), ...facts };
}

/** A head that scores 1 for latents of its classes. */
export function headKnowing(classes: readonly string[]): Head {
  const weights = Float32Array.from(classes.flatMap((name) => [...latentLike(name)]));
  return {
    ...emptyHead(),
    version: 1,
    classes,
    dense: { weights, bias: new Float32Array(classes.length), length: denseLatentLength },
    thresholds: new Float32Array(classes.length).fill(0.5),
  };
}

interface FakeSession {
  readonly session: LearningSession;
  /** The pictures of each learned step. */
  readonly steps: (readonly StepPicture[])[];
  /** Every predicted image, with the number of steps learned before. */
  readonly predicted: { readonly id: string; readonly steps: number }[];
}

/** A session whose learner knows every label it got, with `propose` in place of the backbone. */
export function fakeSession(
  train: readonly LabelledImage[],
  test: readonly LabelledImage[],
  propose: (image: LabelledImage) => readonly Observation[],
  seed = 1,
): FakeSession {
  const steps: (readonly StepPicture[])[] = [];
  const predicted: { id: string; steps: number }[] = [];
  const known = new Set<string>();
  let head = emptyHead();
  const session: Partial<LearningSession> = {
    train: setOf(train),
    test: setOf(test),
    seed,
    viewSize: 320,
    checkpointsMax: 8,
    engine: { baseClasses } as unknown as LearningSession['engine'],
    learner: {
      get head() {
        return head;
      },
      bytes: 7,
      learn: async (pictures) => {
        steps.push(pictures);
        const labels = pictures.flatMap(({ boxes }) => boxes.map(({ label }) => label));
        for (const label of labels) if (label !== null) known.add(label);
        head = headKnowing([...known]);
        return head;
      },
      update: () => Promise.reject(new Error('unexpected update')),
    },
    predictor: {
      predict: async (image, by) => {
        predicted.push({ id: image.id, steps: steps.length });
        const proposals = propose(image);
        const source = { sourceWidth: image.width, sourceHeight: image.height };
        const base = proposals.map(({ box, baseClass, baseScore }) => ({
          box,
          class: baseClass,
          score: baseScore,
        }));
        return {
          base,
          learned: scoreProposals(by, proposals, null, source),
          proposals,
          embeddings: null,
        };
      },
    },
    jointBound: async (_steps, after) => after.map(() => 1),
    log: pino({ level: 'silent' }),
    signal: new AbortController().signal,
  };
  return { session: session as LearningSession, steps, predicted };
}
