import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Engine, stride } from '../../../operators/detect/engines/engine.ts';
import type { LabelledImage } from '../../../operators/datasets/labelled-set.ts';
import { type LoadedPicture, loadPicture } from '../../../operators/datasets/load-picture.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { examineScene } from '../../../operators/learn/examples/scene.ts';
import { embedBoxes } from '../../batch/predict-picture.ts';
import { SealedFileError } from '../../../operators/foundation/files/sealed-file.ts';
import { codeOf } from '../../../operators/foundation/files/why-unwritable.ts';
import { prepareCache, readCached, unreadable, writeCached } from './cache-files.ts';
import { type KeptEvidence, packEvidence, unpackEvidence } from './evidence-file.ts';
import { type Fingerprint, takeFingerprint } from './fingerprint.ts';
import { EmbeddingFile } from './embedding-file.ts';
import type { StepPicture } from '../protocols/protocol.ts';
import { mapsBytes, packMaps, type CachedMaps, unpackMaps } from './cached-maps.ts';

const fullSideMax = 1280;

/**
 * What the trunk sees in pictures, kept on disk: maps, second looks, and what a picture teaches under certain labels.
 *
 * The trunk is frozen, so that none of it changes while a head learns, and a table of methods looks once. A file a
 * picture and kind, written whole; folders are named after an engine's {@link Fingerprint}, so that nothing
 * outlives the code that it came from. What comes back has been through float16, the first time
 * as well. Calls must not overlap.
 */
export class BackboneCache {
  readonly viewSize: number;
  readonly engine: Engine;
  readonly fingerprint: Fingerprint;
  readonly #folder: string;
  readonly #keys = new WeakMap<LabelledImage, Promise<string>>();
  /** One picture's maps, read over and over. */
  readonly #scratch: ArrayBuffer;
  /** The last picture that was decoded: looks and maps are often missing together. */
  #last: { readonly image: LabelledImage; readonly picture: LoadedPicture } | null = null;

  /** Opens the cache in a folder, which need not exist. Rejects with a CacheError. */
  static async open(folder: string, engine: Engine, viewSize: number): Promise<BackboneCache> {
    await prepareCache(folder);
    return new BackboneCache(folder, engine, viewSize, await takeFingerprint(engine, viewSize));
  }

  private constructor(folder: string, engine: Engine, viewSize: number, fingerprint: Fingerprint) {
    this.#folder = folder;
    this.engine = engine;
    this.viewSize = viewSize;
    this.fingerprint = fingerprint;
    this.#scratch = new ArrayBuffer(mapsBytes(viewSize / stride));
  }

  /** The maps of a picture; they are good until the next call. */
  async maps(image: LabelledImage): Promise<CachedMaps> {
    const path = join(this.#folder, `maps-${this.fingerprint.maps}`, await this.#key(image));
    const side = this.viewSize / stride;
    if (!(await readInto(path, this.#scratch))) {
      const { view } = await this.#load(image);
      const packed = packMaps(await this.engine.dense(view, this.viewSize));
      await writeCached(path, packed);
      new Uint8Array(this.#scratch).set(packed);
    }
    return unpackMaps(this.#scratch, side);
  }

  /** Second looks at boxes of a picture, in pixels as stored: boxes × lookLatentLength. */
  async looks(image: LabelledImage, boxes: readonly Box[]): Promise<Float32Array> {
    const path = join(this.#folder, `looks-${this.fingerprint.looks}`, await this.#key(image));
    const file =
      unpackOr(await readCached(path), (bytes) => EmbeddingFile.unpack(bytes)) ??
      new EmbeddingFile();
    const missing = boxes.filter((box) => !file.has(box)).map((box) => ({ box }));
    if (missing.length > 0) {
      const size = { sourceWidth: image.width, sourceHeight: image.height };
      const looks = await embedBoxes(this.engine, await this.#load(image), missing, size);
      const places = missing.map(({ box }) => box);
      file.add(places, looks, boxes);
      await writeCached(path, file.pack());
    }
    return file.gather(boxes);
  }

  /**
   * What a picture teaches with these labels, through {@link examineScene} as in `lifelens teach`. Chance, which
   * moves crops and draws background cells, depends on the picture's id alone.
   */
  async evidence({ image, boxes, ignore }: StepPicture): Promise<KeptEvidence> {
    // Labels do not matter to what is seen.
    const said = JSON.stringify([boxes.map(({ box }) => box), ignore]);
    const name = digest(`${await this.#key(image)} ${said}`);
    const path = join(this.#folder, `evidence-${this.fingerprint.evidence}`, name);
    const kept = unpackOr(await readCached(path), unpackEvidence);
    const evidence = kept ?? unpackEvidence(await this.#examine(path, { image, boxes, ignore }));
    const examples = evidence.examples.map((example, i) => ({
      ...example,
      id: `${image.id}/${i}`,
      label: boxes[i]!.label,
    }));
    const negatives = evidence.negatives.map((example, i) => ({
      ...example,
      id: `${image.id}/not${i}`,
    }));
    return { ...evidence, examples, negatives };
  }

  async #examine(path: string, { image, boxes, ignore }: StepPicture): Promise<Uint8Array> {
    const scene = {
      ...(await this.#load(image)),
      ...{ id: image.id, viewSize: this.viewSize, boxes, ignore, exhaustive: true },
      ...{ sourceWidth: image.width, sourceHeight: image.height },
    };
    const random = seededRandom(parseInt(digest(image.id).slice(0, 12), 16));
    const packed = packEvidence(await examineScene(this.engine, scene, { random }));
    await writeCached(path, packed);
    return packed;
  }

  async #load(image: LabelledImage): Promise<LoadedPicture> {
    if (this.#last?.image !== image) {
      const picture = await loadPicture(image, { viewSize: this.viewSize, sideMax: fullSideMax });
      this.#last = { image, picture };
    }
    return this.#last.picture;
  }

  #key(image: LabelledImage): Promise<string> {
    let key = this.#keys.get(image);
    if (key === undefined) {
      key = stat(image.path).then(({ size, mtimeMs }) =>
        digest(`${image.id} ${image.path} ${size} ${mtimeMs}`),
      );
      this.#keys.set(image, key);
    }
    return key;
  }
}

/** Fills a buffer with a file of just its size; says false where there is none. */
async function readInto(path: string, buffer: ArrayBuffer): Promise<boolean> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size !== buffer.byteLength) return false;
      const { bytesRead } = await file.read(new Uint8Array(buffer), 0, size, 0);
      return bytesRead === size;
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return false;
    throw unreadable(path, cause);
  }
}

/** Null for no bytes, and for damaged ones, which are then made anew. */
function unpackOr<T>(bytes: Buffer | null, unpack: (bytes: Uint8Array) => T): T | null {
  if (bytes === null) return null;
  try {
    return unpack(bytes);
  } catch (error) {
    if (error instanceof SealedFileError) return null;
    throw error;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}
