import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { DatasetError, reasonOf } from '../dataset-error.ts';
import { readChunks } from '../long-files/read-chunks.ts';
import {
  boundlessElements,
  numberOf,
  shapeElements,
  shapeOf,
  textOf,
  wholeNumberOf,
  type Attributes,
} from './cvat-shape.ts';
import type { CvatFile, CvatImage, CvatTrack } from './cvat-file.ts';
import { CvatMeta } from './cvat-meta.ts';

/** Most bytes of one tag or text, which is held in memory as a whole. */
export const cvatPartBytesMax = 64 * 1024 * 1024;
/** Most elements within each other. */
export const cvatDepthMax = 32;

/**
 * Reads an XML file of CVAT, "for images 1.1" or "for video 1.1", element by element. Rejects with
 * a {@link DatasetError} that names the line.
 */
export async function parseCvat(path: string, signal?: AbortSignal): Promise<CvatFile> {
  const reader = new CvatReader(path);
  const xml = new SaxesParser();
  let sinceEvent = 0;
  const event =
    <T>(take: (value: T) => void) =>
    (value: T): void => {
      sinceEvent = 0;
      take(value);
    };
  const at = (message: string, cause?: unknown): DatasetError =>
    new DatasetError('bad-file', path, `line ${xml.line}: ${message}`, { cause });
  xml.on('error', (cause) => {
    // Its messages begin with the place.
    throw at(`expected XML, ${reasonOf(cause).replace(/^(?:[^ ]*:)?\d+:\d+: /, '')}`, cause);
  });
  xml.on(
    'opentag',
    event((tag: SaxesTagPlain) => reader.open(tag.name, tag.attributes, xml.line)),
  );
  xml.on(
    'closetag',
    event(() => reader.close()),
  );
  xml.on(
    'text',
    event((text: string) => reader.text(text)),
  );
  xml.on('xmldecl', ({ encoding = 'utf-8' }) => {
    if (!/^(?:utf-?8|us-ascii)$/i.test(encoding)) throw at(`expected UTF-8, found ${encoding}`);
  });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    await readChunks(path, 'an XML file of CVAT', signal, (chunk) => {
      sinceEvent += chunk.length;
      if (sinceEvent > cvatPartBytesMax)
        throw at(`expected at most ${cvatPartBytesMax} bytes in one part`);
      xml.write(decoder.decode(chunk, { stream: true }));
    });
    xml.write(decoder.decode()).close();
  } catch (cause) {
    // What an element says is not what CVAT writes.
    if (cause instanceof RangeError) throw at(`${reader.place}: ${cause.message}`, cause);
    if (cause instanceof TypeError && 'code' in cause) throw at('expected UTF-8', cause);
    throw cause;
  }
  return reader.finish();
}

/** Takes the elements of a file in their order. */
class CvatReader {
  readonly #path: string;
  readonly #open: string[] = [];
  readonly #meta = new CvatMeta();
  readonly #images: CvatImage[] = [];
  readonly #tracks: CvatTrack[] = [];
  readonly #leftOut = new Map<string, number>();
  #task: string | null = null;
  #text = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** The open elements, as in `annotations.image.box`. */
  get place(): string {
    return this.#open.join('.');
  }

  open(element: string, attributes: Attributes, line: number): void {
    this.#open.push(element);
    this.#text = '';
    const depth = this.#open.length;
    if (depth > cvatDepthMax) throw new RangeError(`expected at most ${cvatDepthMax} levels`);
    if ([element, ...Object.keys(attributes)].some((name) => name.includes(':'))) {
      throw new RangeError('expected no namespaces, as CVAT writes');
    }
    const [root, parent] = this.#open;
    if (root !== 'annotations') throw new RangeError('expected <annotations>, as CVAT writes');
    if (depth === 2 && element === 'image') this.#images.push(imageOf(attributes, line));
    else if (depth === 2 && element === 'track') this.#openTrack(attributes, line);
    else if (depth === 3 && parent === 'image') this.#addToImage(element, attributes);
    else if (depth === 3 && parent === 'track') this.#addToTrack(element, attributes);
  }

  text(text: string): void {
    if (this.#open[1] === 'meta') this.#text += text;
  }

  close(): void {
    if (this.#open[1] === 'meta') this.#meta.add(this.#open.slice(2), this.#text.trim());
    this.#text = '';
    this.#open.pop();
  }

  finish(): CvatFile {
    const [images, tracks] = [this.#images, this.#tracks];
    if (images.length > 0 && tracks.length > 0) {
      const found = 'expected images or tracks, found both';
      throw new DatasetError('bad-file', this.#path, found);
    }
    return { ...this.#meta.finish(), images, tracks, leftOut: this.#leftOut };
  }

  #openTrack(attributes: Attributes, line: number): void {
    const task = attributes['task_id'] ?? null;
    if (this.#tracks.length === 0) this.#task = task;
    if (task !== this.#task) {
      // Each task counts its frames from 0.
      throw new RangeError('expected the tracks of one task, found those of several');
    }
    this.#tracks.push({ label: textOf(attributes, 'label'), line, shapes: [] });
  }

  #addToImage(element: string, attributes: Attributes): void {
    if (this.#leaveOut(element)) return;
    const label = textOf(attributes, 'label');
    this.#images.at(-1)!.objects.push({ label, shape: shapeOf(element, attributes) });
  }

  #addToTrack(element: string, attributes: Attributes): void {
    if (this.#leaveOut(element)) return;
    const { shapes } = this.#tracks.at(-1)!;
    const frame = wholeNumberOf(attributes, 'frame');
    const outside = flagOf(attributes, 'outside');
    shapes.push({ frame, outside, shape: shapeOf(element, attributes) });
  }

  /** Counts an element without bounds. */
  #leaveOut(element: string): boolean {
    if (shapeElements.includes(element)) return false;
    if (!boundlessElements.includes(element)) {
      const known = [...shapeElements, ...boundlessElements].join(', ');
      throw new RangeError(`expected one of ${known}`);
    }
    this.#leftOut.set(element, (this.#leftOut.get(element) ?? 0) + 1);
    return true;
  }
}

function imageOf(attributes: Attributes, line: number): CvatImage {
  const [width, height] = ['width', 'height'].map((side) =>
    attributes[side] === undefined ? 0 : numberOf(attributes, side),
  ) as [number, number];
  const stated = width > 0 && height > 0 ? { width, height } : null;
  // Projects have a folder for each subset of their tasks.
  const subset = attributes['subset'] ?? '';
  const name = textOf(attributes, 'name');
  return { name: subset === '' ? name : `${subset}/${name}`, line, stated, objects: [] };
}

function flagOf(attributes: Attributes, name: string): boolean {
  const value = attributes[name]?.trim() ?? '0';
  if (value === '0' || value === '1') return value === '1';
  throw new RangeError(`${name}: expected 0 or 1, found ${JSON.stringify(value.slice(0, 40))}`);
}
