import { connect } from 'nats';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../sinks/events.ts';
import { NatsSink } from '../../sinks/nats.ts';
import { describeSink } from '../contracts/describe-sink.ts';
import { detections, metrics, model, oneOfEach, sample } from '../sinks/sample-events.ts';
import { createBroker, createListener, createSink, sendCommand, until } from './nats-rig.ts';
import { freePort, TestBroker } from './nats-server.ts';

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
});
