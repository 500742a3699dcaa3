import { connect, type NatsConnection } from 'nats';
import { afterEach } from 'vitest';
import { NatsSink, type NatsSinkOptions } from '../../sinks/nats.ts';
import { answerCommands, type Handle } from '../sinks/answer-commands.ts';
import { freePort, TestBroker } from './nats-server.ts';

/** Called after each test, the newest first. */
export const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A broker that ends after the test; not started yet. */
export async function createBroker(flags: readonly string[] = []): Promise<TestBroker> {
  const broker = new TestBroker(await freePort(), flags);
  cleanups.push(() => broker.kill());
  return broker;
}

/** A sink that answers its commands, for a broker. */
export function createSink(
  broker: TestBroker,
  options: Partial<NatsSinkOptions> = {},
  handle?: Handle,
): NatsSink {
  const sink = new NatsSink({
    servers: broker.address,
    instance: 'hall 1',
    scope: 'manage',
    backoffMs: { min: 20, max: 100 },
    ...options,
  });
  answerCommands(sink, handle);
  cleanups.push(() => sink.close());
  return sink;
}

export interface Received {
  readonly subject: string;
  readonly message: Record<string, unknown>;
}

/** Another client of the broker, which keeps all published messages. */
export async function createListener(broker: TestBroker, options = {}) {
  const connection = await connect({ servers: broker.address, reconnect: false, ...options });
  cleanups.push(() => connection.close());
  const received: Received[] = [];
  connection.subscribe('lifelens.>', {
    callback: (_error, { subject, data }) => {
      if (subject.endsWith('.command')) return;
      const message = JSON.parse(Buffer.from(data).toString()) as Record<string, unknown>;
      received.push({ subject, message });
    },
  });
  await connection.flush();
  return { connection, received };
}

/** Sends a command over the broker and resolves with its answer. */
export async function sendCommand(connection: NatsConnection, message: unknown): Promise<unknown> {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  const reply = await connection.request('lifelens.hall_1.command', text, { timeout: 3000 });
  return reply.json();
}

export async function until(isTrue: () => boolean, limitMs = 10_000): Promise<void> {
  const deadlineMs = Date.now() + limitMs;
  while (!isTrue()) {
    if (Date.now() > deadlineMs)
      throw new Error(`not true within ${limitMs} ms: ${isTrue.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
