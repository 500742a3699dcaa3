import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DetectionsFileError, JsonLinesSink, openJsonLines } from '../../sinks/json-lines.ts';
import { detections, metrics, model } from './sample-events.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-lines-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('the detections file', () => {
  it('has one line per detected frame, with exactly the documented keys, and nothing else', async () => {
    const path = join(folder, 'detections.jsonl');
    const sink = await openJsonLines(path);
    sink.publish(detections(4));
    sink.publish(metrics());
    sink.publish(model());
    sink.publish({ ...detections(5), detections: [] });
    await sink.close();
    expect(await readFile(path, 'utf8')).toBe(
      '{"frame":4,"timestampMs":160,"timeBasis":"media","frameId":"yard_optical_frame",' +
        '"detections":[{"class":"traffic cone","score":0.75,"box":[10,20,30,60],"trackId":7,"headVersion":3}]}\n' +
        '{"frame":5,"timestampMs":200,"timeBasis":"media","frameId":"yard_optical_frame",' +
        '"detections":[]}\n',
    );
    expect(sink.dropped).toBe(0);
  });

  it('contains all accepted lines once it is closed', async () => {
    const path = join(folder, 'many.jsonl');
    const sink = await openJsonLines(path);
    for (let frame = 0; frame < 20_000; frame++) sink.publish(detections(frame));
    await sink.close();
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(20_000);
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ frame: 19_999 });
  });

  it('replaces the previous content', async () => {
    const path = join(folder, 'twice.jsonl');
    for (const frame of [1, 2]) {
      const sink = await openJsonLines(path);
      sink.publish(detections(frame));
      await sink.close();
    }
    expect(await readFile(path, 'utf8')).toMatch(/^\{"frame":2,[^\n]*\n$/);
  });

  it('drops and counts whole lines where the disk is too slow', async () => {
    const path = join(folder, 'slow.jsonl');
    const sink = await openJsonLines(path, { pendingBytesMax: 10_000 });
    for (let frame = 0; frame < 1000; frame++) {
      sink.publish(detections(frame));
      expect(sink.pendingBytes).toBeLessThanOrEqual(10_000);
    }
    await sink.close();
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
    expect(sink.dropped).toBeGreaterThan(0);
    expect(lines.length + sink.dropped).toBe(1000);
    expect(sink.written).toBe(lines.length);
  });

  it('is refused with its path and the reason where it cannot be opened', async () => {
    const inNowhere = join(folder, 'no', 'such', 'file.jsonl');
    await expect(openJsonLines(inNowhere)).rejects.toThrow(
      `cannot write detections to ${inNowhere}: its folder does not exist`,
    );
    await expect(openJsonLines(folder)).rejects.toThrow(/it is a folder$/);
    await expect(openJsonLines(folder)).rejects.toBeInstanceOf(DetectionsFileError);
  });

  it('reports its first write error once and drops the lines after it', async () => {
    const errors: Error[] = [];
    const stream = createWriteStream(join(folder, 'broken.jsonl'));
    const sink = new JsonLinesSink('broken.jsonl', stream, {
      onError: (error) => errors.push(error),
    });
    stream.destroy(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    sink.publish(detections(1));
    sink.publish(detections(2));
    expect(sink.dropped).toBe(2);
    expect(errors.map(({ message }) => message)).toEqual([
      'cannot write detections to broken.jsonl: the disk is full',
    ]);
    await sink.close();
  });
});
