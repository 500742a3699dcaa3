import sharp, { type Sharp } from 'sharp';
import type { Box, Frame } from '../operators/ingest/frame.ts';

export interface PictureEncoderOptions {
  /** Pictures a second at most, a camera. */
  readonly fpsMax: number;
  /** Wider pictures are shrunk to this, in pixels. */
  readonly widthMax: number;
  /** JPEG quality, 1 to 100. */
  readonly quality: number;
}

/**
 * Turns frames into JPEGs for those who watch, one at a time.
 *
 * A frame that comes while one is being encoded, or too soon after it, is passed
 * over: watching never slows the pipeline.
 */
export class PictureEncoder {
  readonly #options: PictureEncoderOptions;
  #busy = false;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(options: PictureEncoderOptions) {
    this.#options = options;
  }

  /** Encodes the frame unless it comes too soon; holds it meanwhile. Null where it was passed over. */
  async encode(frame: Frame, nowMs: number): Promise<Uint8Array | null> {
    if (this.#busy || nowMs - this.#lastMs < 1000 / this.#options.fpsMax) return null;
    this.#busy = true;
    this.#lastMs = nowMs;
    frame.retain();
    try {
      const { widthMax, quality } = this.#options;
      let image = rawPicture(frame);
      if (frame.width > widthMax) image = image.resize({ width: widthMax });
      return await image.jpeg({ quality }).toBuffer();
    } finally {
      frame.release();
      this.#busy = false;
    }
  }
}

/** Cuts a box (source pixels) with a little margin out of a frame: JPEG, longer side at most `sideMax` pixels. */
export async function encodeThumbnail(
  frame: Frame,
  box: Box,
  sideMax: number,
): Promise<Uint8Array> {
  const scaleX = frame.width / frame.sourceWidth;
  const scaleY = frame.height / frame.sourceHeight;
  const margin = 0.15 * Math.max(box[2] - box[0], box[3] - box[1]);
  const left = clamp(Math.floor((box[0] - margin) * scaleX), 0, frame.width - 2);
  const top = clamp(Math.floor((box[1] - margin) * scaleY), 0, frame.height - 2);
  const right = clamp(Math.ceil((box[2] + margin) * scaleX), left + 2, frame.width);
  const bottom = clamp(Math.ceil((box[3] + margin) * scaleY), top + 2, frame.height);
  return rawPicture(frame)
    .extract({ left, top, width: right - left, height: bottom - top })
    .resize({ width: sideMax, height: sideMax, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 75 })
    .toBuffer();
}

function rawPicture(frame: Frame): Sharp {
  // sharp reads in another thread: it must not see the pool's buffer change hands, so it gets a copy.
  const pixels = Buffer.from(frame.full);
  return sharp(pixels, { raw: { width: frame.width, height: frame.height, channels: 3 } });
}

const clamp = (value: number, low: number, high: number): number =>
  Math.min(Math.max(value, low), high);
