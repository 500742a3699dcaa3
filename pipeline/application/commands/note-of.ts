import type { LabelEvent } from '../../../operators/label/label-event.ts';
import type { LabelCommand } from '../../../operators/label/label-command.ts';

/**
 * One line about what a command could not do, for its answer; null where it did everything.
 * `learnedFor`: learned samples of a class whose vectors are gone.
 */
export function noteOf(
  { command }: LabelCommand,
  { gone, changes, classes }: LabelEvent,
  learnedFor: (classId: string) => number,
): string | null {
  if (command === 'remove') {
    const kept = classes.reduce((sum, { class: id }) => sum + learnedFor(id), 0);
    if (kept === 0) return null;
    return `${kept} of its samples are gone from memory; what the statistics that all classes share have of them stays`;
  }
  if (command !== 'undo' || gone === 0) return null;
  const all = gone + changes.length;
  return `${gone} of ${all} samples are gone from memory; what was learned from them stays`;
}
