import { denseLatentLength, cropEmbeddingLength } from '../../../detect/engines/engine.ts';
import { startTfjsBackend, type TfjsBackend } from '../../../detect/engines/tfjs/tfjs-backend.ts';
import { seededRandom } from '../../../foundation/numbers/seeded-random.ts';
import { checkExample, checkRows } from '../../examples/check-example.ts';
import type { Change, HeadDraft, Strategy } from '../../strategy.ts';
import { BytesError } from '../bytes-error.ts';
import type { GradientOptions, Tuning } from './gradient-options.ts';
import {
  countIn,
  emptyState,
  openState,
  sealState,
  stateBytes,
  type GradientState,
} from './gradient-state.ts';
import { carryOver, emptyLayer } from './layer-rows.ts';
import type { LayerContext, LayerName, Method, TrainedLayer, UpdateContext } from './method.ts';
import { crossEntropy, trainLayer } from './train-layer.ts';
import { TrainingRows, type TrainingExample } from './training-rows.ts';

const defaults = { seed: 1, steps: 150, batch: 128, bytesMax: Infinity };
const defaultTuning: Tuning = { learningRate: 0.003, weightDecay: 1e-3, hold: 1 };
/** 4,096 cells: 1 MiB. */
const backgroundCells = 4096;
/** Looks of nothing: 0.6 MB. */
const backgroundLooks = 256;
/** Of the bytes for background; looks of nothing get the rest. */
const cellShare = 2 / 3;
const lengths = { dense: denseLatentLength, look: cropEmbeddingLength };

/**
 * Trains the head's two linear layers by gradient descent, in the manner of a {@link Method}.
 *
 * The same for all methods, but where one says otherwise: the number of steps; the start from the last head; settings.
 * Always the same: rows a step; a learning rate that falls to zero over an update; the draw of batches; a bounded
 * uniform sample of background; the objectness, which is a regression of no class and so is solved, not descended. Trains on TensorFlow.js: libtensorflow where it is installed, else WebAssembly. The same
 * seed and backend give the same draft; libtensorflow promises that on one thread only.
 *
 * An update rejects with a RangeError where `bytesMax` is too small for what has to be kept.
 */
export class GradientStrategy<Own> implements Strategy {
  readonly #method: Method<Own>;
  readonly #options: typeof defaults & Tuning & Pick<GradientOptions, 'backend'>;
  readonly #pause: () => Promise<void>;
  #backend: Promise<TfjsBackend> | null = null;
  #state: GradientState<Own>;

  constructor(method: Method<Own>, { pause, ...options }: GradientOptions = {}) {
    this.#method = method;
    this.#options = { ...defaults, ...defaultTuning, ...method.tuning, ...options };
    this.#pause = pause ?? (() => Promise.resolve());
    this.#state = emptyState(method.empty);
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
    for (const example of [...change.added, ...change.removed]) checkExample(example);
    checkRows(change.background, denseLatentLength, 'background');
    const method = this.#method;
    const counted = countIn(this.#state, change);
    const { classes, dense, look } = counted;
    const room = this.#room(counted, change);
    const context: UpdateContext = {
      change,
      classes: classes.names,
      before: this.#state.classes.names,
      layers: {
        dense,
        look: look ?? carryOver(emptyLayer(cropEmbeddingLength), [], classes.names),
      },
      ownBytesMax: room.own,
      // Every update has its own stream of chance, so that a restored strategy goes on where it was.
      random: seededRandom(this.#options.seed + counted.updates * 2 ** 32),
      pause: async () => {
        await this.#pause();
        signal?.throwIfAborted();
      },
    };
    const offered = this.#offerBackground(counted, context, room);
    const own = method.admit === undefined ? counted.own : await method.admit(counted.own, context);
    const ready = { ...offered, own };
    const trained = await this.#train(ready, method.lessons(own, context), context);
    const consolidate = method.consolidate ?? (() => own);
    const state = {
      ...ready,
      dense: trained.dense?.plain ?? dense,
      look: trained.look?.plain ?? look,
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
      crop: state.look,
      activation,
      thresholds: new Float32Array(context.classes.length).fill(threshold),
    };
  }

  save(): Uint8Array {
    return sealState(this.#state, this.#method);
  }

  restore(bytes: Uint8Array): void {
    this.#state = openState(bytes, this.#method);
  }

  /** What of `bytesMax` is left for the own state (bytes) and the background (rows) once layers and sums have theirs. */
  #room(state: GradientState<Own>, { added }: Change): Room {
    const { bytesMax } = this.#options;
    const { ownShare, bringsNegatives } = this.#method;
    const { objectness, scales, classes } = state;
    const looked = state.look !== null || added.some(({ embeddings }) => embeddings.length > 0);
    const values = denseLatentLength + 1 + (looked ? cropEmbeddingLength + 1 : 0);
    const layers = 4 * values * classes.names.length;
    const fixed = objectness.bytes + scales.dense.bytes + scales.look.bytes + layers;
    this.#refuseExcess(fixed, state);
    const own = ownShare === 0 ? 0 : (bytesMax - fixed) * ownShare;
    const background = ownShare === 1 ? 0 : (bytesMax - fixed) * (1 - ownShare);
    const forCells = bringsNegatives ? background : background * cellShare;
    const rows = (bytes: number, length: number) => Math.floor(bytes / (2 * length));
    const cellsMax = this.#method.backgroundCells ?? backgroundCells;
    return {
      own,
      cells: Math.min(cellsMax, rows(forCells, denseLatentLength)),
      looks: bringsNegatives
        ? 0
        : Math.min(backgroundLooks, rows(background * (1 - cellShare), cropEmbeddingLength)),
    };
  }

  #refuseExcess(bytes: number, { classes }: GradientState<Own>): void {
    const { bytesMax } = this.#options;
    if (bytes <= bytesMax) return;
    const { length } = classes.names;
    throw new BytesError({
      ...{ strategy: this.name, needed: bytes, classes: length, allowed: bytesMax },
    });
  }

  #offerBackground(
    state: GradientState<Own>,
    { change, random }: UpdateContext,
    room: Room,
  ): GradientState<Own> {
    const { bringsNegatives } = this.#method;
    const negatives = bringsNegatives ? [] : change.added.filter(({ label }) => label === null);
    const cells = [change.background, ...negatives.map(({ dense }) => dense)];
    const looks = negatives.map((example) => example.embeddings);
    return {
      ...state,
      cells: state.cells.with(cells, room.cells, random),
      looks: state.looks.with(looks, room.looks, random),
    };
  }

  /** Trains each layer that the lessons have rows for; the look layer begins with the first looks of a class. */
  async #train(
    state: GradientState<Own>,
    lessons: readonly TrainingExample[],
    context: UpdateContext,
  ): Promise<Partial<Record<LayerName, TrainedLayer>>> {
    const trained: Partial<Record<LayerName, TrainedLayer>> = {};
    for (const layer of ['dense', 'look'] as const) {
      const rows = new TrainingRows(lengths[layer], context.classes);
      for (const { label, dense, denseTargets, embeddings: looks } of lessons) {
        if (layer === 'dense') rows.add(dense, label, denseTargets);
        else rows.add(looks, label);
      }
      const teaches =
        state[layer] === null
          ? rows.groups.slice(0, -1).some((group) => group.length > 0)
          : rows.count > 0;
      if (!teaches || context.classes.length === 0) continue;
      rows.add(layer === 'dense' ? state.cells.rows : state.looks.rows, null);
      const scale = state.scales[layer];
      const start = scale.standardise(context.layers[layer]);
      if (this.#method.fromScratch === true) start.fill(0);
      const { hold } = this.#options;
      const task = { ...context, layer, lessons, rows, scale, hold, start };
      trained[layer] = await this.#descend(state.own, task);
    }
    return trained;
  }

  async #descend(own: Own, context: LayerContext): Promise<TrainedLayer> {
    const { rows, scale, start, random, pause } = context;
    const { objective = () => crossEntropy, stepsFactor = 1 } = this.#method;
    const { steps, batch, learningRate, weightDecay } = this.#options;
    this.#backend ??= startTfjsBackend(this.#options.backend);
    const { core } = await this.#backend;
    const trained = await trainLayer(core, start, rows, scale, objective(own, context), {
      steps: Math.round(steps * stepsFactor),
      batch,
      learningRate,
      weightDecay,
      random,
      afterStep: pause,
    });
    return { ...context, trained, plain: scale.unstandardise(trained) };
  }
}

/** What there is room for. */
interface Room {
  /** Bytes. */
  readonly own: number;
  /** Rows. */
  readonly cells: number;
  /** Rows. */
  readonly looks: number;
}
