import type { Fact, JournalEntry } from '../../../operators/label/journal/journal-entry.ts';
import type { OldSample } from './read-memory-file.ts';

/**
 * The journal that says what the labels of stored samples say: an entry for each command, which is
 * recognised by its sender, time and label. The id of a class is its name.
 */
export function journalOfSamples(
  samples: readonly OldSample[],
  headClasses: readonly string[],
): JournalEntry[] {
  const labelled = samples.filter(({ label }) => label !== null);
  const named = labelled.flatMap(({ label }) => label?.class ?? []);
  const entries: JournalEntry[] = [];
  const append = (by: string, atMs: number, fact: Fact): void => {
    entries.push({ position: entries.length + 1, by, atMs, fact });
  };
  for (const name of new Set([...headClasses, ...named])) {
    append('program:migration', 0, { type: 'class', id: name, name });
  }
  const commands = new Map<string, OldSample[]>();
  for (const sample of labelled) {
    const { kind, class: name, by, atMs } = sample.label!;
    const key = JSON.stringify([atMs, by, kind, name]);
    commands.set(key, [...(commands.get(key) ?? []), sample]);
  }
  const inOrder = [...commands.values()].sort((a, b) => a[0]!.label!.atMs - b[0]!.label!.atMs);
  for (const group of inOrder) {
    const { kind, class: name, by, atMs } = group[0]!.label!;
    const scope = {
      samples: group.map(({ id, camera, trackId, heldOut }) => ({
        id,
        object: `${camera}/${trackId}`,
        heldOut,
      })),
    };
    if (kind === 'background') append(by, atMs, { type: 'dismiss', ...scope });
    else append(by, atMs, { type: kind === 'class' ? 'label' : 'notA', class: name!, ...scope });
  }
  return entries;
}
