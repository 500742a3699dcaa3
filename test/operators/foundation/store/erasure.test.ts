import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { RecordFile } from '../../../../operators/foundation/store/file/record-file.ts';

/** Removed contents are looked for in the whole folder this often. */
const lookEvery = 20;

it('removed and replaced records leave no byte in any file, free pages and journal included', () => {
  const dir = mkdtempSync(join(tmpdir(), 'lifelens-erasure-'));
  const file = new RecordFile(join(dir, 'store.db'));
  const random = seededRandom(2);
  const present = new Map<string, string>();
  let counter = 0;
  // Contents consist of a mark of their own, again and again.
  const content = (): { mark: string; bytes: Buffer } => {
    const mark = `<${String(counter++).padStart(6, '0')}>`;
    const size = Math.floor(random() * (random() < 0.2 ? 1000 : 75)) + 1;
    return { mark, bytes: Buffer.from(mark.repeat(size)) };
  };
  const leftovers = (): string[] => {
    const marks = readdirSync(dir).flatMap((name) => {
      const text = readFileSync(join(dir, name), 'latin1');
      return text.match(/<\d{6}>/g) ?? [];
    });
    const known = new Set(present.values());
    return [...new Set(marks)].filter((mark) => !known.has(mark));
  };
  for (let round = 0; round < 300; round++) {
    const changes = Array.from({ length: 1 + Math.floor(random() * 6) }, () => {
      const keys = [...present.keys()];
      const earlier = keys[Math.floor(random() * keys.length)];
      const roll = random();
      if (earlier !== undefined && roll < 0.15) {
        present.delete(earlier);
        return { remove: { kind: 'k', key: earlier } };
      }
      const key = earlier !== undefined && roll < 0.5 ? earlier : `key${counter}`;
      const { mark, bytes } = content();
      present.set(key, mark);
      return { put: { kind: 'k', key, bytes } };
    });
    file.commit(changes);
    if (round % lookEvery === 0) expect(leftovers(), `round ${round}`).toEqual([]);
  }
  expect(present.size).toBeGreaterThan(100);
  file.commit([...present.keys()].map((key) => ({ remove: { kind: 'k', key } })));
  present.clear();
  expect(leftovers()).toEqual([]);
  file.close();
  rmSync(dir, { recursive: true });
});
