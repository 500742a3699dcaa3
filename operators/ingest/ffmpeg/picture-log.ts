/** What ffmpeg tells of one picture. */
export interface PictureInfo {
  /** Presentation time in ms; null where the stream has none. */
  readonly mediaMs: number | null;
  /** Size as decoded and turned upright, in pixels that need not be square. */
  readonly storedWidth: number;
  readonly storedHeight: number;
  /** Width of a pixel by its height. */
  readonly pixelAspect: number;
  /** EXIF orientation, 1 to 8, where the graph prints it; otherwise 1. */
  readonly orientation: number;
}

export interface PictureLogListener {
  /** Called for each picture, before its description is taken. */
  readonly onPicture: (picture: PictureInfo) => void;
  /** Called when more than {@link waitingMax} pictures were described but not taken. */
  readonly onOverflow: () => void;
}

/** Names of the filters whose lines are read; `packing-graph.ts` gives them to the filters. */
export const pictureFilter = 'showinfo@picture';
export const orientationFilter = 'metadata@orientation';

/** Presentation times are in units of this many to a second, as the graph sets them. */
export const ticksPerSecond = 1_000_000;

/** Descriptions that may wait for the bytes of their pictures: far more than ffmpeg buffers. */
export const waitingMax = 4096;

const pictureLine =
  /^\[showinfo@picture @ [^\]]+\] \[info\] n: *\d+ pts: *(-?\d+|NOPTS) .* sar:(\d+)\/(\d+) s:(\d+)x(\d+) /;
const orientationLine = /^\[metadata@orientation @ [^\]]+\] \[info\] Orientation= *([1-8])\s*$/;

/**
 * Reads from ffmpeg's log what each picture of its output is: the n-th description belongs to the
 * n-th picture. The counter in the lines is not used, since it starts over with the filter graph
 * whenever the input changes.
 */
export class PictureLog {
  readonly #waiting: PictureInfo[] = [];
  readonly #listener: PictureLogListener;
  #orientation = 1;

  constructor(listener: PictureLogListener) {
    this.#listener = listener;
  }

  /** Reads one line, of any kind. */
  read(line: string): void {
    if (!line.startsWith('[')) return;
    this.#orientation = Number(orientationLine.exec(line)?.[1] ?? this.#orientation);
    const parts = pictureLine.exec(line);
    if (parts === null) return;
    const [, pts = '', sarWidth, sarHeight, width, height] = parts;
    if (this.#waiting.length >= waitingMax) {
      this.#listener.onOverflow();
      return;
    }
    const picture = {
      mediaMs: pts === 'NOPTS' ? null : (Number(pts) * 1000) / ticksPerSecond,
      storedWidth: Number(width),
      storedHeight: Number(height),
      pixelAspect: pixelAspect(Number(sarWidth), Number(sarHeight)),
      orientation: this.#orientation,
    };
    this.#orientation = 1;
    this.#waiting.push(picture);
    this.#listener.onPicture(picture);
  }

  /** The description of the next picture of the output; null when it has not come yet. */
  take(): PictureInfo | null {
    return this.#waiting.shift() ?? null;
  }
}

/** 0 in either place means that the stream says nothing: its pixels are square. */
export function pixelAspect(width: number, height: number): number {
  return width > 0 && height > 0 ? width / height : 1;
}
