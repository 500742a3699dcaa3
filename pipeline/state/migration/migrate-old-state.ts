import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { codeOf } from '../../../operators/foundation/errors/code-of.ts';
import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import type {
  RecordChange,
  RecordStore,
} from '../../../operators/foundation/store/record-store.ts';
import { openFile } from '../../../operators/foundation/files/sealed-file.ts';
import type { LearnedContents } from '../../../operators/learn/learned-set.ts';
import { encodeSample } from '../../../operators/remember/sample-record.ts';
import { readHeadBundle, writeHeadBundle } from '../../../operators/swap/store/head-bundle.ts';
import type { Log } from '../../log.ts';
import { encodeLearner } from '../learner-record.ts';
import { numberKey, put, putJson } from '../record-kinds.ts';
import { journalOfSamples } from './journal-of-samples.ts';
import { readMemoryFile, type OldSample } from './read-memory-file.ts';

/** Files and folders of a state of lifelens 0.1. */
const oldNames = ['memory.bin', 'learner.bin', 'heads'] as const;
const copyName = /^migrated-\d+$/;

/**
 * Takes over a state of lifelens 0.1 into an empty store, once: its labels become journal entries,
 * in which the name of a class is its id. The old files are kept in a folder `migrated-1` beside
 * the store. What cannot be read is logged and left out.
 */
export async function migrateOldState(
  dir: string,
  store: RecordStore,
  log: Pick<Log, 'info' | 'warn'>,
): Promise<void> {
  const names = await readdir(dir);
  const present = oldNames.filter((name) => names.includes(name));
  const isNew = (await store.get('state', 'format')) === null;
  const format = putJson('state', 'format', { version: 1 });
  if (isNew && present.length === 0) return store.commit([format]);
  if (isNew) {
    const changes = await readOldState(dir, (line) => log.warn(line));
    await store.commit([format, ...changes]);
  }
  if (present.length === 0) return;
  const copy = join(dir, `migrated-${1 + names.filter((name) => copyName.test(name)).length}`);
  await mkdir(copy, { recursive: true });
  for (const name of present) await rename(join(dir, name), join(copy, name));
  log.info(`the state of an older version was taken over; its files are kept in ${copy}`);
}

/** Deletes the files that {@link migrateOldState} kept. */
export async function removeMigratedCopies(dir: string): Promise<void> {
  const names = await readdir(dir);
  for (const name of names.filter((each) => copyName.test(each))) {
    await rm(join(dir, name), { recursive: true, force: true });
  }
}

/** The active head of a state of lifelens 0.1; null where there is none. */
export async function readOldActiveHead(
  dir: string,
  warn: (line: string) => void,
): Promise<Head | null> {
  const attempt = attempting(warn);
  const bundles = await readHeads(join(dir, 'heads'), attempt);
  const active = await attempt(join(dir, 'heads', 'active'), (bytes) => Number(bytes.toString()));
  const heads = bundles.map(({ head }) => head);
  return (
    heads.find(({ version }) => version === active) ??
    (active === 0 ? null : (heads.at(-1) ?? null))
  );
}

type Attempt = <T>(path: string, read: (bytes: Buffer) => T) => Promise<T | null>;

/** Reads files; one that is damaged is reported and left out, as one that does not exist. */
function attempting(warn: (line: string) => void): Attempt {
  return async (path, read) => {
    try {
      return read(await readFile(path));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') warn(`${path} is left out: ${messageOf(error)}`);
      return null;
    }
  };
}

async function readOldState(
  dir: string,
  warn: (line: string) => void,
): Promise<readonly RecordChange[]> {
  const attempt = attempting(warn);
  const stored = (await attempt(join(dir, 'memory.bin'), readMemoryFile)) ?? [];
  const samples = stored.map(({ sample }) => sample);
  const bundles = await readHeads(join(dir, 'heads'), attempt);
  const headClasses = new Set(bundles.flatMap(({ head }) => head.classes));
  const entries = journalOfSamples(samples, [...headClasses]);
  const strategyState = await attempt(join(dir, 'learner.bin'), (bytes) => ({
    bytes: new Uint8Array(bytes),
    strategy: strategyOf(bytes),
  }));
  const active = await attempt(join(dir, 'heads', 'active'), (bytes) => Number(bytes.toString()));
  const versions = bundles.map(({ head }) => head.version);
  const newest = Math.max(0, ...versions);
  const version = active !== null && [0, ...versions].includes(active) ? active : newest;
  const activeHead = bundles.find(({ head }) => head.version === version)?.head;
  return [
    ...entries.map((entry) => putJson('journal', numberKey(entry.position), entry)),
    putJson('state', 'journal', { position: entries.length }),
    putJson('state', 'active', {
      version,
      newest,
      rolledBack: version !== newest,
    }),
    ...stored.map(({ sample, key }) =>
      put('sample', sample.id, encodeSample({ key, sample: { ...sample, label: null } })),
    ),
    ...bundles.map((bundle) =>
      put('head', numberKey(bundle.head.version), Buffer.from(writeHeadBundle(bundle))),
    ),
    ...(strategyState === null
      ? []
      : [
          put(
            'learner',
            '1',
            encodeLearner({
              sequence: 1,
              position: entries.length,
              strategy: strategyState.strategy,
              bytes: strategyState.bytes,
              learned: learnedOf(samples, headClasses, activeHead?.classes ?? []),
            }),
          ),
        ]),
  ];
}

async function readHeads(folder: string, attempt: Attempt) {
  const names = await readdir(folder).catch(() => []);
  const bundles = [];
  for (const name of names.filter((each) => /^head-\d+\.json$/.test(each)).sort()) {
    const bundle = await attempt(join(folder, name), (bytes) => readHeadBundle(bytes.toString()));
    if (bundle === null) continue;
    // The names of that time are the ids of the classes.
    bundles.push({ ...bundle, head: { ...bundle.head, classIds: bundle.head.classes } });
  }
  return bundles;
}

function strategyOf(bytes: Buffer): string {
  const { header } = openFile({ name: 'learner state', magic: 'LLLEARN_', version: 1 }, bytes);
  return String((header as { strategy: unknown }).strategy);
}

/**
 * Samples that the learner had taken in, as far as memory and heads tell. Lifelens 0.1 forgot at
 * its end which labels it had still to learn: a class that no head knows is learned anew.
 */
function learnedOf(
  samples: readonly OldSample[],
  known: ReadonlySet<string>,
  active: readonly string[],
): LearnedContents {
  const entries = samples.flatMap(({ id, label, heldOut }) => {
    if (label === null || heldOut) return [];
    const name = label.kind === 'class' ? label.class : null;
    return name !== null && !known.has(name) ? [] : [[id, name] as const];
  });
  const named = new Set(entries.map(([, label]) => label));
  // Of the other classes of the head, some samples were learned that are gone from memory.
  const sealed = active.flatMap((name) => (named.has(name) ? [] : [[name, 1] as const]));
  return { entries, sealed };
}
