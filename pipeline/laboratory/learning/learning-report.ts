import type { LabelledSet } from '../../../operators/datasets/labelled-set.ts';
import type { AveragePrecision } from '../../../operators/measure/average-precision.ts';

/** What was known after one checkpoint. */
export interface StepReport {
  /** Steps learned by then, counted from 1. */
  readonly step: number;
  /** Classes that this checkpoint's steps introduced. */
  readonly introduced: readonly string[];
  /** Classes learned by then. */
  readonly seen: number;
  /** Mean over the classes seen so far that have objects in the test set; null where none has any. */
  readonly map50: number | null;
  readonly map: number | null;
  /** Of those, the ones that this checkpoint introduced, and the ones from before it. */
  readonly map50New: number | null;
  readonly map50Old: number | null;
  /** What joint training reaches on the same classes; null where there is no such bound. */
  readonly jointMap50: number | null;
  /** State and sample memory together, in bytes. */
  readonly bytes: number;
  /** What a protocol measures besides. */
  readonly extra?: Readonly<Record<string, number | null>>;
}

/** One class at the end. */
export interface ClassReport extends AveragePrecision {
  /** The step that introduced it, counted from 1; null for a class of the base model. */
  readonly step: number | null;
}

/** What a protocol finds out: the part of a report that neither time nor machine enters. */
export interface ProtocolOutcome {
  /** At the end, mean over the classes learned that have objects in the test set. AP at IoU 0.5. */
  readonly map50: number | null;
  /** The same, mean over IoU 0.50 … 0.95. */
  readonly map: number | null;
  /** Mean over checkpoints of map50 over the joint bound's; null where there is no bound. */
  readonly omega: number | null;
  /** See operators/measure/forgetting.ts; on AP50, a task being what a checkpoint introduced. */
  readonly forgetting: number | null;
  readonly bwt: number | null;
  /**
   * Against the untrained head. In class-incremental protocols it is 0 whatever the method, as a head has no
   * column for a class that nobody named yet.
   */
  readonly fwt: number | null;
  readonly perStep: readonly StepReport[];
  readonly perClass: Readonly<Record<string, ClassReport>>;
  /** What a protocol measures besides: unknown recall, base mAP before and after, and so forth. */
  readonly extra?: Readonly<Record<string, number | null>>;
}

/** What `lifelens bench learning --report` writes. */
export interface LearningReport extends ProtocolOutcome {
  readonly protocol: string;
  readonly strategy: string;
  readonly paper: string;
  /** As given on the command line. */
  readonly train: string;
  readonly test: string;
  readonly trainImages: number;
  readonly testImages: number;
  /** What was mended on reading the two sets, `--images` or not. */
  readonly trainMended: LabelledSet['mended'];
  readonly testMended: LabelledSet['mended'];
  /** That the strategy knew at the end. */
  readonly classes: number;
  readonly seed: number;
  /** How often a protocol was to judge what is known, at most. */
  readonly checkpoints: number;
  /** Side of the detector's view in pixels. */
  readonly size: number;
  readonly engine: string;
  /** The most that state and sample memory held together after an update, in bytes. */
  readonly bytes: number;
  /** The cap that was asked for; null for none. */
  readonly bytesMax: number | null;
  readonly version: string;
  /** Of the sources, with `-dirty` where they differ from it; null outside a checkout. */
  readonly commit: string | null;

  /** Mean time of an update, in ms: the strategy alone, evidence not in it. */
  readonly updateMs: number;
  /** The same in processor time of the whole process. */
  readonly cpuMs: number;
  /** An update: what it was given and what it took. */
  readonly updates: readonly UpdateReport[];
  /** The most memory that the process had resident, in bytes. */
  readonly peakRssBytes: number;
  /**
   * From the label of one more object to the first picture judged with the head that learned it, in ms: evidence,
   * update, objectness set, one detection. No gate and no waiting for other labels. Null where a protocol has none, or the
   * strategy no bytes for its class.
   */
  readonly labelToLiveMs: number | null;
  readonly wallMs: number;
  readonly hardware: Hardware;
}

/** One call of a strategy's `update`. */
export interface UpdateReport {
  /** The step it belongs to, counted from 1. */
  readonly step: number;
  readonly examples: number;
  readonly negatives: number;
  /** Classes known after it. */
  readonly classes: number;
  readonly updateMs: number;
  readonly cpuMs: number;
}

/** Where a report was measured. */
export interface Hardware {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
}

/** The keys of a report that tell of time and machine; all else is the same for the same seed, to the byte. */
export const machineKeys = [
  'updateMs',
  'cpuMs',
  'updates',
  'peakRssBytes',
  'labelToLiveMs',
  'wallMs',
  'hardware',
] as const satisfies readonly (keyof LearningReport)[];

/** A report without its {@link machineKeys}. */
export function withoutMachine(report: LearningReport): Partial<LearningReport> {
  const machine: readonly string[] = machineKeys;
  return Object.fromEntries(Object.entries(report).filter(([key]) => !machine.includes(key)));
}
