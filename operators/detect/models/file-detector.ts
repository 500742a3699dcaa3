import {
  canvasOf,
  describeView,
  isSameView,
  type ViewSize,
} from '../../ingest/frames/view-size.ts';
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
import type { ModelOutput } from './model-ports.ts';
import type { ClassMap } from './names/class-map.ts';

/** A model on some runtime, which takes a view as bytes. */
export interface RunningModel {
  /** Runs it on RGB bytes of its view, row by row. The values are valid until the next call. */
  run(view: Uint8Array): Promise<readonly ModelOutput[]>;
  close(): Promise<void>;
}

export interface FileDetectorParts {
  readonly id: string;
  readonly model: RunningModel;
  readonly reading: Reading;
  readonly classes: ClassMap;
  readonly viewSize: ViewSize;
}

/**
 * A detector of the user on any runtime: runs its model, reads candidates from the outputs, and
 * suppresses overlaps as its family does. Its latents are the evidence of `writeEvidence`.
 */
export class FileDetector implements DetectorModel {
  readonly id: string;
  readonly baseClasses: readonly string[];
  readonly viewSize: ViewSize;
  readonly #parts: FileDetectorParts;
  readonly #picker = new CandidatePicker();
  #head: ObjectnessHead | null = null;

  /** @param parts The model is owned. */
  constructor(parts: FileDetectorParts) {
    this.id = parts.id;
    this.baseClasses = parts.classes.names;
    this.viewSize = parts.viewSize;
    this.#parts = parts;
  }

  setObjectness({ weights, bias }: ObjectnessHead): void {
    const isEmpty = bias <= 0 && weights.every((weight) => weight === 0);
    this.#head = isEmpty ? null : { weights: Float32Array.from(weights), bias };
  }

  async detect(view: Uint8Array, viewSize: ViewSize, maxPeaks: number): Promise<Peaks> {
    const found = this.#candidates(await this.#run(view, viewSize), Infinity);
    const kept = this.#suppress(found);
    // Without a head the order is known before latents are computed.
    if (this.#head === null) kept.length = Math.min(kept.length, maxPeaks);
    const latents = found.latentsOf(kept);
    const { rows, scores } = found;
    const objectness = kept.map((i, at) =>
      Math.max(scores.strength[rows[i]!]!, this.#learned(latents, at)),
    );
    const order = objectness.map((_, at) => at);
    if (this.#head !== null) order.sort((a, b) => objectness[b]! - objectness[a]! || a - b);
    order.length = Math.min(order.length, maxPeaks);
    const rowAt = (at: number) => rows[kept[at]!]!;
    const classScore = new Float32Array(this.baseClasses.length);
    return {
      count: order.length,
      boxes: gather(
        found.boxes,
        order.map((at) => kept[at]!),
        4,
      ),
      objectness: Float32Array.from(order, (at) => objectness[at]!),
      baseClass: Int32Array.from(order, (at) => scores.bestClass[rowAt(at)]!),
      baseScore: Float32Array.from(order, (at) => Math.min(1, scores.best[rowAt(at)]!)),
      baseShare: Float32Array.from(order, (at) => found.shareOf(rowAt(at), classScore)),
      latents: gather(latents, order, denseLatentLength),
      cells: Int32Array.from(order, rowAt),
      isSuppressed: true,
    };
  }

  async dense(view: Uint8Array, viewSize: ViewSize): Promise<CandidateMaps> {
    const found = this.#candidates(await this.#run(view, viewSize), denseCandidatesMax);
    const { rows, boxes, scores } = found;
    const classScore = new Float32Array(this.baseClasses.length);
    return {
      kind: 'candidates',
      count: rows.length,
      boxes,
      latents: found.latentsOf(rows.map((_, i) => i)),
      baseHeat: Float32Array.from(rows, (row) => scores.strength[row]!),
      baseClass: Int32Array.from(rows, (row) => scores.bestClass[row]!),
      baseShare: Float32Array.from(rows, (row) => found.shareOf(row, classScore)),
    };
  }

  close(): Promise<void> {
    return this.#parts.model.close();
  }

  async #run(view: Uint8Array, viewSize: ViewSize): Promise<CandidateRows> {
    if (!isSameView(viewSize, this.viewSize)) {
      const [taken, given] = [describeView(this.viewSize), describeView(viewSize)];
      throw new RangeError(`this detector takes views of ${taken}, not of ${given}`);
    }
    const { model, reading, classes } = this.#parts;
    return reading.rows(await model.run(view), classes.numbers);
  }

  #candidates(all: CandidateRows, most: number): Candidates {
    const rows = this.#picker.pick(all);
    rows.length = Math.min(rows.length, most);
    return new Candidates(all, rows, this.#picker.scores, this.#parts);
  }

  #suppress({ rows, boxes, scores }: Candidates): number[] {
    const order = rows.map((_, i) => i);
    const { maxOverlap } = this.#parts.reading;
    if (maxOverlap === null) return order;
    const best = (i: number) => scores.best[rows[i]!]!;
    order.sort((a, b) => best(b) - best(a) || a - b);
    const kept = suppressWithinClasses(
      order,
      boxes,
      (i) => scores.bestClass[rows[i]!]!,
      maxOverlap,
    );
    // Rows are numbered by strength.
    return kept.sort((a, b) => a - b);
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

/** The candidates of one picture, before suppression, strongest first. */
class Candidates {
  readonly rows: readonly number[];
  readonly scores: CandidatePicker['scores'];
  /** rows × 4, in view pixels. */
  readonly boxes: Float32Array;
  readonly #all: CandidateRows;
  readonly #classScores: Float32Array;
  readonly #width: number;
  readonly #height: number;

  constructor(
    all: CandidateRows,
    rows: readonly number[],
    scores: CandidatePicker['scores'],
    { classes, viewSize }: FileDetectorParts,
  ) {
    this.#all = all;
    this.rows = rows;
    this.scores = scores;
    this.boxes = new Float32Array(4 * rows.length);
    for (const [i, row] of rows.entries()) all.box(row, this.boxes, 4 * i);
    this.#classScores = new Float32Array(classes.names.length);
    ({ width: this.#width, height: this.#height } = canvasOf(viewSize));
  }

  /** The evidence of some candidates, one after another. */
  latentsOf(candidates: readonly number[]): Float32Array {
    const latents = new Float32Array(candidates.length * denseLatentLength);
    for (const [at, i] of candidates.entries()) {
      const row = this.rows[i]!;
      this.#all.classScores(row, this.#classScores);
      writeEvidence(
        latents,
        at * denseLatentLength,
        this.#classScores,
        this.scores.strength[row]!,
        { boxes: this.boxes, boxAt: 4 * i, width: this.#width, height: this.#height },
      );
    }
    return latents;
  }

  /** Share of the best class in the scores of all classes. */
  shareOf(row: number, into: Float32Array): number {
    this.#all.classScores(row, into);
    let total = 0;
    for (const score of into) total += score;
    return total > 0 ? Math.min(1, this.scores.best[row]! / total) : 0;
  }
}

function gather(values: Float32Array, rows: readonly number[], width: number): Float32Array {
  const gathered = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries())
    gathered.set(values.subarray(row * width, (row + 1) * width), i * width);
  return gathered;
}
