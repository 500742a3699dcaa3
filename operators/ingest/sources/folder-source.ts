import { readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../foundation/errors/message-of.ts';
import { naturalOrder } from '../../foundation/files/natural-order.ts';
import { mediaTime } from '../frames/frame-numbering.ts';
import type { Frame } from '../frames/frame.ts';
import { decodeImage, type DecodedImage } from '../pictures/decode-image.ts';
import { defaultMaxSide } from '../pictures/fit-within.ts';
import { pictureEndings } from '../pictures/picture-kind.ts';
import { isPictureName } from '../pictures/picture-name.ts';
import { SourceError, type Source, type SourceContext } from '../source.ts';
import { emitFrame, waitUntil } from './acquire-slot.ts';
import { fromTask } from './from-task.ts';

export interface FolderOptions {
  /** Images per second: sets the timestamps, and the speed at live pace. Default 5. */
  readonly fps?: number;
  /** Longest side of a frame's `full` picture, in pixels. Default 1280. */
  readonly maxSide?: number;
  /** Whether to play in a loop; indices and timestamps continue. Default false. */
  readonly loop?: boolean;
}

/** Images that are played one after the other. */
interface Images {
  /** What messages call them. */
  readonly path: string;
  readonly files: readonly string[];
  /** What the log calls them. */
  readonly detail: string;
  /** The error when none of them can be decoded; `why` is the reason of the last. */
  readonly unreadable: (why: string) => string;
}

/**
 * Plays the images of a folder, without its subfolders, in natural order.
 *
 * An image that cannot be decoded is dropped as `corrupt`. Errors with a SourceError: `not-found`,
 * `empty`, or `bad-source` when no image of a pass can be decoded.
 */
export function folderSource(folder: string, options: FolderOptions = {}): Source {
  const imagesOf = async (): Promise<Images> => {
    const names = await imageNames(folder);
    return {
      path: folder,
      files: names.map((name) => join(folder, name)),
      detail: `${folder}: ${names.length} images`,
      unreadable: () => `none of the ${names.length} images in ${folder} can be decoded`,
    };
  };
  return imagesSource('folder', holdsOne(folder), imagesOf, options);
}

/**
 * One image as a source of one frame, or of the same frame in a loop. It errors with a SourceError
 * `bad-source` when it cannot be decoded.
 */
export function imageSource(path: string, options: FolderOptions = {}): Source {
  const images = {
    path,
    files: [path],
    detail: path,
    unreadable: (why: string) => `${path} is not a picture that can be read: ${why}`,
  };
  return imagesSource('file', true, () => Promise.resolve(images), options);
}

function imagesSource(
  kind: 'file' | 'folder',
  still: boolean,
  imagesOf: () => Promise<Images>,
  options: FolderOptions,
): Source {
  return {
    kind,
    still,
    endless: options.loop ?? false,
    open: (context) =>
      fromTask(async (emit, signal) => play(await imagesOf(), options, context, emit, signal)),
  };
}

/** Whether one picture is all there is; what cannot be listed is found out when it is opened. */
function holdsOne(folder: string): boolean {
  try {
    return readdirSync(folder).filter((name) => isPictureName(name)).length === 1;
  } catch {
    return false;
  }
}

async function play(
  images: Images,
  options: FolderOptions,
  context: SourceContext,
  emit: (frame: Frame) => void,
  signal: AbortSignal,
): Promise<void> {
  const { fps = 5, loop = false, maxSide = defaultMaxSide } = options;
  const numbering = mediaTime(fps);
  const startMs = performance.now();
  let decoded = 0;
  let problem = '';
  do {
    const decodedBefore = decoded;
    for (const file of images.files) {
      const time = numbering.next();
      if (context.pace === 'live') await waitUntil(startMs + time.timestampMs, signal);
      const image = await decodeImage(file, maxSide, context.viewSize).catch((error: unknown) => {
        problem = messageOf(error).split('\n', 1)[0]!;
        return null;
      });
      signal.throwIfAborted();
      if (image === null) {
        context.onEvent({ type: 'dropped', reason: 'corrupt', count: 1 });
        continue;
      }
      if (decoded++ === 0) reportOpened(images.detail, fps, image, context);
      await emitFrame(context, image, { emit, signal }, ({ full, view }) => {
        full.set(image.full);
        view.set(image.view);
        const { sourceWidth, sourceHeight } = image;
        return { camera: context.camera, ...time, sourceWidth, sourceHeight };
      });
      signal.throwIfAborted();
    }
    if (decoded === decodedBefore) {
      throw new SourceError('bad-source', images.path, images.unreadable(problem));
    }
  } while (loop);
}

async function imageNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new SourceError('not-found', folder, `cannot read the folder ${folder}`, { cause });
  });
  const images = names.filter((name) => isPictureName(name)).sort(naturalOrder);
  if (images.length === 0) {
    throw new SourceError('empty', folder, `no ${pictureEndings} image in ${folder}`);
  }
  return images;
}

function reportOpened(
  detail: string,
  fps: number,
  first: DecodedImage,
  context: SourceContext,
): void {
  const { sourceWidth: width, sourceHeight: height } = first;
  context.onEvent({ type: 'opened', detail, width, height, fps });
}
