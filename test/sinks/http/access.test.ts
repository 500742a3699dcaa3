import { describe, expect, it } from 'vitest';
import { unguessableLength } from '../../../sinks/http/access-tokens.ts';
import { guessLimits } from '../../../sinks/http/guess-limits.ts';
import type { HttpServer } from '../../../sinks/http/http-server.ts';
import type { Principal } from '../../../sinks/principal.ts';
import { get, start, upgrade } from './http-rig.ts';

const health = () =>
  ({
    live: true,
    ready: true,
    parts: [{ kind: 'camera', name: 'yard', ok: true, detail: 'running' }],
  }) as const;
const metrics = async () => ({ contentType: 'a/b', body: 'up 1\n' });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const opensPage = async (server: HttpServer, headers: Record<string, string>) =>
  (await get(server, '/', headers)).status;

/** Accepts every upgrade, and keeps who asked for it. */
function acceptUpgrades(server: HttpServer): Principal[] {
  const principals: Principal[] = [];
  server.onUpgrade('/ws', (_request, socket, _head, principal) => {
    principals.push(principal);
    socket.end('HTTP/1.1 101 in\r\n\r\n');
  });
  return principals;
}

describe('a token', () => {
  it('is required of everything but the state of health, whose parts stay hidden without it', async () => {
    const server = await start({ token: 's3cret/ä', metrics, health });
    acceptUpgrades(server);
    const host = `127.0.0.1:${server.port}`;
    for (const path of ['/', '/?token=wrong', '/metrics', '/app.js', '/missing']) {
      expect(await get(server, path), path).toMatchObject({
        status: 401,
        body: 'a token is required: open /?token=…\n',
      });
    }
    for (const path of ['/healthz', '/readyz']) {
      expect(await get(server, path), path).toMatchObject({ status: 200, body: '{"ok":true}\n' });
      const seen = await get(server, `${path}?token=s3cret%2F%C3%A4`);
      expect(JSON.parse(seen.body)).toMatchObject({ parts: health().parts });
    }
    expect(await upgrade(server, '/ws', { host })).toMatch(/^HTTP\/1.1 401/);
  });

  it('moves from the address into a cookie that scripts cannot read and that holds no token', async () => {
    const server = await start({ token: 's3cret/x' });
    acceptUpgrades(server);
    const { status, headers } = await get(server, '/?token=s3cret%2Fx');
    expect(status).toBe(303);
    const given = String(headers['set-cookie']);
    expect(given).toMatch(/; HttpOnly; SameSite=Strict$/);
    expect(given).not.toContain('s3cret');
    const cookie = given.split(';')[0]!;
    expect(await opensPage(server, { cookie })).toBe(200);
    expect(await opensPage(server, { cookie: `${cookie}x` })).toBe(401);
    expect(await opensPage(server, bearer('s3cret/x'))).toBe(200);
    const host = `127.0.0.1:${server.port}`;
    expect(await upgrade(server, '/ws', { host, cookie })).toBe('HTTP/1.1 101 in');
    // The cookie outlives a restart of the server with the same token, and no change of the token.
    expect(await opensPage(await start({ token: 's3cret/x' }), { cookie })).toBe(200);
    expect(await opensPage(await start({ token: 's3cret/y' }), { cookie })).toBe(401);
  });

  it('names who holds it, and what they may do', async () => {
    const server = await start({
      token: 'of the owner',
      tokens: [
        { name: 'anna', token: 'of anna!', scope: 'label' },
        { name: 'wall', token: 'of the wall', scope: 'view' },
      ],
    });
    const principals = acceptUpgrades(server);
    const host = `127.0.0.1:${server.port}`;
    for (const token of ['of anna!', 'of the wall', 'of the owner']) {
      await upgrade(server, '/ws', { host, ...bearer(token) });
    }
    await upgrade(server, '/ws', { host, origin: `http://${host}`, ...bearer('of anna!') });
    expect(principals).toEqual([
      { kind: 'program', name: 'anna', scope: 'label' },
      { kind: 'program', name: 'wall', scope: 'view' },
      { kind: 'program', name: null, scope: 'manage' },
      { kind: 'person', name: 'anna', scope: 'label' },
    ]);
  });
});

describe('wrong tokens', () => {
  const { burst, perSecond } = guessLimits;

  function timed() {
    let nowMs = 0;
    return { clock: { nowMs: () => nowMs }, pass: (ms: number) => (nowMs += ms) };
  }

  it('are limited per address, then not even compared, and counted', async () => {
    const { clock, pass } = timed();
    const server = await start({ token: 'short one', clock });
    for (let i = 0; i < burst; i++) expect(await opensPage(server, bearer(`no ${i}`))).toBe(401);
    const refused = await get(server, '/', bearer('short one'));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBe(Math.ceil(1 / perSecond));
    expect(server.counts).toMatchObject({ wrongTokens: burst, limitedRequests: 1 });
    const host = `127.0.0.1:${server.port}`;
    const headers = { host, ...bearer('no') };
    expect(await upgrade(server, '/ws', headers)).toBe('HTTP/1.1 429 Too Many Requests');
    pass(1000 / perSecond + 1);
    expect(await opensPage(server, bearer('short one'))).toBe(200);
  });

  it('count once each: a client that repeats an old token locks nobody out', async () => {
    const server = await start({ token: 'short one', clock: timed().clock });
    for (let i = 0; i < 3 * burst; i++) {
      expect(await opensPage(server, bearer('old token'))).toBe(401);
      expect(await opensPage(server, { cookie: 'lifelens_token=old.cookie' })).toBe(401);
    }
    expect(server.counts).toMatchObject({ wrongTokens: 2, limitedRequests: 0 });
    expect(await opensPage(server, bearer('short one'))).toBe(200);
  });

  it('of others do not lock out a client of the same address with a cookie or a long token', async () => {
    const long = 'x'.repeat(unguessableLength);
    const server = await start({
      token: 'short one',
      tokens: [{ name: 'scraper', token: long, scope: 'view' }],
      clock: timed().clock,
    });
    const { headers } = await get(server, '/?token=short+one');
    const cookie = String(headers['set-cookie']).split(';')[0]!;
    for (let i = 0; i < 3 * burst; i++) await opensPage(server, bearer(`no ${i}`));
    expect(await opensPage(server, bearer('short one'))).toBe(429);
    expect(await opensPage(server, { cookie })).toBe(200);
    expect(await opensPage(server, bearer(long))).toBe(200);
    expect((await get(server, '/healthz')).status).toBe(200);
  });

  it('count also where a cookie of a lesser token is right', async () => {
    const server = await start({
      token: 'of the owner',
      tokens: [{ name: 'wall', token: 'of the wall', scope: 'view' }],
      clock: timed().clock,
    });
    const { headers } = await get(server, '/?token=of+the+wall');
    const cookie = String(headers['set-cookie']).split(';')[0]!;
    for (let i = 0; i < 2 * burst; i++) {
      expect(await opensPage(server, { cookie, ...bearer(`no ${i}`) })).toBe(200);
    }
    expect(server.counts.wrongTokens).toBe(burst);
    expect(await opensPage(server, bearer('of the owner'))).toBe(429);
  });

  it('behind a trusted proxy are those of each client', async () => {
    const trusting = { token: 'short one', clock: timed().clock, trustedProxies: ['127.0.0.0/8'] };
    const server = await start(trusting);
    const guesser = { 'x-forwarded-for': '10.0.0.1, 203.0.113.7' };
    for (let i = 0; i < 2 * burst; i++) {
      await opensPage(server, { ...guesser, ...bearer(`no ${i}`) });
    }
    // Only what the proxy itself appended counts: a client may write anything before it.
    const disguised = { 'x-forwarded-for': '198.51.100.9, 203.0.113.7' };
    expect(await opensPage(server, { ...disguised, ...bearer('short one') })).toBe(429);
    const other = { 'x-forwarded-for': '203.0.113.7, 198.51.100.9' };
    expect(await opensPage(server, { ...other, ...bearer('short one') })).toBe(200);
  });

  it('are not told apart by a header where no proxy is trusted', async () => {
    const server = await start({ token: 'short one', clock: timed().clock });
    for (let i = 0; i < burst; i++) {
      await opensPage(server, { 'x-forwarded-for': `10.0.0.${i}`, ...bearer(`no ${i}`) });
    }
    expect(await opensPage(server, bearer('short one'))).toBe(429);
  });

  it('of many addresses together are limited too', async () => {
    const trusting = { token: 'short one', clock: timed().clock, trustedProxies: ['127.0.0.1'] };
    const server = await start(trusting);
    for (let i = 0; i < guessLimits.totalBurst; i++) {
      const headers = { 'x-forwarded-for': `2001:db8:0:${i.toString(16)}::1` };
      await opensPage(server, { ...headers, ...bearer(`no ${i}`) });
    }
    const fresh = { 'x-forwarded-for': '203.0.113.7', ...bearer('no') };
    expect(await opensPage(server, fresh)).toBe(429);
  });
});

describe('a path prefix', () => {
  const token = 'of the owner';

  it('that a proxy leaves in place leads to the page, its files, routes and the WebSocket', async () => {
    const server = await start({ token, basePath: '/lens/', metrics });
    acceptUpgrades(server);
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/lens/`);
    const entered = await get(server, '/lens/?token=of+the+owner');
    expect(entered).toMatchObject({ status: 303, headers: { location: '/lens/' } });
    const given = String(entered.headers['set-cookie']);
    expect(given).toMatch(/; Path=\/lens$/);
    const cookie = given.split(';')[0]!;
    for (const path of ['/lens/', '/lens/app.js', '/lens/metrics', '/lens/healthz']) {
      expect((await get(server, path, { cookie })).status, path).toBe(200);
    }
    const host = `127.0.0.1:${server.port}`;
    expect(await upgrade(server, '/lens/ws', { host, cookie })).toBe('HTTP/1.1 101 in');
    expect((await get(server, '/lensother/app.js', { cookie })).status).toBe(404);
  });

  it('without its slash leads to the page, on which addresses are relative', async () => {
    const server = await start({ token, basePath: '/lens' });
    for (const path of ['/lens?token=of+the+owner', '/lens']) {
      const entered = await get(server, path, bearer(token));
      expect(entered).toMatchObject({ status: 303, headers: { location: '/lens/' } });
    }
  });

  it('that a proxy strips works with it configured and without', async () => {
    const configured = await start({ token, basePath: '/lens' });
    const entered = await get(configured, '/?token=of+the+owner');
    expect(entered).toMatchObject({ status: 303, headers: { location: '/lens/' } });
    const unaware = await start({ token });
    const relative = await get(unaware, '/?token=of+the+owner');
    // To the browser at /lens/?token=… this is /lens/, with a cookie for /lens by default.
    expect(relative).toMatchObject({ status: 303, headers: { location: './' } });
    expect(String(relative.headers['set-cookie'])).not.toContain('Path');
  });

  it('never leads to another host', async () => {
    const server = await start({ token });
    for (const path of ['//evil.example/?token=of+the+owner', '/\\evil.example?token=x']) {
      const { headers } = await get(server, path, bearer(token));
      expect(headers['location'], path).toBeUndefined();
    }
  });
});

describe('a frame', () => {
  const policy = async (frameAncestors?: readonly string[]) => {
    const { headers } = await get(await start(frameAncestors ? { frameAncestors } : {}), '/');
    const [, ancestors] = /frame-ancestors ([^;]*)/.exec(
      String(headers['content-security-policy']),
    )!;
    return [ancestors, headers['x-frame-options']];
  };

  it('may show the page only where the configuration says so', async () => {
    expect(await policy()).toEqual(["'none'", 'DENY']);
    expect(await policy(["'self'"])).toEqual(["'self'", 'SAMEORIGIN']);
    const home = 'https://home.example:8123';
    expect(await policy(["'self'", home])).toEqual([`'self' ${home}`, undefined]);
  });
});
