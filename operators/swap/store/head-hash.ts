import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import type { LinearLayer } from '../../detect/heads/head.ts';
import type { HeadDraft } from '../../learn/strategy.ts';

/**
 * SHA-256, in hex, over everything in a head but its version: the same on every machine, and
 * the same for two heads exactly when they name everything alike, to the bit.
 *
 * Every part goes in with its length before it, numbers as little-endian
 * float32 (weights), float64 (the one bias that is a number) or uint32 (counts).
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
  const layer = ({ weights, bias, length, lift }: LinearLayer): void => {
    // No layer is that long: one with a lift is told from one without.
    if (lift !== undefined) hash.update(uint32(0xffffffff));
    if (lift !== undefined) text(lift.kind);
    if (lift?.kind === 'random') hash.update(float64(lift.seed)).update(uint32(lift.rows));
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
  // Nothing where there is none: heads of before boxes were learned keep their hash.
  if (head.box !== undefined) layer(head.box);
  return hash.digest('hex');
}

/** The float32 values as bytes, least significant first; a copy. */
export function toLittleEndian(values: Float32Array): Buffer {
  const bytes = Buffer.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return endianness() === 'BE' ? bytes.swap32() : bytes;
}

/** The reverse of {@link toLittleEndian}; throws a RangeError where the bytes make no whole values. */
export function fromLittleEndian(bytes: Buffer): Float32Array {
  if (bytes.length % 4 !== 0) throw new RangeError(`${bytes.length} bytes make no whole float32s`);
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
