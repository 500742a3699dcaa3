import type { BoxOffsets } from '../../../../operators/detect/heads/box-regression.ts';
import { denseLatentLength } from '../../../../operators/detect/engines/engine.ts';
import type { Evidence } from '../../../../operators/learn/examples/scene.ts';
import type { Example } from '../../../../operators/learn/strategy.ts';
import { packFloat16, unpackFloat16 } from '../../../../operators/foundation/numbers/float16.ts';
import { openFile, sealFile } from '../../../../operators/foundation/files/sealed-file.ts';

const kind = { name: 'examples file', magic: 'LLEVIDNC', version: 2 };

/** Training examples of one picture as cached; ids and labels are assigned on every use. */
export type CachedExamples = Pick<
  Evidence,
  'examples' | 'negatives' | 'background' | 'backgroundWeight'
>;

interface Header {
  /** Cells and embeddings per example: the labelled ones, then the negatives. */
  readonly rows: readonly (readonly [cells: number, embeddings: number])[];
  readonly examples: number;
  /** Box offsets per example, null where there are none. */
  readonly offsets: readonly (readonly BoxOffsets[] | null)[];
  readonly backgroundRows: number;
  readonly backgroundWeight: number;
}

/** Packs examples, their vectors as float16; `rowLength`: values of one embedding. */
export function packExamples(cached: CachedExamples, rowLength: number): Uint8Array {
  const { examples, negatives, background, backgroundWeight } = cached;
  const all = [...examples, ...negatives];
  const header: Header = {
    rows: all.map(({ denseTargets, embeddings }) => [
      denseTargets.length,
      embeddings.length / rowLength,
    ]),
    examples: examples.length,
    offsets: all.map(({ offsets = null }) => offsets),
    backgroundRows: background.length / denseLatentLength,
    backgroundWeight,
  };
  const blobs = all.flatMap(({ dense, denseTargets, embeddings }) => [
    packFloat16(dense),
    denseTargets,
    packFloat16(embeddings),
  ]);
  return sealFile(kind, header, [...blobs, packFloat16(background)]);
}

/**
 * Reads the bytes of {@link packExamples}; ids are empty and labels null. Throws a SealedFileError
 * for any other bytes.
 */
export function unpackExamples(bytes: Uint8Array, rowLength: number): CachedExamples {
  const { header, take } = openFile(kind, bytes);
  // The checksum vouches for the shape: only packExamples wrote it.
  const { rows, examples, offsets, backgroundRows, backgroundWeight } = header as Header;
  const halves = (length: number) => unpackFloat16(new Uint16Array(take(2 * length)));
  const all = rows.map(([cells, embeddings], i): Example => ({
    id: '',
    label: null,
    dense: halves(cells * denseLatentLength),
    denseTargets: new Float32Array(take(4 * cells)),
    embeddings: halves(embeddings * rowLength),
    ...(offsets[i] != null && { offsets: offsets[i] }),
  }));
  return {
    examples: all.slice(0, examples),
    negatives: all.slice(examples),
    background: halves(backgroundRows * denseLatentLength),
    backgroundWeight,
  };
}
