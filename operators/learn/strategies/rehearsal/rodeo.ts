import { denseLatentLength } from '../../../detect/engines/engine.ts';
import { builtInLayout } from '../../../detect/engines/embedding-layout.ts';
import { unpackFloat16 } from '../../../foundation/numbers/float16.ts';
import { type Exemplar, exemplarRows, packExemplar } from './exemplar.ts';
import { ExemplarStore, largestGroup, unpackStore, type ChooseVictim } from './exemplar-store.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import type { Method, Packed, UpdateContext } from '../gradient/method.ts';
import { ProductQuantiser, trainQuantiser } from './product-quantiser.ts';
import type { TrainingExample } from '../gradient/training-rows.ts';
import type { Strategy } from '../../strategy.ts';

/** Values that share a code. */
const groupLength = 8;
/** Rows needed to train a quantiser. */
const rowsToTrain = { dense: 2048, crop: 512 };
/** Most rows a quantiser is trained on, and rounds of k-means. */
const training = { rowsMax: 1024, rounds: 6 };
/** Largest share of the own bytes for codebooks. */
const bookShare = 1 / 4;
/** Share of the own bytes at which waiting examples trigger the training of a quantiser. */
const waitShare = 1 / 2;
/** Most examples decoded per update: 20 MB with 25 cells and one crop each. */
const replayedMax = 2048;
/** Examples encoded between two pauses. */
const examplesPerPause = 16;

interface RodeoState {
  /** Float16 exemplars until there is a quantiser, codes from then on. */
  readonly store: ExemplarStore;
  readonly dense: ProductQuantiser | null;
  /** Null also as long as no example has a crop embedding. */
  readonly crop: ProductQuantiser | null;
}

/**
 * Replays latents compressed by a product quantiser to one byte per eight values. The quantiser is
 * trained once, on the first examples, and frozen; new examples too are trained on as decoded from
 * their codes.
 *
 * The paper keeps feature maps of whole pictures with their boxes and evicts the picture with the
 * fewest distinct labels. Here each item is one object with one label, so all tie, and a random
 * example of the largest class is evicted. The paper takes one step per new picture, with three
 * replayed ones; here an update has the same steps and balanced batches as for every method. Until
 * there are enough rows to train a quantiser, examples wait as float16.
 */
export const rodeoMethod: Method<RodeoState> = {
  name: 'rodeo',
  paper: 'RODEO: replay for online object detection, Acharya, Hayes and Kanan, 2020',
  ownShare: 0.75,
  keepsNegatives: false,
  tuning: { learningRate: 0.01 },
  empty: { store: new ExemplarStore(), dense: null, crop: null },
  bytes: ({ store, dense, crop }) => store.bytes + (dense?.bytes ?? 0) + (crop?.bytes ?? 0),
  pack: packState,
  unpack: unpackState,
  admit,
  move: (own, move) => ({ ...own, store: own.store.moved(move) }),
  examples: drawExamples,
};

/** A `rodeo` strategy that has learned nothing yet. */
export function createRodeo(options?: GradientOptions): Strategy {
  return new GradientStrategy(rodeoMethod, options);
}

async function admit(own: RodeoState, context: UpdateContext): Promise<RodeoState> {
  const { change, layers, ownBytesMax, random } = context;
  const chooseVictim: ChooseVictim = (groups, newcomer) => {
    const others = largestGroup(groups, null).filter((exemplar) => exemplar !== newcomer);
    return others[Math.floor(random() * others.length)] ?? newcomer!;
  };
  const store = own.store.without(change.removed);
  const newcomers = change.added
    .filter(({ label }) => label !== null)
    .map((example) => packExemplar(example, layers.crop.length));
  if (own.dense === null) {
    const all = new ExemplarStore([...store.all(), ...newcomers]);
    if (!isEnoughToTrain(all, ownBytesMax))
      return { ...own, store: store.fit(newcomers, ownBytesMax, chooseVictim) };
    return encodeAndStore({ ...own, store: new ExemplarStore() }, all.all(), context, chooseVictim);
  }
  return encodeAndStore({ ...own, store }, newcomers, context, chooseVictim);
}

function isEnoughToTrain(store: ExemplarStore, bytesMax: number): boolean {
  const exemplars = store.all();
  const cells = exemplars.reduce((sum, exemplar) => sum + exemplar.cells, 0);
  const crops = exemplars.reduce((sum, exemplar) => sum + exemplar.crops, 0);
  if (cells === 0) return false;
  if (store.bytes > waitShare * bytesMax) return true;
  return cells >= rowsToTrain.dense && (crops === 0 || crops >= rowsToTrain.crop);
}

/** Encodes and stores newcomers, after training missing quantisers on them. */
async function encodeAndStore(
  own: RodeoState,
  newcomers: readonly Exemplar[],
  context: UpdateContext,
  chooseVictim: ChooseVictim,
): Promise<RodeoState> {
  const examples = newcomers.map(exemplarRows);
  const dense = own.dense ?? (await train(examples, 'dense', denseLatentLength, context));
  const crop =
    own.crop ?? (await train(examples, 'embeddings', context.layers.crop.length, context));
  const coded: Exemplar[] = [];
  for (let from = 0; from < newcomers.length; from += examplesPerPause) {
    const group = examples.slice(from, from + examplesPerPause);
    const denseCodes = encode(dense, group, 'dense');
    const cropCodes = encode(crop, group, 'embeddings');
    group.forEach(({ denseTargets }, i) => {
      const payload = Uint8Array.from([
        ...denseCodes[i]!,
        ...cropCodes[i]!,
        ...denseTargets.map((target) => Math.round(255 * target)),
      ]);
      coded.push({ ...newcomers[from + i]!, payload });
    });
    await context.pause();
  }
  const books = (dense?.bytes ?? 0) + (crop?.bytes ?? 0);
  const store = own.store.fit(coded, context.ownBytesMax - books, chooseVictim);
  return { store, dense, crop };
}

type Part = 'dense' | 'embeddings';

async function train(
  examples: readonly TrainingExample[],
  part: Part,
  length: number,
  { random, pause, layers, ownBytesMax }: UpdateContext,
): Promise<ProductQuantiser | null> {
  const rows = joinRows(examples, part);
  const count = rows.length / length;
  if (count === 0) return null;
  const stride = Math.ceil(count / training.rowsMax);
  const chosen = new Float32Array(Math.ceil(count / stride) * length);
  for (let row = 0; row * stride < count; row++) {
    chosen.set(rows.subarray(row * stride * length, (row * stride + 1) * length), row * length);
  }
  const bytesPerWord = 2 * (denseLatentLength + layers.crop.length);
  const words = Math.min(256, Math.floor((bookShare * ownBytesMax) / bytesPerWord));
  const steps = trainQuantiser(chosen, {
    length,
    groupLength,
    words: Math.max(2, words),
    rounds: training.rounds,
    random,
  });
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await pause();
  }
}

function joinRows(examples: readonly TrainingExample[], part: Part): Float32Array {
  const joined = new Float32Array(examples.reduce((sum, example) => sum + example[part].length, 0));
  let at = 0;
  for (const { [part]: rows } of examples) {
    joined.set(rows instanceof Float32Array ? rows : unpackFloat16(rows), at);
    at += rows.length;
  }
  return joined;
}

/** Encodes one part of each example. */
function encode(
  quantiser: ProductQuantiser | null,
  examples: readonly TrainingExample[],
  part: Part,
): readonly Uint8Array[] {
  if (quantiser === null) return examples.map(() => new Uint8Array(0));
  const codes = quantiser.encode(joinRows(examples, part));
  let at = 0;
  return examples.map(({ [part]: rows }) => {
    const length = (rows.length / quantiser.length) * quantiser.codeLength;
    return codes.subarray(at, (at += length));
  });
}

/** All stored examples, or an equally large random share of each label's if there are too many. */
function drawExamples(
  { store, dense, crop }: RodeoState,
  { random }: UpdateContext,
): TrainingExample[] {
  const { labels } = store;
  const most = Math.max(1, Math.floor(replayedMax / labels.length));
  return labels.flatMap((label) => {
    const left = [...store.ofLabel(label)];
    const drawn =
      left.length <= most
        ? left
        : Array.from(
            { length: most },
            () => left.splice(Math.floor(random() * left.length), 1)[0]!,
          );
    return drawn.map((exemplar) => decode(exemplar, dense, crop));
  });
}

function decode(
  exemplar: Exemplar,
  dense: ProductQuantiser | null,
  crop: ProductQuantiser | null,
): TrainingExample {
  const { label, cells, crops, payload } = exemplar;
  if (payload instanceof Uint16Array) return exemplarRows(exemplar);
  const embeddingsFrom = cells * (dense?.codeLength ?? 0);
  const targetsFrom = embeddingsFrom + crops * (crop?.codeLength ?? 0);
  return {
    label,
    dense: dense?.decode(payload.subarray(0, embeddingsFrom)) ?? new Uint16Array(0),
    embeddings: crop?.decode(payload.subarray(embeddingsFrom, targetsFrom)) ?? new Uint16Array(0),
    denseTargets: Float32Array.from(payload.subarray(targetsFrom), (step) => step / 255),
  };
}

interface Header {
  readonly store: unknown;
  /**
   * Words of each quantiser, 0 for none; `look` is the one of crops. The keys are part of the file
   * format.
   */
  readonly words: { readonly dense: number; readonly look: number };
  /** Values of an embedding. Absent: as many as the built-in encoder's have. */
  readonly lookLength?: number;
}

function packState({ store, dense, crop }: RodeoState): Packed {
  const { header, blobs } = store.pack();
  const own: Header = {
    store: header,
    words: { dense: dense?.words ?? 0, look: crop?.words ?? 0 },
    ...(crop !== null && { lookLength: crop.length }),
  };
  const books = [dense, crop].flatMap((quantiser) => quantiser?.codebooks ?? []);
  return { header: own, blobs: [...books, ...blobs] };
}

function unpackState(header: unknown, take: (length: number) => ArrayBuffer): RodeoState {
  const { store, words, lookLength = builtInLayout.length } = header as Header;
  const takeQuantiser = (length: number, held: number) =>
    held === 0
      ? null
      : new ProductQuantiser(length, groupLength, held, new Uint16Array(take(2 * held * length)));
  const dense = takeQuantiser(denseLatentLength, words.dense);
  const crop = takeQuantiser(lookLength, words.look);
  return { dense, crop, store: unpackStore(store, take) };
}
