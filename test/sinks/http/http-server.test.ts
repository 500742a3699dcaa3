import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { PortError, startHttpServer } from '../../../sinks/http/http-server.ts';
import { get, start, upgrade } from './http-rig.ts';

describe('the HTTP server', () => {
  it('serves the dashboard under a policy that forbids content from other origins', async () => {
    const server = await start();
    const { status, headers, body } = await get(server, '/');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*script-src 'self'/);
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(body).toContain('<!doctype html>');
    expect(body).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|style=/);
    for (const [, address] of body.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect(address).not.toMatch(/^(https?:)?\/\//);
      expect((await get(server, new URL(address!, 'http://x/').pathname)).status).toBe(200);
    }
  });

  it('answers 304 for a file that the browser has cached', async () => {
    const server = await start();
    const { headers } = await get(server, '/styles/base.css');
    const again = await get(server, '/styles/base.css', {
      'if-none-match': String(headers['etag']),
    });
    expect(again).toMatchObject({ status: 304, body: '' });
  });

  it('serves no file outside the dashboard', async () => {
    const server = await start();
    for (const path of [
      '/../http-server.ts',
      '/..%2f..%2fpackage.json',
      '/%2e%2e/page-files.ts',
      '//etc/passwd',
      '/page/../../events.ts',
      '/__proto__',
    ]) {
      expect((await get(server, path)).status, path).toBe(404);
    }
  });

  it('refuses requests other than GET and HEAD', async () => {
    const server = await start();
    const { status, headers } = await get(server, '/', {}, 'POST');
    expect(status).toBe(405);
    expect(headers['allow']).toBe('GET, HEAD');
  });

  it('answers HEAD without a body', async () => {
    const server = await start();
    expect(await get(server, '/', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it('reports health as a status and in JSON', async () => {
    const part = { kind: 'camera', name: 'yard', ok: false, detail: 'lost' } as const;
    let live = true;
    const server = await start({ health: () => ({ live, ready: false, parts: [part] }) });
    const { status, body } = await get(server, '/healthz');
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({ ok: true, live: true, ready: false, parts: [part] });
    const readiness = await get(server, '/readyz');
    expect(readiness.status).toBe(503);
    expect(JSON.parse(readiness.body)).toMatchObject({ ok: false, parts: [part] });
    live = false;
    expect((await get(server, '/healthz')).status).toBe(503);
  });

  it('serves metrics where they are configured, and survives their failure', async () => {
    const metrics = async () => ({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' });
    expect(await get(await start({ metrics }), '/metrics')).toMatchObject({
      status: 200,
      body: 'up 1\n',
    });
    expect((await get(await start(), '/metrics')).status).toBe(404);
    const broken = await start({ metrics: () => Promise.reject(new Error('no')) });
    expect((await get(broken, '/metrics')).status).toBe(500);
    expect((await get(broken, '/healthz')).status).toBe(200);
  });

  it('serves no dashboard where it is disabled', async () => {
    const server = await start({ dashboard: false });
    expect((await get(server, '/')).status).toBe(404);
    expect((await get(server, '/healthz')).status).toBe(200);
  });

  it('rejects with the port and a remedy where the port is taken', async () => {
    const { port } = await start();
    const error = await startHttpServer({ port }).catch((problem: unknown) => problem);
    expect(error).toBeInstanceOf(PortError);
    expect(error).toMatchObject({
      code: 'EADDRINUSE',
      port,
      message: `port ${port} is already in use: choose another one with --port`,
    });
  });

  it('rejects where the address is not local', async () => {
    const error = await startHttpServer({ host: '192.0.2.1', port: 0 }).catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'PortError', code: 'EADDRNOTAVAIL' });
  });

  it('closes at once while a client holds a connection, and can be closed twice', async () => {
    const server = await start();
    const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
    await new Promise((resolve) => socket.on('connect', resolve));
    const startMs = performance.now();
    await server.close();
    await server.close();
    expect(performance.now() - startMs).toBeLessThan(1000);
  });
});

describe('access to the HTTP server', () => {
  it('is refused for a foreign host name (DNS rebinding)', async () => {
    const server = await start();
    expect((await get(server, '/', { host: 'evil.example' })).status).toBe(421);
    expect((await get(server, '/metrics', { host: '192.168.1.5:8080' })).status).toBe(421);
    expect((await get(server, '/', { host: `localhost:${server.port}` })).status).toBe(200);
    const proxied = await start({ allowedHosts: ['cam.example'] });
    expect((await get(proxied, '/', { host: 'cam.example' })).status).toBe(200);
  });

  it('is granted to IP addresses and plain names, not to domains, on all addresses', async () => {
    const server = await start({ host: '0.0.0.0' });
    expect((await get(server, '/healthz', { host: '192.168.1.5:8080' })).status).toBe(200);
    expect((await get(server, '/healthz', { host: 'lifelens:8080' })).status).toBe(200);
    expect((await get(server, '/healthz', { host: 'evil.example' })).status).toBe(421);
  });

  it('is refused to a WebSocket of a foreign page', async () => {
    const server = await start({ allowedOrigins: ['https://ops.example'] });
    server.onUpgrade('/ws', (_request, socket) => socket.end('HTTP/1.1 101 in\r\n\r\n'));
    const host = `127.0.0.1:${server.port}`;
    const tryOrigin = (origin: string) => upgrade(server, '/ws', { host, origin });
    expect(await tryOrigin(`http://${host}`)).toBe('HTTP/1.1 101 in');
    expect(await tryOrigin('https://ops.example')).toBe('HTTP/1.1 101 in');
    expect(await tryOrigin('https://evil.example')).toBe('HTTP/1.1 403 Forbidden');
    expect(await tryOrigin('null')).toBe('HTTP/1.1 403 Forbidden');
    expect(await tryOrigin(`http://127.0.0.1:${server.port + 1}`)).toBe('HTTP/1.1 403 Forbidden');
    expect(await upgrade(server, '/ws', { host })).toBe('HTTP/1.1 101 in');
    expect(await upgrade(server, '/ws', { host: 'evil.example' })).toMatch(/^HTTP\/1.1 421/);
    expect(await upgrade(server, '/other', { host })).toMatch(/^HTTP\/1.1 404/);
  });
});
