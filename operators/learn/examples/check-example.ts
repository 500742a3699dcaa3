import { denseLatentLength } from '../../detect/engines/engine.ts';
import type { Change, Example } from '../strategy.ts';

/** Examples checked between two pauses: a few milliseconds. */
const checkedAtOnce = 100;

/**
 * Throws a RangeError if an example or the background of a change is unusable; see
 * {@link checkExample}. Yields every few milliseconds.
 */
export function* checkChange(
  { added, removed, background }: Change,
  embeddingLength: number,
): Generator<void, void> {
  checkRows(background, denseLatentLength, 'background');
  for (const [i, example] of [...added, ...removed].entries()) {
    if (i > 0 && i % checkedAtOnce === 0) yield;
    checkExample(example, embeddingLength);
  }
}

/**
 * Throws a RangeError if an example's vectors have the wrong length or a value that is not finite.
 * A single NaN would corrupt a sum, and every head after it, permanently.
 */
export function checkExample(
  { id, dense, denseTargets, embeddings, offsets = [] }: Example,
  embeddingLength: number,
): void {
  checkRows(dense, denseLatentLength, `example ${id}: dense`);
  checkRows(embeddings, embeddingLength, `example ${id}: embeddings`);
  checkRows(denseTargets, 1, `example ${id}: denseTargets`);
  if (dense.length !== denseTargets.length * denseLatentLength) {
    const cells = dense.length / denseLatentLength;
    throw new RangeError(`example ${id}: ${cells} cells but ${denseTargets.length} targets`);
  }
  if (offsets.length > embeddings.length / embeddingLength) {
    throw new RangeError(`example ${id}: more offsets than crop embeddings`);
  }
  if (!offsets.flat().every(Number.isFinite)) {
    throw new RangeError(`example ${id}: an offset is not finite`);
  }
}

/**
 * Throws a RangeError unless `rows` consists of whole rows of finite values. `subject` starts the
 * message.
 */
export function checkRows(rows: Float32Array, length: number, subject: string): void {
  if (rows.length % length !== 0) {
    throw new RangeError(`${subject}: ${rows.length} values are no whole rows of ${length}`);
  }
  let sum = 0;
  // The product with zero is NaN for NaN and for both infinities, and NaN never cancels.
  for (const value of rows) sum += value * 0;
  if (sum !== 0) throw new RangeError(`${subject} holds a value that is not finite`);
}
