import { float16Values, packFloat16 } from '../../../foundation/numbers/float16.ts';
import { crossEntropyGradient } from '../gradient/cross-entropy.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import { layerLogits } from '../gradient/layer-rows.ts';
import type { LayerContext, LayerName, Method, Packed, UpdateContext } from '../gradient/method.ts';
import { replayRows } from './replay.ts';
import type { Objective } from '../gradient/train-layer.ts';
import type { TrainingExample } from '../gradient/training-rows.ts';
import type { ClassMove, Strategy } from '../../strategy.ts';

/** Weight of the stored logits relative to the labels. */
const strength = 0.5;

/** Overhead of one example's logits: objects and index entry. */
const overheadBytes = 256;

/** The head's logits for an example, from when it was first learned. */
interface StoredLogits {
  /** The classes at that time: columns of the logits. */
  readonly classes: readonly string[];
  /** cells × classes, float16 bits. */
  readonly dense: Uint16Array;
  /** crops × classes, float16 bits. */
  readonly crop: Uint16Array;
}

/** Logits by example id, oldest first. */
type Logits = ReadonlyMap<string, StoredLogits>;

/**
 * Dark experience replay++: replays the sample memory with its labels and with the logits that each
 * example had when it was first learned, which a squared error holds. Later classes have no stored
 * logit.
 *
 * The paper keeps logits in its reservoir. Here the sample memory holds the examples and this state
 * their logits; when bytes run short, those of the oldest are dropped, and such an example is
 * replayed with its label alone.
 */
const derMethod: Method<Logits> = {
  name: 'der',
  paper:
    'Dark experience for general continual learning: a strong, simple baseline, Buzzega et al., 2020',
  ownShare: 0.5,
  keepsNegatives: false,
  tuning: { learningRate: 1e-4, hold: 0.1 },
  empty: new Map(),
  bytes: (logits) => [...logits].reduce((sum, [id, stored]) => sum + storedBytes(id, stored), 0),
  pack: packLogits,
  unpack: unpackLogits,
  admit: (logits, { change: { removed } }) => {
    const gone = new Set(removed.map(({ id }) => id));
    return new Map([...logits].filter(([id]) => !gone.has(id)));
  },
  move: moveColumn,
  examples: (_logits, context) => replayRows(context),
  objective: (logits, context) => withStoredLogits(logits, context),
  consolidate: (logits, context, trained) => {
    // Nothing is kept of a class without examples, not even its name.
    const known = new Set(context.classes);
    const ofKnown = mapLogits(logits, (stored) =>
      withColumns(
        stored,
        stored.classes.filter((name) => known.has(name)),
      ),
    );
    const held = trained.dense?.examples ?? trained.crop?.examples;
    if (held === undefined) return ofKnown;
    return storeLogits(ofKnown, held, context, {
      dense: trained.dense?.plain ?? context.layers.dense,
      crop: trained.crop?.plain ?? context.layers.crop,
    });
  },
};

function storedBytes(id: string, { dense, crop }: StoredLogits): number {
  return dense.byteLength + crop.byteLength + 2 * id.length + overheadBytes;
}

/** Cross-entropy, plus the mean squared distance to the stored logits for rows that have them. */
function withStoredLogits(
  logits: Logits,
  { layer, examples, rows, hold }: LayerContext,
): Objective {
  // Rows follow the order of the examples: `row` is the first row of an example with stored logits.
  const sources: {
    readonly stored: StoredLogits;
    readonly columns: readonly number[];
    row: number;
  }[] = [];
  const source = new Int32Array(rows.count).fill(-1);
  let next = 0;
  for (const { id, [layer === 'dense' ? 'dense' : 'embeddings']: vectors } of examples) {
    const stored = id === undefined ? undefined : logits.get(id);
    const count = vectors.length / rows.length;
    if (stored !== undefined) {
      source.fill(sources.length, next, next + count);
      const columns = stored.classes.map((name) => rows.classes.indexOf(name));
      sources.push({ stored, columns, row: next });
    }
    next += count;
  }
  return {
    gradient: (outputs, { y, classes, size, rows: drawn }) => {
      const gradient = crossEntropyGradient(outputs, y, classes);
      for (let i = 0; i < size; i++) {
        const origin = sources[source[drawn[i]!]!];
        if (origin === undefined) continue;
        const values = origin.stored[layer];
        const width = origin.columns.length;
        const start = (drawn[i]! - origin.row) * width;
        origin.columns.forEach((column, k) => {
          if (column < 0) return;
          const at = i * classes + column;
          const off = outputs[at]! - float16Values[values[start + k]!]!;
          gradient[at] = gradient[at]! + (2 * hold * strength * off) / (size * width);
        });
      }
      return gradient;
    },
  };
}

/** Renames the column of a class that moves to one without a column; drops it otherwise. */
function moveColumn(logits: Logits, { from, to }: ClassMove): Logits {
  return mapLogits(logits, (stored) => {
    if (to === null || stored.classes.includes(to)) {
      return withColumns(
        stored,
        stored.classes.filter((name) => name !== from),
      );
    }
    return { ...stored, classes: stored.classes.map((name) => (name === from ? to : name)) };
  });
}

function mapLogits(logits: Logits, change: (stored: StoredLogits) => StoredLogits): Logits {
  return new Map([...logits].map(([id, stored]) => [id, change(stored)]));
}

/** The logits of some of the classes. */
function withColumns(stored: StoredLogits, classes: readonly string[]): StoredLogits {
  const width = stored.classes.length;
  if (classes.length === width) return stored;
  const columns = classes.map((name) => stored.classes.indexOf(name));
  const pick = (values: Uint16Array) => {
    const picked = new Uint16Array((values.length / width) * columns.length);
    for (let i = 0; i < picked.length; i++) {
      const row = Math.floor(i / columns.length);
      picked[i] = values[row * width + columns[i % columns.length]!]!;
    }
    return picked;
  };
  return { classes, dense: pick(stored.dense), crop: pick(stored.crop) };
}

/** Stores logits of added examples, and drops those of examples that left the memory. */
function storeLogits(
  logits: Logits,
  held: readonly TrainingExample[],
  { classes, change, ownBytesMax }: UpdateContext,
  layers: UpdateContext['layers'],
): Logits {
  const fresh = new Set(change.added.map(({ id }) => id));
  const kept = new Map<string, StoredLogits>();
  const byId = new Map<string, TrainingExample>();
  for (const example of held) if (example.id !== undefined) byId.set(example.id, example);
  for (const [id, stored] of logits) if (byId.has(id) && !fresh.has(id)) kept.set(id, stored);
  for (const id of fresh) {
    const example = byId.get(id);
    if (example === undefined) continue;
    const logitsOf = (layer: LayerName, vectors: TrainingExample['dense']) =>
      packFloat16(layerLogits(layers[layer], vectors));
    kept.set(id, {
      classes,
      dense: logitsOf('dense', example.dense),
      crop: logitsOf('crop', example.embeddings),
    });
  }
  let bytes = derMethod.bytes(kept);
  for (const [id, stored] of kept) {
    if (bytes <= ownBytesMax) break;
    kept.delete(id);
    bytes -= storedBytes(id, stored);
  }
  return kept;
}

interface Header {
  /** Every distinct list of classes. */
  readonly classes: readonly (readonly string[])[];
  /** Id, index into `classes`, number of dense and of crop logits. */
  readonly entries: readonly (readonly [string, number, number, number])[];
}

function packLogits(logits: Logits): Packed {
  const lists = new Map<string, number>();
  const classes: (readonly string[])[] = [];
  const entries = [...logits].map(([id, stored]) => {
    const key = JSON.stringify(stored.classes);
    const list = lists.get(key) ?? classes.push(stored.classes) - 1;
    lists.set(key, list);
    return [id, list, stored.dense.length, stored.crop.length] as const;
  });
  const header: Header = { classes, entries };
  return { header, blobs: [...logits.values()].flatMap(({ dense, crop }) => [dense, crop]) };
}

function unpackLogits(header: unknown, take: (length: number) => ArrayBuffer): Logits {
  const { classes, entries } = header as Header;
  const halves = (length: number) => new Uint16Array(take(2 * length));
  return new Map(
    entries.map(([id, list, dense, crop]) => [
      id,
      { classes: classes[list]!, dense: halves(dense), crop: halves(crop) },
    ]),
  );
}

/** A `der` strategy that has learned nothing yet. */
export function createDer(options?: GradientOptions): Strategy {
  return new GradientStrategy(derMethod, options);
}
