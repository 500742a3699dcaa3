import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EngineQueue } from '../../../operators/learn/engine-queue.ts';

describe('Turns', () => {
  it('runs one job at a time, looks before scenes, each in order of arrival', async () => {
    const turns = new EngineQueue();
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
      turns.take('scene', job('s1')),
      turns.take('scene', job('s2')),
      turns.take('look', job('l1')),
      turns.take('look', job('l2')),
    ]);
    expect(log).toEqual(['s1', 'l1', 'l2', 's2']);
    expect(results).toEqual(['s1', 's2', 'l1', 'l2']);
  });

  it('goes on after a job that fails', async () => {
    const turns = new EngineQueue();
    const failed = turns.take('look', () => Promise.reject(new Error('no')));
    const fine = turns.take('look', () => Promise.resolve(1));
    await expect(failed).rejects.toThrow('no');
    await expect(fine).resolves.toBe(1);
    await expect(turns.take('scene', () => Promise.resolve(2))).resolves.toBe(2);
  });

  it('gives way until nothing waits, but not for ever', async () => {
    const turns = new EngineQueue();
    let served = 0;
    let more = true;
    const again = async (): Promise<void> => {
      await nextTurn();
      served++;
      if (more) void turns.take('look', again);
    };
    void turns.take('look', again);
    await turns.giveWay(3);
    expect(served).toBe(3);
    more = false;
    await turns.giveWay(100);
    expect(served).toBe(4);
    await turns.giveWay(100);
  });
});
