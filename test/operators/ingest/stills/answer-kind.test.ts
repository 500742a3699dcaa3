import { afterEach, describe, expect, it } from 'vitest';
import { closeServers, play, serve } from './camera-rig.ts';

afterEach(closeServers);

describe('an address that does not lead to pictures', () => {
  it.each([
    [
      'a web page',
      200,
      'text/html; charset=utf-8',
      '<!doctype html><p>x',
      'a web page \\(text/html\\), not with pictures',
    ],
    ['a web page of no type', 200, '', '\n<html>', 'a web page \\(text/html\\), not with pictures'],
    ['data', 200, 'application/json', '{"a":1}', 'text \\(application/json\\), not with pictures'],
    ['nothing', 200, 'image/jpeg', '', 'it answers with nothing'],
    [
      'a question for a password',
      401,
      '',
      '',
      'it asks for a user name and a password \\(HTTP 401\\)',
    ],
    ['that there is nothing', 404, '', 'gone', 'there is nothing at this path \\(HTTP 404\\)'],
    ['an error', 500, 'text/html', '<html>', 'it failed \\(HTTP 500\\)'],
  ])(
    'is reported in one sentence when it answers with %s',
    async (_, status, type, body, problem) => {
      const server = await serve((_, response) => {
        response.writeHead(status, type === '' ? {} : { 'content-type': type }).end(body);
      });
      const { outcome } = await play(`${server.url}/secret-path?key=secret-query`);
      expect(outcome).toMatchObject({ code: 'unreachable', source: server.url });
      expect((outcome as Error).message).toMatch(
        new RegExp(`^cannot open ${server.url}: .*${problem}`),
      );
      expect((outcome as Error).message).not.toMatch(/secret|\n/);
    },
  );

  it('is reported when it does not answer in time, before and after the head of its answer', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/head') response.writeHead(200).flushHeaders();
    });
    for (const [path, problem] of [
      ['/silent', 'no answer within 0.3 s'],
      ['/head', 'no picture within 0.3 s'],
    ] as const) {
      const { outcome } = await play(server.url + path, { openMs: 300, stallMs: 300 });
      expect((outcome as Error).message).toBe(`cannot open ${server.url}: ${problem}`);
    }
  });
});
