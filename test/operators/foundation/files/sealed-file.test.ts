import { describe, expect, it } from 'vitest';
import {
  openFile,
  sealFile,
  SealedFileError,
} from '../../../../operators/foundation/files/sealed-file.ts';

const kind = { name: 'test file', magic: 'LLTEST__', version: 2 };
const header = { count: 3 };
const blobs = [Float32Array.of(1, 2, 3), Uint8Array.of(9)];

describe('a sealed file', () => {
  it('returns its header and its blobs in order', () => {
    const { header: read, take } = openFile(kind, sealFile(kind, header, blobs));
    expect(read).toEqual(header);
    expect(new Float32Array(take(12))).toEqual(blobs[0]);
    expect(new Uint8Array(take(1))).toEqual(blobs[1]);
    expect(() => take(1)).toThrow('Not a usable test file: its vectors are cut short');
  });

  it('is read from a part of a larger buffer', () => {
    const sealed = sealFile(kind, header, blobs);
    const padded = new Uint8Array(sealed.length + 8);
    padded.set(sealed, 5);
    const { take } = openFile(kind, padded.subarray(5, 5 + sealed.length));
    expect(new Float32Array(take(12))).toEqual(blobs[0]);
  });

  it('is rejected when any single bit differs', () => {
    const sealed = sealFile(kind, header, blobs);
    for (let byte = 0; byte < sealed.length; byte++) {
      const flipped = sealed.slice();
      flipped[byte] = flipped[byte]! ^ 1;
      expect(() => openFile(kind, flipped)).toThrow(SealedFileError);
    }
  });

  it('is rejected when it is cut short, of another kind or of another version', () => {
    const sealed = sealFile(kind, header, blobs);
    expect(() => openFile(kind, sealed.slice(0, 20))).toThrow('it is cut short');
    expect(() => openFile(kind, sealed.slice(0, -1))).toThrow('its checksum differs');
    expect(() => openFile({ ...kind, magic: 'LLOTHER_' }, sealed)).toThrow('of another kind');
    expect(() => openFile({ ...kind, version: 3 }, sealed)).toThrow(
      'it has version 2, this program reads version 3',
    );
  });
});
