import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import type { Lift, LinearLayer } from '../../detect/heads/head.ts';
import { vectorsOf } from '../../detect/heads/lift.ts';
import type { HeadDraft } from '../../learn/strategy.ts';

/**
 * SHA-256, in hex, over a head without its version: the same on every machine, and equal for two
 * heads exactly when all their classes and weights are equal, bit for bit.
 *
 * Every part is prefixed with its length; numbers are little-endian float32 (weights), float64 (the
 * objectness bias, seeds and bandwidths) or uint32 (counts).
 */
export function headHash(head: HeadDraft): string {
  const hash = createHash('sha256');
  const text = (value: string): void => {
    const bytes = Buffer.from(value, 'utf8');
    hash.update(uint32(bytes.length)).update(bytes);
  };
  const numbers = (values: Float32Array): void => {
    hash.update(uint32(values.length)).update(toLittleEndian(values));
  };
  const liftSettings = (lift: Lift): void => {
    vectorsOf(lift).forEach(numbers);
    if (lift.kind === 'pairs') hash.update(float64(lift.seed)).update(uint32(lift.count));
    if (lift.kind === 'gaussian') hash.update(float64(lift.gamma));
    if (lift.kind !== 'random' && lift.kind !== 'fourier') return;
    hash.update(float64(lift.seed)).update(uint32(lift.rows));
    if (lift.kind === 'fourier') hash.update(float64(lift.gamma));
  };
  const layer = ({ weights, bias, length, lift }: LinearLayer): void => {
    // No layer is that long, so the marker tells a layer with a lift from one without.
    if (lift !== undefined) hash.update(uint32(0xffffffff));
    if (lift !== undefined) text(lift.kind);
    if (lift !== undefined) liftSettings(lift);
    hash.update(uint32(length));
    numbers(weights);
    numbers(bias);
  };

  text(head.strategy);
  text(head.activation);
  hash.update(uint32(head.classes.length));
  head.classes.forEach(text);
  numbers(head.thresholds);
  numbers(head.objectness.weights);
  hash.update(float64(head.objectness.bias));
  layer(head.dense);
  hash.update(uint32(head.crop === null ? 0 : 1));
  if (head.crop !== null) layer(head.crop);
  // No marker for an absent box layer, so that the hash of heads without one stays the same.
  if (head.box !== undefined) layer(head.box);
  return hash.digest('hex');
}

/** Copies float32 values into bytes, least significant first. */
export function toLittleEndian(values: Float32Array): Buffer {
  const bytes = Buffer.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return endianness() === 'BE' ? bytes.swap32() : bytes;
}

/**
 * The inverse of {@link toLittleEndian}.
 *
 * @throws RangeError for a number of bytes that is not a multiple of 4.
 */
export function fromLittleEndian(bytes: Buffer): Float32Array {
  if (bytes.length % 4 !== 0) {
    throw new RangeError(`${bytes.length} bytes are not a whole number of float32 values`);
  }
  const copy = Buffer.from(bytes);
  if (endianness() === 'BE') copy.swap32();
  const values = new Float32Array(copy.length / 4);
  new Uint8Array(values.buffer).set(copy);
  return values;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function float64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
