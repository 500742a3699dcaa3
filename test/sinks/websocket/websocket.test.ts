import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Command, CommandResult, SampleMessage } from '../../../sinks/events.ts';
import { type HttpServer, startHttpServer } from '../../../sinks/http/http-server.ts';
import { WebSocketSink, type WebSocketSinkOptions } from '../../../sinks/websocket/websocket.ts';
import { answerCommands, type Handle } from '../answer-commands.ts';
import { cameraState, detections, facts, metrics, model, sample } from '../sample-events.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start({
  handle,
  ...options
}: Partial<WebSocketSinkOptions> & { readonly handle?: Handle } = {}) {
  const http = await startHttpServer({ port: 0 });
  const sink = new WebSocketSink({
    http,
    hello: () => facts,
    ...options,
  });
  answerCommands(sink, handle);
  cleanups.push(
    () => http.close(),
    () => sink.close(),
  );
  return { http, sink };
}

type Message = Record<string, unknown>;

/** A client that keeps all that it receives. */
class TestClient {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  readonly pictures: Buffer[] = [];
  closeCode: number | null = null;

  constructor(http: HttpServer, options: object = {}) {
    this.socket = new WebSocket(`ws://127.0.0.1:${http.port}/ws`, options);
    this.socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.pictures.push(data);
      else this.messages.push(JSON.parse(data.toString()) as Message);
    });
    this.socket.on('close', (code) => (this.closeCode = code));
    this.socket.on('error', () => undefined);
    cleanups.push(() => this.socket.terminate());
  }

  /** Asks and waits for the answer. */
  async ask(message: Message | string): Promise<Message> {
    const before = this.ofType('answer').length;
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    await until(() => this.ofType('answer').length > before);
    return this.ofType('answer')[before]!;
  }

  ofType(type: string): Message[] {
    return this.messages.filter((message) => message['type'] === type);
  }
}

async function until(isTrue: () => boolean, limitMs = 5000): Promise<void> {
  const deadlineMs = Date.now() + limitMs;
  while (!isTrue()) {
    if (Date.now() > deadlineMs)
      throw new Error(`not true within ${limitMs} ms: ${isTrue.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function connected(http: HttpServer, options: object = {}): Promise<TestClient> {
  const client = new TestClient(http, options);
  await until(() => client.ofType('hello').length === 1);
  return client;
}

/** Opens a WebSocket and then never reads again. */
async function deafClient(http: HttpServer, sink: WebSocketSink): Promise<Socket> {
  const before = sink.clientCount;
  const socket = connect(http.port, '127.0.0.1').on('error', () => undefined);
  cleanups.push(() => socket.destroy());
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${http.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  socket.pause();
  await until(() => sink.clientCount === before + 1);
  // A masked text frame with a mask of zeros, as short ones are laid out.
  const text = Buffer.from('{"command":"subscribe","pictures":true,"maxFps":60}');
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]));
  return socket;
}

describe('a client that connects', () => {
  it('is told who it speaks to before anything else, then what happened so far', async () => {
    const { http, sink } = await start({ samples: () => [sample('s1'), sample('s2')] });
    for (const event of [metrics(), model(), cameraState(), detections(1)]) sink.publish(event);
    const client = await connected(http);
    await until(() => client.ofType('sample').length === 2);
    expect(client.messages.map(({ type }) => type)).toEqual([
      ...['hello', 'camera', 'model', 'metrics', 'sample', 'sample'],
    ]);
    expect(client.messages.map(({ v, seq }) => [v, seq])).toEqual(
      [0, 1, 2, 3, 4, 5].map((seq) => [1, seq]),
    );
    expect(client.messages[0]).toMatchObject({
      protocol: 1,
      product: 'lifelens',
      version: '1.2.3',
      cameras: ['yard'],
      engine: 'onnx',
      headVersion: 3,
      past: 5,
      classes: ['traffic cone'],
      limits: { commandBytesMax: 262_144, pendingBytesMax: 4_194_304 },
    });
  });

  it('gets the newest samples of a large memory, within bounds', async () => {
    const thumbnail = 'A'.repeat(20_000);
    const many: SampleMessage[] = [];
    for (let i = 0; i < 500; i++) many.push(sample(`s${i}`, { thumbnail }));
    const { http } = await start({ samples: () => many });
    const client = await connected(http);
    await until(() => client.ofType('sample').at(-1)?.['sampleId'] === 's499');
    const samples = client.ofType('sample');
    expect(samples.length).toBeGreaterThan(50);
    expect(samples.length * 20_000).toBeLessThanOrEqual(2 * 1024 * 1024);
    expect(samples[0]!['sampleId']).toBe(`s${500 - samples.length}`);
  });

  it('gets at most the last fifty model events', async () => {
    const { http, sink } = await start();
    for (let i = 0; i < 80; i++) sink.publish(model({ headVersion: i }));
    const client = await connected(http);
    await until(() => client.ofType('model').length === 50);
    expect(client.ofType('model')[0]!['headVersion']).toBe(30);
  });

  it('is refused with 1013 when all places are taken, and the others stay', async () => {
    const { http, sink } = await start({ clientsMax: 2 });
    const first = await connected(http);
    await connected(http);
    const third = new TestClient(http);
    await until(() => third.closeCode !== null);
    expect(third.closeCode).toBe(1013);
    expect(third.messages).toEqual([]);
    sink.publish(detections(1));
    await until(() => first.ofType('detections').length === 1);
    first.socket.close();
    await until(() => sink.clientCount === 1);
    await connected(http);
  });
});

describe('a command', () => {
  it('reaches the pipeline with who said it, and its result comes back under its id', async () => {
    const taken: [Command, string][] = [];
    const handle = async (command: Command, by: string): Promise<CommandResult> => {
      taken.push([command, by]);
      return { ok: true, labelId: 'l7', samples: 3 };
    };
    const { http } = await start({ handle });
    const program = await connected(http);
    const person = await connected(http, { origin: `http://127.0.0.1:${http.port}` });
    const label = { command: 'label', class: 'cone', target: { clusterId: 'c1' } } as const;
    expect(await program.ask({ id: 'q1', ...label })).toMatchObject({
      type: 'answer',
      id: 'q1',
      ok: true,
      labelId: 'l7',
      samples: 3,
    });
    await person.ask({ command: 'undo', by: 'anna' });
    expect(taken).toEqual([
      [label, 'program'],
      [{ command: 'undo' }, 'person:anna'],
    ]);
  });

  it('that is wrong is answered and changes nothing', async () => {
    let taken = 0;
    const { http } = await start({ handle: async () => ({ ok: ++taken > 0 }) as CommandResult });
    const client = await connected(http);
    expect(await client.ask('{broken')).toMatchObject({ ok: false, code: 'bad-json' });
    expect(await client.ask({ command: 'dance', id: 'x' })).toMatchObject({
      id: 'x',
      ok: false,
      code: 'bad-command',
    });
    client.socket.send(Buffer.from([1, 2, 3]));
    await until(() => client.ofType('answer').length === 3);
    expect(client.ofType('answer')[2]).toMatchObject({ ok: false, code: 'bad-json' });
    expect(taken).toBe(0);
    expect(client.closeCode).toBeNull();
  });

  it('whose handling fails is answered all the same', async () => {
    const { http } = await start({
      handle: async () => ({ ok: false, code: 'failed', message: 'disk full' }),
    });
    const client = await connected(http);
    expect(await client.ask({ command: 'undo', id: 'u' })).toMatchObject({
      id: 'u',
      ok: false,
      code: 'failed',
      message: 'disk full',
    });
  });

  it('beyond the rate is answered rate-limited, and one after a pause is taken again', async () => {
    let nowMs = 0;
    const { http } = await start({
      now: () => nowMs,
      commandLimits: { burst: 3, perSecond: 1 },
    });
    const client = await connected(http);
    const answers = [];
    for (let i = 0; i < 5; i++) answers.push((await client.ask({ command: 'undo' }))['code']);
    expect(answers).toEqual([
      ...[undefined, undefined, undefined],
      ...['rate-limited', 'rate-limited'],
    ]);
    nowMs = 1000;
    expect(await client.ask({ command: 'undo' })).toMatchObject({ ok: true });
  });

  it('beyond the number that may wait is answered busy', async () => {
    const results: ((result: CommandResult) => void)[] = [];
    const { http } = await start({
      handle: () => new Promise((resolve) => results.push(resolve)),
      commandLimits: { pendingMax: 2 },
    });
    const client = await connected(http);
    for (const id of ['a', 'b', 'c']) client.socket.send(`{"id":"${id}","command":"undo"}`);
    await until(() => client.ofType('answer').length === 1);
    expect(client.ofType('answer')[0]).toMatchObject({ id: 'c', code: 'busy' });
    for (const resolve of results) resolve({ ok: true });
    await until(() => client.ofType('answer').length === 3);
  });

  it('flood ends the client that sends it, with 1008', async () => {
    const { http } = await start({ now: () => 0, commandLimits: { burst: 40 } });
    const client = await connected(http);
    for (let i = 0; i < 600; i++) client.socket.send('{"command":"undo"}');
    await until(() => client.closeCode !== null);
    expect(client.closeCode).toBe(1008);
  });

  it('of 100 MB closes its client with 1009 and touches nobody else', async () => {
    const { http, sink } = await start();
    const other = await connected(http);
    const client = await connected(http);
    const before = process.memoryUsage().rss;
    client.socket.send(Buffer.alloc(100 * 1024 * 1024, 0x20).toString('latin1'));
    await until(() => client.closeCode !== null);
    expect([1009, 1006]).toContain(client.closeCode);
    sink.publish(detections(5));
    await until(() => other.ofType('detections').length === 1);
    await until(() => sink.clientCount === 1);
    // The sender is this process too: its own copies are most of what is allowed here.
    expect(process.memoryUsage().rss - before).toBeLessThan(700 * 1024 * 1024);
  });

  it('of 300 kB closes its client with 1009', async () => {
    const { http } = await start();
    const client = await connected(http);
    client.socket.send('x'.repeat(300_000));
    await until(() => client.closeCode !== null);
    expect(client.closeCode).toBe(1009);
  });
});

describe('events', () => {
  it('go to those who want them', async () => {
    const { http, sink } = await start();
    const all = await connected(http);
    const some = await connected(http);
    await some.ask({ command: 'subscribe', types: ['model'] });
    sink.publish(detections(1));
    sink.publish(model());
    await until(() => some.ofType('model').length === 1 && all.ofType('model').length === 1);
    expect(all.ofType('detections')).toHaveLength(1);
    expect(some.ofType('detections')).toHaveLength(0);
  });

  it('of pictures are wanted only while somebody asks, and come as binary messages', async () => {
    const { http, sink } = await start();
    const client = await connected(http);
    const picture = { camera: 'yard', frame: 3, timestampMs: 120, jpeg: Buffer.from('JPEG') };
    expect(sink.wantsPictures('yard')).toBe(false);
    sink.publishPicture(picture);
    await client.ask({ command: 'subscribe', pictures: true, cameras: ['yard'] });
    expect(sink.wantsPictures('yard')).toBe(true);
    expect(sink.wantsPictures('gate')).toBe(false);
    sink.publishPicture(picture);
    await until(() => client.pictures.length === 1);
    expect(client.pictures[0]!.subarray(3, 7).toString()).toBe('yard');
    expect(client.pictures[0]!.subarray(-4).toString()).toBe('JPEG');
    client.socket.close();
    await until(() => sink.clientCount === 0);
    expect(sink.wantsPictures('yard')).toBe(false);
  });

  it('pass a client that never reads, which costs a bounded amount of memory and loses the oldest', async () => {
    const pendingBytesMax = 1024 * 1024;
    const { http, sink } = await start({ pendingBytesMax });
    await deafClient(http, sink);
    await until(() => sink.wantsPictures('yard'));
    const reader = await connected(http);
    const jpeg = Buffer.alloc(200_000);
    const before = process.memoryUsage().rss;
    let pendingMax = 0;
    for (let frame = 0; frame < 3000; frame++) {
      sink.publish(detections(frame));
      sink.publish(sample(`s${frame}`, { thumbnail: 'A'.repeat(3000) }));
      if (frame % 10 === 0) {
        sink.publish(model({ headVersion: frame, detail: 'x'.repeat(500) }));
        sink.publishPicture({ camera: 'yard', frame, timestampMs: 0, jpeg });
        await new Promise((resolve) => setImmediate(resolve));
      }
      pendingMax = Math.max(pendingMax, sink.pendingBytes);
    }
    await until(() => reader.ofType('detections').at(-1)?.['frame'] === 2999);
    expect(sink.dropped).toBeGreaterThan(2000);
    // Two clients' caps, and one picture that a socket took whole.
    expect(pendingMax).toBeLessThan(2 * pendingBytesMax + jpeg.length);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
    expect(reader.ofType('model').length).toBe(300);
  });

  it('leave a gap in the numbers where some were dropped, and never change their order', async () => {
    const { http, sink } = await start({ pendingBytesMax: 200_000 });
    const client = await connected(http);
    for (let frame = 0; frame < 4000; frame++) {
      sink.publish(sample(`s${frame}`, { thumbnail: 'A'.repeat(6000) }));
    }
    sink.publish(model());
    await until(() => client.ofType('model').length === 1);
    const seqs = client.messages.map(({ seq }) => seq as number);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect(seqs.at(-1)).toBe(4001);
    expect(sink.dropped).toBe(4002 - seqs.length);
    expect(sink.dropped).toBeGreaterThan(0);
  });
});

describe('a client that is gone without a word', () => {
  it('is ended by the heartbeat, and one that answers stays', async () => {
    const { http, sink } = await start({ heartbeatMs: 60 });
    await deafClient(http, sink);
    const alive = await connected(http);
    await until(() => sink.clientCount === 1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(sink.clientCount).toBe(1);
    expect(alive.closeCode).toBeNull();
  });
});

describe('closing', () => {
  it('says goodbye with 1001 and does not wait for clients that do not answer', async () => {
    const { http, sink } = await start();
    const client = await connected(http);
    await deafClient(http, sink);
    const startMs = performance.now();
    await Promise.all([sink.close(), sink.close()]);
    expect(performance.now() - startMs).toBeLessThan(1500);
    await until(() => client.closeCode !== null);
    expect(client.closeCode).toBe(1001);
    sink.publish(metrics());
    await until(() => sink.clientCount === 0);
  });
});
