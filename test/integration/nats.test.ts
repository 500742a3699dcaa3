import { connect, type NatsConnection } from 'nats';
import { afterEach, describe, expect, it } from 'vitest';
import type { Command } from '../../sinks/events.ts';
import { NatsSink, type NatsSinkOptions } from '../../sinks/nats.ts';
import { describeSink } from '../contracts/describe-sink.ts';
import { answerCommands, type Handle } from '../sinks/answer-commands.ts';
import { detections, metrics, model, oneOfEach, sample } from '../sinks/sample-events.ts';
import { freePort, TestBroker } from './nats-server.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function createBroker(flags: readonly string[] = []): Promise<TestBroker> {
  const broker = new TestBroker(await freePort(), flags);
  cleanups.push(() => broker.kill());
  return broker;
}

function createSink(
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

interface Received {
  readonly subject: string;
  readonly message: Record<string, unknown>;
}

/** Another client of the broker, which keeps all published messages. */
async function createListener(broker: TestBroker, options = {}) {
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

async function sendCommand(connection: NatsConnection, message: unknown): Promise<unknown> {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  const reply = await connection.request('lifelens.hall_1.command', text, { timeout: 3000 });
  return reply.json();
}

async function until(isTrue: () => boolean, limitMs = 10_000): Promise<void> {
  const deadlineMs = Date.now() + limitMs;
  while (!isTrue()) {
    if (Date.now() > deadlineMs)
      throw new Error(`not true within ${limitMs} ms: ${isTrue.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describeSink({
  name: 'NATS with a broker',
  drops: null,
  takesCommands: true,
  async create() {
    const broker = new TestBroker(await freePort());
    await broker.start();
    const sink = new NatsSink({
      servers: broker.address,
      instance: 'hall 1',
      scope: 'manage',
      pendingBytesMax: 500_000,
    });
    await until(() => sink.connected);
    const client = await connect({ servers: broker.address, reconnect: false });
    return {
      sink,
      pending: () => sink.pendingBytes,
      // The cap, and half of it that may be sent but not confirmed.
      pendingMax: 760_000,
      ask: (command) => sendCommand(client, command),
      cleanUp: async () => {
        await client.close();
        await broker.kill();
      },
    };
  },
});

describe('the NATS sink', () => {
  it('publishes each type of event under its subject, samples without thumbnails', async () => {
    const broker = await createBroker();
    await broker.start();
    const { received } = await createListener(broker);
    const sink = createSink(broker);
    for (const event of oneOfEach) sink.publish(event);
    sink.publish(detections(2, 'gate.north > *'));
    sink.publish(detections(3));
    await until(() => received.length === 7);
    expect(received.map(({ subject }) => subject).sort()).toEqual([
      'lifelens.hall_1.camera.yard',
      'lifelens.hall_1.detections.gate_north____',
      'lifelens.hall_1.detections.yard',
      'lifelens.hall_1.detections.yard',
      'lifelens.hall_1.metrics',
      'lifelens.hall_1.model',
      'lifelens.hall_1.samples',
    ]);
    const receivedOn = (suffix: string) =>
      received.filter(({ subject }) => subject.endsWith(suffix));
    expect(receivedOn('samples')[0]!.message).toEqual({
      v: 1,
      seq: 0,
      ...sample('s1'),
      thumbnail: '',
    });
    expect(receivedOn('detections.yard').map(({ message }) => message['seq'])).toEqual([0, 1]);
    expect(receivedOn('metrics')[0]!.message).toEqual({ v: 1, seq: 0, ...metrics() });
    expect(sink.dropped).toBe(0);
  });

  it('publishes thumbnails where they are enabled', async () => {
    const broker = await createBroker();
    await broker.start();
    const { received } = await createListener(broker);
    createSink(broker, { thumbnails: true }).publish(sample('s1'));
    await until(() => received.length === 1);
    expect(received[0]!.message).toMatchObject({ thumbnail: 'AAAA' });
  });

  it('accepts commands by request and reply, with the same answers as the WebSocket', async () => {
    const broker = await createBroker();
    await broker.start();
    const received: [Command, string][] = [];
    const sink = createSink(broker, {}, async (command, by) => {
      received.push([command, by]);
      if (command.command === 'rollback') {
        return { ok: false, code: 'failed', message: 'nothing to go back to' };
      }
      return { ok: true, labelId: 'l1', samples: 2 };
    });
    const { connection } = await createListener(broker);
    await until(() => sink.connected);
    const label = { command: 'label', class: 'cone', target: { clusterId: 'c1' } } as const;
    expect(await sendCommand(connection, { id: 'a', by: 'plc 4', ...label })).toEqual({
      v: 1,
      seq: 0,
      type: 'answer',
      id: 'a',
      ok: true,
      labelId: 'l1',
      samples: 2,
    });
    expect(received).toEqual([[label, 'program:plc 4']]);
    expect(await sendCommand(connection, '{oops')).toMatchObject({ ok: false, code: 'bad-json' });
    expect(await sendCommand(connection, { command: 'label' })).toMatchObject({
      code: 'bad-command',
    });
    expect(await sendCommand(connection, 'x'.repeat(300_000))).toMatchObject({ code: 'too-large' });
    expect(await sendCommand(connection, { command: 'rollback' })).toMatchObject({
      ok: false,
      code: 'failed',
      message: 'nothing to go back to',
    });
  });

  it('waits for a broker that is absent at startup, then delivers the pending messages', async () => {
    const broker = await createBroker();
    const notices: string[] = [];
    const sink = createSink(broker, { onNotice: (line) => notices.push(line) });
    sink.publish(model());
    await until(() => notices.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(notices).toEqual([expect.stringMatching(/^no NATS broker yet \(/)]);
    expect(sink.connected).toBe(false);
    await broker.start();
    await until(() => sink.connected && sink.pendingBytes === 0);
    const { received } = await createListener(broker);
    sink.publish(metrics());
    await until(() => received.length === 1);
    expect(sink.dropped).toBe(0);
    expect(notices.at(-1)).toMatch(/^connected to the NATS broker/);
  });

  it('publishes and accepts commands again after the broker was killed and restarted', async () => {
    const broker = await createBroker();
    await broker.start();
    const sink = createSink(broker, { pendingBytesMax: 200_000 });
    await until(() => sink.connected);
    await broker.kill();
    await until(() => !sink.connected);
    for (let frame = 0; frame < 5000; frame++) {
      sink.publish(detections(frame));
      expect(sink.pendingBytes).toBeLessThanOrEqual(200_000);
    }
    sink.publish(model());
    const droppedMeanwhile = sink.dropped;
    expect(droppedMeanwhile).toBeGreaterThan(4000);

    // The listener connects before the sink does, so that it receives the pending messages.
    await broker.start();
    const { connection, received } = await createListener(broker);
    await until(() => sink.connected);
    await until(() => sink.pendingBytes === 0);
    sink.publish(detections(6000));
    await until(() => received.at(-1)?.message['frame'] === 6000);
    expect(await sendCommand(connection, { command: 'undo' })).toMatchObject({ ok: true });
    expect(sink.dropped).toBe(droppedMeanwhile);
  });

  it('keeps pending messages within the cap while the broker is suspended', async () => {
    const broker = await createBroker();
    await broker.start();
    const sink = createSink(broker, { pendingBytesMax: 500_000 });
    await until(() => sink.connected);
    broker.freeze(true);
    let peakBytes = 0;
    for (let frame = 0; frame < 20_000; frame++) {
      sink.publish(detections(frame));
      peakBytes = Math.max(peakBytes, sink.pendingBytes);
      if (frame % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    broker.freeze(false);
    // The cap, and half of it that may be sent but not confirmed.
    expect(peakBytes).toBeLessThanOrEqual(760_000);
    expect(sink.dropped).toBeGreaterThan(10_000);
    await until(() => sink.pendingBytes === 0);
  });

  it('authenticates with a token or a user, and reports a rejected login', async () => {
    const broker = await createBroker(['--auth', 'sesame']);
    await broker.start();
    const notices: string[] = [];
    createSink(broker, { token: 'wrong', onNotice: (line) => notices.push(line) });
    await until(() => notices.length === 1);
    expect(notices[0]).toMatch(/AUTHORIZATION_VIOLATION/i);
    const sink = createSink(broker, { token: 'sesame' });
    await until(() => sink.connected);

    const second = await createBroker(['--user', 'anna', '--pass', 'secret']);
    await second.start();
    const other = createSink(second, { user: 'anna', pass: 'secret' });
    await until(() => other.connected);
  });

  it('drops messages above the size limit of the broker, and publishes the others', async () => {
    const broker = await createBroker();
    await broker.start();
    const sink = createSink(broker, { thumbnails: true });
    const { received } = await createListener(broker);
    await until(() => sink.connected);
    sink.publish(sample('huge', { thumbnail: 'A'.repeat(1_500_000) }));
    sink.publish(sample('small'));
    await until(() => received.length === 1);
    expect(received[0]!.message['sampleId']).toBe('small');
    expect(sink.dropped).toBe(1);
  });

  it('delivers pending messages before it closes', async () => {
    const broker = await createBroker();
    await broker.start();
    const { received } = await createListener(broker);
    const sink = createSink(broker);
    await until(() => sink.connected);
    for (let frame = 0; frame < 200; frame++) sink.publish(detections(frame));
    await sink.close();
    await until(() => received.length === 200);
    sink.publish(detections(1));
    expect(sink.connected).toBe(false);
  });

  it('throws with the path of a credentials file that it cannot read', async () => {
    const broker = await createBroker();
    expect(() => createSink(broker, { credsFile: '/no/such.creds' })).toThrow(
      'cannot read NATS credentials from /no/such.creds',
    );
  });

  it('lets clients label and change nothing else, unless it is configured to', async () => {
    const broker = await createBroker();
    await broker.start();
    const sink = new NatsSink({ servers: broker.address, instance: 'hall 1' });
    answerCommands(sink);
    cleanups.push(() => sink.close());
    const { connection } = await createListener(broker);
    await until(() => sink.connected);
    expect(await sendCommand(connection, { command: 'undo' })).toMatchObject({ ok: true });
    for (const command of ['rollback', 'pause', 'resume']) {
      expect(await sendCommand(connection, { id: 'a', command })).toMatchObject({
        id: 'a',
        ok: false,
        code: 'forbidden',
        message: `${command} needs the scope manage, and this client has label`,
      });
    }
  });

  it('uses the credentials in an address, and shows them nowhere', async () => {
    const broker = await createBroker(['--user', 'lens', '--pass', 'hall/7@x']);
    await broker.start();
    const notices: string[] = [];
    const sink = createSink(broker, {
      servers: `nats://lens:hall%2F7%40x@${broker.address}`,
      onNotice: (line) => notices.push(line),
    });
    await until(() => sink.connected);
    expect(notices).toEqual([`connected to the NATS broker at ${broker.address}`]);
  });

  it('uses a token in an address', async () => {
    const broker = await createBroker(['--auth', 's3cret']);
    await broker.start();
    const sink = createSink(broker, { servers: `nats://s3cret@${broker.address}` });
    await until(() => sink.connected);
  });

  it('says in one line that the broker refuses its credentials, and tries on', async () => {
    const broker = await createBroker(['--user', 'lens', '--pass', 'right']);
    const notices: string[] = [];
    const sink = createSink(broker, {
      servers: `nats://lens:wrong@${broker.address}`,
      onNotice: (line) => notices.push(line),
    });
    await until(() => notices.length === 1);
    expect(notices[0]).toMatch(/^no NATS broker yet \(CONNECTION_REFUSED\); retrying$/);
    await broker.start();
    await until(() => notices.length === 2);
    expect(notices[1]).toBe(
      'the NATS broker refuses the credentials (AUTHORIZATION_VIOLATION); retrying',
    );
    await broker.kill();
    await until(() => notices.length === 3);
    expect(notices[2]).toBe(notices[0]);
    expect(sink.connected).toBe(false);
    expect(notices.join()).not.toContain('wrong');
  });

  it('throws for a malformed address, instead of trying it for ever', () => {
    for (const servers of ['nats://hall:x', 'http://me:secret@hall', ['hall', 'two words']]) {
      const create = () => new NatsSink({ servers });
      expect(create).toThrow(expect.objectContaining({ name: 'NatsAddressError' }) as Error);
      expect(create).not.toThrow(/secret/);
    }
  });
});
