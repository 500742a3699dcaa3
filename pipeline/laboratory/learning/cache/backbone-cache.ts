import { codeOf } from '../../../../operators/foundation/errors/code-of.ts';
import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { builtInSight, type Engine } from '../../../../operators/detect/engines/engine.ts';
import { cellsOf } from '../../../../operators/detect/engines/peaks.ts';
import { gridOf } from '../../../../operators/detect/engines/grid-of.ts';
import type { LabelledImage } from '../../../../operators/datasets/dataset.ts';
import { type LoadedPicture, loadPicture } from '../../../../operators/datasets/load-picture.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { squareOf, viewOf, type ViewPlan } from '../../../../operators/ingest/frames/view-plan.ts';
import type { ViewSize } from '../../../../operators/ingest/frames/view-size.ts';
import { defaultMaxSide } from '../../../../operators/ingest/pictures/fit-within.ts';
import { examineScene } from '../../../../operators/learn/examples/scene.ts';
import { embedBoxes } from '../../../batch/predict-picture.ts';
import { kindOfBoxes } from '../../../batch/train-on-images.ts';
import { SealedFileError } from '../../../../operators/foundation/files/sealed-file.ts';
import { CacheError, prepareCache, readCached, unreadable, writeCached } from '../cache-files.ts';
import { type CachedExamples, packExamples, unpackExamples } from './examples-file.ts';
import { type Fingerprint, takeFingerprint } from './fingerprint.ts';
import { EmbeddingFile } from './embedding-file.ts';
import type { StepPicture } from '../../protocols/protocol.ts';
import { mapsBytes, packMaps, type CachedMaps, unpackMaps } from './cached-maps.ts';

/**
 * Caches backbone outputs per image on disk: dense maps, crop embeddings and training examples.
 *
 * The backbone is frozen, so its outputs are valid for every strategy and seed. Each image and kind
 * has one file, written atomically, in a folder named after the engine's {@link Fingerprint}, which
 * invalidates files written by other code. Values are rounded to float16 on the first read too.
 * Calls must not overlap.
 */
export class BackboneCache {
  /** How views are made. */
  readonly plan: ViewPlan;
  readonly engine: Engine;
  readonly fingerprint: Fingerprint;
  readonly #folder: string;
  readonly #keys = new WeakMap<LabelledImage, Promise<string>>();
  /** Reused for the maps of every image. */
  readonly #scratch: ArrayBuffer;
  /** The last decoded picture: its maps and its embeddings are often missing together. */
  #last: { readonly image: LabelledImage; readonly picture: LoadedPicture } | null = null;

  /** Opens the cache in a folder, creating it if needed. Rejects with a CacheError. */
  static async open(folder: string, engine: Engine, plan: ViewPlan): Promise<BackboneCache> {
    const { detector } = engine.sight;
    if (detector !== builtInSight.detector) {
      throw new CacheError(
        `the cache ${folder} keeps maps of the built-in detector, not candidates of ${detector}`,
      );
    }
    await prepareCache(folder);
    return new BackboneCache(folder, engine, plan, await takeFingerprint(engine, plan));
  }

  private constructor(folder: string, engine: Engine, plan: ViewPlan, fingerprint: Fingerprint) {
    this.#folder = folder;
    this.engine = engine;
    this.plan = plan;
    this.fingerprint = fingerprint;
    // No view has more pixels than the square.
    this.#scratch = new ArrayBuffer(mapsBytes(cellsOf(squareOf(plan))));
  }

  /** The view of an image. */
  viewOf({ width, height }: LabelledImage): ViewSize {
    return viewOf(this.plan, width, height);
  }

  /** Dense maps of an image, valid until the next call. */
  async maps(image: LabelledImage): Promise<CachedMaps> {
    const path = join(this.#folder, `maps-${this.fingerprint.maps}`, await this.#key(image));
    const viewSize = this.viewOf(image);
    const grid = cellsOf(viewSize);
    if (!(await readInto(path, new Uint8Array(this.#scratch, 0, mapsBytes(grid))))) {
      const { view } = await this.#load(image);
      const packed = packMaps(gridOf(await this.engine.dense(view, viewSize)));
      await writeCached(path, packed);
      new Uint8Array(this.#scratch).set(packed);
    }
    return unpackMaps(this.#scratch, grid);
  }

  /** Crop embeddings of boxes in image pixels: boxes × values of an embedding. */
  async embeddings(image: LabelledImage, boxes: readonly Box[]): Promise<Float32Array> {
    const { length } = this.engine.embedding;
    const folder = `looks-${this.fingerprint.embeddings}`;
    const path = join(this.#folder, folder, await this.#key(image));
    const file =
      unpackOr(await readCached(path), (bytes) => EmbeddingFile.unpack(bytes, length)) ??
      new EmbeddingFile(length);
    const missing = boxes.filter((box) => !file.has(box));
    if (missing.length > 0) {
      const size = { sourceWidth: image.width, sourceHeight: image.height };
      const places = missing.map((box) => ({ box }));
      const embeddings = await embedBoxes(this.engine, await this.#load(image), places, size);
      file.add(missing, embeddings, boxes);
      await writeCached(path, file.pack());
    }
    return file.gather(boxes);
  }

  /**
   * Training examples of an image under these labels, made by {@link examineScene} as in
   * `lifelens teach`. The random generator, which jitters crops and draws background cells, is
   * seeded by the image's id alone.
   */
  async examples({ image, boxes, ignore, labels }: StepPicture): Promise<CachedExamples> {
    // Vectors do not depend on label names, so only the boxes are part of the key.
    const { exhaustive } = kindOfBoxes(image);
    const { length } = this.engine.embedding;
    const found = exhaustive ? [] : ['found, partly'];
    const regions = JSON.stringify([boxes.map(({ box }) => box), ignore, ...found]);
    const name = digest(`${await this.#key(image)} ${regions}`);
    const path = join(this.#folder, `evidence-${this.fingerprint.examples}`, name);
    const cached =
      unpackOr(await readCached(path), (bytes) => unpackExamples(bytes, length)) ??
      unpackExamples(await this.#examine(path, { image, boxes, ignore }), length);
    const examples = cached.examples.map((example, i) => ({
      ...example,
      id: `${image.id}/${i}`,
      label: boxes[i]!.label,
    }));
    const negatives = cached.negatives.map((example, i) => ({
      ...example,
      id: `${image.id}/not${i}`,
      ...(labels !== undefined && { noneOf: labels }),
    }));
    return { ...cached, examples, negatives };
  }

  async #examine(path: string, { image, boxes, ignore }: StepPicture): Promise<Uint8Array> {
    const scene = {
      ...(await this.#load(image)),
      id: image.id,
      sourceWidth: image.width,
      sourceHeight: image.height,
      boxes,
      ignore,
      ...kindOfBoxes(image),
    };
    const random = seededRandom(parseInt(digest(image.id).slice(0, 12), 16));
    const evidence = await examineScene(this.engine, scene, { random });
    const packed = packExamples(evidence, this.engine.embedding.length);
    await writeCached(path, packed);
    return packed;
  }

  async #load(image: LabelledImage): Promise<LoadedPicture> {
    if (this.#last?.image !== image) {
      const picture = await loadPicture(image, {
        viewSize: this.plan,
        sideMax: defaultMaxSide,
      });
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

/** Fills bytes from a file of exactly their number; returns false where there is no such file. */
async function readInto(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size !== bytes.byteLength) return false;
      const { bytesRead } = await file.read(bytes, 0, size, 0);
      return bytesRead === size;
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return false;
    throw unreadable(path, cause);
  }
}

/** Null for a missing file and for a damaged one, which is then rebuilt. */
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
