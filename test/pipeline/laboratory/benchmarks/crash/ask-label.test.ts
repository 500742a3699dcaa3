import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { labelOf } from '../../../../../pipeline/laboratory/benchmarks/crash/ask-label.ts';
import { Client } from '../../../../../pipeline/laboratory/benchmarks/rig/client.ts';
import type {
  Accepted,
  Service,
} from '../../../../../pipeline/laboratory/benchmarks/rig/service/service.ts';

/** Longer than any fixed wait that a fast machine would suggest. */
const slowMs = 1800;

test('a label that is sent late is not taken for a dismissal', async () => {
  expect(await asked({ label: 'cup', afterMs: slowMs })).toBe('cup');
});

test('a sample without a label has none again once its dismissal is undone', async () => {
  expect(await asked({ label: null })).toBeNull();
});

test('a sample that was dismissed before stays so: the undo changes nothing', async () => {
  expect(await asked({})).toBe('background');
});

test('only a sample that is not there is said to be missing', async () => {
  expect(await asked({ refusal: 'unknown-target' })).toBeUndefined();
  await expect(asked({ refusal: 'not-saved' })).rejects.toThrow('s1 was not dismissed: no room');
});

interface Program {
  /** What the undo restores; absent where it restores nothing. */
  readonly label?: string | null;
  readonly afterMs?: number;
  readonly refusal?: string;
}

/** Asks a program for the label of s1 that answers commands like lifelens, and as slowly as set. */
async function asked(program: Program): Promise<unknown> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const request = JSON.parse(data.toString()) as { command: string; id: string };
      void answer(socket, request, program);
    });
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = await Client.connect(`http://127.0.0.1:${port}`);
  const accepted: Service['accepted'] = async (command) => (await client.send(command)) as Accepted;
  try {
    return await labelOf({ client, accepted }, 's1');
  } finally {
    client.close();
    server.close();
  }
}

async function answer(
  socket: WebSocket,
  { command, id }: { command: string; id: string },
  { label, afterMs = 0, refusal }: Program,
): Promise<void> {
  const send = (message: object): void => socket.send(JSON.stringify(message));
  if (command === 'dismiss') {
    if (refusal !== undefined) {
      send({ type: 'answer', id, ok: false, code: refusal, message: 'no room' });
      return;
    }
    send({ type: 'sample', sampleId: 's1', label: 'background' });
    send({ type: 'answer', id, ok: true, labelId: 'l1' });
    send({ type: 'metrics' });
    return;
  }
  send({ type: 'answer', id, ok: true, labelId: 'l1' });
  await delay(afterMs);
  if (label !== undefined) send({ type: 'sample', sampleId: 's1', label });
  send({ type: 'metrics' });
}
