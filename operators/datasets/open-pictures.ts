import { readPictureSize } from './load-picture.ts';
import { DatasetError } from './dataset-error.ts';
import type { AnnotatedImage, SkippedPicture } from './dataset.ts';
import type { OpenedImage } from './box-space.ts';

/** Pictures that are opened concurrently. */
const concurrentReads = 8;

export interface OpenPicturesOptions {
  /**
   * Whether to leave out broken pictures instead of failing at the first. Then every picture is
   * decoded, so that none fails later. Default false.
   */
  readonly skipBroken?: boolean;
  /** Ends the reading: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface OpenedPictures {
  readonly opened: readonly OpenedImage[];
  readonly skipped: readonly SkippedPicture[];
}

/**
 * Opens the picture of every image for its size, and checks that none is cut short, before any work
 * begins. Rejects with a {@link DatasetError} for the first broken one, and where all are broken.
 */
export async function openPictures(
  images: readonly AnnotatedImage[],
  { skipBroken = false, signal }: OpenPicturesOptions,
): Promise<OpenedPictures> {
  const opened: OpenedImage[] = [];
  const skipped: SkippedPicture[] = [];
  const open = (image: AnnotatedImage) =>
    readPictureSize(image.path, { decode: skipBroken }).catch((error: unknown) => {
      if (error instanceof DatasetError) return error;
      throw error;
    });
  for (let at = 0; at < images.length; at += concurrentReads) {
    signal?.throwIfAborted();
    const batch = images.slice(at, at + concurrentReads);
    const sizes = await Promise.all(batch.map(open));
    for (const [i, image] of batch.entries()) {
      const size = sizes[i]!;
      if (!(size instanceof DatasetError)) opened.push({ image, size });
      else if (skipBroken) skipped.push({ path: image.path, reason: size.message });
      // In the order of the set, so that every run names the same picture.
      else throw size;
    }
  }
  signal?.throwIfAborted();
  if (opened.length > 0 || skipped.length === 0) return { opened, skipped };
  const { path, reason } = skipped[0]!;
  throw new DatasetError(
    'bad-picture',
    path,
    `none of ${skipped.length} pictures can be read: ${reason}`,
  );
}
