import { describe, expect, test } from 'vitest';
import { discovererDefaults } from '../../../operators/discover/discoverer.ts';
import { memoryPolicies } from '../../../operators/remember/create-memory.ts';
import { headsKept } from '../../../operators/swap/head-history.ts';
import { cropSchedulerDefaults } from '../../../operators/track/crop-scheduler.ts';
import { trackerDefaults } from '../../../operators/track/tracker-options.ts';
import { parseConfig } from '../../../pipeline/configuration/config.ts';
import { ConfigError } from '../../../pipeline/configuration/config-error.ts';

function problemsOf(input: unknown): readonly string[] {
  try {
    parseConfig(input);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('configuration', () => {
  test('defaults to the simulated camera', () => {
    const config = parseConfig({});
    expect(Object.keys(config.cameras)).toEqual(['world']);
    expect(config.cameras['world']).toMatchObject({ source: 'world', enabled: true, fps: null });
    expect(config.remember.bytesMax).toBe(16 * 1024 * 1024);
    expect(config.dashboard).toMatchObject({ enabled: true, host: '127.0.0.1', port: 8080 });
    expect(config.nats.enabled).toBe(false);
  });

  test('uses the defaults of the code that it configures', () => {
    const { track, discover, swap } = parseConfig({});
    const { lookEveryMs, looksPerFrame, ...tracker } = track;
    expect(trackerDefaults).toMatchObject(tracker);
    expect(cropSchedulerDefaults).toMatchObject({
      cropEveryMs: lookEveryMs,
      cropsPerFrame: looksPerFrame,
    });
    expect(discovererDefaults).toMatchObject(discover);
    expect(swap.keepVersions).toBe(headsKept);
  });

  test('accepts every memory policy', () => {
    for (const policy of memoryPolicies) {
      expect(parseConfig({ remember: { policy } }).remember.policy).toBe(policy);
    }
  });

  test('is deeply frozen', () => {
    const config = parseConfig({});
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.cameras['world'])).toBe(true);
    expect(Object.isFrozen(config.nats.servers)).toBe(true);
  });

  test('reports path, expected and actual value of every problem', () => {
    expect(problemsOf({ cameras: { door: { source: 'x', fps: 'fast' } } })).toEqual([
      'cameras.door.fps: expected a number from 0.1 to 120, got "fast"',
    ]);
    expect(problemsOf({ detect: { size: 400 } })).toEqual([
      'detect.size: expected auto or a multiple of 32 from 160 to 1280, got 400',
    ]);
    expect(problemsOf({ detect: { size: 'largest', threads: 0 } })).toEqual([
      'detect.size: expected auto or a multiple of 32 from 160 to 1280, got "largest"',
      'detect.threads: expected auto or a whole number from 1 to 64, got 0',
    ]);
    expect(problemsOf({ cameras: { gate: {} } })).toEqual([
      'cameras.gate.source: expected text, got nothing',
    ]);
    expect(problemsOf({ nats: { servers: ['a', 1] } })).toEqual([
      'nats.servers[1]: expected text, got 1',
    ]);
    expect(problemsOf({ dashboard: { basePath: 'lens' } })).toEqual([
      'dashboard.basePath: expected a path such as /lifelens, of letters, digits and - . _ ~',
    ]);
    expect(problemsOf({ dashboard: { frameAncestors: ['*'] } })).toEqual([
      "dashboard.frameAncestors: expected origins such as https://home.example:8123, or 'self'",
    ]);
    expect(problemsOf({ dashboard: { trustedProxies: ['10.0.0.0/33'] } })).toEqual([
      'dashboard.trustedProxies: expected IP addresses or networks such as 10.0.0.0/8',
    ]);
    expect(problemsOf([])).toEqual(['expected a mapping of keys to values, got a list of 0']);
  });

  test('reports all problems at once, one per line', () => {
    const input = { seed: -1, remember: 3, cameras: { 'a b': { source: 'x' } } };
    expect(problemsOf(input)).toEqual([
      'seed: expected a whole number from 0 to 4294967295, got -1',
      'cameras.a b: expected a camera name of 1 to 63 letters, digits, "-" and "_"',
      'remember: expected a mapping of keys to values, got 3',
    ]);
    expect(() => parseConfig(input, undefined, 'my.yaml')).toThrow(
      /^my\.yaml: seed.*\nmy\.yaml: c/,
    );
  });

  test('refuses unknown keys and suggests known ones', () => {
    expect(problemsOf({ dashbord: {} })).toEqual([
      'dashbord: unknown key, did you mean dashboard?',
    ]);
    expect(problemsOf({ remember: { bytes: 1 } })).toEqual([
      'remember.bytes: unknown key, did you mean bytesMax?',
    ]);
    expect(problemsOf({ swap: { colour: 1 } })).toEqual([
      'swap.colour: unknown key, expected one of tolerance, keepVersions',
    ]);
  });

  test('names the new name of a strategy that was renamed, and why one is for comparison only', () => {
    expect(problemsOf({ learn: { strategy: 'lwf' } })).toEqual([
      'learn.strategy: lwf is called lwf-head now',
    ]);
    expect(problemsOf({ learn: { strategy: 'falkon' } })).toEqual([
      'learn.strategy: falkon is for `lifelens bench learning` only: its heads hold embeddings of samples',
    ]);
    expect(problemsOf({ learn: { strategy: 'fast' } })[0]).toMatch(
      /^learn\.strategy: expected tally, .*, got "fast"$/,
    );
  });

  test('does not accept inherited property names as keys', () => {
    const input: unknown = JSON.parse('{"constructor": 1, "cameras": {"a": {"toString": 1}}}');
    expect(problemsOf(input).toSorted()).toEqual([
      expect.stringContaining('cameras.a.source: expected text, got nothing'),
      expect.stringContaining('cameras.a.toString: unknown key'),
      expect.stringContaining('constructor: unknown key'),
    ]);
  });

  test('requires at least one enabled camera', () => {
    const expected = ['cameras: expected at least one enabled camera'];
    expect(problemsOf({ cameras: {} })).toEqual(expected);
    expect(problemsOf({ cameras: { a: { source: 'world', enabled: false } } })).toEqual(expected);
  });

  test('refuses malformed addresses of a broker, and quotes none', () => {
    const servers = (...list: string[]) => problemsOf({ nats: { servers: list } });
    const expected = 'expected nats://host:port, with user:password@ where needed';
    expect(servers('nats://hall:4222', 'nats://me:pa ss@hall')).toEqual([
      `nats.servers[1]: ${expected}`,
    ]);
    expect(servers('http://me:secret@hall:4222')).toEqual([
      'nats.servers[0]: expected nats:// or tls:// before the address, or neither',
    ]);
    expect(servers('nats://a:b@one', 'nats://a:c@two')).toEqual([
      'nats.servers: expected the same credentials in all addresses',
    ]);
    const [long] = servers(`nats://me:secret@${'h'.repeat(2000)}`);
    expect(long).toContain('nats.servers[0]: ');
    expect(long).not.toContain('secret');
  });

  test('tells apart the tokens of the dashboard by name, each from one place', () => {
    const tokens = (...list: object[]) => problemsOf({ dashboard: { tokens: list } });
    const anna = { name: 'anna', token: 'of anna!', scope: 'label' };
    expect(tokens(anna, { ...anna, token: 'another one' })).toEqual([
      'dashboard.tokens: expected a different name for each token, got anna twice',
    ]);
    expect(tokens({ ...anna, tokenEnv: 'ANNA' })).toEqual([
      'dashboard.tokens[0]: expected exactly one of token, tokenFile, tokenEnv',
    ]);
    expect(tokens({ ...anna, token: 'short' })[0]).not.toContain('"short"');
    expect(tokens({ ...anna, scope: 'all' })[0]).toContain('view, label or manage');
  });

  test('never quotes a secret in a message', () => {
    const problems = problemsOf({
      dashboard: { token: 'hunter2' },
      nats: { password: ['hunter2'] },
    });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain('hunter2');
  });

  test('truncates long values in a message', () => {
    const [problem] = problemsOf({ log: { level: 'x'.repeat(10_000) } });
    expect(problem!.length).toBeLessThan(200);
  });
});
