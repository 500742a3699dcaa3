import { readLabelledSet } from '../../operators/datasets/read-labelled-set.ts';
import { loadPicture } from '../../operators/datasets/load-picture.ts';
import type { LabelledImage, LabelledSet } from '../../operators/datasets/labelled-set.ts';
import { SetError } from '../../operators/datasets/set-error.ts';
import { seededRandom } from '../../operators/foundation/numbers/seeded-random.ts';
import { Learner } from '../../operators/learn/learner.ts';
import {
  exampleOf,
  sampleOf,
  trainingExamples,
} from '../../operators/learn/examples/sample-example.ts';
import type { Update } from '../../operators/learn/learner-messages.ts';
import type { Evidence, Scene } from '../../operators/learn/examples/scene.ts';
import type { Example } from '../../operators/learn/strategy.ts';
import type { Sample } from '../../operators/remember/sample.ts';
import { judge, type GateSample, type Verdict } from '../../operators/swap/gate.ts';
import { headHash } from '../../operators/swap/store/head-hash.ts';
import type { Config } from '../configuration/config.ts';
import { HeldOut } from '../../operators/label/held-out-split.ts';
import { joinRows } from '../../operators/foundation/linear-algebra/join-rows.ts';
import { gateNegatives, gateSamples } from '../application/sampling/gate-input.ts';
import type { Log } from '../log.ts';
import { openState, type State } from '../state/state-folder.ts';
import { configFromFlags, type ConfigFlags } from '../configuration/config-flags.ts';

/** The flags of `lifelens teach`. */
export interface TeachFlags extends Pick<
  ConfigFlags,
  'size' | 'engine' | 'strategy' | 'seed' | 'logLevel'
> {
  /** Specification of the labelled set to learn from. */
  readonly train: string;
  /** State folder that is extended, or created. */
  readonly state: string;
  /** File for the JSON report; `-` is standard output. */
  readonly report?: string;
}

/** What `lifelens teach --report` writes. */
export interface TeachReport {
  readonly images: number;
  readonly objects: number;
  readonly classes: readonly string[];
  readonly heldOut: number;
  /** What was mended on reading the set. */
  readonly mended: LabelledSet['mended'];
  readonly accepted: boolean;
  readonly reason: string;
  readonly headVersion: number;
  readonly headHash: string;
  readonly verdicts: Verdict['perClass'];
  /** Looking at the pictures, in ms an image. */
  readonly msPerImage: number;
  /** The learner's updates together: wall time and, where the system tells, processor time. */
  readonly updateMs: number;
  readonly cpuMs: number | null;
  readonly memoryBytes: number;
  readonly memoryBytesMax: number;
}

/** The gate refused what was learned; what was there before stays. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** Pictures whose evidence goes into one update: bounds what is held at a time to a few dozen MB. */
const imagesPerUpdate = 24;
/** Objects of a class that are held out for the gate at most; the rest is learned. */
const heldOutMax = 10;
/** A class with fewer objects is learned whole: the gate then judges the other classes. */
const objectsMinToHoldOut = 20;
/** Every how many-th picture's negatives are judged on too. */
const judgedNegativesEvery = 10;
const judgedNegativesMax = 200;
const fullSideMax = 1280;

/** Learns a labelled set through the learner, the gate and the swap that live labels go through. */
export async function teach(
  flags: TeachFlags,
  log: Log,
  signal: AbortSignal,
): Promise<TeachReport> {
  const config = await configFromFlags(flags, process.env);
  const set = await readLabelledSet(flags.train);
  for (const warning of set.warnings) log.warn(warning);
  // Before the state is touched: a lesson of background alone would be a head that knows nothing.
  if (!set.images.some(({ objects }) => objects.some(isLearned))) {
    throw new SetError('empty', flags.train, 'expected objects to learn, found none');
  }
  const state = await openState({
    dir: flags.state,
    keepVersions: config.swap.keepVersions,
    policy: config.remember.policy,
    bytesMax: config.remember.bytesMax,
    random: seededRandom(config.seed),
    onDamaged: (message) => log.warn(message),
  });
  try {
    return await teachInto({ state, set, config, log, signal });
  } finally {
    await state.close();
  }
}

interface TeachInto {
  readonly state: State;
  readonly set: LabelledSet;
  readonly config: Config;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Learns a set into a state that is held. */
async function teachInto({ state, set, config, log, signal }: TeachInto): Promise<TeachReport> {
  const viewSize = config.detect.size;
  const learner = await Learner.start({
    engine: config.detect.engine,
    strategy: config.learn.strategy,
    seed: config.seed,
    niceness: 0,
  });
  try {
    log.info(learner.reason);
    await state.restoreLearner(learner);
    const prefix = `t${state.heads.active.version}`;
    const lesson = new Lesson(set.images, config.learn.heldOutShare, prefix);
    const taught = await takeLesson({ lesson, set, state, learner, viewSize, log, signal });
    const verdict = judge({
      candidate: taught.last.draft,
      active: state.heads.active,
      heldOut: [...gateSamples(state.memory.values()), ...lesson.judgedNegatives],
      tolerance: config.swap.tolerance,
    });
    if (!verdict.accepted) throw new RefusedError(`the new head was refused: ${verdict.reason}`);
    const { heads, store, memory } = state;
    const { head, parent } = heads.accept(heads.number(taught.last.draft));
    const { trainedOn } = taught.last;
    await store.saveActive({ head, parent, verdict, trainedOn, createdMs: Date.now() });
    await state.save(learner);
    return {
      images: set.images.length,
      objects: lesson.objects,
      classes: head.classes,
      heldOut: lesson.heldOutObjects,
      mended: set.mended,
      accepted: true,
      reason: verdict.reason,
      headVersion: head.version,
      headHash: headHash(head),
      verdicts: verdict.perClass,
      msPerImage: taught.msPerImage,
      updateMs: taught.updateMs,
      cpuMs: taught.cpuMs,
      memoryBytes: memory.bytes,
      memoryBytesMax: memory.bytesMax,
    };
  } finally {
    await learner.close();
  }
}

interface TakeLesson {
  readonly lesson: Lesson;
  readonly set: LabelledSet;
  readonly state: State;
  readonly learner: Learner;
  readonly viewSize: number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

interface Taught extends Pick<TeachReport, 'msPerImage' | 'updateMs' | 'cpuMs'> {
  readonly last: Update;
}

/** Looks at all pictures and learns them, a few dozen at a time. */
async function takeLesson(parts: TakeLesson): Promise<Taught> {
  const { lesson, set, state, learner, viewSize, log, signal } = parts;
  const { images } = set;
  const startedMs = performance.now();
  let last: Update | null = null;
  let updateMs = 0;
  let cpuMs: number | null = 0;
  for (let first = 0; first < images.length; first += imagesPerUpdate) {
    for (const [i, image] of images.slice(first, first + imagesPerUpdate).entries()) {
      signal.throwIfAborted();
      const picture = await loadPicture(image, { viewSize, sideMax: fullSideMax });
      lesson.take(image, await learner.examine(sceneOf(image, picture, viewSize)), first + i);
    }
    for (const sample of lesson.samples()) state.memory.insert(sample);
    const replay = () => trainingExamples(state.memory.values());
    last = await learner.update({ ...lesson.change(), removed: [], replay }, signal);
    updateMs += last.updateMs;
    cpuMs = cpuMs === null || last.cpuMs === null ? null : cpuMs + last.cpuMs;
    log.debug(`${Math.min(first + imagesPerUpdate, images.length)} of ${images.length} images`);
  }
  if (last === null) throw new RefusedError('the set holds no pictures');
  const msPerImage = (performance.now() - startedMs - updateMs) / images.length;
  return { last, msPerImage, updateMs, cpuMs };
}

function sceneOf(
  image: LabelledImage,
  picture: Pick<Scene, 'full' | 'width' | 'height' | 'view'>,
  viewSize: number,
): Scene {
  return {
    id: image.id,
    ...picture,
    viewSize,
    sourceWidth: image.width,
    sourceHeight: image.height,
    boxes: image.objects.filter(isLearned).map(({ class: label, box }) => ({ label, box })),
    // Crowds and objects that are hard to see are neither examples nor background.
    ignore: image.objects.filter((object) => !isLearned(object)).map(({ box }) => box),
    exhaustive: true,
  };
}

function isLearned({ crowd, difficult }: LabelledImage['objects'][number]): boolean {
  return !crowd && !difficult;
}

/** Turns the evidence of labelled pictures into changes and samples, and holds some back for the gate. */
class Lesson {
  readonly judgedNegatives: GateSample[] = [];
  objects = 0;
  heldOutObjects = 0;
  readonly #heldOut: HeldOut;
  readonly #perClass = new Map<string, number>();
  readonly #prefix: string;
  #added: Example[] = [];
  #samples: Sample[] = [];
  #backgrounds: Float32Array[] = [];
  #backgroundWeight = 1;

  constructor(images: readonly LabelledImage[], share: number, prefix: string) {
    this.#heldOut = new HeldOut(share, heldOutMax);
    this.#prefix = prefix;
    for (const { objects } of images) {
      for (const { class: name } of objects) {
        this.#perClass.set(name, (this.#perClass.get(name) ?? 0) + 1);
      }
    }
  }

  take(image: LabelledImage, evidence: Evidence, at: number): void {
    const learned = image.objects.filter(isLearned);
    for (const [i, example] of evidence.examples.entries()) {
      const { class: name, box } = learned[i]!;
      this.objects++;
      const enough = (this.#perClass.get(name) ?? 0) >= objectsMinToHoldOut;
      const heldOut = enough && this.#heldOut.decide(name, `${image.id}/${i}`);
      if (heldOut) this.heldOutObjects++;
      const sample = sampleOf(example, {
        id: `${this.#prefix}/${image.id}/${i}`,
        camera: 'teach',
        trackId: this.objects,
        clusterId: name,
        timestampMs: at,
        box,
        novelty: 0,
        thumbnail: new Uint8Array(0),
        label: { kind: 'class', class: name, by: 'set', atMs: at },
        heldOut,
      });
      this.#samples.push(sample);
      // What is taught is what memory holds, rounding included, so that it can be taken back exactly.
      if (!heldOut) this.#added.push(exampleOf(sample));
    }
    if (at % judgedNegativesEvery === judgedNegativesEvery - 1) {
      const room = judgedNegativesMax - this.judgedNegatives.length;
      this.judgedNegatives.push(...gateNegatives(evidence).slice(0, room));
    } else this.#added.push(...evidence.negatives);
    this.#backgrounds.push(evidence.background);
    this.#backgroundWeight = evidence.backgroundWeight;
  }

  /** The samples since the last call. */
  samples(): readonly Sample[] {
    const samples = this.#samples;
    this.#samples = [];
    return samples;
  }

  /** What is to be learned since the last call. */
  change(): { added: Example[]; background: Float32Array; backgroundWeight: number } {
    const background = joinRows(this.#backgrounds);
    const change = { added: this.#added, background, backgroundWeight: this.#backgroundWeight };
    this.#added = [];
    this.#backgrounds = [];
    return change;
  }
}
