import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = ['pipeline', 'operators', 'sinks', 'deploy', 'test'].flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name}`)
    .filter((name) => /\.(ts|js|html|css)$/.test(name)),
);
const read = (name: string) => readFileSync(`${root}${name}`, 'utf8');
const offenders = (isOffence: (name: string) => boolean) => sources.filter(isOffence);

describe('the tree', () => {
  test('has no file over 400 lines', () => {
    expect(offenders((name) => read(name).split('\n').length > 401)).toEqual([]);
  });

  test('has file names in kebab-case that say what is inside', () => {
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|contract|bench|d))*\.(ts|js|html|css)$/;
    const sayingNothing = /^(utils?|helpers?|common|types|misc|shared|manager)\./;
    const base = (name: string) => name.slice(name.lastIndexOf('/') + 1);
    expect(offenders((name) => !kebab.test(base(name)) || sayingNothing.test(base(name)))).toEqual(
      [],
    );
  });

  test('has no tests that are skipped or run alone', () => {
    const curbed = /\b(test|it|describe)\.(skip|only|todo|fixme)\b/;
    expect(offenders((name) => name.endsWith('.test.ts') && curbed.test(read(name)))).toEqual([]);
  });

  test('says why next to every rule that is switched off', () => {
    const bare = /(eslint-disable[^\n]*?(?<! -- [^\n]*)$)|@ts-(ignore|nocheck|expect-error)\s*$/m;
    expect(
      offenders((name) => !name.startsWith('test/architecture') && bare.test(read(name))),
    ).toEqual([]);
  });

  test('asks for a clock or for chance only where it is wired or handed in as a default', () => {
    // Arithmetic that reads a clock can neither be repeated nor tested.
    const arithmetic = /^operators\/(measure|remember|discover|learn\/strategies|track)\//;
    const worldly =
      /\b(Date\.now|performance\.now|Math\.random|process\.env|setTimeout|new Date)\b/;
    expect(offenders((name) => arithmetic.test(name) && worldly.test(read(name)))).toEqual([]);
  });
});

describe('package-lock.json', () => {
  const lock = JSON.parse(read('package-lock.json')) as {
    readonly packages: Readonly<
      Record<string, { readonly resolved?: string; readonly optionalDependencies?: object }>
    >;
  };

  test('names no hosts, so that whoever uses a mirror gets the same tree', () => {
    const withHost = Object.entries(lock.packages).filter(([, { resolved }]) => resolved);
    expect(withHost).toEqual([]);
  });

  test('holds the packages of every platform, not only of the one it was written on', () => {
    const missing = Object.values(lock.packages)
      .flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
      .filter((name) => !Object.keys(lock.packages).some((path) => path.endsWith(`/${name}`)));
    expect(missing).toEqual([]);
  });
});
