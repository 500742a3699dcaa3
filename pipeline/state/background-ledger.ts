import { packRecord, unpackRecord } from '../../operators/foundation/files/packed-record.ts';
import type { RecordChange } from '../../operators/foundation/store/record-store.ts';
import type { Change, Example } from '../../operators/learn/strategy.ts';
import { numberKey, put, remove } from './record-kinds.ts';

/** Most bytes of background that are kept; the oldest makes room. */
export const backgroundBytesMax = 16 * 1024 ** 2;

/** Background that one update has taken in. */
export interface LearnedBackground extends Pick<Change, 'background' | 'backgroundWeight'> {
  readonly negatives: readonly Example[];
}

interface Header {
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

  /** Adds the background of an update; returns what to store and to remove. */
  changes(position: number, background: LearnedBackground | null): RecordChange[] {
    if (background === null) return [];
    const { negatives, background: rows } = background;
    if (negatives.length === 0 && rows.length === 0) return [];
    const record = encodeBackground(background);
    if (record.length > backgroundBytesMax) return [];
    this.#bytes.set(position, record.length);
    const changes: RecordChange[] = [put('background', numberKey(position), record)];
    let total = [...this.#bytes.values()].reduce((sum, bytes) => sum + bytes, 0);
    for (const [oldest, bytes] of this.#bytes) {
      if (total <= backgroundBytesMax) break;
      total -= bytes;
      this.#bytes.delete(oldest);
      changes.push(remove('background', numberKey(oldest)));
    }
    return changes;
  }
}

function encodeBackground(batch: LearnedBackground): Uint8Array {
  const blobs: ArrayBufferView[] = [batch.background];
  const header: Header = {
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
  const { backgroundWeight, background, negatives } = header as Header;
  const floats = (length: number): Float32Array => new Float32Array(take(4 * length));
  return {
    background: floats(background),
    backgroundWeight,
    negatives: negatives.map(({ dense, denseTargets, embeddings, ...facts }) => ({
      ...facts,
      dense: floats(dense),
      denseTargets: floats(denseTargets),
      embeddings: floats(embeddings),
    })),
  };
}
