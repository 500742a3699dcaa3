import { expect, it } from 'vitest';
import { gaussianKernel } from '../../../../operators/detect/heads/gaussian-kernel.ts';

const wave = (count: number, step: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(step * i));

it('gaussianKernel computes every value alike, with whatever rows and centres', () => {
  const [rows, centres, gamma] = [wave(3 * 7, 1.3), wave(6 * 7, 0.7), 0.4];
  const all = gaussianKernel({ centres, gamma }, rows, 7, new Float64Array(18));
  for (let row = 0; row < 3; row++) {
    for (let centre = 0; centre < 6; centre++) {
      const x = rows.slice(row * 7, (row + 1) * 7);
      const c = centres.slice(centre * 7, (centre + 1) * 7);
      const square = x.reduce((sum, value, i) => sum + (value - c[i]!) ** 2, 0);
      expect(all[row * 6 + centre]).toBeCloseTo(Math.exp(-gamma * square), 12);
      const alone = gaussianKernel({ centres: c, gamma }, x, 7, new Float64Array(1));
      expect(alone[0]).toBe(all[row * 6 + centre]);
      // The kernel of a with b is that of b with a, to the bit.
      expect(gaussianKernel({ centres: x, gamma }, c, 7, new Float64Array(1))[0]).toBe(alone[0]);
    }
  }
});
