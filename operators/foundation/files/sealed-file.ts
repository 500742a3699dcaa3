import type { ErrorCode } from '../errors/error-codes.ts';
import { createHash } from 'node:crypto';

const digestBytes = 32;

/** Bytes that are not an intact file of the expected kind and version. */
export class SealedFileError extends Error {
  readonly code: ErrorCode<'SealedFileError'> = 'SEALED_FILE';

  constructor(kind: string, reason: string, options?: ErrorOptions) {
    super(`Not a usable ${kind}: ${reason}`, options);
    this.name = 'SealedFileError';
  }
}

/** A kind of sealed file. */
export interface FileKind {
  /** For messages: `memory file`. */
  readonly name: string;
  /** Eight ASCII characters at the file's start. */
  readonly magic: string;
  /** The version that is written, and the only one that is read. */
  readonly version: number;
}

/** An opened file: its unvalidated header, and its blobs in the order of writing. */
export interface OpenedFile {
  readonly header: unknown;
  /**
   * Copies the next `length` bytes to a buffer of their own. Throws a {@link SealedFileError} if
   * fewer are left.
   */
  readonly take: (length: number) => ArrayBuffer;
}

/**
 * Encodes a JSON header and blobs as one file: magic, version, header length, header, blobs, and
 * the SHA-256 of all that. Numbers in blobs are little-endian.
 */
export function sealFile(
  { magic, version }: FileKind,
  header: unknown,
  blobs: readonly ArrayBufferView[],
): Uint8Array {
  const json = Buffer.from(JSON.stringify(header));
  const prelude = Buffer.alloc(magic.length + 8);
  prelude.write(magic, 'latin1');
  prelude.writeUInt32LE(version, magic.length);
  prelude.writeUInt32LE(json.length, magic.length + 4);
  const bytes = blobs.map((blob) => new Uint8Array(blob.buffer, blob.byteOffset, blob.byteLength));
  const content = Buffer.concat([prelude, json, ...bytes]);
  return new Uint8Array(Buffer.concat([content, digest(content)]));
}

/**
 * Decodes a file written by {@link sealFile}. Throws a {@link SealedFileError} for anything else,
 * a single flipped bit included.
 */
export function openFile({ name, magic, version }: FileKind, bytes: Uint8Array): OpenedFile {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const preludeBytes = magic.length + 8;
  if (file.toString('latin1', 0, magic.length) !== magic) {
    throw new SealedFileError(name, 'it is a file of another kind');
  }
  if (file.length < preludeBytes + digestBytes) throw new SealedFileError(name, 'it is cut short');
  const found = file.readUInt32LE(magic.length);
  if (found !== version) {
    const reason = `it has version ${found}, this program reads version ${version}`;
    throw new SealedFileError(name, reason);
  }
  const content = file.subarray(0, -digestBytes);
  if (!digest(content).equals(file.subarray(-digestBytes))) {
    throw new SealedFileError(name, 'its checksum differs, so it is cut short or damaged');
  }
  const headerEnd = preludeBytes + file.readUInt32LE(magic.length + 4);
  let offset = headerEnd;
  return {
    header: parse(name, content.toString('utf8', preludeBytes, headerEnd)),
    take: (length) => {
      // A copy, because vectors need an aligned start and must not keep the whole file alive.
      const blob = new Uint8Array(content.subarray(offset, offset + length));
      offset += length;
      if (blob.byteLength !== length) throw new SealedFileError(name, 'its vectors are cut short');
      return blob.buffer;
    },
  };
}

function parse(name: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new SealedFileError(name, 'its header is not JSON', { cause });
  }
}

function digest(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}
