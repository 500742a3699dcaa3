import { denseLatentLength, lookLatentLength } from '../../detect/engine.ts';
import type { LinearLayer } from '../../detect/head.ts';
import { startTfjsBackend, type TfjsBackend } from '../../detect/runtimes/tfjs-backend.ts';
import { seededRandom } from '../../ingest/seeded-random.ts';
import { openFile, sealFile } from '../../remember/sealed-file.ts';
import { BackgroundReservoir } from '../background-reservoir.ts';
import { checkExample, checkRows } from '../check-example.ts';
import { ClassCounts } from '../class-counts.ts';
import type { Change, Example, HeadDraft, Strategy } from '../strategy.ts';
import { densePenalty, RidgeLayer } from './ridge-layer.ts';
import { trainSoftmax, type TrainingRows } from './softmax-layer.ts';

/** Settings of {@link ReplayStrategy}. */
export interface ReplayOptions {
  /** Seeds the batches and the choice of background cells. Default 1. */
  readonly seed?: number;
  /** Steps of Adam for each of the two layers. At least 1, default 150. */
  readonly steps?: number;
  /** Rows a step. At least 1, default 128. */
  readonly batch?: number;
  /** Default 0.03. */
  readonly learningRate?: number;
  /** `wasm` does not look for libtensorflow; the result depends on the backend in its last bits. */
  readonly backend?: 'wasm';
  /** Awaited after every step. */
  readonly pause?: () => Promise<void>;
}

const defaults = { seed: 1, steps: 150, batch: 128, learningRate: 0.03 };
const weightDecay = 1e-4;
/** 4,096 cells: 2 MiB. */
const backgroundCells = 4096;

const kind = { name: 'replay state', magic: 'LLREPLAY', version: 1 };

interface ReplayState {
  readonly updates: number;
  readonly classes: ClassCounts;
  readonly background: BackgroundReservoir;
  readonly dense: LinearLayer;
  readonly look: LinearLayer | null;
}

/**
 * Plain experience replay: fine-tunes the head with Adam on everything the sample memory holds, old and new
 * classes in equal shares, for a fixed number of steps, starting from the last head. What
 * the memory let go is not trained on any more and may be forgotten.
 *
 * Trains on TensorFlow.js: libtensorflow where it is installed, else WebAssembly. The same seed
 * and backend give the same draft; libtensorflow promises that on one thread only. Objectness is
 * a regression here too, so it is solved, not descended.
 * "Experience replay for continual learning", Rolnick et al., 2019.
 */
export class ReplayStrategy implements Strategy {
  readonly name = 'replay';
  readonly paper = 'Experience replay for continual learning, Rolnick et al., 2019';
  readonly #options: typeof defaults & Pick<ReplayOptions, 'backend'>;
  readonly #pause: () => Promise<void>;
  #backend: Promise<TfjsBackend> | null = null;
  #state: ReplayState = {
    updates: 0,
    classes: new ClassCounts(),
    background: new BackgroundReservoir(backgroundCells),
    dense: emptyLayer(denseLatentLength),
    look: null,
  };

  constructor({ pause, ...options }: ReplayOptions = {}) {
    this.#options = { ...defaults, ...options };
    this.#pause = pause ?? (() => Promise.resolve());
  }

  get classes(): readonly string[] {
    return this.#state.classes.names;
  }

  get stateBytes(): number {
    const { background, dense, look } = this.#state;
    return background.cells.byteLength + layerBytes(dense) + (look === null ? 0 : layerBytes(look));
  }

  async update(change: Change, signal?: AbortSignal): Promise<HeadDraft> {
    signal?.throwIfAborted();
    checkRows(change.background, denseLatentLength, 'background');
    const classes = this.#state.classes.clone();
    for (const { label } of change.added) if (label !== null) classes.count(label, 1);
    for (const { label } of change.removed) if (label !== null) classes.count(label, -1);
    const updates = this.#state.updates + 1;
    // Every update has its own stream of chance, so that a restored strategy goes on where it was.
    const random = seededRandom(this.#options.seed + updates * 2 ** 32);
    const background = this.#state.background.with(change.background, random);
    const known = new Set(classes.names);
    const examples = change.replay().filter(({ label }) => label === null || known.has(label));
    for (const example of examples) checkExample(example);

    this.#backend ??= startTfjsBackend(this.#options.backend);
    const { core } = await this.#backend;
    const afterStep = async () => {
      await this.#pause();
      signal?.throwIfAborted();
    };
    const names = classes.names;
    const options = { ...this.#options, weightDecay, random, afterStep };
    const before = this.#state;
    const dense = await trainSoftmax(
      core,
      carryOver(before.dense, before.classes.names, names, denseLatentLength),
      denseRows(examples, names, background.cells),
      options,
    );
    const lookData = lookRows(examples, names);
    const look =
      before.look === null && !lookData.groups.slice(0, -1).some((group) => group.length > 0)
        ? null
        : await trainSoftmax(
            core,
            carryOver(before.look, before.classes.names, names, lookLatentLength),
            lookData,
            options,
          );
    const objectness = solveObjectness(examples, background.cells);
    signal?.throwIfAborted();
    this.#state = { updates, classes, background, dense, look };
    return {
      strategy: this.name,
      classes: names,
      objectness,
      dense,
      look,
      activation: 'softmax',
      thresholds: new Float32Array(names.length).fill(0.35),
    };
  }

  save(): Uint8Array {
    const { updates, classes, background, dense, look } = this.#state;
    const header: Header = {
      updates,
      classes: classes.entries,
      cells: background.cells.length,
      seen: background.seen,
      hasLook: look !== null,
    };
    const layers = look === null ? [dense] : [dense, look];
    const vectors = layers.flatMap(({ weights, bias }) => [weights, bias]);
    return sealFile(kind, header, [background.cells, ...vectors]);
  }

  restore(bytes: Uint8Array): void {
    const { header, take } = openFile(kind, bytes);
    // The checksum vouches for the shape: only save wrote it.
    const { updates, classes, cells, seen, hasLook } = header as Header;
    const takeFloats = (length: number) => new Float32Array(take(4 * length));
    const takeLayer = (length: number): LinearLayer => ({
      weights: takeFloats(classes.length * length),
      bias: takeFloats(classes.length),
      length,
    });
    this.#state = {
      updates,
      classes: new ClassCounts(classes),
      background: new BackgroundReservoir(backgroundCells, takeFloats(cells), seen),
      dense: takeLayer(denseLatentLength),
      look: hasLook ? takeLayer(lookLatentLength) : null,
    };
  }
}

interface Header {
  readonly updates: number;
  readonly classes: readonly (readonly [string, number])[];
  readonly cells: number;
  readonly seen: number;
  readonly hasLook: boolean;
}

function emptyLayer(length: number): LinearLayer {
  return { weights: new Float32Array(0), bias: new Float32Array(0), length };
}

function layerBytes({ weights, bias }: LinearLayer): number {
  return weights.byteLength + bias.byteLength;
}

/** The old layer's rows for the classes that stay, zeros for new ones. */
function carryOver(
  old: LinearLayer | null,
  oldNames: readonly string[],
  names: readonly string[],
  length: number,
): LinearLayer {
  const layer = {
    weights: new Float32Array(names.length * length),
    bias: new Float32Array(names.length),
    length,
  };
  names.forEach((name, row) => {
    const from = oldNames.indexOf(name);
    if (old === null || from < 0) return;
    layer.weights.set(old.weights.subarray(from * length, (from + 1) * length), row * length);
    layer.bias[row] = old.bias[from]!;
  });
  return layer;
}

function denseRows(
  examples: readonly Example[],
  names: readonly string[],
  background: Float32Array,
): TrainingRows {
  const parts = examples.map(({ dense, denseTargets, label }) => ({
    rows: dense,
    targets: denseTargets,
    label,
  }));
  const rest = new Float32Array(background.length / denseLatentLength);
  return collectRows([...parts, { rows: background, targets: rest, label: null }], names);
}

function lookRows(examples: readonly Example[], names: readonly string[]): TrainingRows {
  const parts = examples.map(({ looks, label }) => ({
    rows: looks,
    targets: new Float32Array(looks.length / lookLatentLength).fill(1),
    label,
  }));
  return collectRows(parts, names);
}

function collectRows(
  parts: readonly {
    readonly rows: Float32Array;
    readonly targets: Float32Array;
    readonly label: string | null;
  }[],
  names: readonly string[],
): TrainingRows {
  const count = parts.reduce((sum, { targets }) => sum + targets.length, 0);
  const rows = new Float32Array(parts.reduce((sum, part) => sum + part.rows.length, 0));
  const targets = new Float32Array(count * names.length);
  const groups = Array.from({ length: names.length + 1 }, (): number[] => []);
  let row = 0;
  let offset = 0;
  for (const part of parts) {
    rows.set(part.rows, offset);
    offset += part.rows.length;
    const column = part.label === null ? names.length : names.indexOf(part.label);
    for (const target of part.targets) {
      if (part.label !== null) targets[row * names.length + column] = target;
      groups[column]!.push(row++);
    }
  }
  return { rows, targets, groups };
}

function solveObjectness(
  examples: readonly Example[],
  background: Float32Array,
): HeadDraft['objectness'] {
  const layer = new RidgeLayer(denseLatentLength, densePenalty);
  for (const { label, dense, denseTargets } of examples) {
    if (label === null) layer.addNegatives(dense, 1);
    else layer.addExample('object', { rows: dense, targets: denseTargets, weight: 1 }, 1);
  }
  layer.addNegatives(background, 1);
  const steps = layer.solve(['object']);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value.anyClass;
  }
}
