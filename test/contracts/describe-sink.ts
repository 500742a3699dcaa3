import { afterEach, describe, expect, it } from 'vitest';
import type { Command, CommandRequest, Sink } from '../../sinks/events.ts';
import { detections, oneOfEach, sample } from '../sinks/sample-events.ts';

/** One sink implementation with the environment it needs. */
export interface SinkCase {
  readonly name: string;
  /**
   * Whether a flood loses messages: Prometheus stores values, not messages. Null leaves it open,
   * for a consumer that reads as fast as it can.
   */
  readonly drops: boolean | null;
  /** Whether a client can send commands to the created sink. */
  readonly takesCommands: boolean;
  /** Creates a sink whose consumer reads as little as possible. */
  create(): Promise<{
    readonly sink: Sink;
    /** Bytes that wait in the sink now; `pendingMax` is their cap. */
    readonly pending?: () => number;
    readonly pendingMax: number;
    /** Sends a command from a client and resolves with its answer. */
    readonly ask?: (command: Command) => Promise<unknown>;
    /** Called after the sink is closed. */
    readonly cleanUp: () => unknown;
  }>;
}

/** The contract of all sinks: publishing never blocks, throws or accumulates; closing is safe. */
export function describeSink(sinkCase: SinkCase): void {
  describe(`${sinkCase.name} as a sink`, () => {
    const cleanups: (() => unknown)[] = [];

    async function create() {
      const created = await sinkCase.create();
      cleanups.push(created.cleanUp, () => created.sink.close());
      return created;
    }

    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    });

    it('has a name and has dropped nothing initially', async () => {
      const { sink } = await create();
      expect(sink.name).toMatch(/^[a-z][a-z-]*$/);
      expect(sink.dropped).toBe(0);
    });

    it('accepts every type of event without throwing, before and after it is closed', async () => {
      const { sink } = await create();
      for (const event of oneOfEach) expect(() => sink.publish(event)).not.toThrow();
      await sink.close();
      const droppedAtClose = sink.dropped;
      for (const event of oneOfEach) expect(() => sink.publish(event)).not.toThrow();
      const picture = { camera: 'yard', frame: 1, timestampMs: 0, jpeg: new Uint8Array(9) };
      expect(() => sink.publishPicture?.(picture)).not.toThrow();
      expect(sink.wantsPictures?.('yard') ?? false).toBe(false);
      expect(sink.dropped).toBe(droppedAtClose);
    });

    it('can be closed twice, even concurrently, and within two seconds', async () => {
      const { sink } = await create();
      sink.publish(detections(1));
      const startMs = performance.now();
      await Promise.all([sink.close(), sink.close()]);
      await sink.close();
      expect(performance.now() - startMs).toBeLessThan(2000);
    });

    it('does not block: it accepts a thousand events within a second', async () => {
      const { sink } = await create();
      const startMs = performance.now();
      for (let frame = 0; frame < 1000; frame++) sink.publish(detections(frame));
      expect(performance.now() - startMs).toBeLessThan(1000);
    });

    it('holds a bounded number of bytes under a flood, and counts dropped messages', async () => {
      const { sink, pending, pendingMax } = await create();
      let mostBytes = 0;
      for (let frame = 0; frame < 4000; frame++) {
        sink.publish(detections(frame));
        sink.publish(sample(`s${frame}`, { thumbnail: 'A'.repeat(2000) }));
        mostBytes = Math.max(mostBytes, pending?.() ?? 0);
      }
      expect(mostBytes).toBeLessThanOrEqual(pendingMax);
      if (sinkCase.drops === true) expect(sink.dropped).toBeGreaterThan(1000);
      if (sinkCase.drops === false) expect(sink.dropped).toBe(0);
    });

    it('completes its commands when it is closed, also for late subscribers', async () => {
      const { sink } = await create();
      const ends: string[] = [];
      const end = { error: () => ends.push('error'), complete: () => ends.push('complete') };
      sink.commands$?.subscribe(end);
      expect(ends).toEqual([]);
      await sink.close();
      sink.commands$?.subscribe(end);
      expect(ends).toEqual(sink.commands$ === undefined ? [] : ['complete', 'complete']);
    });

    if (!sinkCase.takesCommands) return;

    it('emits a command to all subscribers and answers its sender with the first reply', async () => {
      const { sink, ask } = await create();
      const received: Pick<CommandRequest, 'command' | 'by'>[] = [];
      for (const labelId of ['l1', 'l2']) {
        sink.commands$?.subscribe(({ command, by, reply }) => {
          received.push({ command, by });
          reply({ ok: true, labelId });
        });
      }
      expect(await ask!({ command: 'undo' })).toMatchObject({ ok: true, labelId: 'l1' });
      expect(received).toEqual([
        { command: { command: 'undo' }, by: 'program' },
        { command: { command: 'undo' }, by: 'program' },
      ]);
    });

    it('answers failed without subscribers, and does not repeat the command later', async () => {
      const { sink, ask } = await create();
      expect(await ask!({ command: 'undo' })).toMatchObject({ ok: false, code: 'failed' });
      const received: Command[] = [];
      sink.commands$?.subscribe(({ command, reply }) => {
        received.push(command);
        reply({ ok: true });
      });
      expect(await ask!({ command: 'pause' })).toMatchObject({ ok: true });
      expect(received).toEqual([{ command: 'pause' }]);
    });
  });
}
