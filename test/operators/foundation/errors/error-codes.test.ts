import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { answerCodes } from '../../../../operators/foundation/errors/answer-codes.ts';
import { errorCodes, exitCodeOf } from '../../../../operators/foundation/errors/error-codes.ts';
import type { ErrorEntry } from '../../../../operators/foundation/errors/error-entry.ts';
import { ConfigError } from '../../../../pipeline/configuration/config-error.ts';
import { DatasetError } from '../../../../operators/datasets/dataset-error.ts';
import { HeadHistoryError } from '../../../../operators/swap/head-history.ts';
import { Interrupted } from '../../../../pipeline/command-line/interrupted.ts';
import { PortError } from '../../../../sinks/http/http-server.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const table: Readonly<Record<string, ErrorEntry>> = errorCodes;

/** Errors that the record store handles itself; whoever uses it gets a `StateError`. */
const handledInside = ['DamagedFile', 'StoreThreadError'];

/** Text of all sources, by path. */
const sources = new Map<string, string>();
beforeAll(async () => {
  for (const folder of ['operators', 'pipeline', 'sinks', 'deploy']) {
    const names = await readdir(join(root, folder), { recursive: true });
    for (const name of names.filter((file) => file.endsWith('.ts'))) {
      const path = join(folder, name);
      sources.set(path, await readFile(join(root, path), 'utf8'));
    }
  }
});

/** First groups of all matches in all sources. */
function matches(pattern: RegExp): string[][] {
  return [...sources.values()].flatMap((text) =>
    [...text.matchAll(pattern)].map((match) => match.slice(1)),
  );
}

describe('the table of error codes', () => {
  test('lists exactly the error classes of the sources', () => {
    const classes = matches(/class (\w+) extends \w*Error\b/g).flat();
    expect(classes.toSorted()).toEqual([...Object.keys(table), ...handledInside].toSorted());
  });

  test('types the code and fixes the name of every class', () => {
    for (const name of Object.keys(table)) {
      const text = [...sources.values()].find((source) => source.includes(`class ${name} extends`));
      expect(text, name).toContain(`ErrorCode<'${name}'>`);
      expect(text, name).toMatch(new RegExp(`name = '${name}'`));
    }
  });

  test('knows every code with which an error is created', () => {
    const created = matches(/new (\w+Error)\(\s*'([\w-]+)'[,)]/g);
    expect(created.length).toBeGreaterThan(40);
    for (const [name = '', code = ''] of created) {
      if (name in table) expect(Object.keys(table[name]!.codes), name).toContain(code);
    }
  });

  test('knows every code of an unsuccessful answer', () => {
    const known = [answerCodes, errorCodes.LabelError.codes, errorCodes.HeadHistoryError.codes];
    const answered = matches(/ok: false,[^;]{0,60}? code: '([\w-]+)'/g).flat();
    expect(new Set(answered).size).toBe(Object.keys(answerCodes).length);
    for (const code of answered)
      expect(known.flatMap((codes) => Object.keys(codes))).toContain(code);
  });

  test('describes each class and code in full sentences', () => {
    for (const [name, { meaning, consequence, codes }] of Object.entries(table)) {
      const texts = Object.values(codes).flatMap((code) => [code.meaning, code.remedy]);
      for (const text of [meaning, consequence, ...texts]) expect(text, name).toMatch(/\.$/);
      expect(Object.keys(codes).length, name).toBeGreaterThan(0);
    }
  });
});

describe('the exit code of an error', () => {
  test('is that of its class, or of its code where that has one', () => {
    expect(exitCodeOf(new ConfigError('invalid', ['seed: x'], null))).toBe(2);
    expect(exitCodeOf(new DatasetError('bad-spec', 'x', 'expected voc:'))).toBe(2);
    expect(exitCodeOf(new DatasetError('empty', 'x', 'expected images'))).toBe(1);
    expect(exitCodeOf(new Interrupted('SIGINT'))).toBe(130);
    expect(exitCodeOf(new Interrupted('SIGTERM'))).toBe(143);
    expect(exitCodeOf(new PortError('EADDRNOTAVAIL', '192.0.2.1', 1, null))).toBe(1);
  });

  test('is none for errors that never end the program and for unknown ones', () => {
    expect(exitCodeOf(new HeadHistoryError('no-previous', 'none'))).toBe(null);
    expect(exitCodeOf(new RangeError('wrong'))).toBe(null);
    expect(exitCodeOf(Object.assign(new Error('x'), { name: 'ConfigError' }))).toBe(null);
    expect(exitCodeOf('text')).toBe(null);
  });
});
