import type { Box } from '../../../operators/foundation/geometry/box.ts';
import sharp, { type Sharp } from 'sharp';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import { thumbnailMargin } from '../../state/sight/scene-of-sample.ts';
import { freeBuffer } from '../../../operators/foundation/threads/free-buffer.ts';

export interface PictureEncoderOptions {
  /** Most pictures per second. */
  readonly fpsMax: number;
  /** Largest width in pixels; wider pictures are shrunk. */
  readonly widthMax: number;
  /** JPEG quality, 1 to 100. */
  readonly quality: number;
}

/**
 * Encodes frames of one camera as JPEGs, one at a time.
 *
 * A frame that arrives during an encoding or too soon after it is skipped: viewers never slow the
 * pipeline.
 */
export class PictureEncoder {
  readonly #options: PictureEncoderOptions;
  #busy = false;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(options: PictureEncoderOptions) {
    this.#options = options;
  }

  /** Encodes the frame, which it retains meanwhile. Resolves with null where it was skipped. */
  async encode(frame: Frame, nowMs: number): Promise<Uint8Array | null> {
    if (this.#busy || nowMs - this.#lastMs < 1000 / this.#options.fpsMax) return null;
    this.#busy = true;
    this.#lastMs = nowMs;
    frame.retain();
    try {
      const { widthMax, quality } = this.#options;
      const { width, height } = frame;
      return await encodePart(frame, { left: 0, top: 0, width, height }, (picture) =>
        (width > widthMax ? picture.resize({ width: widthMax }) : picture).jpeg({ quality }),
      );
    } finally {
      frame.release();
      this.#busy = false;
    }
  }
}

/**
 * Encodes the part of a frame around a box (source pixels), with a margin of 15 %, as a JPEG whose
 * longer side has at most `sideMax` pixels.
 */
export async function encodeThumbnail(
  frame: Pick<Frame, 'full' | 'width' | 'height' | 'sourceWidth' | 'sourceHeight'>,
  box: Box,
  sideMax: number,
): Promise<Uint8Array> {
  const scaleX = frame.width / frame.sourceWidth;
  const scaleY = frame.height / frame.sourceHeight;
  const margin = thumbnailMargin * Math.max(box[2] - box[0], box[3] - box[1]);
  const left = clamp(Math.floor((box[0] - margin) * scaleX), 0, frame.width - 2);
  const top = clamp(Math.floor((box[1] - margin) * scaleY), 0, frame.height - 2);
  const right = clamp(Math.ceil((box[2] + margin) * scaleX), left + 2, frame.width);
  const bottom = clamp(Math.ceil((box[3] + margin) * scaleY), top + 2, frame.height);
  const part = { left, top, width: right - left, height: bottom - top };
  return encodePart(frame, part, (picture) =>
    picture
      .resize({ width: sideMax, height: sideMax, fit: 'inside', withoutEnlargement: true })
      .jpeg({ quality: 75 }),
  );
}

/** A rectangle of a frame's full picture, in its pixels. */
interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

async function encodePart(
  frame: Pick<Frame, 'full' | 'width'>,
  part: Part,
  encoded: (picture: Sharp) => Sharp,
): Promise<Uint8Array> {
  // sharp reads in another thread, where the pooled buffer could be reused meanwhile: a copy.
  const pixels = copyPart(frame, part);
  const { width, height } = part;
  try {
    return await encoded(sharp(pixels, { raw: { width, height, channels: 3 } })).toBuffer();
  } finally {
    freeBuffer(pixels);
  }
}

function copyPart(
  { full, width: across }: Pick<Frame, 'full' | 'width'>,
  { left, top, width, height }: Part,
): Uint8Array {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * across + left) * 3;
    pixels.set(full.subarray(from, from + width * 3), y * width * 3);
  }
  return pixels;
}

const clamp = (value: number, low: number, high: number): number =>
  Math.min(Math.max(value, low), high);
