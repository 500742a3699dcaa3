import type { Box } from '../../foundation/geometry/box.ts';
import type { AnnotatedDataset, AnnotatedImage, LabelledObject } from '../dataset.ts';
import { DatasetError } from '../dataset-error.ts';
import type { DatasetSpec } from '../dataset-spec.ts';
import { parseEntry } from '../long-files/parse-entry.ts';
import { readJsonParts } from '../long-files/read-json-parts.ts';
import { PicturePaths, type TakeOptions } from '../picture-paths.ts';
import { boxOfAnnotation } from './coco-box.ts';
import {
  cocoAnnotationSchema,
  cocoCategorySchema,
  cocoImageSchema,
  type CocoImage,
} from './coco-entries.ts';
import { UniqueIds } from './unique-ids.ts';

export interface ReadCocoOptions extends TakeOptions {
  /** Where a box comes from, by it and the `attributes` of its annotation. Default: drawn. */
  readonly originOf?: (box: Box, attributes: unknown) => LabelledObject['boxOrigin'];
}

const sections = ['images', 'annotations', 'categories'] as const;
type Section = (typeof sections)[number];

/** What annotations refer to: it may be defined after them. */
interface Referent {
  /** Index of the first annotation that refers to it. */
  readonly annotation: number;
  readonly objects: (LabelledObject & { class: string })[];
}

/**
 * Reads a COCO dataset: a JSON file of `images`, `annotations` (bbox: left, top, width, height) and
 * `categories`, in any order, and a folder of pictures. `iscrowd` marks a crowd, `ignore` a
 * difficult object. Boxes are those of `segmentation` where `bbox` is missing, and are turned by
 * CVAT's `attributes.rotation`.
 *
 * The file is read entry by entry, so that its length has no bound; the boxes are held in memory.
 */
export async function readCoco(
  { file, images: folder }: Extract<DatasetSpec, { format: 'coco' }>,
  signal?: AbortSignal,
  { originOf, ...take }: ReadCocoOptions = {},
): Promise<AnnotatedDataset> {
  const pictures = await PicturePaths.open(folder, signal);
  const coco = new CocoFile(file, originOf);
  await readJsonParts(file, 'a COCO JSON file', coco, signal);
  const { images, objects, classes } = coco.finish();
  return {
    classes,
    images: images.map(({ image, at }): AnnotatedImage => {
      const { id, width, height } = image;
      return {
        id: String(id),
        path: pictures.take([image.file_name], `images.${at}.file_name`, file, take),
        stated: isSize(width) && isSize(height) ? { width, height } : null,
        objects: objects.get(String(id)) ?? [],
        relative: false,
      };
    }),
    unlabelled: [],
    warnings: [],
  };
}

/** Takes the entries of a file in whichever order they come. */
class CocoFile {
  readonly #file: string;
  readonly #originOf: ReadCocoOptions['originOf'];
  readonly #found = new Set<Section>();
  readonly #images: CocoImage[] = [];
  readonly #categories: { id: string | number; name: string }[] = [];
  readonly #annotationIds = new UniqueIds();
  /** By the id of the image, and by that of the category. */
  readonly #ofImage = new Map<string, Referent>();
  readonly #ofCategory = new Map<string, Referent>();

  constructor(file: string, originOf: ReadCocoOptions['originOf']) {
    this.#file = file;
    this.#originOf = originOf;
  }

  array(key: string | null): void {
    if (key === null) throw this.#fail('top level: expected an object');
    const section = sectionOf(key);
    if (section === null) return;
    if (this.#found.has(section)) throw this.#fail(`${section}: expected this key once`);
    this.#found.add(section);
  }

  entry(key: string | null, index: number, value: unknown): void {
    const section = sectionOf(key);
    if (section === null) return;
    const place = `${section}.${index}`;
    if (section === 'images') {
      this.#images.push(parseEntry(cocoImageSchema, value, place, this.#fail));
    } else if (section === 'categories') {
      this.#categories.push(parseEntry(cocoCategorySchema, value, place, this.#fail));
    } else {
      this.#addAnnotation(index, value, place);
    }
  }

  member(key: string): void {
    const section = sectionOf(key);
    if (section !== null) throw this.#fail(`${section}: expected an array`);
  }

  #addAnnotation(index: number, value: unknown, place: string): void {
    const annotation = parseEntry(cocoAnnotationSchema, value, place, this.#fail);
    const { image_id: image, category_id: category, iscrowd, ignore } = annotation;
    this.#annotationIds.add(annotation.id);
    const box = boxOfAnnotation(annotation, place, this.#fail);
    const boxOrigin = this.#originOf?.(box, annotation.attributes);
    const object = {
      // Until all categories are known.
      class: category,
      box,
      difficult: ignore && !iscrowd,
      crowd: iscrowd,
      ...(boxOrigin !== undefined && { boxOrigin }),
    };
    refer(this.#ofImage, image, index).objects.push(object);
    refer(this.#ofCategory, category, index);
  }

  /** Joins the sections; images and classes are in the order of their ids. */
  finish(): {
    images: readonly { image: CocoImage; at: number }[];
    objects: ReadonlyMap<string, readonly LabelledObject[]>;
    classes: readonly string[];
  } {
    const missing = sections.find((section) => !this.#found.has(section));
    if (missing !== undefined) throw this.#fail(`${missing}: expected an array`);
    if (this.#images.length === 0) {
      throw new DatasetError('empty', this.#file, 'expected images, found none');
    }
    const imageIds = this.#uniqueIds('images', this.#images);
    const categoryIds = this.#uniqueIds('categories', this.#categories);
    const repeated = this.#annotationIds.repeated;
    if (repeated !== null) throw this.#repeated('annotations', repeated.index, repeated.id);
    this.#checkReferences('category_id', 'categories', this.#ofCategory, categoryIds);
    this.#checkReferences('image_id', 'images', this.#ofImage, imageIds);
    const names = new Map(this.#categories.map(({ id, name }) => [String(id), name]));
    const objects = new Map<string, readonly LabelledObject[]>();
    for (const [id, referent] of this.#ofImage) {
      for (const object of referent.objects) object.class = names.get(object.class)!;
      objects.set(id, referent.objects);
    }
    const inOrder = [...this.#categories].sort((a, b) => compareIds(a.id, b.id));
    return {
      images: this.#images
        .map((image, at) => ({ image, at }))
        .sort((a, b) => compareIds(a.image.id, b.image.id)),
      objects,
      classes: [...new Set(inOrder.map(({ name }) => name))],
    };
  }

  #uniqueIds(section: Section, entries: readonly { id: string | number }[]): Set<string> {
    const ids = new Set<string>();
    for (const [i, { id }] of entries.entries()) {
      if (ids.has(String(id))) throw this.#repeated(section, i, id);
      ids.add(String(id));
    }
    return ids;
  }

  #checkReferences(
    key: string,
    section: Section,
    referents: ReadonlyMap<string, Referent>,
    ids: ReadonlySet<string>,
  ): void {
    // They are in the order of the annotations that refer to them first.
    const unknown = [...referents].find(([id]) => !ids.has(id));
    if (unknown === undefined) return;
    const [id, { annotation }] = unknown;
    throw this.#fail(
      `annotations.${annotation}.${key}: expected an id in ${section}, found ${id.slice(0, 80)}`,
    );
  }

  #repeated(section: Section, index: number, id: string | number): DatasetError {
    return this.#fail(`${section}.${index}.id: expected every id once, found ${id} twice`);
  }

  readonly #fail = (message: string): DatasetError =>
    new DatasetError('bad-file', this.#file, message);
}

function sectionOf(key: string | null): Section | null {
  return sections.find((section) => section === key) ?? null;
}

function refer(referents: Map<string, Referent>, id: string, annotation: number): Referent {
  let referent = referents.get(id);
  if (referent === undefined) {
    referent = { annotation, objects: [] };
    referents.set(id, referent);
  }
  return referent;
}

/** Numbers first. */
function compareIds(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function isSize(side: number | null | undefined): side is number {
  return typeof side === 'number' && side > 0;
}
