import type { BoxOffsets } from '../../../operators/detect/heads/box-regression.ts';
import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../operators/detect/engines/engine.ts';
import type { Evidence } from '../../../operators/learn/examples/scene.ts';
import type { Example } from '../../../operators/learn/strategy.ts';
import { packFloat16, unpackFloat16 } from '../../../operators/foundation/numbers/float16.ts';
import { openFile, sealFile } from '../../../operators/foundation/files/sealed-file.ts';

const kind = { name: 'evidence file', magic: 'LLEVIDNC', version: 2 };

/** What is kept of a picture's evidence: labels and ids are given anew on every use. */
export type KeptEvidence = Pick<
  Evidence,
  'examples' | 'negatives' | 'background' | 'backgroundWeight'
>;

interface Header {
  /** Cells and looks of each: the examples, then the negatives. */
  readonly rows: readonly (readonly [cells: number, looks: number])[];
  readonly examples: number;
  /** Of each, null where there are none. */
  readonly offsets: readonly (readonly BoxOffsets[] | null)[];
  readonly backgroundRows: number;
  readonly backgroundWeight: number;
}

/** Packs evidence, its latents as float16. */
export function packEvidence(evidence: KeptEvidence): Uint8Array {
  const { examples, negatives, background, backgroundWeight } = evidence;
  const all = [...examples, ...negatives];
  const header: Header = {
    rows: all.map(({ denseTargets, embeddings }) => [
      denseTargets.length,
      embeddings.length / cropEmbeddingLength,
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

/** Opens what {@link packEvidence} made; ids are empty and labels null. Throws a SealedFileError for other bytes. */
export function unpackEvidence(bytes: Uint8Array): KeptEvidence {
  const { header, take } = openFile(kind, bytes);
  // The checksum vouches for the shape: only packEvidence wrote it.
  const { rows, examples, offsets, backgroundRows, backgroundWeight } = header as Header;
  const halves = (length: number) => unpackFloat16(new Uint16Array(take(2 * length)));
  const all = rows.map(([cells, looks], i): Example => ({
    id: '',
    label: null,
    dense: halves(cells * denseLatentLength),
    denseTargets: new Float32Array(take(4 * cells)),
    embeddings: halves(looks * cropEmbeddingLength),
    ...(offsets[i] != null && { offsets: offsets[i] }),
  }));
  return {
    examples: all.slice(0, examples),
    negatives: all.slice(examples),
    background: halves(backgroundRows * denseLatentLength),
    backgroundWeight,
  };
}
