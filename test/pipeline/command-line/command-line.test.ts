import { afterEach, describe, expect, it, vi } from 'vitest';
import { strategyNames } from '../../../operators/learn/strategies/strategy-registry.ts';
import { protocolNames } from '../../../pipeline/laboratory/protocols/protocol-registry.ts';
import type { DoctorFlags } from '../../../pipeline/batch/doctor/examine.ts';
import type { CheckFlags } from '../../../pipeline/batch/check/check-set.ts';
import type { EvalFlags } from '../../../pipeline/batch/evaluate-set.ts';
import type { CopyFlags } from '../../../pipeline/batch/copy-state.ts';
import type { TeachFlags } from '../../../pipeline/batch/teach.ts';
import type { RunFlags } from '../../../pipeline/configuration/run-flags.ts';
import type { BenchLearningFlags } from '../../../pipeline/laboratory/learning/bench-learning-flags.ts';
import { parseCommandLine } from '../../../pipeline/command-line/command-line.ts';
import { UsageError } from '../../../pipeline/command-line/usage-error.ts';

afterEach(() => vi.restoreAllMocks());

type AnyFlags =
  RunFlags | TeachFlags | EvalFlags | BenchLearningFlags | CopyFlags | CheckFlags | DoctorFlags;

/** Parses `argv` and returns the called handlers with their flags, the error and the output. */
async function parse(...argv: readonly string[]) {
  const printed = { out: '', err: '' };
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed.err += String(text);
    return true;
  });
  const called: [string, AnyFlags][] = [];
  const record = (command: string) => async (flags: AnyFlags) => {
    called.push([command, { ...flags }]);
  };
  const handlers = {
    run: record('run'),
    teach: record('teach'),
    evaluate: record('eval'),
    check: (set: string, flags: CheckFlags) => record(`check ${set}`)(flags),
    doctor: record('doctor'),
    benchLearning: record('bench'),
    backup: (file: string, flags: CopyFlags) => record(`backup ${file}`)(flags),
    restore: (file: string, flags: CopyFlags) => record(`restore ${file}`)(flags),
    print: async (text: string) => {
      printed.out += text;
    },
  };
  const error = await parseCommandLine(argv, handlers, '1.2.3').then(
    () => null,
    (reason: unknown) => reason,
  );
  vi.restoreAllMocks();
  return { called, error, ...printed };
}

function bench(...flags: readonly string[]): string[] {
  const sets = ['--train', 'yolo:a', '--test', 'yolo:b'];
  return ['bench', 'learning', ...sets, '--protocol', 'all', ...flags];
}

describe('the command line', () => {
  it('defaults to the command run', async () => {
    expect((await parse()).called).toEqual([['run', { dashboard: true }]]);
    expect((await parse('--fast')).called).toEqual([['run', { dashboard: true, fast: true }]]);
  });

  it('parses every flag of doctor', async () => {
    const { called, error } = await parse(
      ...['doctor', '--config', 'c.yaml', '--source', 'rtsp://camera/1', '--fps', '5'],
      ...['--size', 'auto', '--engine', 'onnx', '--threads', 'auto', '--state', 's'],
      ...['--port', '0', '--json', '--workers', '2', '--model', 'm.onnx', '--encoder', 'e.onnx'],
    );
    expect(error).toBe(null);
    const camera = { config: 'c.yaml', source: 'rtsp://camera/1', fps: 5 };
    const models = { model: 'm.onnx', encoder: 'e.onnx' };
    const detector = { size: 'auto', engine: 'onnx', threads: 'auto', workers: 2, ...models };
    expect(called).toEqual([
      ['doctor', { ...camera, ...detector, state: 's', port: 0, json: true }],
    ]);
  });

  it('parses every flag of check', async () => {
    const { called, error } = await parse(
      ...['check', 'photos:p', '--sheet', 's.jpg', '--write-boxes', '--skip-broken', '--size'],
      ...['512', '--engine', 'tfjs', '--seed', '3', '--report', '-', '--log-level', 'debug'],
    );
    expect(error).toBe(null);
    const flags = { sheet: 's.jpg', writeBoxes: true, skipBroken: true, size: 512 };
    const others = { engine: 'tfjs', seed: 3, report: '-', logLevel: 'debug' };
    expect(called).toEqual([['check photos:p', { ...flags, ...others }]]);
    expect((await parse('check')).error).toBeInstanceOf(UsageError);
  });

  it.each([
    ['teach', ['teach', '--train', 'yolo:a', '--state', 's']],
    ['eval', ['eval', '--test', 'yolo:a']],
    ['bench', bench()],
  ])('lets %s leave out broken pictures', async (name, argv) => {
    const { called } = await parse(...argv, '--skip-broken');
    expect(called).toMatchObject([[name, { skipBroken: true }]]);
  });

  it.each([
    ['run', ['run']],
    ['teach', ['teach', '--train', 'yolo:a', '--state', 's']],
    ['eval', ['eval', '--test', 'yolo:a']],
    ['check yolo:a', ['check', 'yolo:a']],
    ['bench', bench()],
  ])('takes with %s how a model is read, and its names', async (name, argv) => {
    const { called } = await parse(...argv, '--format', 'yolov8', '--names', 'coco-91');
    expect(called).toMatchObject([[name, { format: 'yolov8', names: 'coco-91' }]]);
  });

  it('parses every flag of run', async () => {
    const { called, error } = await parse(
      ...['run', '--source', 'clip.mp4', '--config', 'l.yaml', '--fast', '--loop'],
      ...['--frames', '9', '--seconds', '1.5', '--fps', '12.5', '--size', '512'],
      ...['--engine', 'tfjs', '--threads', '2', '--workers', '3', '--state', 's', '--seed', '0'],
      ...['--no-dashboard', '--port', '0', '--detections', 'd', '--report', '-'],
      ...['--compare-engine', '--log-level', 'debug'],
    );
    expect(error).toBe(null);
    const flags = {
      source: 'clip.mp4',
      config: 'l.yaml',
      fast: true,
      loop: true,
      frames: 9,
      seconds: 1.5,
      fps: 12.5,
      size: 512,
      engine: 'tfjs',
      threads: 2,
      workers: 3,
      state: 's',
      seed: 0,
      dashboard: false,
      port: 0,
      detections: 'd',
      report: '-',
      compareEngine: true,
      logLevel: 'debug',
    };
    expect(called).toEqual([['run', flags]]);
  });

  it('parses the flags of teach and eval', async () => {
    const teach = await parse(
      ...['teach', '--train', 'yolo:a', '--state', 's', '--strategy', 'replay'],
    );
    expect(teach.called).toEqual([['teach', { train: 'yolo:a', state: 's', strategy: 'replay' }]]);
    const evaluate = await parse('eval', '--test', 'b', '--size', '320', '--shape', 'square');
    expect(evaluate.called).toEqual([['eval', { test: 'b', size: 320, shape: 'square' }]]);
  });

  it('parses the flags of bench learning', async () => {
    const sets = ['--train', 'yolo:a', '--test', 'yolo:b'];
    const short = await parse('bench', 'learning', ...sets, '--protocol', '10+10');
    const given = { train: 'yolo:a', test: 'yolo:b', protocol: '10+10', strategy: 'default' };
    expect(short.called).toEqual([['bench', given]]);
    const { called } = await parse(
      ...['bench', 'learning', ...sets, '--protocol', 'few-shot-5', '--strategy', 'replay'],
      ...['--seed', '3', '--memory', '1048576', '--size', '512', '--cache', 'c', '--images', '9'],
      ...['--checkpoints', '4', '--report', 'r.json'],
    );
    expect(called).toEqual([
      [
        'bench',
        {
          ...given,
          protocol: 'few-shot-5',
          strategy: 'replay',
          seed: 3,
          memory: 1048576,
          size: 512,
          cache: 'c',
          images: 9,
          checkpoints: 4,
          report: 'r.json',
        },
      ],
    ]);
  });

  it('parses the file and the folder of backup and restore', async () => {
    const backup = await parse('backup', '--state', 's', 'copy.db');
    expect(backup.called).toEqual([['backup copy.db', { state: 's' }]]);
    const restore = await parse('restore', 'copy.db', '--state', 's');
    expect(restore.called).toEqual([['restore copy.db', { state: 's' }]]);
  });

  it.each([
    [['backup', '--state', 's'], /'file'/],
    [['restore', 'copy.db'], /--state/],
    [['run', '--wat'], /unknown option '--wat'/],
    [['run', '--fats'], /'--fats'.*--fast/],
    [['run', '--size', '400'], /multiple of 32 from 160 to 1280/],
    [['run', '--size', 'large'], /whole number/],
    [['run', '--shape', 'round'], /own, square/],
    [['eval', '--test', 'yolo:b', '--size', 'auto'], /whole number/],
    [['run', '--threads', '65'], /from 1 to 64/],
    [['run', '--frames', '0'], /whole number from 1/],
    [['run', '--frames', '1.5'], /whole number from 1/],
    [['run', '--seconds', 'ten'], /number above 0/],
    [['run', '--seed', '-1'], /whole number from 0/],
    [['run', '--seed', ''], /whole number from 0/],
    [['run', '--port', '70000'], /port from 0 to 65535/],
    [['run', '--engine', 'cuda'], /auto, onnx, tfjs/],
    [['eval', '--test', 'yolo:b', '--format', 'yolov3'], /auto, yolox, yolov5/],
    [['run', '--source'], /argument missing/],
    [['walk'], /too many arguments/],
    [['teach', '--state', 's'], /--train/],
    [['teach', '--train', 'yolo:a'], /--state/],
    [['eval'], /--test/],
    [bench('--strategy', 'luck'), /luck.*default, tally/],
    [bench('--strategy', 'abr'), /abr is called mixed-replay now/],
    [bench('--protocol', '9+9'), /9\+9.*10\+10, 15\+5/],
    [bench('--memory', '4MB'), /whole number from 1/],
    [['bench', 'learning', '--train', 'yolo:a', '--test', 'yolo:b'], /--protocol/],
  ])('refuses %j in one line', async (argv, message) => {
    const { called, error, out, err } = await parse(...argv);
    expect(error).toBeInstanceOf(UsageError);
    expect(called).toEqual([]);
    expect(out).toBe('');
    expect(err).toMatch(/^lifelens: [^\n]+\n$/);
    expect(err).toMatch(message);
  });

  it('prints help on sources, flags, formats of sets and exit codes', async () => {
    const all = await parse('--help');
    expect(all.error).toBe(null);
    for (const word of ['run', 'teach', 'eval']) expect(all.out).toContain(`\n  ${word} [options]`);
    expect(all.out).toContain('2 bad usage or config, 130 or 143 interrupted (0 for run), 1 any');

    const run = await parse('run', '--help');
    const flags = [...run.out.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag);
    expect(flags).toEqual([
      ...['--source', '--config', '--fast', '--loop', '--frames', '--seconds', '--fps', '--size'],
      ...[
        '--shape',
        '--model',
        '--format',
        '--names',
        '--encoder',
        '--crop-size',
        '--engine',
        '--threads',
        '--workers',
      ],
      ...[
        '--state',
        '--seed',
        '--no-dashboard',
        '--port',
        '--detections',
        '--report',
        '--compare-engine',
        '--log-level',
      ],
    ]);
    for (const source of ['world', 'clip.mp4', 'rtsp://…', '/dev/video0']) {
      expect(run.out).toContain(`\n  ${source} `);
    }
    expect(run.out).toContain('Exit codes: 0 fine, Ctrl-C included, 2 bad usage or config, 1 any');

    const evaluate = await parse('eval', '--help');
    expect(evaluate.out.replaceAll(/\s+/g, ' ')).toContain('320, or with --model the model’s own');

    for (const command of ['teach', 'eval']) {
      const { out } = await parse(command, '--help');
      for (const form of [
        'voc:ANNOTATIONS:IMAGES[:LIST]',
        'coco:FILE.json:IMAGES',
        'cvat:FILE.xml:IMAGES',
        'labelstudio:FILE.json:IMAGES',
        'yolo:DIR',
      ]) {
        expect(out).toContain(form);
        expect(out).toContain('yolo:D/images/train');
      }
    }
    const { out } = await parse('bench', 'learning', '--help');
    expect(out).not.toContain('--model');
    for (const name of [...protocolNames, ...strategyNames]) expect(out).toContain(name);
    expect((await parse('--version')).out).toBe('1.2.3\n');
  });

  it('passes errors of commands through', async () => {
    const failing = () => Promise.reject(new Error('no camera'));
    const handlers = {
      run: failing,
      teach: failing,
      evaluate: failing,
      check: failing,
      doctor: failing,
      benchLearning: failing,
      backup: failing,
      restore: failing,
      print: failing,
    };
    await expect(parseCommandLine(['run'], handlers, '1')).rejects.toThrow('no camera');
  });
});
