import { describe, expect, it } from 'vitest';
import type { Command, CommandResult } from '../../../sinks/events.ts';
import { detections } from '../sample-events.ts';
import { connectClient, startSink, until } from './websocket-rig.ts';

describe('a command on the WebSocket', () => {
  it('is emitted with its sender, and its result is returned under its id', async () => {
    const received: [Command, string][] = [];
    const handle = async (command: Command, by: string): Promise<CommandResult> => {
      received.push([command, by]);
      return { ok: true, labelId: 'l7', samples: 3 };
    };
    const { http } = await startSink({ handle });
    const program = await connectClient(http);
    const person = await connectClient(http, { origin: `http://127.0.0.1:${http.port}` });
    const label = { command: 'label', class: 'cone', target: { clusterId: 'c1' } } as const;
    expect(await program.ask({ id: 'q1', ...label })).toMatchObject({
      type: 'answer',
      id: 'q1',
      ok: true,
      labelId: 'l7',
      samples: 3,
    });
    await person.ask({ command: 'undo', by: 'anna' });
    expect(received).toEqual([
      [label, 'program'],
      [{ command: 'undo' }, 'person:anna'],
    ]);
  });

  it('is answered with an error and not emitted where it is invalid', async () => {
    let received = 0;
    const { http } = await startSink({
      handle: async () => ({ ok: ++received > 0 }) as CommandResult,
    });
    const client = await connectClient(http);
    expect(await client.ask('{broken')).toMatchObject({ ok: false, code: 'bad-json' });
    expect(await client.ask({ command: 'dance', id: 'x' })).toMatchObject({
      id: 'x',
      ok: false,
      code: 'bad-command',
    });
    client.socket.send(Buffer.from([1, 2, 3]));
    await until(() => client.ofType('answer').length === 3);
    expect(client.ofType('answer')[2]).toMatchObject({ ok: false, code: 'bad-json' });
    expect(received).toBe(0);
    expect(client.closeCode).toBeNull();
  });

  it('is answered with the failure where its execution fails', async () => {
    const { http } = await startSink({
      handle: async () => ({ ok: false, code: 'failed', message: 'disk full' }),
    });
    const client = await connectClient(http);
    expect(await client.ask({ command: 'undo', id: 'u' })).toMatchObject({
      id: 'u',
      ok: false,
      code: 'failed',
      message: 'disk full',
    });
  });

  it('is answered rate-limited beyond the rate, and accepted again after a pause', async () => {
    let nowMs = 0;
    const { http } = await startSink({
      now: () => nowMs,
      commandLimits: { burst: 3, perSecond: 1 },
    });
    const client = await connectClient(http);
    const answers = [];
    for (let i = 0; i < 5; i++) answers.push((await client.ask({ command: 'undo' }))['code']);
    expect(answers).toEqual([undefined, undefined, undefined, 'rate-limited', 'rate-limited']);
    nowMs = 1000;
    expect(await client.ask({ command: 'undo' })).toMatchObject({ ok: true });
  });

  it('is answered busy beyond the number of pending commands', async () => {
    const results: ((result: CommandResult) => void)[] = [];
    const { http } = await startSink({
      handle: () => new Promise((resolve) => results.push(resolve)),
      commandLimits: { pendingMax: 2 },
    });
    const client = await connectClient(http);
    for (const id of ['a', 'b', 'c']) client.socket.send(`{"id":"${id}","command":"undo"}`);
    await until(() => client.ofType('answer').length === 1);
    expect(client.ofType('answer')[0]).toMatchObject({ id: 'c', code: 'busy' });
    for (const resolve of results) resolve({ ok: true });
    await until(() => client.ofType('answer').length === 3);
  });

  it('disconnects its client with 1008 where it is part of a flood', async () => {
    const { http } = await startSink({ now: () => 0, commandLimits: { burst: 40 } });
    const client = await connectClient(http);
    for (let i = 0; i < 600; i++) client.socket.send('{"command":"undo"}');
    await until(() => client.closeCode !== null);
    expect(client.closeCode).toBe(1008);
  });

  it('of 100 MB closes its client with 1009 and affects no other client', async () => {
    const { http, sink } = await startSink();
    const other = await connectClient(http);
    const client = await connectClient(http);
    const before = process.memoryUsage().rss;
    client.socket.send(Buffer.alloc(100 * 1024 * 1024, 0x20).toString('latin1'));
    await until(() => client.closeCode !== null);
    expect([1009, 1006]).toContain(client.closeCode);
    sink.publish(detections(5));
    await until(() => other.ofType('detections').length === 1);
    await until(() => sink.clientCount === 1);
    // Most of the allowance is for the sender's own copies, in the same process.
    expect(process.memoryUsage().rss - before).toBeLessThan(700 * 1024 * 1024);
  });

  it('of 300 kB closes its client with 1009', async () => {
    const { http } = await startSink();
    const client = await connectClient(http);
    client.socket.send('x'.repeat(300_000));
    await until(() => client.closeCode !== null);
    expect(client.closeCode).toBe(1009);
  });
});
