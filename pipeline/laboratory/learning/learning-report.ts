import type { Dataset } from '../../../operators/datasets/dataset.ts';
import type { AveragePrecision } from '../../../operators/measure/average-precision.ts';
import type { Interval } from '../../../operators/measure/bootstrap.ts';

/** Evaluation at one checkpoint. */
export interface StepReport {
  /** The last step learned before this checkpoint, counted from 1. */
  readonly step: number;
  /** Classes introduced since the checkpoint before. */
  readonly introduced: readonly string[];
  /** Number of classes learned so far. */
  readonly seen: number;
  /** Mean over the classes learned so far that have test objects; null where none has. */
  readonly map50: number | null;
  /**
   * 95 % interval of `map50` by resampling sequences of test pictures; absent in reports of before
   * it was measured, null where it is not.
   */
  readonly map50Interval?: Interval | null;
  /**
   * `map50` on the test pictures that show a class learned so far, and its interval; absent in
   * reports of before they were measured, null where they are not.
   */
  readonly map50Seen?: number | null;
  readonly map50SeenInterval?: Interval | null;
  readonly map: number | null;
  /** The same over the classes in `introduced`, and over the earlier ones. */
  readonly map50New: number | null;
  readonly map50Old: number | null;
  /** mAP50 of joint training on the same classes; null where there is no such bound. */
  readonly jointMap50: number | null;
  /** State and sample memory together, in bytes. */
  readonly bytes: number;
  /** Protocol-specific figures. */
  readonly extra?: Readonly<Record<string, number | null>>;
}

/** Final result of one class. */
export interface ClassReport extends AveragePrecision {
  /** The step that introduced it, counted from 1; null for a base class. */
  readonly step: number | null;
}

/** The part of a report that depends on neither time nor machine. */
export interface ProtocolOutcome {
  /** Final AP at IoU 0.5, mean over the learned classes that have test objects. */
  readonly map50: number | null;
  /** As in {@link StepReport}, after the last step. */
  readonly map50Interval?: Interval | null;
  readonly map50Seen?: number | null;
  readonly map50SeenInterval?: Interval | null;
  /** The same, averaged over IoU 0.50 … 0.95. */
  readonly map: number | null;
  /** Mean over checkpoints of map50 / jointMap50; null where there is no bound. */
  readonly omega: number | null;
  /** See operators/measure/forgetting.ts; on AP50, each checkpoint's new classes being a task. */
  readonly forgetting: number | null;
  readonly bwt: number | null;
  /**
   * Both of each task on the pictures that show a class learned by the task's own checkpoint, with
   * 95 % intervals: see ../protocols/seen-pictures.ts. Absent or null as `map50Seen` is.
   */
  readonly forgettingSeen?: number | null;
  readonly forgettingSeenInterval?: Interval | null;
  readonly bwtSeen?: number | null;
  readonly bwtSeenInterval?: Interval | null;
  /**
   * Relative to the untrained head. Always 0 in class-incremental protocols, because a head has no
   * output for a class before its first label.
   */
  readonly fwt: number | null;
  readonly perStep: readonly StepReport[];
  readonly perClass: Readonly<Record<string, ClassReport>>;
  /** Protocol-specific figures, such as unknown recall or base mAP before and after. */
  readonly extra?: Readonly<Record<string, number | null>>;
}

/** The JSON that `lifelens bench learning --report` writes. */
export interface LearningReport extends ProtocolOutcome {
  readonly protocol: string;
  readonly strategy: string;
  readonly paper: string;
  /** As given on the command line. */
  readonly train: string;
  readonly test: string;
  readonly trainImages: number;
  readonly testImages: number;
  /** Repairs made while reading the whole sets, regardless of `--images`. */
  readonly trainMended: Dataset['mended'];
  readonly testMended: Dataset['mended'];
  /** Broken pictures that were left out. */
  readonly trainSkipped: Dataset['skipped'];
  readonly testSkipped: Dataset['skipped'];
  /** Number of classes the strategy knows at the end. */
  readonly classes: number;
  readonly seed: number;
  /** Upper bound on evaluations. */
  readonly checkpoints: number;
  /** Side of a square of as many pixels as the detector's view. */
  readonly size: number;
  /** Shape of the view; absent in reports of before it could be chosen: `square`. */
  readonly shape?: 'own' | 'square';
  readonly engine: string;
  /** Peak of state and sample memory together, taken after each update, in bytes. */
  readonly bytes: number;
  /** The cap in bytes (`--memory`); null for none. */
  readonly bytesMax: number | null;
  readonly version: string;
  /** Commit of the sources, `-dirty` where they differ from it; null outside a checkout. */
  readonly commit: string | null;

  /** Mean time of an update in ms: the strategy alone, without making its examples. */
  readonly updateMs: number;
  /** The same in CPU time of the whole process. */
  readonly cpuMs: number;
  /** Size and cost of each update. */
  readonly updates: readonly UpdateReport[];
  /** Peak resident memory of the process, in bytes. */
  readonly peakRssBytes: number;
  /**
   * Time from one more label to the first detection under the updated head, in ms: examples,
   * update, objectness set, one detection; no gate, no batching of labels. Null without an object
   * to label, or where the strategy has no memory left for its class.
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
  /** Number of classes known after it. */
  readonly classes: number;
  readonly updateMs: number;
  readonly cpuMs: number;
}

/** The machine of a report. */
export interface Hardware {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
}

/** Report keys that depend on time or machine; all others are byte-identical for one seed. */
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
