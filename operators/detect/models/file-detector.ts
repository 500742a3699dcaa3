import { describePlan, isViewOf, type ViewPlan } from '../../ingest/frames/view-plan.ts';
import { canvasOf, describeView, type ViewSize } from '../../ingest/frames/view-size.ts';
import type { CandidateMaps } from '../engines/candidate-maps.ts';
import {
  denseLatentLength,
  type DetectorModel,
  type ObjectnessHead,
  type Peaks,
} from '../engines/engine.ts';
import { writeEvidence } from './candidates/evidence-latent.ts';
import { CandidatePicker, denseCandidatesMax } from './candidates/pick-candidates.ts';
import { suppressWithinClasses } from './candidates/suppress.ts';
import type { CandidateRows } from './candidates/candidate-rows.ts';
import type { Reading } from './formats/reading.ts';
import type { InputSize } from './input-size.ts';
import type { ModelOutput } from './model-ports.ts';
import type { ClassMap } from './names/class-map.ts';

/** A model on some runtime, which takes a view as bytes. */
export interface RunningModel {
  /**
   * Runs it on RGB bytes of a view of this size, row by row. The values are valid until the next
   * call.
   */
  run(view: Uint8Array, size: InputSize): Promise<readonly ModelOutput[]>;
  close(): Promise<void>;
}

export interface FileDetectorParts {
  readonly id: string;
  /** What it is, for the log. */
  readonly text: string;
  readonly model: RunningModel;
  readonly reading: Reading;
  readonly classes: ClassMap;
  readonly viewSize: ViewPlan;
  /** How views of another size than the square are read. Absent: as `reading` says. */
  readonly readingAt?: (size: InputSize) => Promise<Reading>;
  /** What `readingAt` has returned already. */
  readonly readings?: readonly (readonly [InputSize, Reading])[];
}

/**
 * A detector of the user on any runtime: runs its model, reads candidates from the outputs, and
 * suppresses overlaps as its family does. Its latents are the evidence of `writeEvidence`.
 */
export class FileDetector implements DetectorModel {
  readonly id: string;
  readonly text: string;
  readonly baseClasses: readonly string[];
  readonly viewSize: ViewPlan;
  readonly #parts: FileDetectorParts;
  /** By width and height. Bounded: a plan makes a bounded number of views. */
  readonly #readings: Map<string, Reading>;
  readonly #picker = new CandidatePicker();
  #head: ObjectnessHead | null = null;

  /** @param parts The model is owned. */
  constructor(parts: FileDetectorParts) {
    this.id = parts.id;
    this.text = parts.text;
    this.baseClasses = parts.classes.names;
    this.viewSize = parts.viewSize;
    this.#parts = parts;
    const { readings = [] } = parts;
    this.#readings = new Map(readings.map(([size, reading]) => [keyOf(size), reading]));
  }

  setObjectness({ weights, bias }: ObjectnessHead): void {
    const isEmpty = bias <= 0 && weights.every((weight) => weight === 0);
    this.#head = isEmpty ? null : { weights: Float32Array.from(weights), bias };
  }

  async detect(view: Uint8Array, viewSize: ViewSize, maxPeaks: number): Promise<Peaks> {
    const found = this.#candidates(await this.#run(view, viewSize), viewSize, Infinity);
    const kept = this.#suppress(found);
    // Without a head the order is known before latents are computed.
    if (this.#head === null) kept.length = Math.min(kept.length, maxPeaks);
    const { latents, shares } = found.evidenceOf(kept);
    const objectness = Float32Array.from(kept, (i) => found.strength[i]!);
    let order = kept.map((_, at) => at);
    if (this.#head !== null) {
      for (const at of order)
        objectness[at] = Math.max(objectness[at]!, this.#learned(latents, at));
      order.sort((a, b) => objectness[b]! - objectness[a]! || a - b);
      order = order.slice(0, maxPeaks);
    }
    const peaks = order.map((at) => kept[at]!);
    return {
      count: order.length,
      boxes: gather(found.boxes, peaks, 4),
      objectness: gather(objectness, order, 1),
      baseClass: Int32Array.from(peaks, (i) => found.classes[i]!),
      baseScore: gather(found.best, peaks, 1),
      baseShare: gather(shares, order, 1),
      latents: this.#head === null ? latents : gather(latents, order, denseLatentLength),
      cells: Int32Array.from(peaks, (i) => found.rows[i]!),
      isSuppressed: true,
    };
  }

  async dense(view: Uint8Array, viewSize: ViewSize): Promise<CandidateMaps> {
    const found = this.#candidates(await this.#run(view, viewSize), viewSize, denseCandidatesMax);
    const { latents, shares } = found.evidenceOf(found.rows.map((_, i) => i));
    return {
      kind: 'candidates',
      count: found.rows.length,
      boxes: found.boxes,
      latents,
      baseHeat: found.strength,
      baseClass: found.classes,
      baseShare: shares,
    };
  }

  close(): Promise<void> {
    return this.#parts.model.close();
  }

  async #run(view: Uint8Array, viewSize: ViewSize): Promise<CandidateRows> {
    if (!isViewOf(this.viewSize, viewSize)) {
      const [taken, given] = [describePlan(this.viewSize), describeView(viewSize)];
      throw new RangeError(`this detector takes views of ${taken}, not of ${given}`);
    }
    const { model, classes } = this.#parts;
    const size = canvasOf(viewSize);
    const reading = await this.#readingOf(size);
    return reading.rows(await model.run(view, size), classes.numbers);
  }

  async #readingOf(size: InputSize): Promise<Reading> {
    const { reading, readingAt } = this.#parts;
    if (readingAt === undefined) return reading;
    const key = keyOf(size);
    let own = this.#readings.get(key);
    if (own === undefined) {
      own = await readingAt(size);
      this.#readings.set(key, own);
    }
    return own;
  }

  #candidates(all: CandidateRows, viewSize: ViewSize, most: number): Candidates {
    const picked = this.#picker.pick(all);
    const { scores } = this.#picker;
    const boxes = new Float32Array(4 * Math.min(picked.length, most));
    const rows: number[] = [];
    for (const row of picked) {
      if (rows.length === most) break;
      const at = 4 * rows.length;
      all.box(row, boxes, at);
      // A row with a value that is no number is a fault of the model, and no candidate.
      const isFinite = boxes.subarray(at, at + 4).every(Number.isFinite);
      if (isFinite && Number.isFinite(scores.best[row])) rows.push(row);
    }
    const { classes } = this.#parts;
    const own = { classes, viewSize };
    return new Candidates(all, rows, boxes.slice(0, 4 * rows.length), scores, own);
  }

  /** The candidates that stay, strongest first. */
  #suppress({ rows, boxes, best, classes }: Candidates): number[] {
    const order = rows.map((_, i) => i);
    const { maxOverlap } = this.#parts.reading;
    if (maxOverlap === null) return order;
    order.sort((a, b) => best[b]! - best[a]! || a - b);
    return suppressWithinClasses(order, boxes, classes, maxOverlap).sort((a, b) => a - b);
  }

  #learned(latents: Float32Array, at: number): number {
    if (this.#head === null) return 0;
    const { weights, bias } = this.#head;
    let sum = bias;
    for (let i = 0; i < denseLatentLength; i++)
      sum += weights[i]! * latents[at * denseLatentLength + i]!;
    return Math.min(1, Math.max(0, sum));
  }
}

function keyOf({ width, height }: InputSize): string {
  return `${width} ${height}`;
}

/** What the evidence of candidates depends on. */
interface CandidateParts {
  readonly classes: ClassMap;
  readonly viewSize: ViewSize;
}

/** The candidates of one picture before suppression, strongest first, as a structure of arrays. */
class Candidates {
  /** Their rows in the outputs. */
  readonly rows: readonly number[];
  /** rows × 4, in view pixels. */
  readonly boxes: Float32Array;
  readonly best: Float32Array;
  readonly classes: Int32Array;
  readonly strength: Float32Array;
  readonly #all: CandidateRows;
  readonly #parts: CandidateParts;

  constructor(
    all: CandidateRows,
    rows: readonly number[],
    boxes: Float32Array,
    { best, bestClass, strength }: CandidatePicker['scores'],
    parts: CandidateParts,
  ) {
    const count = rows.length;
    this.#all = all;
    this.#parts = parts;
    this.rows = rows;
    this.boxes = boxes;
    this.best = new Float32Array(count);
    this.classes = new Int32Array(count);
    this.strength = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      this.best[i] = Math.min(1, best[row]!);
      this.classes[i] = bestClass[row]!;
      this.strength[i] = strength[row]!;
    }
  }

  /** Latents of some candidates, and the share of their best class in the scores of all classes. */
  evidenceOf(candidates: readonly number[]): { latents: Float32Array; shares: Float32Array } {
    const { classes, viewSize } = this.#parts;
    const { width, height } = canvasOf(viewSize);
    const scores = new Float32Array(classes.names.length);
    const latents = new Float32Array(candidates.length * denseLatentLength);
    const shares = new Float32Array(candidates.length);
    for (let at = 0; at < candidates.length; at++) {
      const i = candidates[at]!;
      this.#all.classScores(this.rows[i]!, scores);
      let total = 0;
      for (let k = 0; k < scores.length; k++) total += scores[k]!;
      shares[at] = total > 0 ? Math.min(1, this.best[i]! / total) : 0;
      const place = { boxes: this.boxes, boxAt: 4 * i, width, height };
      writeEvidence(latents, at * denseLatentLength, scores, this.strength[i]!, place);
    }
    return { latents, shares };
  }
}

function gather(values: Float32Array, rows: readonly number[], width: number): Float32Array {
  const gathered = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    for (let k = 0; k < width; k++) gathered[i * width + k] = values[rows[i]! * width + k]!;
  }
  return gathered;
}
