import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ServiceFolder } from '../../../pipeline/laboratory/benchmarks/rig/service/service.ts';
import { freePort, TestBroker } from '../nats-server.ts';

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create();
});
afterEach(() => folder.stopAll());
afterAll(() => folder.remove());

const token = 'a secret of the dashboard';

describe('a dashboard behind a path prefix', () => {
  it('keeps its redirect and its cookie within the prefix, and can be framed', async () => {
    const dashboard = {
      token,
      basePath: '/lifelens',
      frameAncestors: ['https://home.example:8123'],
    };
    const address = await folder.run({ config: { dashboard } }).url();
    const entered = await fetch(new URL(`/lifelens/?token=${encodeURIComponent(token)}`, address), {
      redirect: 'manual',
    });
    expect(entered.status).toBeGreaterThanOrEqual(302);
    expect(entered.headers.get('location')).toBe('/lifelens/');
    expect(entered.headers.get('set-cookie')).toMatch(/;\s*Path=\/lifelens\/?(;|$)/i);

    const cookie = entered.headers.get('set-cookie')!.split(';')[0]!;
    const page = await fetch(new URL('/lifelens/', address), { headers: { cookie } });
    expect(page.status).toBe(200);
    expect(page.headers.get('x-frame-options')).toBe(null);
    expect(page.headers.get('content-security-policy')).toMatch(
      /frame-ancestors[^;]*https:\/\/home\.example:8123/,
    );
  });
});

describe('the address of a NATS broker', () => {
  it('may hold the credentials, which no line of the log shows', async () => {
    const broker = new TestBroker(await freePort(), ['--user', 'anna', '--pass', 'p@ss-word']);
    await broker.start();
    try {
      const servers = [`nats://anna:${encodeURIComponent('p@ss-word')}@${broker.address}`];
      const lifelens = folder.run({ state: 'nats', config: { nats: { enabled: true, servers } } });
      await lifelens.logs(/^connected to the NATS broker/);
      const { logMessages } = await lifelens.stop('SIGINT');
      expect(logMessages.filter((line) => /p@ss|p%40ss/.test(line))).toEqual([]);
    } finally {
      await broker.kill();
    }
  });

  it.each(['nats://127.0.0.1:99999', 'http://127.0.0.1:4222', 'nats://'])(
    'is refused at the start where it is %s',
    async (server) => {
      const nats = { enabled: true, servers: [server] };
      const lifelens = folder.run({ state: 'bad-nats', config: { nats } });
      const outcome = await Promise.race([
        lifelens.ended.then(({ code, errorLines }) => ({ code, line: errorLines.join(' ') })),
        lifelens.url().then(
          () => ({ code: null, line: 'it runs' }),
          () =>
            lifelens.ended.then(({ code, errorLines }) => ({ code, line: errorLines.join(' ') })),
        ),
      ]);
      expect(outcome).toEqual({ code: 2, line: expect.stringMatching(/nats\.servers/) });
    },
  );
});
