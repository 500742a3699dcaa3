import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import type { DetectedFrame, Observation } from '../../../../operators/detect/detected-frame.ts';
import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../../operators/detect/engines/engine.ts';
import type { Head } from '../../../../operators/detect/heads/head.ts';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import type { Frame } from '../../../../operators/ingest/frames/frame.ts';
import type { Track, TrackedFrame } from '../../../../operators/track/track.ts';

/** A standard normal number, by the Box-Muller transform. */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
}

export interface CountedFrame extends Frame {
  /** Reference count: 1 from the start, 0 when released. */
  references: number;
}

export function frameAt(timestampMs: number, size = 1000): CountedFrame {
  return {
    camera: 'test',
    index: Math.round(timestampMs / 100),
    timestampMs,
    timeBasis: 'media',
    sourceWidth: size,
    sourceHeight: size,
    full: new Uint8Array(0),
    width: size,
    height: size,
    view: new Uint8Array(0),
    viewSize: 320,
    references: 1,
    retain() {
      this.references++;
    },
    release() {
      this.references--;
    },
  };
}

export function boxAt(x: number, y: number, width = 100, height = width): Box {
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
}

export function observationAt(box: Box, facts: Partial<Observation> = {}): Observation {
  return {
    box,
    objectness: 0.6,
    baseClass: 'kite',
    baseScore: 0.1,
    baseShare: 1,
    latent: new Float32Array(denseLatentLength),
    ...facts,
  };
}

export function detectedAt(
  timestampMs: number,
  observations: readonly Observation[],
  head: Head = emptyHead(),
): DetectedFrame {
  return { frame: frameAt(timestampMs), observations, head, detectMs: 1 };
}

/** A head of one class whose scores are the first values of latent and crop embedding. */
export function headOf(className: string, version: number, { crop = true } = {}): Head {
  const firstValue = (length: number) => {
    const weights = new Float32Array(length);
    weights[0] = 1;
    return { weights, bias: new Float32Array(1), length };
  };
  return {
    ...emptyHead(),
    version,
    strategy: 'test',
    classes: [className],
    objectness: { weights: firstValue(denseLatentLength).weights, bias: 0 },
    dense: firstValue(denseLatentLength),
    crop: crop ? firstValue(cropEmbeddingLength) : null,
    thresholds: Float32Array.of(0.4),
  };
}

/** A latent of zeros except for its first value. */
export function latentOf(first: number, length = denseLatentLength): Float32Array {
  const latent = new Float32Array(length);
  latent[0] = first;
  return latent;
}

export function trackedAt(
  timestampMs: number,
  tracks: readonly Track[],
  ended: readonly number[] = [],
): TrackedFrame {
  return { ...detectedAt(timestampMs, []), tracks, ended };
}

/** Draws crop embeddings of one kind of object: noise around a random centre. */
export function embeddingsOfKind(
  seed: number,
  noise = 0.1,
): (random: () => number) => Float32Array {
  const random = seededRandom(seed);
  const centre = Float32Array.from({ length: cropEmbeddingLength }, () => random() * 2);
  return (noiseRandom) => centre.map((value) => Math.max(0, value + noise * normal(noiseRandom)));
}
