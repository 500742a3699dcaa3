import { expect, it } from 'vitest';
import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../../operators/detect/engines/engine.ts';
import { packFloat16 } from '../../../../operators/foundation/numbers/float16.ts';
import { gateSamples } from '../../../../pipeline/application/sampling/gate-input.ts';
import { makeSample, classLabel } from '../../../operators/remember/make-sample.ts';

it('gate input consists of the labelled held-out samples', () => {
  const inputs = gateSamples([
    makeSample('a', { label: classLabel('cone') }),
    makeSample('b', { heldOut: true }),
    makeSample('c', { label: classLabel('cone'), heldOut: true }),
    makeSample('d', { notA: ['cone'], heldOut: true }),
    makeSample('e', {
      label: { ...classLabel(''), kind: 'background', class: null },
      heldOut: true,
    }),
  ]);
  expect(inputs.map(({ label }) => label)).toEqual(['cone', null, null]);
  // Of a sample with a name, all other classes are wrong; of one without, those that it is not.
  expect(inputs.map(({ not }) => not)).toEqual([undefined, ['cone'], undefined]);
});

it('a sample contributes its plain crop embedding and the latent of its centre cell', () => {
  const dense = new Float32Array(3 * denseLatentLength).map((_, i) =>
    Math.floor(i / denseLatentLength),
  );
  const embeddings = new Float32Array(2 * cropEmbeddingLength).map((_, i) =>
    i < cropEmbeddingLength ? 0.5 : 9,
  );
  const [input] = gateSamples([
    makeSample('a', {
      ...{ label: classLabel('cone'), heldOut: true },
      dense: packFloat16(dense),
      denseTargets: Float32Array.of(0.2, 0.4, 1),
      embeddings: packFloat16(embeddings),
    }),
  ]);
  expect(input?.dense).toEqual(new Float32Array(denseLatentLength).fill(2));
  expect(input?.embedding).toEqual(new Float32Array(cropEmbeddingLength).fill(0.5));
});

it('a sample without cells or crop embeddings contributes zeros and none', () => {
  const empty = { dense: new Uint16Array(0), denseTargets: new Float32Array(0) };
  const [input] = gateSamples([
    makeSample('a', {
      ...empty,
      embeddings: new Uint16Array(0),
      label: classLabel('cone'),
      heldOut: true,
    }),
  ]);
  expect(input?.dense).toEqual(new Float32Array(denseLatentLength));
  expect(input?.embedding).toHaveLength(0);
});
