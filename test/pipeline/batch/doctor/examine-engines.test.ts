import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../../operators/detect/engines/engine-error.ts';
import { builtInModels } from '../../../../operators/detect/engines/engine-models.ts';
import type { ViewSize } from '../../../../operators/ingest/frames/view-size.ts';
import {
  examineEngines,
  workersOf,
  type StartDetector,
} from '../../../../pipeline/batch/doctor/examine-engines.ts';
import { parseConfig } from '../../../../pipeline/configuration/config.ts';

const { signal } = new AbortController();
type Options = Parameters<StartDetector>[0];

/** Examines a `detect` section with engines that load unless `failing` has an error for them. */
async function examined(
  detect: object,
  failing: Partial<Record<string, Error>> = {},
  own: ViewSize | null = null,
) {
  const started: Options[] = [];
  const timed: ViewSize[] = [];
  const start: StartDetector = (options) => {
    started.push(options);
    const error = failing[options.engine];
    if (error !== undefined) return Promise.reject(error);
    const viewSize = own ?? options.viewSize;
    return Promise.resolve({
      parallel: options.workers === 'auto' ? options.threads : options.workers,
      describe: { provider: 'cpu', reason: 'loads', viewSize: viewSize as ViewSize },
      detect: (frame: { readonly viewSize: ViewSize }) => {
        timed.push(frame.viewSize);
        return Promise.resolve({ peaks: null as never, headVersion: 0, detectMs: 5 });
      },
      close: () => Promise.resolve(),
    });
  };
  const { detect: config } = parseConfig({ detect: { threads: 1, ...detect } });
  const untilMs = performance.now() + 5000;
  const known = await examineEngines(config, untilMs, signal, start);
  const { findings, rows, isLoaded } = known;
  return { findings, rows, isLoaded, started, timed };
}

const bad = new EngineError('bad-model', 'm.onnx: no such file');
const unavailable = new EngineError('unavailable', 'not installed');

describe('the engines', () => {
  it('are started with the built-in models, and timed at several sizes', async () => {
    const { started, rows, findings, isLoaded } = await examined({});
    expect(started.map(({ engine, viewSize }) => [engine, viewSize])).toEqual([
      ['onnx', 320],
      ['tfjs', 320],
    ]);
    expect(started[0]!.models).toEqual(builtInModels);
    expect(rows.slice(0, 5).map(({ side }) => side)).toEqual([256, 320, 416, 512, 640]);
    expect(findings.every(({ is }) => is === 'fine')).toBe(true);
    expect(isLoaded).toBe(true);
  });

  it('are timed on as many threads as there are workers, at least', async () => {
    const { started, rows } = await examined({ threads: 2, workers: 3 });
    expect(started.map(({ threads }) => threads)).toEqual([3, 3]);
    expect(rows[0]).toMatchObject({ threads: 3 });
  });

  it('have one worker where a live camera’s run has one', () => {
    const workers = (detect: object) => workersOf(parseConfig({ detect }).detect);
    expect([workers({}), workers({ size: 512 }), workers({ model: 'm.onnx' })]).toEqual([
      'auto',
      1,
      1,
    ]);
    expect([workers({ workers: 2 }), workers({ size: 512, workers: 2 })]).toEqual([2, 2]);
  });

  it('are timed with several workers as well where a size is given, at that one alone', async () => {
    const { rows } = await examined({ threads: 3, size: 416 });
    const ofOnnx = rows.filter(({ engine }) => engine === 'onnx');
    expect(ofOnnx.map(({ workers, threads, side }) => [workers, threads, side])).toEqual([
      ...[256, 320, 416, 512, 640].map((side) => [1, 3, side]),
      [3, 3, 416],
    ]);
    const { started } = await examined({ threads: 3, size: 416, workers: 1 });
    expect(started.map(({ workers }) => workers)).toEqual([1, 1]);
    const single = await examined({ threads: 1, size: 416 });
    expect(single.started.map(({ workers }) => workers)).toEqual([1, 1]);
  });

  it('are started with the models of the user, and timed at their size alone', async () => {
    const canvas = {
      width: 640,
      height: 384,
      fit: 'stretch',
      anchor: 'corner',
      ground: 0,
    } as const;
    const detect = { model: 'm.onnx', encoder: 'e.onnx' };
    const { started, rows, timed, findings } = await examined(detect, { tfjs: bad }, canvas);
    expect(started[0]).toMatchObject({
      models: { detector: { path: 'm.onnx' }, encoder: { path: 'e.onnx' } },
      viewSize: 'auto',
    });
    expect(rows.map(({ engine, side }) => [engine, side])).toEqual([['onnx', 640]]);
    expect(new Set(timed)).toEqual(new Set([canvas]));
    // TensorFlow.js takes no ONNX files.
    expect(started.every(({ engine }) => engine === 'onnx')).toBe(true);
    expect(findings.filter(({ is }) => is === 'problem')).toEqual([]);
  });

  it('are tried where they read the model: TensorFlow.js for a GraphModel', async () => {
    const { started, findings } = await examined({ model: 'best_web_model/model.json' }, {}, 320);
    expect(new Set(started.map(({ engine }) => engine))).toEqual(new Set(['tfjs']));
    expect(findings.filter(({ is }) => is === 'problem')).toEqual([]);
  });

  it('are tried in the order in which a run would: the configured one first', async () => {
    for (const engine of ['onnx', 'tfjs'] as const) {
      const { started } = await examined({ engine });
      const other = engine === 'onnx' ? 'tfjs' : 'onnx';
      expect(started.map((each) => each.engine)).toEqual([engine, other]);
    }
  });

  it.each([
    [{ engine: 'onnx', model: 'web_model/model.json' }, 'which needs the engine tfjs, not onnx'],
    [{ engine: 'tfjs', model: 'best.onnx' }, 'which needs the engine onnx, not tfjs'],
    [{ engine: 'tfjs', encoder: 'e.onnx' }, 'which needs the engine onnx, not tfjs'],
    [{ model: 'model.json', encoder: 'e.onnx' }, 'detect.encoder and detect.model need one engine'],
    [{ engine: 'onnx', encoder: 'model.json' }, 'which needs the engine tfjs, not onnx'],
  ])('are not tried with models that a run refuses: %j', async (detect, text) => {
    const { findings, started, isLoaded } = await examined(detect);
    expect(findings).toMatchObject([
      { part: 'models', is: 'problem', text: expect.stringContaining(text) },
    ]);
    expect([started, isLoaded]).toEqual([[], false]);
  });

  it('are a problem where a model of the user cannot be read', async () => {
    for (const detect of [{ model: 'm.onnx' }, { encoder: 'm.onnx' }]) {
      const { findings, rows, isLoaded } = await examined(detect, { onnx: bad, tfjs: bad });
      expect(findings).toEqual([
        {
          part: 'models',
          is: 'problem',
          text: 'm.onnx: no such file',
          advice: expect.stringMatching(/detect\.model and detect\.encoder/),
        },
      ]);
      expect(rows).toEqual([]);
      expect(isLoaded).toBe(false);
    }
  });

  it('are a problem where none loads', async () => {
    const { findings } = await examined({}, { onnx: unavailable, tfjs: unavailable });
    expect(findings.map(({ part, is }) => [part, is])).toEqual([
      ['engine onnx', 'fine'],
      ['engine tfjs', 'fine'],
      ['engines', 'problem'],
    ]);
  });
});
