import { createHash } from 'node:crypto';
import type { CappedMemory, MemoryContents } from './capped-memory.ts';
import type { Sample } from './sample.ts';

const magic = Buffer.from('LLMEMORY');
const version = 1;
const digestBytes = 32;
/** magic, version, length of the header. */
const preludeBytes = magic.length + 8;

/** Bytes that are not a whole memory file of a version this program knows. */
export class MemoryFileError extends Error {
  readonly code = 'MEMORY_FILE';

  constructor(reason: string, options?: ErrorOptions) {
    super(`Not a usable memory file: ${reason}`, options);
    this.name = 'MemoryFileError';
  }
}

type Metadata = Omit<Sample, 'dense' | 'denseTargets' | 'looks' | 'thumbnail'>;

interface Header extends Omit<MemoryContents, 'entries' | 'statistics'> {
  readonly entries: readonly {
    readonly key: number;
    readonly sample: Metadata;
    /** Bytes of dense, denseTargets, looks and thumbnail, in this order. */
    readonly lengths: readonly [number, number, number, number];
  }[];
  readonly statistics: readonly {
    readonly class: string;
    readonly count: number;
    readonly length: number;
  }[];
}

/**
 * The memory as bytes: prelude, JSON header, vectors and thumbnails, SHA-256 of all before it.
 * Numbers in vectors are little-endian.
 */
export function saveMemory(memory: CappedMemory): Uint8Array {
  const { entries, statistics, ...counts } = memory.contents();
  const blobs: Uint8Array[] = [];
  const header: Header = {
    ...counts,
    entries: entries.map(({ key, sample }) => {
      const { dense, denseTargets, looks, thumbnail, ...metadata } = sample;
      const own = [dense, denseTargets, looks, thumbnail].map(asBytes);
      blobs.push(...own);
      const [a, b, c, d] = own.map(({ byteLength }) => byteLength);
      return { key, sample: metadata, lengths: [a!, b!, c!, d!] };
    }),
    statistics: statistics.map(({ class: name, count, sum }) => {
      blobs.push(asBytes(sum));
      return { class: name, count, length: sum.byteLength };
    }),
  };
  const json = Buffer.from(JSON.stringify(header));
  const prelude = Buffer.alloc(preludeBytes);
  magic.copy(prelude);
  prelude.writeUInt32LE(version, magic.length);
  prelude.writeUInt32LE(json.length, magic.length + 4);
  const content = Buffer.concat([prelude, json, ...blobs]);
  return new Uint8Array(Buffer.concat([content, digest(content)]));
}

/** What {@link saveMemory} wrote. Throws {@link MemoryFileError} for anything else, a flipped bit included. */
export function readMemory(bytes: Uint8Array): MemoryContents {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!file.subarray(0, magic.length).equals(magic))
    throw new MemoryFileError('it starts otherwise');
  if (file.length < preludeBytes + digestBytes) throw new MemoryFileError('it is cut short');
  const found = file.readUInt32LE(magic.length);
  if (found !== version) {
    throw new MemoryFileError(`it has version ${found}, this program reads version ${version}`);
  }
  const content = file.subarray(0, -digestBytes);
  if (!digest(content).equals(file.subarray(-digestBytes))) {
    throw new MemoryFileError('its checksum differs, so it is cut short or damaged');
  }
  const headerEnd = preludeBytes + file.readUInt32LE(magic.length + 4);
  let header: Header;
  try {
    header = JSON.parse(content.toString('utf8', preludeBytes, headerEnd)) as Header;
  } catch (cause) {
    throw new MemoryFileError('its header is not JSON', { cause });
  }
  let offset = headerEnd;
  // Copies, because vectors need an aligned start and must not hold the whole file in memory.
  const take = (length: number): Uint8Array<ArrayBuffer> => {
    const blob = new Uint8Array(content.subarray(offset, offset + length));
    offset += length;
    if (blob.byteLength !== length) throw new MemoryFileError('its vectors are cut short');
    return blob;
  };
  return {
    policy: header.policy,
    evicted: header.evicted,
    refused: header.refused,
    entries: header.entries.map(({ key, sample, lengths }) => ({
      key,
      sample: {
        ...sample,
        dense: new Uint16Array(take(lengths[0]).buffer),
        denseTargets: new Float32Array(take(lengths[1]).buffer),
        looks: new Uint16Array(take(lengths[2]).buffer),
        thumbnail: take(lengths[3]),
      },
    })),
    statistics: header.statistics.map(({ class: name, count, length }) => ({
      class: name,
      count,
      sum: new Float32Array(take(length).buffer),
    })),
  };
}

function asBytes(array: Uint8Array | Uint16Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function digest(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}
