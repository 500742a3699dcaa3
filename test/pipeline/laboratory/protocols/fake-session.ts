import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { pino } from 'pino';
import type { Observation } from '../../../../operators/detect/detected-frame.ts';
import { denseLatentLength } from '../../../../operators/detect/engines/engine.ts';
import type { Head } from '../../../../operators/detect/heads/head.ts';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import type { LabelledImage, LabelledSet } from '../../../../operators/datasets/labelled-set.ts';
import type {
  LearningSession,
  StepPicture,
} from '../../../../pipeline/laboratory/protocols/protocol.ts';
import { scoreProposals } from '../../../../pipeline/batch/score-proposals.ts';

/** The classes that a latent can look like, each with a value of its own. */
const looks = ['cup', 'hat', 'pen', 'key', 'dog', 'person'];
const baseClasses = ['person', 'dog', 'kite'];

/** The latent of something that looks like a class; of nothing in particular without a name. */
export function latentLike(name?: string): Float32Array {
  const latent = new Float32Array(denseLatentLength);
  if (name !== undefined) latent[looks.indexOf(name)] = 1;
  return latent;
}

/** A place in a picture that the base model has no name for. */
export function placeAt(box: Box, facts: Partial<Observation> = {}): Observation {
  const unsure = { objectness: 0.5, baseClass: 'kite', baseScore: 0.1, baseShare: 0.2 };
  return { box, ...unsure, latent: latentLike(), ...facts };
}

/** A head that is sure of whatever looks like one of its classes. */
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

/** A set of pictures, its classes in the order of their names. */
export function setOf(images: readonly LabelledImage[]): LabelledSet {
  const names = images.flatMap(({ objects }) => objects.map((object) => object.class));
  const mended = { clippedBoxes: 0, droppedBoxes: 0, otherSizes: 0, unlabelledImages: 0 };
  return { classes: [...new Set(names)].sort(), images, warnings: [], mended };
}

interface FakeSession {
  readonly session: LearningSession;
  /** What was learned, a lesson each. */
  readonly lessons: (readonly StepPicture[])[];
  /** What was judged, and after how many lessons. */
  readonly judged: { readonly id: string; readonly lessons: number }[];
}

/** A session whose learner keeps every name it hears, and whose trunk sees what it is told. */
export function fakeSession(
  train: readonly LabelledImage[],
  test: readonly LabelledImage[],
  see: (image: LabelledImage) => readonly Observation[],
  seed = 1,
): FakeSession {
  const lessons: (readonly StepPicture[])[] = [];
  const judged: { id: string; lessons: number }[] = [];
  const known = new Set<string>();
  let head = emptyHead();
  const session: Partial<LearningSession> = {
    ...{ train: setOf(train), test: setOf(test), seed, viewSize: 320, checkpointsMax: 8 },
    engine: { baseClasses } as unknown as LearningSession['engine'],
    learner: {
      get head() {
        return head;
      },
      bytes: 7,
      learn: async (pictures) => {
        lessons.push(pictures);
        const labels = pictures.flatMap(({ boxes }) => boxes.map(({ label }) => label));
        for (const label of labels) if (label !== null) known.add(label);
        head = headKnowing([...known]);
        return head;
      },
      update: () => Promise.reject(new Error('nobody asked for an update')),
    },
    predictor: {
      predict: async (image, by) => {
        judged.push({ id: image.id, lessons: lessons.length });
        const proposals = see(image);
        const source = { sourceWidth: image.width, sourceHeight: image.height };
        const base = proposals.map(({ box, baseClass, baseScore }) => ({
          ...{ box, class: baseClass, score: baseScore },
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
  return { session: session as LearningSession, lessons, judged };
}
