import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../pipeline/configuration/config-file.ts';

const deploy = new URL('../../deploy/', import.meta.url);
const read = (name: string) => readFile(new URL(name, deploy), 'utf8');

const service = z.strictObject({
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  image: z.string().regex(/:[a-z0-9.-]+$/),
  command: z.array(z.string()).optional(),
  restart: z.literal('unless-stopped'),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.string() })).optional(),
  environment: z.record(z.string(), z.string()),
  ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/)),
  volumes: z.array(z.string()),
  read_only: z.literal(true),
  tmpfs: z.array(z.string().regex(/size=\d+m/)).optional(),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  pids_limit: z.int(),
  stop_grace_period: z.string().optional(),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  deploy: z.strictObject({
    resources: z.strictObject({
      limits: z.strictObject({ cpus: z.string(), memory: z.string().regex(/^\d+[mg]$/) }),
    }),
  }),
  logging: z.strictObject({ driver: z.string(), options: z.record(z.string(), z.string()) }),
});
const compose = z.strictObject({
  name: z.string(),
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
});

describe('compose.yaml', () => {
  test('gives every service limits, a read-only root, no capabilities and loopback ports only', async () => {
    const { services } = compose.parse(parse(await read('compose.yaml'), { merge: true }));
    expect(Object.keys(services)).toEqual(['lifelens', 'nats']);
  });

  test('mounts existing files and declared volumes only', async () => {
    const { services, volumes } = compose.parse(parse(await read('compose.yaml'), { merge: true }));
    for (const { volumes: mounts, build } of Object.values(services)) {
      for (const mount of mounts) {
        const [from = ''] = mount.split(':');
        const exists = from.startsWith('.') ? existsSync(new URL(from, deploy)) : from in volumes;
        expect(exists, mount).toBe(true);
      }
      if (build !== undefined) {
        expect(existsSync(new URL(`${build.context}/${build.dockerfile}`, deploy))).toBe(true);
      }
    }
  });

  test('takes every secret from a variable listed in .env.example', async () => {
    const required = [...(await read('compose.yaml')).matchAll(/\$\{(\w+):\?/g)].map(
      (match) => match[1]!,
    );
    const listed = [...(await read('.env.example')).matchAll(/^(\w+)=$/gm)].map(
      (match) => match[1]!,
    );
    expect(new Set(required)).toEqual(new Set(listed));
  });
});

describe('lifelens.example.yaml', () => {
  const file = fileURLToPath(new URL('lifelens.example.yaml', deploy));

  test('is a valid configuration unchanged', async () => {
    const config = await loadConfig(file, {});
    expect(config.dashboard).toMatchObject({ host: '127.0.0.1', token: null });
    expect(config.nats.enabled).toBe(false);
  });

  test('is a valid configuration in the containers of compose.yaml', async () => {
    const { services } = compose.parse(parse(await read('compose.yaml'), { merge: true }));
    const image = { LIFELENS_HOST: '0.0.0.0', LIFELENS_STATE: '/var/lib/lifelens' };
    const environment = services['lifelens']!.environment;
    const secrets = { LIFELENS_TOKEN: 'long-enough', LIFELENS_NATS_PASSWORD: 'also-long' };
    const config = await loadConfig(file, { ...image, ...environment, ...secrets });
    expect(config.dashboard).toMatchObject({ host: '0.0.0.0', token: 'long-enough' });
    expect(config.nats).toMatchObject({ enabled: true, servers: ['nats://nats:4222'] });
    expect(config.state.dir).toBe('/var/lib/lifelens');
  });
});

describe('nats.conf', () => {
  test('contains no passwords', async () => {
    const passwords = [...(await read('nats.conf')).matchAll(/password:\s*(\S+)/g)];
    expect(passwords.length).toBeGreaterThan(0);
    for (const [, value] of passwords) expect(value).toMatch(/^\$\w+$/);
  });
});
