import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Head, LinearLayer } from '../../../../operators/detect/heads/head.ts';
import { openRecordStore } from '../../../../operators/foundation/store/open-record-store.ts';
import { readHeadBundle } from '../../../../operators/swap/store/head-bundle.ts';
import type { ServiceFolder } from '../rig/service/service.ts';
import { storeFile } from './damage-state.ts';

/** How far the head that many crashes led to is from the one of an uninterrupted run. */
export interface HeadComparison {
  readonly classes: number;
  /** Largest difference of two weights of a layer, relative to the layer's largest weight. */
  readonly difference: number;
}

/**
 * Rebuilds the learner of a copy of a state from its journal and samples, and compares the heads.
 *
 * @param classes the classes that both heads know
 */
export async function compareWithRebuilt(
  folder: ServiceFolder,
  state: string,
  classes: readonly string[],
  config: Readonly<Record<string, object>>,
): Promise<HeadComparison> {
  const copy = `${state}-rebuilt`;
  cpSync(folder.at(state), folder.at(copy), { recursive: true });
  await removeRecords(folder.at(copy), 'learner');
  await removeRecords(folder.at(copy), 'head');
  // A camera that shows next to nothing: no new background comes into the rebuilt head.
  const cameras = { yard: { source: folder.at('still'), loop: true, fps: 0.2 } };
  const service = await folder.start({ state: copy, config: { ...config, cameras } });
  await service.knows(classes, 60_000);
  await service.stop();
  const [original, rebuilt] = [
    await newestHead(folder.at(state)),
    await newestHead(folder.at(copy)),
  ];
  return { classes: classes.length, difference: differenceOf(original, rebuilt) };
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

async function newestHead(path: string): Promise<Head> {
  const store = await openRecordStore(join(path, storeFile));
  try {
    const heads = (await store.list('head')).map(
      ({ bytes }) => readHeadBundle(Buffer.from(bytes).toString('utf8')).head,
    );
    const newest = heads.sort((a, b) => a.version - b.version).at(-1);
    if (newest === undefined) throw new Error(`${path} holds no head`);
    return newest;
  } finally {
    await store.close();
  }
}

/** Heads may list their classes in different order. */
function differenceOf(a: Head, b: Head): number {
  const order = a.classes.map((name) => b.classes.indexOf(name));
  if (order.includes(-1) || a.classes.length !== b.classes.length) return Infinity;
  const layers: readonly (readonly [LinearLayer, LinearLayer])[] = [
    [a.dense, b.dense],
    ...(a.crop !== null && b.crop !== null ? [[a.crop, b.crop] as const] : []),
  ];
  const rows = layers.map(([one, other]) => {
    const { length } = one;
    const reordered = order.flatMap((row) => [
      ...other.weights.subarray(row * length, (row + 1) * length),
      other.bias[row]!,
    ]);
    const own = a.classes.flatMap((_, row) => [
      ...one.weights.subarray(row * length, (row + 1) * length),
      one.bias[row]!,
    ]);
    return relative(own, reordered);
  });
  return Math.max(
    ...rows,
    relative([...a.objectness.weights], [...b.objectness.weights]),
    a.box !== undefined && b.box !== undefined
      ? relative([...a.box.weights], [...b.box.weights])
      : 0,
  );
}

function relative(a: readonly number[], b: readonly number[]): number {
  const largest = a.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const difference = a.reduce((max, value, i) => Math.max(max, Math.abs(value - b[i]!)), 0);
  return difference === 0 ? 0 : difference / largest;
}
