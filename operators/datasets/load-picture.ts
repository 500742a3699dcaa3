import { decodeImage } from '../ingest/pictures/decode-image.ts';
import type { ViewPlan } from '../ingest/frames/view-plan.ts';
import type { ViewSize } from '../ingest/frames/view-size.ts';
import { inspectPicture, type PictureSize } from '../ingest/pictures/inspect-picture.ts';
import type { LabelledImage } from './dataset.ts';
import { reasonOf, DatasetError } from './dataset-error.ts';

/** The pixels of a picture, in the form of a `Frame`. */
export interface LoadedPicture {
  /** RGB, row-major, `width × height × 3` bytes. */
  readonly full: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** RGB, row-major, `viewBytes(viewSize)` bytes: the picture on the detector's canvas. */
  readonly view: Uint8Array;
  readonly viewSize: ViewSize;
}

export interface LoadPictureOptions {
  /** How the view is made. */
  readonly viewSize: ViewPlan;
  /** Longest side of `full` in pixels; larger pictures are scaled down. Default: no limit. */
  readonly sideMax?: number;
}

/**
 * Decodes a picture to RGB, upright, as image folders do: `decodeImage` says how. Rejects with a
 * {@link DatasetError}.
 *
 * Boxes are not rescaled: multiply them by `width / image.width` for `full`.
 */
export async function loadPicture(
  { path }: Pick<LabelledImage, 'path'>,
  { viewSize: plan, sideMax = Infinity }: LoadPictureOptions,
): Promise<LoadedPicture> {
  const decoded = decodeImage(path, sideMax, plan);
  const { full, width, height, view, viewSize } = await named(path, decoded);
  return { full, width, height, view, viewSize };
}

/**
 * The sizes of a picture, stored and upright. Rejects with a {@link DatasetError} where its file is
 * cut short; with `decode`, for any damage.
 */
export async function readPictureSize(
  path: string,
  options: { readonly decode?: boolean } = {},
): Promise<PictureSize> {
  return named(path, inspectPicture(path, options));
}

async function named<T>(path: string, picture: Promise<T>): Promise<T> {
  try {
    return await picture;
  } catch (cause) {
    throw new DatasetError('bad-picture', path, `expected a picture (${reasonOf(cause)})`, {
      cause,
    });
  }
}
