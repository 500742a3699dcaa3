import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { freeBuffer } from '../../../../operators/foundation/threads/free-buffer.ts';

const mebibyte = 2 ** 20;

describe('freeBuffer', () => {
  it('frees memory at once, without a collection', () => {
    const before = process.memoryUsage().arrayBuffers;
    const bytes = new Uint8Array(64 * mebibyte);
    expect(process.memoryUsage().arrayBuffers - before).toBeGreaterThan(60 * mebibyte);
    freeBuffer(bytes);
    expect(bytes).toHaveLength(0);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * mebibyte);
  });

  it('leaves alone parts of a larger buffer, and shared memory', () => {
    const whole = new Uint8Array(8);
    freeBuffer(whole.subarray(0, 4));
    freeBuffer(Buffer.from('from the pool'));
    expect(whole).toHaveLength(8);
    expect(Buffer.from('still there').toString()).toBe('still there');
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    freeBuffer(shared);
    expect(shared).toHaveLength(8);
  });

  it('keeps the memory of a pipe of any length within a few chunks', async () => {
    const script = `const chunk = Buffer.alloc(${mebibyte}); let left = 200;
      const write = () => { while (left-- > 0) if (!process.stdout.write(chunk)) return process.stdout.once('drain', write); };
      write();`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const before = process.memoryUsage().arrayBuffers;
    let [bytes, largest] = [0, 0];
    for await (const chunk of child.stdout as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      freeBuffer(chunk);
      largest = Math.max(largest, process.memoryUsage().arrayBuffers - before);
    }
    expect(bytes).toBe(200 * mebibyte);
    expect(largest).toBeLessThan(4 * mebibyte);
  });
});
