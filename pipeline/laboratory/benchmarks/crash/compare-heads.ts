import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { LinearLayer } from '../../../../operators/detect/heads/head.ts';
import { openRecordStore } from '../../../../operators/foundation/store/open-record-store.ts';
import { LearnedSet } from '../../../../operators/learn/learned-set.ts';
import { Learner } from '../../../../operators/learn/learner.ts';
import type { HeadDraft } from '../../../../operators/learn/strategy.ts';
import type { ConfigInput } from '../../../configuration/config.ts';
import type { BackgroundArchive } from './background-archive.ts';
import { storeFile } from './damage-state.ts';
import { learnRest, openQuietly } from './learn-rest.ts';

/** How far the head that many crashes led to is from the one of an uninterrupted run. */
export interface HeadComparison {
  readonly classes: number;
  /** Samples that the rebuilt learner has learned. */
  readonly samples: number;
  /**
   * Samples that the other has learned before the memory evicted them. The rebuilt one lacks them,
   * so that the heads differ where there are any.
   */
  readonly evicted: number;
  /** Largest difference of two weights of a layer, relative to the layer's largest weight. */
  readonly difference: number;
  /** The same of each layer. */
  readonly layers: Readonly<Record<string, number>>;
}

/**
 * Compares the active head of a state with the one that a new learner drafts from journal and
 * samples of the state and from all background that it has learned. `copy` is a folder to be made
 * for the new learner.
 */
export async function compareWithRebuilt(
  state: string,
  copy: string,
  config: ConfigInput,
  background: BackgroundArchive,
): Promise<HeadComparison> {
  cpSync(state, copy, { recursive: true });
  await background.restore(copy);
  const evicted = await evictedIn(copy, config);
  await removeRecords(copy, 'learner');
  const opened = await openQuietly(copy, config);
  const learner = await Learner.start();
  try {
    const { active } = opened.heads;
    const { draft, changed } = await learnRest(opened, learner);
    const classes = active.classIds ?? [];
    const layers = differencesOf({ ...active, classes }, draft);
    return {
      classes: classes.length,
      samples: changed,
      evicted,
      difference: Math.max(...Object.values(layers)),
      layers,
    };
  } finally {
    await learner.close();
    await opened.abandon();
  }
}

/** Samples that the learner of a state has learned, and whose vectors are gone. */
async function evictedIn(folder: string, config: ConfigInput): Promise<number> {
  const opened = await openQuietly(folder, config);
  try {
    const learned = new LearnedSet(opened.learner?.learned);
    learned.sealMissing((id) => opened.memory.get(id) !== undefined);
    return learned.contents.sealed.reduce((sum, [, count]) => sum + count, 0);
  } finally {
    await opened.abandon();
  }
}

async function removeRecords(path: string, kind: string): Promise<void> {
  const store = await openRecordStore(join(path, storeFile));
  try {
    const records = await store.list(kind);
    await store.commit(records.map(({ key }) => ({ remove: { kind, key } })));
  } finally {
    await store.close();
  }
}

/** Heads may list their classes in different order; ones with different classes are far apart. */
function differencesOf(a: HeadDraft, b: HeadDraft): Record<string, number> {
  const order = a.classes.map((id) => b.classes.indexOf(id));
  if (order.includes(-1) || a.classes.length !== b.classes.length) return { classes: Infinity };
  const own = a.classes.map((_, row) => row);
  const boxRows = [0, 1, 2, 3];
  return {
    dense: differenceOfLayers(a.dense, own, b.dense, order),
    crop: differenceOfLayers(a.crop, own, b.crop, order),
    box: differenceOfLayers(a.box, boxRows, b.box, boxRows),
    objectness: relative([...a.objectness.weights], [...b.objectness.weights]),
  };
}

function differenceOfLayers(
  a: LinearLayer | null | undefined,
  rowsOfA: readonly number[],
  b: LinearLayer | null | undefined,
  rowsOfB: readonly number[],
): number {
  if (a == null || b == null) return a == null && b == null ? 0 : Infinity;
  return relative(valuesOf(a, rowsOfA), valuesOf(b, rowsOfB));
}

function valuesOf({ weights, bias, length }: LinearLayer, rows: readonly number[]): number[] {
  return rows.flatMap((row) => [...weights.subarray(row * length, (row + 1) * length), bias[row]!]);
}

function relative(a: readonly number[], b: readonly number[]): number {
  const largest = a.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const difference = a.reduce((max, value, i) => Math.max(max, Math.abs(value - b[i]!)), 0);
  return difference === 0 ? 0 : difference / largest;
}
