import type { Label, Sample, SampleMemory } from '../remember/sample.ts';
import type { HeldOutSplit } from './held-out-split.ts';
import { LabelError } from './label-error.ts';
import type { LabelChange, LabelEvent } from './label-event.ts';

/** Label commands that can be undone; older ones are forgotten. */
export const undoableMax = 1000;

interface JournalEntry {
  readonly labelId: string;
  readonly clusterId: string | null;
  readonly changed: readonly { readonly sampleId: string; readonly before: Label | null }[];
}

/**
 * Applies labels to samples in the memory, decides which of them are held out, and undoes labels.
 * Knows neither streams nor clocks.
 */
export class SampleLabels {
  readonly #memory: SampleMemory;
  readonly #split: HeldOutSplit;
  readonly #journal: JournalEntry[] = [];
  #count = 0;

  constructor(memory: SampleMemory, split: HeldOutSplit) {
    this.#memory = memory;
    this.#split = split;
  }

  /** Gives samples a label; those that are not in the memory yet are inserted. */
  label(samples: readonly Sample[], label: Label, clusterId: string | null): LabelEvent {
    const labelId = `l${++this.#count}`;
    const changed = samples.map((sample) => ({ sampleId: sample.id, before: sample.label }));
    const changes = samples.map((sample) => this.#apply(sample, label));
    this.#journal.push({ labelId, clusterId, changed });
    if (this.#journal.length > undoableMax) this.#journal.shift();
    const cluster = clusterId === null ? null : { id: clusterId, label };
    return { labelId, changes, cluster };
  }

  /**
   * Restores the labels that samples had before a command, by default before the newest one.
   * Throws a `LabelError` where there is no such command or none of its samples is left.
   */
  undo(labelId?: string): LabelEvent {
    const index =
      labelId === undefined
        ? this.#journal.length - 1
        : this.#journal.findIndex((entry) => entry.labelId === labelId);
    const entry = this.#journal[index];
    if (entry === undefined) {
      const message =
        labelId === undefined ? 'there is no label to take back' : `label ${labelId} is not known`;
      throw new LabelError('nothing-to-undo', message);
    }
    const held = entry.changed.filter(({ sampleId }) => this.#memory.get(sampleId));
    if (held.length === 0) {
      const message = `the samples of label ${entry.labelId} are gone from memory`;
      throw new LabelError('sample-gone', message);
    }
    this.#journal.splice(index, 1);
    const changes = held.flatMap(({ sampleId, before }) => {
      const sample = this.#memory.get(sampleId);
      return sample === undefined ? [] : [this.#apply(sample, before)];
    });
    const cluster = entry.clusterId === null ? null : { id: entry.clusterId, label: null };
    return { labelId: entry.labelId, changes, cluster };
  }

  #apply(sample: Sample, label: Label | null): LabelChange {
    // Negatives count as a class of their own here, so that some of them are held out too.
    const className = label?.kind === 'class' ? (label.class ?? '') : '';
    const object = `${sample.camera}/${sample.trackId}`;
    const heldOut = label !== null && this.#split.isHeldOut(className, object);
    const after: Sample = { ...sample, label, heldOut };
    const before = this.#memory.get(sample.id) ?? null;
    if (before === null) this.#memory.insert(after);
    else this.#memory.replace(after);
    return { before, after };
  }
}
