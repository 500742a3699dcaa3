import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRecordStore } from '../../../../operators/foundation/store/open-record-store.ts';
import type {
  RecordStore,
  StoredRecord,
} from '../../../../operators/foundation/store/record-store.ts';

/** Kinds of records that a state has. */
const kinds = ['journal', 'sample', 'head', 'learner', 'background', 'state'] as const;
export const storeFile = 'store.db';
/** Damage to one byte can cost what lies on its page, and no more. */
const pageBytes = 4096;

/** Damage that was done to a file. */
export interface Damage {
  readonly file: string;
  readonly kind: 'flipped' | 'cut' | 'removed';
  /** The first damaged byte, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/** Copies a state and flips a byte of one of its files, cuts it or removes it. */
export function damageCopy(state: string, copy: string, random: () => number): Damage {
  rmSync(copy, { recursive: true, force: true });
  cpSync(state, copy, { recursive: true });
  const files = filesIn(copy);
  // Most of a state is in one file.
  const file = random() < 0.8 ? storeFile : files[Math.floor(random() * files.length)]!;
  const path = join(copy, file);
  const bytes = readFileSync(path);
  const at = Math.floor(random() * bytes.length);
  const chance = random();
  if (chance < 0.7) {
    bytes[at]! ^= 1 + Math.floor(random() * 255);
    writeFileSync(path, bytes);
    return { file, kind: 'flipped', from: at, to: at + 1 };
  }
  if (chance < 0.95) {
    writeFileSync(path, bytes.subarray(0, at));
    return { file, kind: 'cut', from: at, to: bytes.length };
  }
  rmSync(path);
  return { file, kind: 'removed', from: 0, to: bytes.length };
}

/** Files below a folder that hold anything, by their path in it. */
export function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => {
      const stats = statSync(join(folder, name));
      return stats.isFile() && stats.size > 0;
    })
    .sort();
}

/** All records of a state folder. */
export async function recordsIn(folder: string): Promise<readonly StoredRecord[]> {
  const store = await openRecordStore(join(folder, storeFile));
  try {
    return await listAll(store);
  } finally {
    await store.close();
  }
}

async function listAll(store: RecordStore): Promise<readonly StoredRecord[]> {
  const lists = await Promise.all(kinds.map((kind) => store.list(kind)));
  return lists.flat();
}

/**
 * Says what is wrong with the records that are left after damage: one that differs from what was
 * stored, or one that is lost although none of its pages was damaged.
 */
export function faultsAfter(
  damage: Damage,
  original: Buffer,
  before: readonly StoredRecord[],
  after: readonly StoredRecord[],
): readonly string[] {
  const left = new Map(after.map((record) => [nameOf(record), record.bytes]));
  const isStore = damage.file === storeFile;
  const first = Math.floor(damage.from / pageBytes) * pageBytes;
  const hit = isStore
    ? original.subarray(first, Math.ceil(damage.to / pageBytes) * pageBytes)
    : null;
  return before.flatMap((record) => {
    const bytes = left.get(nameOf(record));
    if (bytes !== undefined) {
      return Buffer.compare(bytes, record.bytes) === 0 ? [] : [`${nameOf(record)} has changed`];
    }
    return hit !== null && isIn(hit, record) ? [] : [`${nameOf(record)} is lost`];
  });
}

/** Whether a part of a record lies on these pages. */
function isIn(pages: Buffer, { kind, key, bytes }: StoredRecord): boolean {
  if (pages.includes(`${kind}${key}`)) return true;
  // A page holds at least one such piece of a record that lies on it.
  for (let at = 0; at < bytes.length; at += 256) {
    const piece = bytes.subarray(at, Math.min(bytes.length, at + 24));
    if (piece.some((byte) => byte !== 0) && pages.includes(Buffer.from(piece))) return true;
  }
  return false;
}

function nameOf({ kind, key }: StoredRecord): string {
  return `${kind} ${key}`;
}
