import { basename, join, normalize, isAbsolute } from 'node:path';
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import type { AnnotatedImage, AnnotatedDataset, LabelledObject } from '../dataset.ts';
import { listFolder } from '../picture-files.ts';
import { readDatasetText } from '../read-dataset-file.ts';
import { reasonOf, DatasetError } from '../dataset-error.ts';
import type { DatasetSpec } from '../dataset-spec.ts';

const id = z.union([z.int(), z.string().min(1)]);
const flag = z
  .union([z.number(), z.boolean()])
  .optional()
  .transform((value) => Boolean(value));
const side = z.number().min(0, 'expected a width and height of 0 or more');
const cocoSchema = z.looseObject({
  images: z.array(
    z.looseObject({
      id,
      file_name: z.string().min(1),
      width: z.number().optional(),
      height: z.number().optional(),
    }),
  ),
  annotations: z.array(
    z.looseObject({
      id: id.nullish(),
      image_id: id,
      category_id: id,
      bbox: z.tuple([z.number(), z.number(), side, side]),
      iscrowd: flag,
      ignore: flag,
    }),
  ),
  categories: z.array(z.looseObject({ id, name: z.string().trim().min(1) })),
});

type Coco = z.output<typeof cocoSchema>;

/**
 * Reads a COCO dataset: a JSON file of `images`, `annotations` (bbox: left, top, width, height) and
 * `categories`, and a folder of pictures. `iscrowd` marks a crowd, `ignore` a difficult object.
 */
export async function readCoco({
  file,
  images: folder,
}: Extract<DatasetSpec, { format: 'coco' }>): Promise<AnnotatedDataset> {
  await listFolder(folder);
  const coco = await parse(file);
  const categories = byUniqueId(coco.categories, file, 'categories');
  const imageIds = byUniqueId(coco.images, file, 'images');
  byUniqueId(coco.annotations, file, 'annotations');
  const objects = new Map<string | number, LabelledObject[]>();
  coco.annotations.forEach((annotation, i) => {
    const { image_id: imageId, category_id: categoryId, bbox, iscrowd, ignore } = annotation;
    const category = categories.get(categoryId);
    if (category === undefined) {
      throw badFile(
        file,
        `annotations.${i}.category_id: expected an id in categories, found ${categoryId}`,
      );
    }
    if (!imageIds.has(imageId)) {
      throw badFile(file, `annotations.${i}.image_id: expected an id in images, found ${imageId}`);
    }
    const [x, y, width, height] = bbox;
    const object: LabelledObject = {
      class: category.name,
      box: [x, y, x + width, y + height],
      difficult: ignore && !iscrowd,
      crowd: iscrowd,
    };
    const others = objects.get(imageId);
    if (others === undefined) objects.set(imageId, [object]);
    else others.push(object);
  });

  const images: AnnotatedImage[] = [];
  for (const image of [...coco.images].sort((a, b) => compareIds(a.id, b.id))) {
    const { width = 0, height = 0 } = image;
    images.push({
      id: String(image.id),
      path: await findPicture(folder, image.file_name, file),
      stated: width > 0 && height > 0 ? { width, height } : null,
      objects: objects.get(image.id) ?? [],
      relative: false,
    });
  }
  const sorted = [...coco.categories].sort((a, b) => compareIds(a.id, b.id));
  const classes = [...new Set(sorted.map(({ name }) => name))];
  return { classes, images, unlabelled: [], warnings: [] };
}

async function parse(file: string): Promise<Coco> {
  const text = await readDatasetText(file, 'a COCO JSON file');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new DatasetError('bad-file', file, `expected JSON: ${reasonOf(cause)}`, { cause });
  }
  const result = cocoSchema.safeParse(json);
  if (!result.success) {
    const { path, message } = result.error.issues[0]!;
    throw badFile(file, `${path.join('.') || 'top level'}: ${message}`);
  }
  if (result.data.images.length > 0) return result.data;
  throw new DatasetError('empty', file, 'expected images, found none');
}

/** Indexes entries by id. Throws for a repeated id, even once as a number and once as a string. */
function byUniqueId<T extends { readonly id?: string | number | null | undefined }>(
  entries: readonly T[],
  file: string,
  section: string,
): Map<string | number, T> {
  const byId = new Map<string | number, T>();
  const ids = new Set<string>();
  for (const [i, entry] of entries.entries()) {
    const { id: entryId } = entry;
    if (entryId === undefined || entryId === null) continue;
    if (ids.has(String(entryId)))
      throw badFile(file, `${section}.${i}.id: expected every id once, found ${entryId} twice`);
    ids.add(String(entryId));
    byId.set(entryId, entry);
  }
  return byId;
}

/**
 * The file at this path below the folder, else the file of this name in it, since datasets are
 * often rearranged.
 */
async function findPicture(folder: string, name: string, file: string): Promise<string> {
  const below = normalize(name.replaceAll('\\', '/'));
  // A dataset must not open files outside of its folder.
  const inside = !isAbsolute(below) && !below.startsWith('..');
  for (const candidate of inside ? [below, basename(below)] : [basename(below)]) {
    const path = join(folder, candidate);
    if ((await stat(path).catch(() => null))?.isFile() === true) return path;
  }
  throw new DatasetError(
    'not-found',
    join(folder, below),
    `expected the picture that ${file} names`,
  );
}

function compareIds(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function badFile(file: string, message: string): DatasetError {
  return new DatasetError('bad-file', file, message);
}
