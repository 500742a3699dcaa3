import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EncoderOptions,
  nothingSaid,
} from '../../../../operators/detect/encoders/encoder-file.ts';
import type { FileEncoder } from '../../../../operators/detect/encoders/file-encoder.ts';
import { openTfjsEncoder } from '../../../../operators/detect/encoders/open-tfjs-encoder.ts';
import { startTfjsBackend } from '../../../../operators/detect/engines/tfjs/tfjs-backend.ts';
import type { TfjsCore } from '../../../../operators/detect/engines/tfjs/tfjs-model.ts';
import { vectorLength, vectorOf } from './draw-encoder.ts';
import { type DrawnGraphEncoder, writeGraphEncoder } from './draw-graph-encoder.ts';

let folder: string;
let core: TfjsCore;
let drawn = 0;
/** The backend is that of all test files in this worker. */
let tensorsBefore: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-encoders-'));
  ({ core } = await startTfjsBackend('wasm'));
  tensorsBefore = core.memory().numTensors;
});
afterAll(async () => {
  expect(core.memory().numTensors).toBe(tensorsBefore);
  await rm(folder, { recursive: true, force: true });
});

function open(
  options: DrawnGraphEncoder = {},
  said: Partial<EncoderOptions> = {},
): Promise<FileEncoder> {
  const path = writeGraphEncoder(join(folder, `encoder-${++drawn}`), options);
  return openTfjsEncoder(core, { path, ...nothingSaid, ...said });
}

/** Pictures of one colour each. */
function plain(size: number, ...colours: readonly (readonly number[])[]): Uint8Array {
  const pixels = colours.flatMap((colour) =>
    Array.from({ length: size * size * 3 }, (_, i) => colour[i % 3]!),
  );
  return Uint8Array.from(pixels);
}

const colour = [200, 90, 30];
const halves = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
const ofHalves = vectorOf(colour.map((value) => value / 127.5 - 1));

describe('an encoder in a GraphModel', () => {
  it.each<readonly [DrawnGraphEncoder, Partial<EncoderOptions>, readonly number[]]>([
    [{}, halves, ofHalves],
    [{ kind: 'map' }, halves, ofHalves],
    [{ size: null }, { ...halves, size: 24 }, ofHalves],
    [{ type: 'uint8' }, {}, vectorOf(colour)],
  ])('gives its vector: %j', async (options, said, expected) => {
    const before = core.memory().numTensors;
    const encoder = await open(options, said);
    const vector = await encoder.encode(plain(encoder.cropSize, colour), 1);
    expect(encoder.embedding.length).toBe(vectorLength + 2);
    expect(vector).toHaveLength(vectorLength);
    expected.forEach((value, i) => expect(vector[i]).toBeCloseTo(value, 2));
    await encoder.close();
    expect(core.memory().numTensors).toBe(before);
  });

  it('runs as many pictures at once as the model takes', async () => {
    const pixels = plain(32, colour, [0, 0, 0], [9, 200, 120], [255, 255, 255], [40, 40, 90]);
    const results: Float32Array[] = [];
    for (const batch of [null, 1, 2]) {
      const encoder = await open({ batch });
      results.push(await encoder.encode(pixels, 5));
      await encoder.close();
    }
    expect(results[0]).toHaveLength(5 * vectorLength);
    for (const result of results.slice(1))
      result.forEach((value, i) => expect(value).toBeCloseTo(results[0]![i]!, 4));
  });

  it('has outputs of whole numbers and families also under the names that converters write', async () => {
    const outputs = ['Identity:0', 'Identity_1:0'] as const;
    for (const output of [null, 'Identity', 'Identity:0']) {
      const encoder = await open({ outputs }, { output });
      expect(encoder.text).toContain('16 values of Identity');
      await encoder.close();
    }
    const clip = await open({ outputs: ['image_embeds:0', 'rounded:0'] });
    expect(clip.text).toContain("normalised as CLIP's");
    await clip.close();
  });

  it('has an id of file and settings', async () => {
    const encoders = [await open(), await open(), await open({ gain: 2 }), await open({}, halves)];
    const ids = encoders.map(({ id }) => id);
    expect(ids[0]).toMatch(/^tfjs [0-9a-f]{12} [0-9a-f]{8}$/);
    expect([ids[1] === ids[0], new Set(ids).size]).toEqual([true, 3]);
    expect(encoders[0]!.text).toMatch(/^encoder encoder-\d+\/model\.json .*16 values of features/);
    for (const encoder of encoders) await encoder.close();
  });

  it('is refused with its inputs and outputs where it says nothing about pictures', async () => {
    const opening = open({ gain: 0 });
    await expect(opening).rejects.toMatchObject({ name: 'EngineError', code: 'bad-model' });
    await expect(opening).rejects.toThrow(
      /the same for different pictures\n {2}input pixel_values/,
    );
    await expect(open({}, { output: 'rounded' })).rejects.toThrow('it has no output rounded');
  });

  it('leaves no graph open where it is refused', async () => {
    const before = core.memory().numTensors;
    await expect(open({ gain: 0 })).rejects.toThrow();
    expect(core.memory().numTensors).toBe(before);
  });
});
