import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { networkAddress } from '../../../../operators/ingest/relay/network-address.ts';
import { openRtspRelay } from '../../../../operators/ingest/relay/rtsp-relay.ts';
import { until } from '../capture.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A camera that answers each request with what `answer` returns, and keeps the requests. */
async function camera(answer: (request: string, socket: Socket) => string) {
  const requests: string[] = [];
  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    closing.push(() => socket.destroy());
    socket.on('data', (data) => {
      const request = data.toString('latin1');
      requests.push(request);
      const sequence = /CSeq: (\d+)/.exec(request)?.[1] ?? '';
      socket.write(answer(request, socket).replace('CSEQ', `CSeq: ${sequence}`), 'latin1');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return { requests, port: (server.address() as AddressInfo).port };
}

/** What ffmpeg does: sends a request to the relay and collects what comes back. */
async function client(input: string, path = '') {
  const { port } = new URL(input);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => socket.destroy());
  closing.push(() => socket.destroy());
  let received = '';
  let ended = false;
  socket.on('data', (data) => (received += data.toString('latin1')));
  socket.on('close', () => (ended = true));
  await once(socket, 'connect');
  socket.write(`DESCRIBE ${input}${path} RTSP/1.0\r\nCSeq: 7\r\n\r\n`);
  return { received: () => received, ended: () => ended };
}

async function relayTo(url: string, allowRedirects = false) {
  const relay = await openRtspRelay(networkAddress(url, { allowRedirects }), 2000);
  closing.push(relay.close);
  return relay;
}

const ok = 'RTSP/1.0 200 OK\r\nCSEQ\r\nContent-Length: 3\r\n\r\nsdp';

describe('the RTSP relay', () => {
  it('answers a Digest challenge itself and keeps the numbers of the requests', async () => {
    const { requests, port } = await camera((request) =>
      request.includes('Authorization')
        ? ok
        : 'RTSP/1.0 401 No\r\nCSEQ\r\nWWW-Authenticate: Digest realm="cam", nonce="n1"\r\n\r\n',
    );
    const relay = await relayTo(`rtsp://me:hunter2@127.0.0.1:${port}/live?channel=1`);
    expect(relay.input).not.toMatch(/hunter2|live/);
    const { received } = await client(relay.input, '/track1');
    await until(() => received().endsWith('sdp'));
    expect(received()).toBe('RTSP/1.0 200 OK\r\nCSeq: 7\r\nContent-Length: 3\r\n\r\nsdp');
    const uri = `rtsp://127.0.0.1:${port}/live?channel=1/track1`;
    expect(requests[0]).toContain(`DESCRIBE ${uri} RTSP/1.0`);
    const md5 = (text: string) => createHash('md5').update(text).digest('hex');
    const response = md5(`${md5('me:cam:hunter2')}:n1:${md5(`DESCRIBE:${uri}`)}`);
    expect(requests[1]).toContain(`response="${response}"`);
  });

  it('passes interleaved packets on as they are, however they are cut', async () => {
    const packet = `$\u0000\u0000\u0005RTSP/`;
    const { port } = await camera((_, socket) => {
      setTimeout(() => socket.write(`${packet}$\u0000\u0000`, 'latin1'), 20);
      setTimeout(() => socket.write('\u0002ab', 'latin1'), 60);
      return `${ok}${packet}`;
    });
    const relay = await relayTo(`rtsp://127.0.0.1:${port}/`);
    const { received } = await client(relay.input);
    await until(() => received().endsWith('ab'));
    expect(received().split('sdp')[1]).toBe(`${packet}${packet}$\u0000\u0000\u0002ab`);
  });

  it.each([
    ['refuses a redirect to another port', false],
    ['follows it where redirects are allowed, without credentials', true],
  ])('%s', async (_, allowed) => {
    const other = await camera(() => ok);
    const { port } = await camera((request) =>
      request.includes('Authorization')
        ? `RTSP/1.0 302 Moved\r\nCSEQ\r\nLocation: rtsp://127.0.0.1:${other.port}/x\r\n\r\n`
        : 'RTSP/1.0 401 No\r\nCSEQ\r\nWWW-Authenticate: Basic realm="cam"\r\n\r\n',
    );
    const relay = await relayTo(`rtsp://me:hunter2@127.0.0.1:${port}/`, allowed);
    const { received, ended } = await client(relay.input);
    await until(() => ended() || received().endsWith('sdp'));
    expect(other.requests).toHaveLength(allowed ? 1 : 0);
    expect(other.requests[0] ?? '').not.toContain('Authorization');
    expect(relay.problem()).toBe(
      allowed
        ? null
        : `it leads to another address, rtsp://127.0.0.1:${other.port}, which is only followed with allowRedirects: true`,
    );
  });

  it('takes no connection that does not know its path, and no second one', async () => {
    const { port } = await camera(() => ok);
    const relay = await relayTo(`rtsp://127.0.0.1:${port}/`);
    const stranger = await client(new URL('/guess', relay.input).href);
    await until(() => stranger.ended());
    const known = await client(relay.input);
    await until(() => known.received().endsWith('sdp'));
    await expect(client(relay.input)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('says why a camera cannot be connected to', async () => {
    const relay = await relayTo('rtsp://127.0.0.1:1/');
    const { ended } = await client(relay.input);
    await until(() => ended());
    expect(relay.problem()).toBe('the connection was refused');
  });

  it('ends the connection of a camera that sends a header without end', async () => {
    const { port } = await camera(() => `RTSP/1.0 200 OK\r\nX: ${'x'.repeat(70_000)}`);
    const relay = await relayTo(`rtsp://127.0.0.1:${port}/`);
    const { ended } = await client(relay.input);
    await until(() => ended());
    expect(relay.problem()).toBe('an endless RTSP header');
  });
});
