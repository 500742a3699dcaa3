import { denseLatentLength } from '../../../detect/engines/engine.ts';
import { startTfjsBackend, type TfjsBackend } from '../../../detect/engines/tfjs/tfjs-backend.ts';
import { seededRandom } from '../../../foundation/numbers/seeded-random.ts';
import { pauseOrAbort, runInSteps } from '../../../foundation/threads/run-in-steps.ts';
import { checkChange } from '../../examples/check-example.ts';
import type { Change, HeadDraft, Strategy } from '../../strategy.ts';
import { BytesError } from '../bytes-error.ts';
import { embeddingLengthOf } from '../embedding-option.ts';
import { FitRounds } from './fit-rounds.ts';
import type { GradientOptions, Tuning } from './gradient-options.ts';
import {
  countChange,
  emptyState,
  openState,
  sealState,
  stateBytes,
  type GradientState,
} from './gradient-state.ts';
import { carryOver, emptyLayer, renameRows } from './layer-rows.ts';
import type { LayerContext, LayerName, Method, TrainedLayer, UpdateContext } from './method.ts';
import { crossEntropy, trainLayer } from './train-layer.ts';
import { TrainingRows, type TrainingExample } from './training-rows.ts';

const defaults = { seed: 1, steps: 150, batch: 128, bytesMax: Infinity };
const defaultTuning: Tuning = { learningRate: 0.003, weightDecay: 1e-3, hold: 1 };
/** Background cells kept by default: 1 MiB. */
const backgroundCells = 4096;
/** Background embeddings kept: 0.6 MB. */
const backgroundEmbeddings = 256;
/** Share of the background's bytes for cells; embeddings get the rest. */
const cellShare = 2 / 3;

/**
 * Trains the head's two linear layers by gradient descent, as a {@link Method} defines.
 *
 * A method may change the number of steps, the start (by default the last head) and the settings.
 * The same for all are: rows per step; a learning rate that falls to zero within an update; how
 * batches are drawn; a bounded uniform sample of background; and objectness, a class-agnostic
 * regression that is solved instead of trained. Runs on TensorFlow.js, with libtensorflow if it is
 * installed, else WebAssembly. The same seed and backend give the same draft, with libtensorflow
 * only on a single thread.
 *
 * An update rejects with a {@link BytesError} if `bytesMax` is too small for what has to be kept.
 */
export class GradientStrategy<Own> implements Strategy {
  readonly #method: Method<Own>;
  /** Values of a row of each layer. */
  readonly #lengths: Readonly<Record<LayerName, number>>;
  readonly #options: typeof defaults & Tuning & Pick<GradientOptions, 'backend'>;
  readonly #pause: () => Promise<void>;
  #backend: Promise<TfjsBackend> | null = null;
  #state: GradientState<Own>;

  constructor(method: Method<Own>, { pause, embedding, ...options }: GradientOptions = {}) {
    this.#method = method;
    const crop = embeddingLengthOf(embedding === undefined ? {} : { embedding });
    this.#lengths = { dense: denseLatentLength, crop };
    this.#options = { ...defaults, ...defaultTuning, ...method.tuning, ...options };
    this.#pause = pause ?? (() => Promise.resolve());
    this.#state = emptyState(method.empty, this.#lengths.crop);
  }

  get name(): string {
    return this.#method.name;
  }

  get paper(): string {
    return this.#method.paper;
  }

  get classes(): readonly string[] {
    return this.#state.classes.names;
  }

  get stateBytes(): number {
    return stateBytes(this.#state, this.#method);
  }

  async update(change: Change, signal?: AbortSignal): Promise<HeadDraft> {
    signal?.throwIfAborted();
    await runInSteps(checkChange(change, this.#lengths.crop), this.#pause, signal);
    const method = this.#method;
    const before = renameRows(this.#state.classes.names, change.moved ?? []);
    const steps = countChange(this.#state, before, change);
    const counted = await runInSteps(steps, this.#pause, signal);
    const { classes, dense, crop } = counted;
    const room = this.#room(counted, change);
    const context: UpdateContext = {
      change,
      classes: classes.names,
      before,
      layers: {
        dense,
        crop: crop ?? carryOver(emptyLayer(this.#lengths.crop), [], classes.names),
      },
      ownBytesMax: room.own,
      // Every update has its own random stream, so that a restored strategy continues identically.
      random: seededRandom(this.#options.seed + counted.updates * 2 ** 32),
      pause: () => pauseOrAbort(this.#pause, signal),
    };
    const offered = this.#offerBackground(counted, context, room);
    const admitted = method.admit?.(counted.own, context) ?? counted.own;
    const own = moveClasses(await admitted, method, context);
    const ready = { ...offered, own };
    const trained = await this.#train(ready, method.examples(own, context), context);
    const consolidate = method.consolidate ?? (() => own);
    const state = {
      ...ready,
      dense: trained.dense?.plain ?? dense,
      crop: trained.crop?.plain ?? crop,
      own: await consolidate(own, context, trained),
    };
    this.#refuseExcess(stateBytes(state, method), state);
    const objectness = state.objectness.solve();
    signal?.throwIfAborted();
    this.#state = state;
    const { activation = 'softmax', threshold = 0.35 } = method.output ?? {};
    return {
      strategy: this.name,
      classes: context.classes,
      objectness,
      dense: state.dense,
      crop: state.crop,
      activation,
      thresholds: new Float32Array(context.classes.length).fill(threshold),
    };
  }

  save(): Uint8Array {
    return sealState(this.#state, this.#method);
  }

  restore(bytes: Uint8Array): void {
    this.#state = openState(bytes, this.#method, this.#lengths.crop);
  }

  /** Divides what layers and sums leave of `bytesMax` between the own state and the background. */
  #room(state: GradientState<Own>, { added }: Change): Room {
    const { bytesMax } = this.#options;
    const { ownShare, keepsNegatives } = this.#method;
    const { objectness, scales, classes } = state;
    const hasCrops = state.crop !== null || added.some(({ embeddings }) => embeddings.length > 0);
    const values = denseLatentLength + 1 + (hasCrops ? this.#lengths.crop + 1 : 0);
    const layers = 4 * values * classes.names.length;
    const fixed = objectness.bytes + scales.dense.bytes + scales.crop.bytes + layers;
    this.#refuseExcess(fixed, state);
    const own = ownShare === 0 ? 0 : (bytesMax - fixed) * ownShare;
    const background = ownShare === 1 ? 0 : (bytesMax - fixed) * (1 - ownShare);
    const forCells = keepsNegatives ? background : background * cellShare;
    const rows = (bytes: number, length: number) => Math.floor(bytes / (2 * length));
    const cellsMax = this.#method.backgroundCells ?? backgroundCells;
    return {
      own,
      cells: Math.min(cellsMax, rows(forCells, denseLatentLength)),
      embeddings: keepsNegatives
        ? 0
        : Math.min(backgroundEmbeddings, rows(background * (1 - cellShare), this.#lengths.crop)),
    };
  }

  #refuseExcess(needed: number, { classes }: GradientState<Own>): void {
    const { bytesMax } = this.#options;
    if (needed <= bytesMax) return;
    const { length } = classes.names;
    throw new BytesError({ strategy: this.name, needed, classes: length, allowed: bytesMax });
  }

  #offerBackground(
    state: GradientState<Own>,
    { change, random }: UpdateContext,
    room: Room,
  ): GradientState<Own> {
    const { keepsNegatives } = this.#method;
    const negatives = keepsNegatives ? [] : change.added.filter(({ label }) => label === null);
    const cells = [change.background, ...negatives.map(({ dense }) => dense)];
    const embeddings = negatives.map((example) => example.embeddings);
    return {
      ...state,
      cells: state.cells.with(cells, room.cells, random),
      backgroundEmbeddings: state.backgroundEmbeddings.with(embeddings, room.embeddings, random),
    };
  }

  /**
   * Trains each layer that has rows; the crop layer starts with the first embeddings of a class.
   */
  async #train(
    state: GradientState<Own>,
    examples: readonly TrainingExample[],
    context: UpdateContext,
  ): Promise<Partial<Record<LayerName, TrainedLayer>>> {
    const trained: Partial<Record<LayerName, TrainedLayer>> = {};
    for (const layer of ['dense', 'crop'] as const) {
      const rows = new TrainingRows(this.#lengths[layer], context.classes);
      for (const { label, dense, denseTargets, embeddings } of examples) {
        if (layer === 'dense') rows.add(dense, label, denseTargets);
        else rows.add(embeddings, label);
      }
      const hasRows =
        state[layer] === null
          ? rows.groups.slice(0, -1).some((group) => group.length > 0)
          : rows.count > 0;
      if (!hasRows || context.classes.length === 0) continue;
      rows.add(layer === 'dense' ? state.cells.rows : state.backgroundEmbeddings.rows, null);
      const scale = state.scales[layer];
      const start = scale.standardise(context.layers[layer]);
      if (this.#method.fromScratch === true) start.fill(0);
      const { hold } = this.#options;
      const task = { ...context, layer, examples, rows, scale, hold, start };
      trained[layer] = await this.#descend(state.own, task);
    }
    return trained;
  }

  async #descend(own: Own, context: LayerContext): Promise<TrainedLayer> {
    const { rows, scale, start, random, pause } = context;
    const { objective = () => crossEntropy, stepsFactor = 1, roundsMax = 1 } = this.#method;
    const { batch, learningRate, weightDecay } = this.#options;
    const steps = Math.round(this.#options.steps * stepsFactor);
    const { core } = await this.#startBackend();
    // The first start loads TensorFlow.js, which takes as long as dozens of steps.
    await pause();
    const target = objective(own, context);
    const settings = { steps, batch, learningRate, weightDecay, random, afterStep: pause };
    let trained = start;
    const fit = new FitRounds(steps);
    do {
      const watch = (wrongShare: number): void => fit.add(wrongShare);
      trained = await trainLayer(core, trained, rows, scale, target, { ...settings, watch });
    } while (fit.endRound() && fit.rounds < roundsMax);
    return { ...context, trained, plain: scale.unstandardise(trained) };
  }

  async #startBackend(): Promise<TfjsBackend> {
    this.#backend ??= startTfjsBackend(this.#options.backend);
    try {
      return await this.#backend;
    } catch (error) {
      // The next update tries again.
      this.#backend = null;
      throw error;
    }
  }
}

/** Moves classes in a method's own state. */
function moveClasses<Own>(own: Own, { move }: Method<Own>, { change }: UpdateContext): Own {
  if (move === undefined) return own;
  return (change.moved ?? []).reduce(move, own);
}

/** Limits of one update. */
interface Room {
  /** Bytes of the method's own state. */
  readonly own: number;
  /** Background cells. */
  readonly cells: number;
  /** Background embeddings. */
  readonly embeddings: number;
}
