import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultMaxSide } from '../pictures/fit-within.ts';
import { decodeImage, type DecodedImage } from '../pictures/decode-image.ts';
import { isPictureName } from '../pictures/picture-name.ts';
import { mediaTime } from '../frames/frame-numbering.ts';
import type { Frame } from '../frames/frame.ts';
import { naturalOrder } from '../../foundation/files/natural-order.ts';
import { fromTask } from './from-task.ts';
import { SourceError, type Source, type SourceContext } from '../source.ts';
import { acquireSlot, waitUntil } from './acquire-slot.ts';

export interface FolderOptions {
  /** Images per second: sets the timestamps, and the speed at live pace. Default 5. */
  readonly fps?: number;
  /** Longest side of a frame's `full` picture, in pixels. Default 1280. */
  readonly maxSide?: number;
  /** Whether to play in a loop; indices and timestamps continue. Default false. */
  readonly loop?: boolean;
}

/**
 * Plays the images of a folder, without its subfolders, in natural order.
 *
 * An image that cannot be decoded is dropped as `corrupt`. Errors with a SourceError: `not-found`,
 * `empty`, or `bad-source` when no image of a pass can be decoded.
 */
export function folderSource(folder: string, options: FolderOptions = {}): Source {
  return {
    kind: 'folder',
    endless: options.loop ?? false,
    open: (context) => fromTask((emit, signal) => play(folder, options, context, emit, signal)),
  };
}

async function play(
  folder: string,
  options: FolderOptions,
  context: SourceContext,
  emit: (frame: Frame) => void,
  signal: AbortSignal,
): Promise<void> {
  const { fps = 5, loop = false, maxSide = defaultMaxSide } = options;
  const files = await imageFiles(folder);
  const numbering = mediaTime(fps);
  const startMs = performance.now();
  let decoded = 0;
  do {
    const decodedBefore = decoded;
    for (const file of files) {
      const time = numbering.next();
      if (context.pace === 'live') await waitUntil(startMs + time.timestampMs, signal);
      const image = await decodeImage(join(folder, file), maxSide, context.viewSize).catch(
        () => null,
      );
      signal.throwIfAborted();
      if (image === null) {
        context.onEvent({ type: 'dropped', reason: 'corrupt', count: 1 });
        continue;
      }
      if (decoded++ === 0) reportOpened(folder, files.length, fps, image, context);
      const slot = await acquireSlot(context, image.width, image.height, signal);
      if (slot === null) continue;
      if (signal.aborted) {
        slot.abandon();
        return;
      }
      slot.full.set(image.full);
      slot.view.set(image.view);
      const { sourceWidth, sourceHeight } = image;
      emit(slot.publish({ camera: context.camera, ...time, sourceWidth, sourceHeight }));
    }
    if (decoded === decodedBefore) {
      const message = `none of the ${String(files.length)} images in ${folder} can be decoded`;
      throw new SourceError('bad-source', folder, message);
    }
  } while (loop);
}

async function imageFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new SourceError('not-found', folder, `cannot read the folder ${folder}`, { cause });
  });
  const files = names.filter((name) => isPictureName(name)).sort(naturalOrder);
  if (files.length === 0) {
    throw new SourceError('empty', folder, `no jpg, png, webp, bmp, tif, gif or avif image in ${folder}`);
  }
  return files;
}

function reportOpened(
  folder: string,
  count: number,
  fps: number,
  first: DecodedImage,
  context: SourceContext,
): void {
  const detail = `${folder}: ${String(count)} images`;
  context.onEvent({
    type: 'opened',
    detail,
    width: first.sourceWidth,
    height: first.sourceHeight,
    fps,
  });
}
