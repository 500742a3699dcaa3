import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EncoderOptions,
  nothingSaid,
} from '../../../../operators/detect/encoders/encoder-file.ts';
import type { FileEncoder } from '../../../../operators/detect/encoders/file-encoder.ts';
import { openOnnxEncoder } from '../../../../operators/detect/encoders/open-onnx-encoder.ts';
import {
  findOnnxRuntime,
  loadOnnxRuntime,
} from '../../../../operators/detect/engines/onnx/onnx-runtime.ts';
import { OnnxSessions } from '../../../../operators/detect/engines/onnx/onnx-sessions.ts';
import {
  drawEncoder,
  type DrawnEncoder,
  outputKinds,
  vectorLength,
  vectorOf,
} from './draw-encoder.ts';

const sessions = new OnnxSessions(loadOnnxRuntime(findOnnxRuntime()!), 'cpu', 1);
const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
let folder: string;
let drawn = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-encoders-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function open(
  options: DrawnEncoder = {},
  said: Partial<EncoderOptions> = {},
): Promise<FileEncoder> {
  const path = join(folder, `encoder-${++drawn}.onnx`);
  const bytes = drawEncoder(options);
  expect(bytes.length).toBeLessThan(100_000);
  await writeFile(path, bytes);
  return openOnnxEncoder(sessions, { path, ...nothingSaid, ...said });
}

/** A picture of one colour. */
function plain(size: number, colour: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: size * size * 3 }, (_, i) => colour[i % 3]!);
}

const colour = [200, 90, 30];
const normalised = (mean: readonly number[], std: readonly number[], unit = 255) =>
  colour.map((value, i) => (value / unit - mean[i]!) / std[i]!);

async function expectVector(encoder: FileEncoder, expected: readonly number[]): Promise<void> {
  const vector = await encoder.encode(plain(encoder.cropSize, colour), 1);
  expect(vector).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(vector[i]).toBeCloseTo(value, 2));
  await encoder.close();
}

describe('an encoder in an ONNX file', () => {
  const ofColour = vectorOf(normalised(imageNet.mean, imageNet.std));

  it.each(outputKinds)('gives its vector, from an output of kind %s', async (kind) => {
    const encoder = await open({ kind });
    expect(encoder.embedding.length).toBe(vectorLength + 2);
    await expectVector(encoder, ofColour);
  });

  it.each(['float32', 'float16'] as const)(
    'takes pictures of %s, either way round',
    async (type) => {
      for (const channelsLast of [false, true]) {
        await expectVector(await open({ type, channelsLast, kind: 'map' }), ofColour);
      }
    },
  );

  it('takes bytes as they are where the model wants bytes', async () => {
    await expectVector(await open({ type: 'uint8', channelsLast: true }), vectorOf(colour));
  });

  it('takes the size from the model, else from what is said, else 224', async () => {
    expect((await open({ size: 64 })).cropSize).toBe(64);
    expect((await open({ size: null }, { size: 48 })).cropSize).toBe(48);
    expect((await open({ size: null })).cropSize).toBe(224);
  });

  it('runs as many pictures at once as the model takes', async () => {
    const pictures = [colour, [0, 0, 0], [9, 200, 120], [255, 255, 255], [40, 40, 90]];
    const pixels = Uint8Array.from(pictures.flatMap((each) => [...plain(32, each)]));
    const batches = [null, 1, 2, 4];
    const results = [];
    for (const batch of batches) {
      const encoder = await open({ batch });
      results.push(await encoder.encode(pixels, pictures.length));
      await encoder.close();
    }
    expect(results[0]).toHaveLength(5 * vectorLength);
    for (const result of results) expect(result).toEqual(results[0]);
  });

  it('takes bytes as they are, whatever is said beside the model about means', async () => {
    const metadata = { image_mean: '[0.1, 0.2, 0.3]', image_std: '[0.5, 0.4, 0.3]' };
    const encoder = await open({ type: 'uint8', metadata });
    expect(encoder.text).toContain('bytes as they are');
    await expectVector(encoder, vectorOf(colour));
  });

  it('normalises as the configuration says, in shares or in bytes, in the order it says', async () => {
    const halves = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
    await expectVector(await open({}, halves), vectorOf(normalised(halves.mean, halves.std)));
    const bytes = { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] };
    await expectVector(await open({}, bytes), vectorOf(normalised(halves.mean, halves.std)));
    const reversed = vectorOf(normalised(halves.mean, halves.std).reverse());
    await expectVector(await open({}, { ...halves, order: 'bgr' }), reversed);
  });

  it('normalises as its metadata, or a preprocessor_config.json beside it, say', async () => {
    const metadata = { image_mean: '[0.1, 0.2, 0.3]', image_std: '[0.5, 0.4, 0.3]', size: '32' };
    const expected = vectorOf(normalised([0.1, 0.2, 0.3], [0.5, 0.4, 0.3]));
    await expectVector(await open({ metadata, size: null }), expected);

    const settings = join(folder, 'preprocessor_config.json');
    await writeFile(
      settings,
      JSON.stringify({
        image_mean: [0.2, 0.2, 0.2],
        image_std: [0.3, 0.3, 0.3],
        size: { shortest_edge: 40 },
        crop_size: { height: 36, width: 36 },
      }),
    );
    const encoder = await open({ size: null });
    expect(encoder.cropSize).toBe(36);
    expect(encoder.text).toContain('normalised as preprocessor_config.json says');
    await expectVector(encoder, vectorOf(normalised([0.2, 0.2, 0.2], [0.3, 0.3, 0.3])));
    await writeFile(settings, '{"image_mean": "none"}');
    await expect(open()).rejects.toMatchObject({ code: 'bad-model' });
    await rm(settings);
  });

  it("says in its line for the log that ImageNet's normalisation is a guess", async () => {
    expect((await open()).text).toMatch(
      /ImageNet's, since nothing says how.*16 values of features/,
    );
    expect((await open({ output: 'image_embeds' })).text).toContain("normalised as CLIP's");
  });

  it('has an id of file and settings, since other vectors mean something else', async () => {
    const ids = [await open(), await open({ gain: 2 }), await open({}, { mean: [0, 0, 0] })];
    expect(new Set(ids.map(({ id }) => id)).size).toBe(3);
    expect(ids[0]!.id).toMatch(/^onnx [0-9a-f]{12} [0-9a-f]{8}$/);
    // The same file under another name.
    const copy = await open();
    expect(copy.id).toBe(ids[0]!.id);
    expect(copy.text).toMatch(/encoder-\d+\.onnx/);
  });

  it('rejects pixels of another size', async () => {
    await expect((await open()).encode(plain(31, colour), 1)).rejects.toThrow(RangeError);
  });

  it.each<readonly [string, DrawnEncoder, Partial<EncoderOptions>, string]>([
    ['two inputs', { withText: true }, {}, 'export the part that encodes pictures alone'],
    ['another size than said', { size: 32 }, { size: 64 }, '32 pixels wide, not 64'],
    ['means of bytes', { type: 'uint8' }, { mean: [0.5, 0.5, 0.5] }, 'its input takes bytes'],
    ['deviations of bytes', { type: 'uint8' }, { std: [1, 1, 1] }, 'out encoderOptions.mean'],
    ['an output that it lacks', {}, { output: 'pooler' }, 'it has no output pooler'],
    ['two outputs that could be it', { output: 'a', second: 'b' }, {}, 'say which'],
    ['the same vector always', { gain: 0 }, {}, 'the same for different pictures'],
  ])('is refused with its inputs and outputs for %s', async (_case, options, said, message) => {
    const opening = open(options, said);
    await expect(opening).rejects.toMatchObject({ name: 'EngineError', code: 'bad-model' });
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toThrow(/\n {2}input pixel_values: .*\n(.*\n)? *output /);
  });

  it('is refused where the file is none', async () => {
    const path = join(folder, 'none.onnx');
    const file = { path, ...nothingSaid };
    const missing = openOnnxEncoder(sessions, file);
    await expect(missing).rejects.toMatchObject({ code: 'bad-model' });
    await expect(missing).rejects.toThrow("the encoder can't be read");
    await writeFile(path, 'not a model');
    await expect(openOnnxEncoder(sessions, file)).rejects.toThrow('none.onnx');
  });
});
