import { canonicalJson } from './canonical-json.ts';

/**
 * Encodes a JSON header and blobs as one run of bytes: header length, header, blobs. It has no
 * checksum: the store that keeps the bytes has one per record. Numbers in blobs are little-endian,
 * and the first blob starts at a multiple of 4.
 */
export function packRecord(header: unknown, blobs: readonly ArrayBufferView[]): Uint8Array {
  const text = Buffer.from(canonicalJson(header));
  const json = Buffer.alloc(Math.ceil(text.length / 4) * 4, ' ');
  text.copy(json);
  const length = blobs.reduce((sum, { byteLength }) => sum + byteLength, 4 + json.length);
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 4);
  let offset = 4 + json.length;
  for (const blob of blobs) {
    bytes.set(new Uint8Array(blob.buffer, blob.byteOffset, blob.byteLength), offset);
    offset += blob.byteLength;
  }
  return bytes;
}

/** A record of {@link packRecord}: its header, and its blobs in the order of writing. */
export interface UnpackedRecord {
  readonly header: unknown;
  /** Copies the next `length` bytes to a buffer of their own. Throws an Error if fewer are left. */
  readonly take: (length: number) => ArrayBuffer;
  /** The next `length` bytes as a view of the record. Throws an Error if fewer are left. */
  readonly view: (length: number) => Uint8Array;
}

/** Decodes the bytes of {@link packRecord}. Throws an Error for others. */
export function unpackRecord(bytes: Uint8Array): UnpackedRecord {
  if (bytes.length < 4) throw new Error('the record is cut short');
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  let offset = 4 + length;
  const header: unknown = JSON.parse(Buffer.from(bytes.subarray(4, offset)).toString('utf8'));
  const view = (count: number): Uint8Array => {
    const blob = bytes.subarray(offset, offset + count);
    if (blob.length !== count) throw new Error('the record is cut short');
    offset += count;
    return blob;
  };
  return { header, view, take: (count) => new Uint8Array(view(count)).buffer };
}
