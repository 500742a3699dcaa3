import { describe, expect, it } from 'vitest';
import { NatsSink } from '../../sinks/nats.ts';
import { answerCommands } from '../sinks/answer-commands.ts';
import {
  cleanups,
  createBroker,
  createListener,
  createSink,
  sendCommand,
  until,
} from './nats-rig.ts';

describe('access over NATS', () => {
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
