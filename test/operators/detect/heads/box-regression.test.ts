import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { describe, expect, it } from 'vitest';
import {
  moveBox,
  offsetsOf,
  regressBox,
} from '../../../../operators/detect/heads/box-regression.ts';
import { cropEmbeddingLength } from '../../../../operators/detect/engines/engine.ts';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';

const picture = { width: 100, height: 80 };

describe('box regression', () => {
  it('moves a box to the object of its offsets', () => {
    const box: Box = [20, 30, 40, 70];
    const object: Box = [18, 34, 46, 60];
    expect(offsetsOf(box, object)).toEqual([-0.1, 0.1, 0.3, -0.25]);
    expect(moveBox(box, offsetsOf(box, object), picture)).toEqual(object);
  });

  it('clips boxes to the picture, and leaves them alone without offsets', () => {
    expect(moveBox([10, 10, 90, 70], [-0.4, -0.4, 0.4, 0.4], picture)).toEqual([0, 0, 100, 80]);
    expect(moveBox([10, 10, 90, 70], null, picture)).toEqual([10, 10, 90, 70]);
  });

  it('reads one edge per row from the crop embedding, and moves none by more than 0.4 of the side', () => {
    const weights = new Float32Array(4 * cropEmbeddingLength);
    for (let edge = 0; edge < 4; edge++) weights[edge * cropEmbeddingLength + edge] = 1;
    const bias = Float32Array.of(0, 0, 0, 0.125);
    const embedding = new Float32Array(cropEmbeddingLength);
    embedding.set([0.25, -9, 9, 0.25]);
    const head = { ...emptyHead(), box: { weights, bias, length: cropEmbeddingLength } };
    expect(regressBox(head, embedding)).toEqual([0.25, -0.4, 0.4, 0.375]);
    expect(regressBox(emptyHead(), embedding)).toBeNull();
  });
});
