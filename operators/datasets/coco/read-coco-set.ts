import { basename, join, normalize, isAbsolute } from 'node:path';
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import type { AnnotatedImage, AnnotatedSet, LabelledObject } from '../labelled-set.ts';
import { list } from '../picture-files.ts';
import { readSetFile } from '../read-set-file.ts';
import { SetError } from '../set-error.ts';
import type { SetSpec } from '../set-spec.ts';

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
  // A test set's file may have no annotations at all; an image's may be missing.
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
 * Reads a COCO set: one JSON file of `images`, `annotations` (bbox: left, top, width, height)
 * and `categories`, and a folder of pictures. `iscrowd` makes a crowd, `ignore` a difficult object.
 */
export async function readCocoSet({
  file,
  images: folder,
}: Extract<SetSpec, { format: 'coco' }>): Promise<AnnotatedSet> {
  await list(folder);
  const coco = await parse(file);
  const categories = unique(coco.categories, file, 'categories');
  const known = unique(coco.images, file, 'images');
  unique(coco.annotations, file, 'annotations');
  const objects = new Map<string | number, LabelledObject[]>();
  coco.annotations.forEach((annotation, i) => {
    const { image_id: imageId, category_id: categoryId, bbox, iscrowd, ignore } = annotation;
    const category = categories.get(categoryId);
    if (category === undefined) {
      throw bad(
        file,
        `annotations.${i}.category_id: expected an id in categories, found ${categoryId}`,
      );
    }
    if (!known.has(imageId)) {
      throw bad(file, `annotations.${i}.image_id: expected an id in images, found ${imageId}`);
    }
    const [x, y, width, height] = bbox;
    const object: LabelledObject = {
      class: category.name,
      box: [x, y, x + width, y + height],
      difficult: ignore && !iscrowd,
      crowd: iscrowd,
    };
    const here = objects.get(imageId);
    if (here === undefined) objects.set(imageId, [object]);
    else here.push(object);
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
  const text = await readSetFile(file, 'a COCO JSON file');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
    throw new SetError('bad-file', file, `expected JSON: ${why}`, { cause });
  }
  const result = cocoSchema.safeParse(json);
  if (!result.success) {
    const { path, message } = result.error.issues[0]!;
    throw bad(file, `${path.join('.') || 'the whole'}: ${message}`);
  }
  if (result.data.images.length > 0) return result.data;
  throw new SetError('empty', file, 'expected images, found none');
}

/** Entries by id; an id that comes twice throws, be it once as a number and once as a string. */
function unique<T extends { readonly id?: string | number | null | undefined }>(
  entries: readonly T[],
  file: string,
  what: string,
): Map<string | number, T> {
  const byId = new Map<string | number, T>();
  const seen = new Set<string>();
  for (const [i, entry] of entries.entries()) {
    const { id: own } = entry;
    if (own === undefined || own === null) continue;
    if (seen.has(String(own)))
      throw bad(file, `${what}.${i}.id: expected every id once, found ${own} twice`);
    seen.add(String(own));
    byId.set(own, entry);
  }
  return byId;
}

/** The named file below the folder, else the one of its last name: sets are moved about. */
async function findPicture(folder: string, name: string, file: string): Promise<string> {
  const below = normalize(name.replaceAll('\\', '/'));
  // A file may name anything; what it names is only looked for inside the folder.
  const inside = !isAbsolute(below) && !below.startsWith('..');
  for (const candidate of inside ? [below, basename(below)] : [basename(below)]) {
    const path = join(folder, candidate);
    if ((await stat(path).catch(() => null))?.isFile() === true) return path;
  }
  throw new SetError('not-found', join(folder, below), `expected the picture that ${file} names`);
}

function compareIds(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function bad(file: string, message: string): SetError {
  return new SetError('bad-file', file, message);
}
