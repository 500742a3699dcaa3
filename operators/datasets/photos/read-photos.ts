import { stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { isFolder } from '../../foundation/files/kind-of-path.ts';
import { codeUnitOrder } from '../../foundation/files/code-unit-order.ts';
import { readCoco } from '../coco/read-coco.ts';
import { DatasetError } from '../dataset-error.ts';
import type { DatasetSpec } from '../dataset-spec.ts';
import type { AnnotatedDataset, AnnotatedImage, LabelledObject } from '../dataset.ts';
import { isPictureName } from '../../ingest/pictures/picture-name.ts';
import { classNameKey } from '../../foundation/names/class-name.ts';
import { listFolder } from '../picture-files.ts';
import { originOfBox, photoBoxesFile } from './photo-boxes.ts';

/** Folder of photos that show no object of any class. */
const backgroundFolder = 'background';

/**
 * Reads a folder per class of plain photos, `DIR/cone/1.jpg`: each shows one object of its class,
 * somewhere, and its box is the whole picture, with `boxOrigin: 'picture'`. Photos in
 * `DIR/background/` show none.
 *
 * `DIR/boxes.json`, a COCO file of photos by their path in the folder, takes precedence: a photo
 * that it lists has the boxes in it, or no object if there are none. Rejects with a
 * {@link DatasetError}.
 */
export async function readPhotos({
  folder,
}: Extract<DatasetSpec, { format: 'photos' }>): Promise<AnnotatedDataset> {
  const photos = await listPhotos(folder);
  const drawn = await readBoxes(folder);
  const images = photos.map((photo) => drawn.images.get(photo.path) ?? photo);
  const inFolders = new Set(photos.map(({ path }) => path));
  const strange = [...drawn.images.keys()].find((path) => !inFolders.has(path));
  if (strange !== undefined) {
    const message = `expected photos in folders of classes, found ${strange}`;
    throw new DatasetError('bad-file', join(folder, photoBoxesFile), message);
  }
  const classes = new Set(images.flatMap(({ objects }) => objects.map((object) => object.class)));
  return { classes: [...classes].sort(codeUnitOrder), images, unlabelled: [], warnings: [] };
}

/** The photos in the folders of classes, by path; rejects with a {@link DatasetError}. */
async function listPhotos(folder: string): Promise<AnnotatedImage[]> {
  const photos: AnnotatedImage[] = [];
  let loose: string | null = null;
  for (const entry of await listFolder(folder)) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(path)))) {
      photos.push(...(await photosOf(folder, entry.name)));
    } else if (isPictureName(entry.name)) loose ??= path;
  }
  // Left out in silence, it would be missed only when the class is not learned.
  if (loose !== null) {
    throw new DatasetError('bad-file', loose, 'expected photos in a folder per class');
  }
  if (photos.some(({ objects }) => objects.length > 0)) return photos;
  const example = join(folder, 'cone', '1.jpg');
  throw new DatasetError('empty', folder, `expected a folder of photos per class (${example})`);
}

async function photosOf(folder: string, name: string): Promise<AnnotatedImage[]> {
  const inner = join(folder, name);
  const photos: AnnotatedImage[] = [];
  for (const entry of await listFolder(inner)) {
    if (entry.name.startsWith('.')) continue;
    const path = join(inner, entry.name);
    if (entry.isDirectory()) {
      throw new DatasetError('bad-file', path, 'expected photos in a folder per class, no folder');
    }
    if (!isPictureName(entry.name)) continue;
    const objects = classNameKey(name) === backgroundFolder ? [] : [objectOf(name)];
    const id = `${name}/${entry.name}`;
    photos.push({ id, path, stated: null, objects, relative: true, boxSpace: 'upright' });
  }
  if (photos.length === 0) throw new DatasetError('empty', inner, 'expected photos, found none');
  return photos;
}

function objectOf(name: string): LabelledObject {
  const box = [0, 0, 1, 1] as const;
  return { class: name, box, difficult: false, crowd: false, boxOrigin: 'picture' };
}

/** The photos of the file of boxes, by path, under the ids of their folders. */
async function readBoxes(folder: string): Promise<{ images: Map<string, AnnotatedImage> }> {
  const file = join(folder, photoBoxesFile);
  const images = new Map<string, AnnotatedImage>();
  if ((await stat(file).catch(() => null)) === null) return { images };
  const spec = { format: 'coco', file, images: folder } as const;
  const read = await readCoco(spec, undefined, { whole: true, originOf: originOfBox });
  for (const image of read.images) {
    images.set(image.path, { ...image, id: relative(folder, image.path).split(sep).join('/') });
  }
  return { images };
}
