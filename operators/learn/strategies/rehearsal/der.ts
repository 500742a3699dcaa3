import { float16Values, packFloat16 } from '../../../foundation/numbers/float16.ts';
import { crossEntropyGradient } from '../gradient/cross-entropy.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import { layerLogits } from '../gradient/layer-rows.ts';
import type { LayerContext, LayerName, Method, Packed, UpdateContext } from '../gradient/method.ts';
import { replayRows } from './replay.ts';
import type { Objective } from '../gradient/train-layer.ts';
import type { TrainingExample } from '../gradient/training-rows.ts';

/** Weight of the remembered logits against the labels. */
const strength = 0.5;

/** Bytes of objects and index entry of one example's logits. */
const overheadBytes = 256;

/** What the head said of an example when it was new. */
interface Said {
  /** The classes there were: columns of the logits. */
  readonly classes: readonly string[];
  /** cells × classes, float16 bits. */
  readonly dense: Uint16Array;
  /** looks × classes, float16 bits. */
  readonly look: Uint16Array;
}

/** By example id, the oldest first. */
type Logits = ReadonlyMap<string, Said>;

/**
 * Dark experience replay++: replays the sample memory with its labels, and beside them with the logits that the head gave
 * an example when it was learned first; a squared error holds them there. A class that came later has no
 * logit to hold.
 *
 * The paper keeps logits in its reservoir; here the sample memory holds the examples, and this state their logits,
 * those of the newest where bytes run out. An example whose logits are gone is replayed with its label alone.
 */
const method: Method<Logits> = {
  name: 'der',
  paper:
    'Dark experience for general continual learning: a strong, simple baseline, Buzzega et al., 2020',
  ownShare: 0.5,
  bringsNegatives: false,
  tuning: { learningRate: 1e-4, hold: 0.1 },
  empty: new Map(),
  bytes: (logits) => [...logits].reduce((sum, [id, said]) => sum + saidBytes(id, said), 0),
  pack: packLogits,
  unpack: unpackLogits,
  admit: (logits, { change: { removed } }) => {
    const gone = new Set(removed.map(({ id }) => id));
    return new Map([...logits].filter(([id]) => !gone.has(id)));
  },
  lessons: (_logits, context) => replayRows(context),
  objective: (logits, context) => remembered(logits, context),
  consolidate: (logits, context, trained) => {
    const held = trained.dense?.lessons ?? trained.look?.lessons;
    return held === undefined
      ? logits
      : keepLogits(logits, held, context, {
          dense: trained.dense?.plain ?? context.layers.dense,
          look: trained.look?.plain ?? context.layers.look,
        });
  },
};

function saidBytes(id: string, { dense, look }: Said): number {
  return dense.byteLength + look.byteLength + 2 * id.length + overheadBytes;
}

/** Cross-entropy, and the mean squared distance to the remembered logits where a row has some. */
function remembered(logits: Logits, { layer, lessons, rows, hold }: LayerContext): Objective {
  // Rows are the lessons' in their order: where each lesson's begin, and what was said of it.
  const sources: { readonly said: Said; readonly columns: readonly number[]; row: number }[] = [];
  const source = new Int32Array(rows.count).fill(-1);
  let next = 0;
  for (const { id, [layer === 'dense' ? 'dense' : 'embeddings']: vectors } of lessons) {
    const said = id === undefined ? undefined : logits.get(id);
    const count = vectors.length / rows.length;
    if (said !== undefined) {
      source.fill(sources.length, next, next + count);
      const columns = said.classes.map((name) => rows.classes.indexOf(name));
      sources.push({ said, columns, row: next });
    }
    next += count;
  }
  return {
    gradient: (outputs, { y, classes, size, rows: drawn }) => {
      const gradient = crossEntropyGradient(outputs, y, classes);
      for (let i = 0; i < size; i++) {
        const from = sources[source[drawn[i]!]!];
        if (from === undefined) continue;
        const values = from.said[layer];
        const width = from.columns.length;
        const start = (drawn[i]! - from.row) * width;
        from.columns.forEach((column, k) => {
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

/** Logits for examples that have none yet; those of examples that the memory let go fall away. */
function keepLogits(
  logits: Logits,
  held: readonly TrainingExample[],
  { classes, change, ownBytesMax }: UpdateContext,
  layers: UpdateContext['layers'],
): Logits {
  const fresh = new Set(change.added.map(({ id }) => id));
  const kept = new Map<string, Said>();
  const byId = new Map<string, TrainingExample>();
  for (const lesson of held) if (lesson.id !== undefined) byId.set(lesson.id, lesson);
  for (const [id, said] of logits) if (byId.has(id) && !fresh.has(id)) kept.set(id, said);
  for (const id of fresh) {
    const lesson = byId.get(id);
    if (lesson === undefined) continue;
    const say = (layer: LayerName, vectors: TrainingExample['dense']) =>
      packFloat16(layerLogits(layers[layer], vectors));
    kept.set(id, {
      classes,
      dense: say('dense', lesson.dense),
      look: say('look', lesson.embeddings),
    });
  }
  let bytes = method.bytes(kept);
  for (const [id, said] of kept) {
    if (bytes <= ownBytesMax) break;
    kept.delete(id);
    bytes -= saidBytes(id, said);
  }
  return kept;
}

interface Header {
  /** The lists of classes that occur, each once. */
  readonly classes: readonly (readonly string[])[];
  /** Id, place in the lists of classes, values of cells and of looks. */
  readonly entries: readonly (readonly [string, number, number, number])[];
}

function packLogits(logits: Logits): Packed {
  const lists = new Map<string, number>();
  const classes: (readonly string[])[] = [];
  const entries = [...logits].map(([id, said]) => {
    const key = JSON.stringify(said.classes);
    const list = lists.get(key) ?? classes.push(said.classes) - 1;
    lists.set(key, list);
    return [id, list, said.dense.length, said.look.length] as const;
  });
  const header: Header = { classes, entries };
  return { header, blobs: [...logits.values()].flatMap(({ dense, look }) => [dense, look]) };
}

function unpackLogits(header: unknown, take: (length: number) => ArrayBuffer): Logits {
  const { classes, entries } = header as Header;
  const halves = (length: number) => new Uint16Array(take(2 * length));
  return new Map(
    entries.map(([id, list, dense, look]) => [
      id,
      { classes: classes[list]!, dense: halves(dense), look: halves(look) },
    ]),
  );
}

/** A `der` strategy that has learned nothing yet. */
export function createDer(options?: GradientOptions): GradientStrategy<Logits> {
  return new GradientStrategy(method, options);
}
