import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connectionLimits } from '../../../sinks/http/connection-guard.ts';
import { type HttpServer, httpTimeouts } from '../../../sinks/http/http-server.ts';
import { get, start } from './http-rig.ts';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Connects and sends `text`, by default nothing. */
async function open(server: HttpServer, text = ''): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(text);
  socket.resume();
  return socket;
}

const isClosed = (socket: Socket) => socket.closed || socket.destroyed;
const closed = (all: readonly Socket[]) => all.filter(isClosed).length;

/** A request that leaves its connection open, answered before this resolves. */
async function openKnown(server: HttpServer, token: string): Promise<Socket> {
  const socket = await open(server);
  const head = `GET /app.js HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n`;
  socket.write(`${head}Authorization: Bearer ${token}\r\n\r\n`);
  await once(socket, 'data');
  return socket;
}

describe('connections that say nothing', () => {
  it('never keep the server from answering another one', async () => {
    const server = await start({ token: 'of the owner' });
    const { strangersPerAddress } = connectionLimits;
    const silent: Socket[] = [];
    for (let i = 0; i < 300; i++) silent.push(await open(server));
    expect((await get(server, '/healthz')).status).toBe(200);
    await expect.poll(() => closed(silent)).toBeGreaterThanOrEqual(300 - strangersPerAddress);
    expect(server.counts.evictedConnections).toBeGreaterThanOrEqual(300 - strangersPerAddress);
    // The oldest make room, so the newest ones may still speak.
    expect(isClosed(silent.at(-1)!)).toBe(false);
    expect(isClosed(silent[0]!)).toBe(true);
  });

  it('push no authenticated connection out', async () => {
    const connectionLimits = { strangersPerAddress: 4, strangers: 4, total: 6 };
    const server = await start({ token: 'of the owner', connectionLimits });
    const known = await openKnown(server, 'of the owner');
    const silent: Socket[] = [];
    for (let i = 0; i < 12; i++) silent.push(await open(server));
    await expect.poll(() => closed(silent)).toBe(8);
    expect(isClosed(known)).toBe(false);
  });

  it('are closed after seconds, as are those that never end the head of their request', async () => {
    const server = await start();
    const silent = await open(server);
    const slow = await open(server, 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    const startMs = performance.now();
    await Promise.all([once(silent, 'close'), once(slow, 'close')]);
    expect(performance.now() - startMs).toBeLessThan(httpTimeouts.headersMs + 3000);
  }, 15_000);
});

describe('authenticated connections', () => {
  it('make room for newer ones beyond the bound on all, the one idle longest first', async () => {
    const connectionLimits = { strangersPerAddress: 9, strangers: 9, total: 3 };
    const server = await start({ token: 'of the owner', connectionLimits });
    const known: Socket[] = [];
    for (let i = 0; i < 4; i++) known.push(await openKnown(server, 'of the owner'));
    await expect.poll(() => known.map(isClosed)).toEqual([true, false, false, false]);
    expect((await get(server, '/healthz')).status).toBe(200);
  });
});
