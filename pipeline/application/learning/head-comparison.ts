import { Subject, type Observable } from 'rxjs';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { BestHeads, type BestContents } from '../../../operators/gate/best-heads.ts';
import {
  LiveEvidence,
  type LiveNote,
  type Regression,
} from '../../../operators/gate/live-evidence.ts';
import { predictSample } from '../../../operators/gate/predict-samples.ts';
import type { Verdict } from '../../../operators/gate/verdict.ts';
import type { Journal } from '../../../operators/label/journal/journal.ts';
import type { LabelEvent } from '../../../operators/label/label-event.ts';
import type { Learner } from '../../../operators/learn/learner.ts';
import type { HeadDraft } from '../../../operators/learn/strategy.ts';
import { isLabelled, type Sample } from '../../../operators/remember/sample.ts';
import type { HeadHistory } from '../../../operators/swap/head-history.ts';
import { withNames } from '../../../operators/swap/named-head.ts';
import type { HeadBundle } from '../../../operators/swap/store/head-bundle.ts';
import type { SeenMemory } from '../../state/sight/memory-in-sight.ts';
import type { BackgroundCollector } from '../sampling/background-collector.ts';
import { gateSamples, gateSampleOf } from '../sampling/gate-input.ts';
import type { ModelEvent } from './model-event.ts';
import type { UpdateCandidate } from './update-event.ts';
import { withdrawnClasses } from './wanted-labels.ts';

export interface HeadComparisonParts {
  readonly learner: Pick<Learner, 'evaluate'>;
  readonly heads: HeadHistory;
  readonly memory: SeenMemory;
  readonly journal: Journal;
  readonly background: Pick<BackgroundCollector, 'heldOut'>;
  /** How far a class's recall may fall at the gate, 0 to 1. */
  readonly tolerance: number;
  /** What {@link HeadComparison.contentsWith} returned at the last save. */
  readonly saved: unknown;
}

/** Facts to save with a head. */
interface Contents {
  readonly best?: BestContents;
}

/**
 * Compares heads: a candidate with the active and the best heads at the gate, and the active head
 * with the one before it on samples that are labelled after the swap. Emits the version to return
 * to where these show that a class regressed.
 */
export class HeadComparison {
  readonly #parts: HeadComparisonParts;
  readonly #best: BestHeads;
  readonly #evidence = new LiveEvidence();
  readonly #regressions = new Subject<Regression>();

  constructor(parts: HeadComparisonParts) {
    this.#parts = parts;
    this.#best = new BestHeads(savedBest(parts.saved));
    this.#retain();
  }

  /** Facts to save, with a head that became active where there is one. */
  contentsWith(bundle: HeadBundle | null): Contents {
    const best = new BestHeads(this.#best.contents);
    if (bundle?.verdict != null) {
      best.note(bundle.verdict, bundle.head.version, bundle.parent ?? 0);
    }
    return { best: best.contents };
  }

  /** Regressions that labelled live samples show. */
  get regressions$(): Observable<Regression> {
    return this.#regressions.asObservable();
  }

  /** Whether a removed class still waits to be erased. */
  get hasToErase(): boolean {
    return this.#parts.journal.classes.hasRemoved;
  }

  /** The verdict on a candidate, found in the learner's thread. */
  async judge(
    candidate: HeadDraft,
    active: Head,
    { learned, isWhole }: Pick<UpdateCandidate, 'learned' | 'isWhole'>,
  ): Promise<Verdict> {
    const { learner, heads, memory, background, tolerance, journal } = this.#parts;
    const verdict = await learner.evaluate({
      candidate,
      active,
      heldOut: [...gateSamples(memory.values()), ...background.heldOut],
      tolerance,
      best: this.#best.heads((version) => heads.fitting(version)),
      withdrawn: withdrawnClasses(active, learned, { journal, memory }),
    });
    const isSound = verdict.code !== 'malformed' && verdict.code !== 'not-finite';
    if (verdict.accepted || !isSound || !isWhole || !this.hasToErase) return verdict;
    // Whoever removes a class wants it gone, whatever becomes of the others.
    const reason = `a class was removed, so it is taken although: ${verdict.reason}`;
    return { ...verdict, accepted: true, code: 'accepted', reason };
  }

  /** Takes note of what became of the model. */
  noteModel(event: ModelEvent): void {
    if (event.type === 'rolled-back') this.#evidence.rolledBack();
    if (event.type !== 'swapped') return;
    const { head, from, verdict } = event;
    // A class may have got another name, or none, since the head was drafted.
    this.#nameHeads();
    this.#best.note(verdict, head.version, from);
    // A head without classes is no measure: the first one that has some is.
    const isEmpty = (this.#parts.heads.get(from)?.head.classes.length ?? 0) === 0;
    const reference = isEmpty ? head.version : from;
    const regression = this.#evidence.swapped(head.version, reference, (note) => {
      const sample = this.#parts.memory.get(note.sampleId);
      return sample === undefined ? undefined : this.#predicted(sample);
    });
    this.#retain();
    if (regression !== null) this.#regressions.next(regression);
  }

  /** Takes note of labels: live samples that confirm or correct the active head. */
  noteLabels({ changes, classes }: LabelEvent): void {
    const isAboutClasses = classes.some(({ before }) => before !== null);
    if (isAboutClasses) this.#nameHeads();
    for (const { before, after } of classes) {
      if (before === null) continue;
      if (after === null) this.#best.remove(before);
      else {
        this.#best.rename(before, after);
        this.#evidence.rename(before, after);
      }
    }
    for (const { before, after } of changes) {
      const sample = after ?? before;
      if (sample === null || !this.#parts.memory.sees(sample)) continue;
      if (after === null || !isLabelled(after)) {
        this.#evidence.withdraw(sample.id);
        continue;
      }
      // Samples that go by the name of another class are no news from the camera.
      if (isAboutClasses) continue;
      const regression = this.#evidence.note(this.#noteOf(after));
      if (regression !== null) this.#regressions.next(regression);
    }
  }

  #nameHeads(): void {
    const { heads, journal } = this.#parts;
    heads.replace((head) => withNames(head, (id) => journal.classes.nameOf(id)));
  }

  #noteOf(sample: Sample): LiveNote {
    const { label, notA = [] } = sample;
    const name = label?.kind === 'class' ? label.class : null;
    const not = label === null ? { not: notA } : {};
    return { sampleId: sample.id, class: name, ...not, ...this.#predicted(sample) };
  }

  #predicted(sample: Sample): Pick<LiveNote, 'active' | 'reference'> {
    const { heads } = this.#parts;
    const input = gateSampleOf(sample);
    const reference = heads.get(this.#evidence.referenceVersion ?? -1)?.head;
    const active = predictSample(heads.active, input);
    return {
      active,
      reference: reference === undefined ? active : predictSample(reference, input),
    };
  }

  #retain(): void {
    const { referenceVersion } = this.#evidence;
    const reference = referenceVersion === null ? [] : [referenceVersion];
    this.#parts.heads.retain([...this.#best.versions, ...reference]);
  }
}

/** The best heads that were saved; undefined where the record is of another shape. */
function savedBest(saved: unknown): BestContents | undefined {
  const classes = (saved as Contents | null)?.best?.classes as unknown;
  if (!Array.isArray(classes)) return undefined;
  const isBest = (each: unknown): boolean =>
    Array.isArray(each) && typeof each[0] === 'string' && Number.isSafeInteger(each[1]);
  return { classes: classes.filter(isBest) as BestContents['classes'] };
}
