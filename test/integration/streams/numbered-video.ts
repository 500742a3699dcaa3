import { execFileSync } from 'node:child_process';
import installer from '@ffmpeg-installer/ffmpeg';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import { canvasOf } from '../../../operators/ingest/frames/view-size.ts';

/**
 * Videos in which a red square moves from cell to cell of a grid, so that each picture shows its
 * own number: content, time, size and direction can be checked against each other.
 */
export interface NumberedVideo {
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
}

export const standard: NumberedVideo = { width: 320, height: 240, columns: 8, rows: 6 };

/** A run of numbered pictures as raw RGB. */
export function numberedPictures(
  count: number,
  { width, height, columns, rows }: NumberedVideo = standard,
  first = 0,
): Buffer {
  const bytes = width * height * 3;
  const pictures = Buffer.alloc(bytes * count, 70);
  const cellWidth = width / columns;
  const cellHeight = height / rows;
  for (let i = 0; i < count; i++) {
    const left = Math.round(((first + i) % columns) * cellWidth);
    const top = Math.round((Math.floor((first + i) / columns) % rows) * cellHeight);
    const right = Math.round(left + cellWidth);
    for (let y = top; y < top + Math.round(cellHeight); y++) {
      for (let x = left; x < right; x++) {
        const at = i * bytes + (y * width + x) * 3;
        pictures[at] = 220;
        pictures[at + 1] = 30;
        pictures[at + 2] = 30;
      }
    }
  }
  return pictures;
}

/** Writes a numbered video with an ffmpeg; `output` are its output options. */
export function makeNumbered(
  ffmpegPath: string,
  file: string,
  options: {
    readonly count: number;
    readonly fps: number;
    readonly video?: NumberedVideo;
    readonly first?: number;
    readonly output: readonly string[];
  },
): string {
  const { count, fps, video = standard, first = 0, output } = options;
  const input = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${video.width}x${video.height}`];
  execFileSync(
    ffmpegPath,
    ['-loglevel', 'error', '-y', ...input, '-r', String(fps), '-i', 'pipe:0', ...output, file],
    { input: numberedPictures(count, video, first), stdio: ['pipe', 'ignore', 'inherit'] },
  );
  return file;
}

/** Box of the square in a picture, as shares of its sides. */
interface SquareBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function squareIn(pixels: Uint8Array, width: number, height: number): SquareBox | null {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      const red = pixels[at]!;
      if (red - pixels[at + 1]! < 70 || red - pixels[at + 2]! < 70) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  if (right < 0) return null;
  return {
    left: left / width,
    top: top / height,
    right: (right + 1) / width,
    bottom: (bottom + 1) / height,
  };
}

/** What a frame shows. */
export interface Seen {
  /** The number that `full` shows; null where there is no square of a cell's size. */
  readonly number: number | null;
  /** The number that `view` shows. */
  readonly viewNumber: number | null;
  readonly timestampMs: number;
  readonly index: number;
  /** Sizes, as `source width×height, full width×height`. */
  readonly sizes: string;
  /** A pixel at the very corner that the square is not in, RGB. */
  readonly ground: readonly number[];
}

export function see(frame: Frame, video: NumberedVideo = standard): Seen {
  const { full, width, height, view, viewSize, sourceWidth, sourceHeight } = frame;
  const canvas = canvasOf(viewSize);
  const side = Math.min(canvas.width, canvas.height);
  const last = full.length - 3;
  return {
    number: numberOf(squareIn(full, width, height), video, 3 / Math.min(width, height)),
    viewNumber: numberOf(squareIn(view, canvas.width, canvas.height), video, 3 / side),
    timestampMs: frame.timestampMs,
    index: frame.index,
    sizes: `${sourceWidth}×${sourceHeight}, ${width}×${height}`,
    ground: [...full.subarray(last, last + 3)],
  };
}

function numberOf(box: SquareBox | null, video: NumberedVideo, slack: number): number | null {
  if (box === null) return null;
  const { columns, rows } = video;
  const column = Math.round(box.left * columns);
  const row = Math.round(box.top * rows);
  const expected = [column / columns, row / rows, (column + 1) / columns, (row + 1) / rows];
  const found = [box.left, box.top, box.right, box.bottom];
  if (found.some((edge, i) => Math.abs(edge - expected[i]!) > slack)) return null;
  return row * columns + column;
}

/** The ffmpeg to test, by name: that of this system, the oldest supported one, and a given one. */
export function testedFfmpegs(systemPath: string): readonly (readonly [string, string])[] {
  const added = process.env['TEST_FFMPEG'];
  return [
    ['the system’s ffmpeg', systemPath],
    ['the ffmpeg of 2018', installer.path],
    ...(added === undefined ? [] : [['the added ffmpeg', added] as const]),
  ];
}
