import { closeAll } from '../../foundation/streams/close-all.ts';
import type { ViewPlan } from '../../ingest/frames/view-plan.ts';
import type { ViewSize } from '../../ingest/frames/view-size.ts';
import type { CandidateMaps } from './candidate-maps.ts';
import type { EngineName } from './engine-choice.ts';
import type { EmbeddingLayout } from './embedding-layout.ts';
import type {
  CropEncoder,
  DenseMaps,
  DetectorModel,
  Engine,
  ObjectnessHead,
  Peaks,
  Sight,
} from './engine.ts';

/** The runtime on which the models of an engine run. */
export interface EngineRuntime {
  readonly name: EngineName;
  readonly provider: string;
  /** Version of the runtime's package. */
  readonly version: string;
  /** Why faster backends are not used, one short line each. */
  readonly refused?: readonly string[];
}

/** An engine of a detector and an encoder, which it owns. */
export class CombinedEngine implements Engine {
  readonly name: EngineName;
  readonly provider: string;
  readonly version: string;
  readonly refused: readonly string[];
  readonly sight: Sight;
  /** What to say about the detector in the log; absent for the built-in one. */
  readonly detectorText?: string;
  /** What to say about the encoder in the log; absent for the built-in one. */
  readonly encoderText?: string;
  readonly #detector: DetectorModel;
  readonly #encoder: CropEncoder;

  constructor(runtime: EngineRuntime, detector: DetectorModel, encoder: CropEncoder) {
    this.name = runtime.name;
    this.provider = runtime.provider;
    this.version = runtime.version;
    this.refused = runtime.refused ?? [];
    this.sight = { detector: detector.id, encoder: encoder.id };
    if (detector.text !== undefined) this.detectorText = detector.text;
    if (encoder.text !== undefined) this.encoderText = encoder.text;
    this.#detector = detector;
    this.#encoder = encoder;
  }

  get baseClasses(): readonly string[] {
    return this.#detector.baseClasses;
  }

  get viewSize(): ViewPlan {
    return this.#detector.viewSize;
  }

  get cropSize(): number {
    return this.#encoder.cropSize;
  }

  get embedding(): EmbeddingLayout {
    return this.#encoder.embedding;
  }

  setObjectness(head: ObjectnessHead): void {
    this.#detector.setObjectness(head);
  }

  detect(view: Uint8Array, viewSize: ViewSize, maxPeaks: number): Promise<Peaks> {
    return this.#detector.detect(view, viewSize, maxPeaks);
  }

  dense(view: Uint8Array, viewSize: ViewSize): Promise<DenseMaps | CandidateMaps> {
    return this.#detector.dense(view, viewSize);
  }

  async embedCrops(
    crops: Uint8Array,
    logSizes: Float32Array,
    count: number,
  ): Promise<Float32Array> {
    const rowLength = this.#encoder.embedding.length;
    const embeddings = new Float32Array(count * rowLength);
    if (count === 0) return embeddings;
    const values = await this.#encoder.encode(crops, count);
    const length = rowLength - 2;
    for (let i = 0; i < count; i++) {
      const row = i * rowLength;
      embeddings.set(values.subarray(i * length, (i + 1) * length), row);
      embeddings[row + length] = logSizes[2 * i] ?? 0;
      embeddings[row + length + 1] = logSizes[2 * i + 1] ?? 0;
    }
    return embeddings;
  }

  close(): Promise<void> {
    return closeAll([this.#detector, this.#encoder]);
  }
}
