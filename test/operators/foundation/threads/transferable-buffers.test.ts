import { describe, expect, it } from 'vitest';
import { transferableBuffers } from '../../../../operators/foundation/threads/transferable-buffers.ts';

describe('transferableBuffers', () => {
  it('finds each buffer once, however deep', () => {
    const values = new Float32Array(4);
    const bytes = new Uint8Array(2);
    const result = {
      rows: [{ values }, { values: values.subarray(1) }],
      bytes,
      count: 3,
      text: '',
    };
    expect(transferableBuffers(result)).toEqual([values.buffer, bytes.buffer]);
    expect(transferableBuffers(values)).toEqual([values.buffer]);
  });

  it('leaves out shared memory, and values without arrays', () => {
    expect(transferableBuffers(new Uint8Array(new SharedArrayBuffer(8)))).toEqual([]);
    expect(transferableBuffers([null, undefined, 1, 'text', { nothing: null }])).toEqual([]);
  });
});
