import { packRecord, unpackRecord } from '../../operators/foundation/files/packed-record.ts';
import type { VectorSight } from '../../operators/detect/engines/sight.ts';
import type { RecordChange } from '../../operators/foundation/store/record-store.ts';
import type { Change, Example } from '../../operators/learn/strategy.ts';
import { numberKey, put, remove } from './record-kinds.ts';

/** Most bytes of background that are kept; the oldest makes room. */
export const backgroundBytesMax = 16 * 1024 ** 2;

/** Background that one update has taken in. */
export interface LearnedBackground extends Pick<Change, 'background' | 'backgroundWeight'> {
  readonly negatives: readonly Example[];
  /** What saw it. Absent: the built-in models. */
  readonly sight?: VectorSight;
}

interface Header {
  readonly sight?: VectorSight;
  readonly backgroundWeight: number;
  readonly background: number;
  readonly negatives: readonly (Omit<Example, 'dense' | 'denseTargets' | 'embeddings'> & {
    readonly dense: number;
    readonly denseTargets: number;
    readonly embeddings: number;
  })[];
}

/**
 * Background that the learner has taken in, newest first up to a bound in bytes: with it and the
 * samples, a lost learner can be trained again.
 */
export class BackgroundLedger {
  /** Bytes by position, oldest first. */
  readonly #bytes: Map<number, number>;

  constructor(records: Iterable<readonly [position: number, bytes: number]> = []) {
    this.#bytes = new Map([...records].sort(([a], [b]) => a - b));
  }

  /** Positions of the batches that are kept, oldest first. */
  get positions(): readonly number[] {
    return [...this.#bytes.keys()];
  }

  /**
   * What to store and to remove so that the background of an update is kept. `apply` is to be
   * called once that is done.
   */
  plan(
    position: number,
    background: LearnedBackground | null,
  ): { readonly changes: readonly RecordChange[]; readonly apply: () => void } {
    const nothing = { changes: [], apply: () => undefined };
    if (background === null) return nothing;
    if (background.negatives.length === 0 && background.background.length === 0) return nothing;
    const record = encodeBackground(background);
    if (record.length > backgroundBytesMax) return nothing;
    let total = [...this.#bytes.values()].reduce((sum, bytes) => sum + bytes, record.length);
    const outdated: number[] = [];
    for (const [oldest, bytes] of this.#bytes) {
      if (total <= backgroundBytesMax) break;
      total -= bytes;
      outdated.push(oldest);
    }
    return {
      changes: [
        put('background', numberKey(position), record),
        ...outdated.map((oldest) => remove('background', numberKey(oldest))),
      ],
      apply: () => {
        for (const oldest of outdated) this.#bytes.delete(oldest);
        this.#bytes.set(position, record.length);
      },
    };
  }
}

function encodeBackground(batch: LearnedBackground): Uint8Array {
  const blobs: ArrayBufferView[] = [batch.background];
  const header: Header = {
    ...(batch.sight && { sight: batch.sight }),
    backgroundWeight: batch.backgroundWeight,
    background: batch.background.length,
    negatives: batch.negatives.map(({ dense, denseTargets, embeddings, ...facts }) => {
      blobs.push(dense, denseTargets, embeddings);
      return {
        ...facts,
        dense: dense.length,
        denseTargets: denseTargets.length,
        embeddings: embeddings.length,
      };
    }),
  };
  return packRecord(header, blobs);
}

/** Decodes one batch of background. Throws an Error for other bytes. */
export function decodeBackground(record: Uint8Array): LearnedBackground {
  const { header, take } = unpackRecord(record);
  const { backgroundWeight, background, negatives, sight } = header as Header;
  const floats = (length: number): Float32Array => new Float32Array(take(4 * length));
  return {
    background: floats(background),
    backgroundWeight,
    ...(sight && { sight }),
    negatives: negatives.map(({ dense, denseTargets, embeddings, ...facts }) => ({
      ...facts,
      dense: floats(dense),
      denseTargets: floats(denseTargets),
      embeddings: floats(embeddings),
    })),
  };
}
