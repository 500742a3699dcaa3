import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { stillCamera } from '../rig/service/service.ts';
import { stillLifeBoxes } from '../rig/service/still-life.ts';
import type { Client } from '../rig/client.ts';
import type { Acknowledged, Expected, Said } from './expected-state.ts';

/** Classes beyond which commands rather merge or remove some than create more. */
const classesMany = 8;
/** Of a box's edges, in pixels: people do not draw the same box twice. */
const inaccuracy = 6;

/** A command to send, and what it says if it is acknowledged. */
export interface NextCommand {
  readonly command: Parameters<Client['send']>[0];
  /** Null for a rollback, which changes nothing that is known about samples and classes. */
  readonly said: Said | null;
  /** The name of a class that the command creates. */
  readonly creates: string | null;
}

/** What {@link RandomCommands} chooses from. */
export interface Known {
  readonly acknowledged: readonly Acknowledged[];
  readonly expected: Expected;
  /** Versions that were live at some time. */
  readonly versions: readonly number[];
  /** Number of classes that were ever created. */
  readonly classes: number;
}

/** Placeholder for the sample that a label of a box creates. */
export const newSample = 'new';

/** Draws commands: labels, other names, undos, renames, merges, removals, rollbacks. */
export class RandomCommands {
  readonly #random: () => number;
  #names = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** A label of a drawn box with a class that there was never before. */
  labelNew(classes: number): NextCommand {
    const name = `class ${++this.#names}`;
    const target = { box: this.#box(), camera: stillCamera };
    return {
      command: { command: 'label', class: name, target },
      said: { type: 'label', class: classes, sample: newSample },
      creates: name,
    };
  }

  next(known: Known): NextCommand {
    const { expected, classes } = known;
    for (let attempt = 0; attempt < 20; attempt++) {
      const crowd = expected.present.length > classesMany ? 0.25 : 0;
      const at = this.#random() * (1 + crowd);
      const found =
        at < 0.35
          ? this.#labelBox(known)
          : at < 0.5
            ? this.#labelSample(known)
            : at < 0.7
              ? this.#undo(known)
              : at < 0.78
                ? this.#rename(known)
                : at < 0.83
                  ? this.#dismiss(known)
                  : at < 0.88
                    ? this.#notA(known)
                    : at < 0.93
                      ? this.#rollback(known)
                      : at < 0.97 + crowd / 2
                        ? this.#merge(known)
                        : this.#remove(known);
      if (found !== null) return found;
    }
    return this.labelNew(classes);
  }

  #labelBox({ expected, classes }: Known): NextCommand | null {
    const chosen = this.#pick(expected.present);
    if (chosen === undefined || expected.present.length < 3) return this.labelNew(classes);
    const target = { box: this.#box(chosen.number), camera: stillCamera };
    return {
      command: { command: 'label', class: chosen.name, target },
      said: { type: 'label', class: chosen.number, sample: newSample },
      creates: null,
    };
  }

  #labelSample({ expected }: Known): NextCommand | null {
    const [chosen, sample] = [this.#pick(expected.present), this.#sample(expected)];
    if (chosen === undefined || sample === undefined) return null;
    const command = { command: 'label', class: chosen.name, target: { sampleId: sample } } as const;
    return { command, said: { type: 'label', class: chosen.number, sample }, creates: null };
  }

  #notA({ expected }: Known): NextCommand | null {
    const [chosen, sample] = [this.#pick(expected.present), this.#sample(expected)];
    if (chosen === undefined || sample === undefined) return null;
    const command = { command: 'notA', class: chosen.name, target: { sampleId: sample } } as const;
    return { command, said: { type: 'notA', class: chosen.number, sample }, creates: null };
  }

  #dismiss({ expected }: Known): NextCommand | null {
    const sample = this.#sample(expected);
    if (sample === undefined) return null;
    const command = { command: 'dismiss', target: { sampleId: sample } } as const;
    return { command, said: { type: 'dismiss', sample }, creates: null };
  }

  #undo({ acknowledged }: Known): NextCommand | null {
    const undone = new Set(
      acknowledged.flatMap(({ said }) => (said.type === 'undo' ? [said.of] : [])),
    );
    const chosen = this.#pick(
      acknowledged.filter(
        ({ labelId, said }) =>
          labelId !== null &&
          !undone.has(labelId) &&
          said.type !== 'undo' &&
          said.type !== 'remove' &&
          // The old name may have been given again, or the class removed by then.
          said.type !== 'merge',
      ),
    );
    if (chosen?.labelId == null) return null;
    const { labelId } = chosen;
    return {
      command: { command: 'undo', labelId },
      said: { type: 'undo', of: labelId },
      creates: null,
    };
  }

  #rename({ expected }: Known): NextCommand | null {
    const chosen = this.#pick(expected.present);
    if (chosen === undefined) return null;
    const to = `name ${++this.#names}`;
    const command = { command: 'rename', class: chosen.name, to } as const;
    return { command, said: { type: 'rename', class: chosen.number, to }, creates: null };
  }

  #merge({ expected }: Known): NextCommand | null {
    const [from, into] = [this.#pick(expected.present), this.#pick(expected.present)];
    if (from === undefined || into === undefined || from === into) return null;
    const command = { command: 'merge', class: from.name, into: into.name } as const;
    return {
      command,
      said: { type: 'merge', class: from.number, into: into.number },
      creates: null,
    };
  }

  #remove({ expected }: Known): NextCommand | null {
    const chosen = this.#pick(expected.present);
    if (chosen === undefined || expected.present.length < 4) return null;
    const command = { command: 'remove', class: chosen.name } as const;
    return { command, said: { type: 'remove', class: chosen.number }, creates: null };
  }

  #rollback({ versions }: Known): NextCommand | null {
    const version = this.#pick(versions.slice(-3));
    if (version === undefined) return null;
    return { command: { command: 'rollback', version }, said: null, creates: null };
  }

  #sample({ labels }: Expected): string | undefined {
    return this.#pick([...labels.keys()].filter((id) => !id.startsWith('?')));
  }

  /** The box of an object, drawn by hand; a class keeps to one object. */
  #box(number = Math.floor(this.#random() * stillLifeBoxes.length)): Box {
    const box = stillLifeBoxes[number % stillLifeBoxes.length]!;
    const shifted = (edge: number): number => edge + inaccuracy * (this.#random() - 0.5);
    return [shifted(box[0]), shifted(box[1]), shifted(box[2]), shifted(box[3])];
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#random() * list.length)];
  }
}
