import type { ErrorCode } from '../foundation/errors/error-codes.ts';
import type { Label, Sample, SampleMemory } from '../remember/sample.ts';
import type { Command, CommandResult, EventBox, LabelTarget } from '../../sinks/events.ts';
import type { HeldOut } from './held-out-split.ts';

/** A label command that can't be carried out; `message` is one line for who sent it. */
export class LabelError extends Error {
  override readonly name = 'LabelError';
  readonly code: ErrorCode<'LabelError'>;
  constructor(code: LabelError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export interface LabelDeskParts {
  readonly memory: SampleMemory;
  readonly heldOut: HeldOut;
  /** The cluster that one has become part of since; itself where it has not. */
  readonly resolveCluster: (clusterId: string) => string;
  /** Makes a sample of a place in a camera's frame, not yet in the memory. Rejects with a {@link LabelError}. */
  readonly sampleBox: (target: {
    readonly camera: string;
    readonly box: EventBox;
    readonly frame?: number;
    /** True for a box of the detector's own. */
    readonly proposed?: boolean;
  }) => Promise<Sample>;
  /** The place of a track in its camera's newest frame. Throws a {@link LabelError}. */
  readonly boxOfTrack: (camera: string, trackId: number) => EventBox;
  readonly nowMs: () => number;
  /** Told of every sample whose label changed; `before` is null for one that is new. */
  readonly onChanged: (before: Sample | null, after: Sample) => void;
  /** Told what became of a whole cluster. */
  readonly onClusterLabelled: (clusterId: string, label: Label | null) => void;
}

type LabelCommand = Extract<Command, { command: 'label' | 'notA' | 'dismiss' | 'undo' }>;

interface JournalEntry {
  readonly labelId: string;
  readonly clusterId: string | null;
  readonly changed: readonly { readonly sampleId: string; readonly before: Label | null }[];
}

/** Label commands that can be taken back. */
const journalMax = 1000;

/**
 * Carries out what people and programs say of samples: names, negatives, dismissals, and taking
 * them back. One path for all of them, whoever speaks.
 */
export class LabelDesk {
  readonly #parts: LabelDeskParts;
  readonly #journal: JournalEntry[] = [];
  #labels = 0;

  constructor(parts: LabelDeskParts) {
    this.#parts = parts;
  }

  /** Rejects with a {@link LabelError} where the target isn't there. */
  async handle(command: LabelCommand, by: string): Promise<CommandResult> {
    if (command.command === 'undo') return this.#undo(command.labelId);
    const label: Label = {
      kind:
        command.command === 'label' ? 'class' : command.command === 'notA' ? 'notA' : 'background',
      class: command.command === 'dismiss' ? null : command.class.trim(),
      by,
      atMs: this.#parts.nowMs(),
    };
    const found = await this.#find(command.target);
    const labelId = `l${++this.#labels}`;
    const changed = found.map((sample) => ({ sampleId: sample.id, before: sample.label }));
    for (const sample of found) this.#apply(sample, label);
    const clusterId =
      'clusterId' in command.target ? this.#parts.resolveCluster(command.target.clusterId) : null;
    if (clusterId !== null) this.#parts.onClusterLabelled(clusterId, label);
    this.#journal.push({ labelId, clusterId, changed });
    if (this.#journal.length > journalMax) this.#journal.shift();
    return { ok: true, labelId, samples: found.length };
  }

  async #find(target: LabelTarget): Promise<readonly Sample[]> {
    const { memory, resolveCluster, sampleBox, boxOfTrack } = this.#parts;
    if ('sampleId' in target) {
      const sample = memory.get(target.sampleId);
      if (sample !== undefined) return [sample];
      throw new LabelError(
        'unknown-target',
        `sample ${target.sampleId} is not in memory (any more)`,
      );
    }
    if ('clusterId' in target) {
      const wanted = resolveCluster(target.clusterId);
      const found = [...memory.values()].filter(
        ({ clusterId }) => resolveCluster(clusterId) === wanted,
      );
      if (found.length > 0) return found;
      throw new LabelError(
        'unknown-target',
        `no sample of cluster ${target.clusterId} is in memory`,
      );
    }
    if ('box' in target) return [await sampleBox(target)];
    const own = [...memory.values()].filter(
      ({ camera, trackId }) => camera === target.camera && trackId === target.trackId,
    );
    if (own.length > 0) return own;
    const box = boxOfTrack(target.camera, target.trackId);
    const sample = await sampleBox({ camera: target.camera, box, proposed: true });
    return [{ ...sample, trackId: target.trackId }];
  }

  #apply(sample: Sample, label: Label | null): void {
    const { memory, heldOut } = this.#parts;
    // What is no class counts as one of its own here, so that dismissals are judged on too.
    const counted = label?.kind === 'class' ? (label.class ?? '') : '';
    const after: Sample = {
      ...sample,
      label,
      heldOut: label !== null && heldOut.decide(counted, `${sample.camera}/${sample.trackId}`),
    };
    const before = memory.get(sample.id) ?? null;
    if (before === null) memory.insert(after);
    else memory.replace(after);
    this.#parts.onChanged(before, after);
  }

  #undo(labelId: string | undefined): CommandResult {
    const at =
      labelId === undefined
        ? this.#journal.length - 1
        : this.#journal.findIndex((entry) => entry.labelId === labelId);
    const entry = this.#journal[at];
    if (entry === undefined) {
      throw new LabelError(
        'nothing-to-undo',
        labelId === undefined ? 'there is no label to take back' : `label ${labelId} is not known`,
      );
    }
    const held = entry.changed.filter(({ sampleId }) => this.#parts.memory.get(sampleId));
    if (held.length === 0) {
      throw new LabelError(
        'sample-gone',
        `the samples of label ${entry.labelId} are gone from memory`,
      );
    }
    this.#journal.splice(at, 1);
    for (const { sampleId, before } of held) {
      const sample = this.#parts.memory.get(sampleId);
      if (sample !== undefined) this.#apply(sample, before);
    }
    if (entry.clusterId !== null) this.#parts.onClusterLabelled(entry.clusterId, null);
    return { ok: true, labelId: entry.labelId, samples: held.length };
  }
}
