import { denseLatentLength, cropEmbeddingLength } from '../../../detect/engines/engine.ts';
import { unpackFloat16 } from '../../../foundation/numbers/float16.ts';
import { type Exemplar, exemplarRows, packExemplar } from './exemplar.ts';
import { ExemplarStore, largestGroup, unpackStore, type Victim } from './exemplar-store.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import type { Method, Packed, UpdateContext } from '../gradient/method.ts';
import { ProductQuantiser, trainQuantiser } from './product-quantiser.ts';
import type { TrainingExample } from '../gradient/training-rows.ts';

/** Values that share a code. */
const groupLength = 8;
/** Rows, dense or look, from which on a quantiser is worth its name. */
const rowsToTrain = { dense: 2048, look: 512 };
/** Rows that a quantiser is trained on at most, and rounds of k-means. */
const training = { rowsMax: 1024, rounds: 6 };
/** Share of the own bytes that codebooks may take. */
const bookShare = 1 / 4;
/** Share of the own bytes at which examples that still wait for a quantiser are too many. */
const waitShare = 1 / 2;
/** Examples that are decoded for an update at most: 20 MB with 25 cells and one look each. */
const replayedMax = 2048;
/** Examples that are coded between two pauses. */
const examplesPerPause = 16;

interface RodeoState {
  /** Float16 while there is no quantiser, codes from then on. */
  readonly store: ExemplarStore;
  readonly dense: ProductQuantiser | null;
  /** Null also where no look has come since. */
  readonly look: ProductQuantiser | null;
}

/**
 * Replays latents that a product quantiser has compressed to a byte for eight values. The quantiser is trained once, on the
 * first examples that come, and frozen; new examples too are learned as what their codes stand for.
 *
 * The paper keeps whole pictures' feature maps with their boxes, and lets the picture with the fewest
 * different labels go first. What is kept here is one object, with one label: all tie, and the tie falls to a
 * random example of the class that has most. The paper takes a step for each new
 * picture with three replayed ones; here an update has the same steps and balanced batches as every method. Until a
 * quantiser has enough to be trained on, examples wait as float16.
 */
export const rodeo: Method<RodeoState> = {
  name: 'rodeo',
  paper: 'RODEO: replay for online object detection, Acharya, Hayes and Kanan, 2020',
  ownShare: 0.75,
  bringsNegatives: false,
  tuning: { learningRate: 0.01 },
  empty: { store: new ExemplarStore(), dense: null, look: null },
  bytes: ({ store, dense, look }) => store.bytes + (dense?.bytes ?? 0) + (look?.bytes ?? 0),
  pack: packState,
  unpack: unpackState,
  admit,
  lessons: drawLessons,
};

/** A `rodeo` strategy that has learned nothing yet. */
export function createRodeo(options?: GradientOptions): GradientStrategy<RodeoState> {
  return new GradientStrategy(rodeo, options);
}

async function admit(own: RodeoState, context: UpdateContext): Promise<RodeoState> {
  const { change, ownBytesMax, random } = context;
  const victim: Victim = (groups, newcomer) => {
    const others = largestGroup(groups, null).filter((exemplar) => exemplar !== newcomer);
    return others[Math.floor(random() * others.length)] ?? newcomer!;
  };
  const store = own.store.without(change.removed);
  const newcomers = change.added.filter(({ label }) => label !== null).map(packExemplar);
  if (own.dense === null) {
    const all = new ExemplarStore([...store.all(), ...newcomers]);
    if (!isEnough(all, ownBytesMax))
      return { ...own, store: store.fit(newcomers, ownBytesMax, victim) };
    return code({ ...own, store: new ExemplarStore() }, all.all(), context, victim);
  }
  return code({ ...own, store }, newcomers, context, victim);
}

function isEnough(store: ExemplarStore, bytesMax: number): boolean {
  const exemplars = store.all();
  const cells = exemplars.reduce((sum, exemplar) => sum + exemplar.cells, 0);
  const looks = exemplars.reduce((sum, exemplar) => sum + exemplar.embeddings, 0);
  if (cells === 0) return false;
  if (store.bytes > waitShare * bytesMax) return true;
  return cells >= rowsToTrain.dense && (looks === 0 || looks >= rowsToTrain.look);
}

/** Codes newcomers and takes them in, after training the quantisers that are missing on them. */
async function code(
  own: RodeoState,
  newcomers: readonly Exemplar[],
  context: UpdateContext,
  victim: Victim,
): Promise<RodeoState> {
  const lessons = newcomers.map(exemplarRows);
  const dense = own.dense ?? (await train(lessons, 'dense', denseLatentLength, context));
  const look = own.look ?? (await train(lessons, 'embeddings', cropEmbeddingLength, context));
  const coded: Exemplar[] = [];
  for (let from = 0; from < newcomers.length; from += examplesPerPause) {
    const some = lessons.slice(from, from + examplesPerPause);
    const denseCodes = encode(dense, some, 'dense');
    const lookCodes = encode(look, some, 'embeddings');
    some.forEach(({ denseTargets }, i) => {
      const payload = Uint8Array.from([
        ...denseCodes[i]!,
        ...lookCodes[i]!,
        ...denseTargets.map((target) => Math.round(255 * target)),
      ]);
      coded.push({ ...newcomers[from + i]!, payload });
    });
    await context.pause();
  }
  const books = (dense?.bytes ?? 0) + (look?.bytes ?? 0);
  const store = own.store.fit(coded, context.ownBytesMax - books, victim);
  return { store, dense, look };
}

type Part = 'dense' | 'embeddings';

async function train(
  lessons: readonly TrainingExample[],
  part: Part,
  length: number,
  { random, pause, ownBytesMax }: UpdateContext,
): Promise<ProductQuantiser | null> {
  const rows = joinRows(lessons, part);
  const count = rows.length / length;
  if (count === 0) return null;
  const stride = Math.ceil(count / training.rowsMax);
  const chosen = new Float32Array(Math.ceil(count / stride) * length);
  for (let row = 0; row * stride < count; row++) {
    chosen.set(rows.subarray(row * stride * length, (row * stride + 1) * length), row * length);
  }
  const bytesPerWord = 2 * (denseLatentLength + cropEmbeddingLength);
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

function joinRows(lessons: readonly TrainingExample[], part: Part): Float32Array {
  const joined = new Float32Array(lessons.reduce((sum, lesson) => sum + lesson[part].length, 0));
  let at = 0;
  for (const { [part]: rows } of lessons) {
    joined.set(rows instanceof Float32Array ? rows : unpackFloat16(rows), at);
    at += rows.length;
  }
  return joined;
}

/** The codes of each lesson. */
function encode(
  quantiser: ProductQuantiser | null,
  lessons: readonly TrainingExample[],
  part: Part,
): readonly Uint8Array[] {
  if (quantiser === null) return lessons.map(() => new Uint8Array(0));
  const codes = quantiser.encode(joinRows(lessons, part));
  let at = 0;
  return lessons.map(({ [part]: rows }) => {
    const length = (rows.length / quantiser.length) * quantiser.codeLength;
    return codes.subarray(at, (at += length));
  });
}

/** All that is stored, or of each label a random share, equally many where it has them. */
function drawLessons(
  { store, dense, look }: RodeoState,
  { random }: UpdateContext,
): TrainingExample[] {
  const { labels } = store;
  const most = Math.max(1, Math.floor(replayedMax / labels.length));
  return labels.flatMap((label) => {
    const left = [...store.of(label)];
    const drawn =
      left.length <= most
        ? left
        : Array.from(
            { length: most },
            () => left.splice(Math.floor(random() * left.length), 1)[0]!,
          );
    return drawn.map((exemplar) => decode(exemplar, dense, look));
  });
}

function decode(
  exemplar: Exemplar,
  dense: ProductQuantiser | null,
  look: ProductQuantiser | null,
): TrainingExample {
  const { label, cells, embeddings, payload } = exemplar;
  if (payload instanceof Uint16Array) return exemplarRows(exemplar);
  const looksFrom = cells * (dense?.codeLength ?? 0);
  const targetsFrom = looksFrom + embeddings * (look?.codeLength ?? 0);
  return {
    label,
    dense: dense?.decode(payload.subarray(0, looksFrom)) ?? new Uint16Array(0),
    embeddings: look?.decode(payload.subarray(looksFrom, targetsFrom)) ?? new Uint16Array(0),
    denseTargets: Float32Array.from(payload.subarray(targetsFrom), (step) => step / 255),
  };
}

interface Header {
  readonly store: unknown;
  /** Words of each quantiser; 0 where there is none. */
  readonly words: { readonly dense: number; readonly look: number };
}

function packState({ store, dense, look }: RodeoState): Packed {
  const { header, blobs } = store.pack();
  const own: Header = {
    store: header,
    words: { dense: dense?.words ?? 0, look: look?.words ?? 0 },
  };
  const books = [dense, look].flatMap((quantiser) => quantiser?.codebooks ?? []);
  return { header: own, blobs: [...books, ...blobs] };
}

function unpackState(header: unknown, take: (length: number) => ArrayBuffer): RodeoState {
  const { store, words } = header as Header;
  const takeQuantiser = (length: number, held: number) =>
    held === 0
      ? null
      : new ProductQuantiser(length, groupLength, held, new Uint16Array(take(2 * held * length)));
  const dense = takeQuantiser(denseLatentLength, words.dense);
  const look = takeQuantiser(cropEmbeddingLength, words.look);
  return { dense, look, store: unpackStore(store, take) };
}
