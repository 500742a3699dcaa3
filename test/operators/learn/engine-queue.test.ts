import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EngineQueue } from '../../../operators/learn/engine-queue.ts';

describe('EngineQueue', () => {
  it('runs one job at a time, crops before scenes, each in order of arrival', async () => {
    const queue = new EngineQueue();
    const log: string[] = [];
    let running = 0;
    const job = (name: string) => async () => {
      expect(++running).toBe(1);
      await nextTurn();
      log.push(name);
      running--;
      return name;
    };
    const results = await Promise.all([
      queue.run('scene', job('s1')),
      queue.run('scene', job('s2')),
      queue.run('crops', job('c1')),
      queue.run('crops', job('c2')),
    ]);
    expect(log).toEqual(['s1', 'c1', 'c2', 's2']);
    expect(results).toEqual(['s1', 's2', 'c1', 'c2']);
  });

  it('runs labels that someone waits for before anything else', async () => {
    const queue = new EngineQueue();
    const log: string[] = [];
    const job = (name: string) => () => Promise.resolve(log.push(name));
    await Promise.all([
      queue.run('scene', job('s1')),
      queue.run('scene', job('s2')),
      queue.run('crops', job('c1')),
      queue.run('label', job('l1')),
    ]);
    expect(log).toEqual(['s1', 'l1', 'c1', 's2']);
  });

  it('waits between two jobs where it is asked to, and not after the last', async () => {
    const log: string[] = [];
    const queue = new EngineQueue(async () => {
      await nextTurn();
      log.push('rest');
    });
    const job = (name: string) => () => Promise.resolve(log.push(name));
    await Promise.all([queue.run('crops', job('c1')), queue.run('crops', job('c2'))]);
    await nextTurn();
    expect(log).toEqual(['c1', 'rest', 'c2']);
  });

  it('continues after a job that fails', async () => {
    const queue = new EngineQueue();
    const failed = queue.run('crops', () => Promise.reject(new Error('no')));
    const fine = queue.run('crops', () => Promise.resolve(1));
    await expect(failed).rejects.toThrow('no');
    await expect(fine).resolves.toBe(1);
    await expect(queue.run('scene', () => Promise.resolve(2))).resolves.toBe(2);
  });

  it('gives way until no job waits, but not forever', async () => {
    const queue = new EngineQueue();
    let served = 0;
    let more = true;
    const again = async (): Promise<void> => {
      await nextTurn();
      served++;
      if (more) void queue.run('crops', again);
    };
    void queue.run('crops', again);
    await queue.giveWay(3);
    expect(served).toBe(3);
    more = false;
    await queue.giveWay(100);
    expect(served).toBe(4);
    await queue.giveWay(100);
  });
});
