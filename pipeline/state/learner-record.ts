import { packRecord, unpackRecord } from '../../operators/foundation/files/packed-record.ts';
import type { VectorSight } from '../../operators/detect/engines/sight.ts';
import { LearnedSet, type LearnedContents } from '../../operators/learn/learned-set.ts';

/** The learner's state, and what it has learned. */
export interface LearnerState {
  /** Grows with every save. */
  readonly sequence: number;
  /** The journal position up to which labels were looked at. */
  readonly position: number;
  readonly strategy: string;
  readonly learned: LearnedContents;
  readonly bytes: Uint8Array;
  /** What it saw with. Absent: the built-in models. */
  readonly sight?: VectorSight;
}

/** Encodes the learner's state as one record. */
export function encodeLearner({ bytes, ...header }: LearnerState): Uint8Array {
  return packRecord({ ...header, bytes: bytes.length }, [bytes]);
}

/** Decodes a record of {@link encodeLearner}. Throws an Error for other bytes. */
export function decodeLearner(record: Uint8Array): LearnerState {
  const { header, take } = unpackRecord(record);
  const { bytes, ...rest } = header as Omit<LearnerState, 'bytes'> & { readonly bytes: number };
  if (!Number.isSafeInteger(rest.sequence)) throw new Error('it has no sequence number');
  const { contents: learned } = new LearnedSet(rest.learned);
  return { ...rest, learned, bytes: new Uint8Array(take(bytes)) };
}
