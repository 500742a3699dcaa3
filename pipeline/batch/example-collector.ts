import type { LabelledImage } from '../../operators/datasets/dataset.ts';
import {
  builtInVectors,
  storedSight,
  type VectorSight,
} from '../../operators/detect/engines/sight.ts';
import { joinRows } from '../../operators/foundation/linear-algebra/join-rows.ts';
import { HeldOutSplit } from '../../operators/label/held-out-split.ts';
import { exampleOf, sampleOf } from '../../operators/learn/examples/example-of-sample.ts';
import type { Evidence } from '../../operators/learn/examples/scene.ts';
import type { Example } from '../../operators/learn/strategy.ts';
import type { Sample } from '../../operators/remember/sample.ts';
import type { GateSample } from '../../operators/gate/gate-sample.ts';
import { gateNegatives } from '../application/sampling/gate-input.ts';

/** Most objects per class that are held out for the gate; the others are trained on. */
const heldOutMax = 10;
/** All objects of a class with fewer than this are trained on; the gate then ignores the class. */
const objectsMinToHoldOut = 20;
/** The negatives of every n-th image are held out for the gate. */
const heldOutNegativesEvery = 10;
const heldOutNegativesMax = 200;

/** Training data of one update. */
export interface TrainingBatch {
  readonly added: readonly Example[];
  /** Rows of background latents, concatenated. */
  readonly background: Float32Array;
  readonly backgroundWeight: number;
}

/** True for objects to train on; crowds and difficult ones are neither examples nor background. */
export function isTrainable({ crowd, difficult }: LabelledImage['objects'][number]): boolean {
  return !crowd && !difficult;
}

/** Turns the evidence of labelled images into samples and training batches, some held out. */
export class ExampleCollector {
  readonly heldOutNegatives: GateSample[] = [];
  /** Samples so far: their class, and whether they are held out. */
  readonly collected: { readonly id: string; readonly class: string; readonly heldOut: boolean }[] =
    [];
  objects = 0;
  heldOutObjects = 0;
  readonly #heldOut: HeldOutSplit;
  readonly #objectsPerClass = new Map<string, number>();
  readonly #idPrefix: string;
  readonly #classIdOf: (name: string) => string;
  /** Ids of the set's classes. Objects of classes learned before or later may be in it, too. */
  readonly #labelled: readonly string[];
  readonly #sight: { readonly sight?: VectorSight };
  #added: Example[] = [];
  #samples: Sample[] = [];
  #backgrounds: Float32Array[] = [];
  #backgroundWeight = 1;

  /**
   * @param images The whole set: how many objects a class has decides whether some are held out.
   * @param heldOutShare Share of the objects of a class to hold out, 0 to 1.
   * @param idPrefix Prefix of sample ids, unique in the memory.
   * @param classIdOf The id under which a class is learned, by its name.
   * @param sight What made the evidence.
   */
  constructor(
    images: readonly LabelledImage[],
    heldOutShare: number,
    idPrefix: string,
    classIdOf: (name: string) => string = (name) => name,
    sight: VectorSight = builtInVectors,
  ) {
    this.#heldOut = new HeldOutSplit(heldOutShare, heldOutMax);
    this.#idPrefix = idPrefix;
    this.#classIdOf = classIdOf;
    this.#sight = storedSight(sight);
    for (const { objects } of images) {
      for (const { class: name } of objects) {
        this.#objectsPerClass.set(name, (this.#objectsPerClass.get(name) ?? 0) + 1);
      }
    }
    this.#labelled = [...this.#objectsPerClass.keys()].map(classIdOf);
  }

  /**
   * Adds the evidence of one image; `index` is its position in the set. `thumbnails`: a JPEG of
   * each object to train on, or none.
   */
  add(
    image: LabelledImage,
    evidence: Evidence,
    index: number,
    thumbnails: readonly Uint8Array[] = [],
  ): void {
    const objects = image.objects.filter(isTrainable);
    for (const [i, example] of evidence.examples.entries()) {
      const { class: name, box } = objects[i]!;
      this.objects++;
      const hasEnough = (this.#objectsPerClass.get(name) ?? 0) >= objectsMinToHoldOut;
      const heldOut = hasEnough && this.#heldOut.isHeldOut(name, `${image.id}/${i}`);
      if (heldOut) this.heldOutObjects++;
      const sample = sampleOf(example, {
        id: `${this.#idPrefix}/${image.id}/${i}`,
        camera: 'teach',
        trackId: this.objects,
        clusterId: name,
        timestampMs: index,
        box,
        novelty: 0,
        thumbnail: thumbnails[i] ?? new Uint8Array(0),
        ...this.#sight,
        label: { kind: 'class', class: name, by: 'set', atMs: index },
        heldOut,
      });
      this.#samples.push(sample);
      this.collected.push({ id: sample.id, class: name, heldOut });
      // Trained on as stored, rounding included, so that the example can be removed exactly.
      if (!heldOut) this.#added.push(exampleOf(sample, this.#classIdOf(name)));
    }
    if (index % heldOutNegativesEvery === heldOutNegativesEvery - 1) {
      const room = heldOutNegativesMax - this.heldOutNegatives.length;
      this.heldOutNegatives.push(...gateNegatives(evidence, 'teach').slice(0, room));
    } else {
      const noneOf = this.#labelled;
      this.#added.push(...evidence.negatives.map((negative) => ({ ...negative, noneOf })));
    }
    this.#backgrounds.push(evidence.background);
    this.#backgroundWeight = evidence.backgroundWeight;
  }

  /** Returns the samples added since the last call. */
  takeSamples(): readonly Sample[] {
    const samples = this.#samples;
    this.#samples = [];
    return samples;
  }

  /** Returns the training data added since the last call. */
  takeBatch(): TrainingBatch {
    const batch = {
      added: this.#added,
      background: joinRows(this.#backgrounds),
      backgroundWeight: this.#backgroundWeight,
    };
    this.#added = [];
    this.#backgrounds = [];
    return batch;
  }
}
