import { XMLParser } from 'fast-xml-parser';
import { join, parse } from 'node:path';
import { z } from 'zod';
import type { AnnotatedImage, AnnotatedDataset } from '../dataset.ts';
import { codeUnitOrder } from '../../foundation/files/code-unit-order.ts';
import { pictureExtensionOf } from '../../ingest/pictures/picture-name.ts';
import { listFolder, PictureFolder } from '../picture-files.ts';
import { readDatasetText } from '../read-dataset-file.ts';
import { reasonOf, DatasetError } from '../dataset-error.ts';
import type { DatasetSpec } from '../dataset-spec.ts';
import { vocObject } from './voc-object.ts';
import { EntityError, xmlEntities } from './xml-entities.ts';

const annotationSchema = z.looseObject({
  annotation: z.looseObject({
    filename: z.string().trim().optional(),
    // Datasets often state wrong sizes, and the picture has the right one: anything is accepted.
    size: z.looseObject({ width: z.unknown(), height: z.unknown() }).optional().catch(undefined),
    object: z.array(vocObject).optional(),
  }),
});

const parser = new XMLParser({
  parseTagValue: false,
  ignoreAttributes: true,
  processEntities: true,
  entityDecoder: xmlEntities,
  isArray: (_, path) => path === 'annotation.object',
});

/**
 * Reads a VOC dataset: a folder of XML files, a folder of pictures and, optionally, a file of ids.
 *
 * Coordinates start at 0, with right and bottom exclusive, as most tools write them; PASCAL's own
 * start at 1. Of a turned box, by roLabelImg or CVAT, the bounds are taken.
 *
 * An id may be followed by -1, 0 or 1, as in PASCAL's lists per class: images with -1 do not show
 * the class and are left out.
 */
export async function readVoc(
  spec: Extract<DatasetSpec, { format: 'voc' }>,
): Promise<AnnotatedDataset> {
  const pictures = await PictureFolder.open(spec.images);
  const ids = spec.list === null ? await idsOfFolder(spec.annotations) : await idsOfList(spec.list);
  const images: AnnotatedImage[] = [];
  for (const id of ids) images.push(await readAnnotation(id, spec, pictures));
  assertOwnPictures(images, spec.annotations);
  const classes = new Set(images.flatMap(({ objects }) => objects.map((object) => object.class)));
  return { classes: [...classes].sort(codeUnitOrder), images, unlabelled: [], warnings: [] };
}

/** Throws where two annotations have one picture: the objects of one would lie on the other's. */
function assertOwnPictures(images: readonly AnnotatedImage[], annotations: string): void {
  const taken = new Map<string, string>();
  for (const { id, path } of images) {
    const other = taken.get(path);
    if (other !== undefined) {
      throw new DatasetError(
        'bad-file',
        join(annotations, `${id}.xml`),
        `expected a picture of its own, but ${path} is also that of ${other}`,
      );
    }
    taken.set(path, id);
  }
}

async function idsOfFolder(folder: string): Promise<readonly string[]> {
  const names = (await listFolder(folder)).map(({ name }) => parse(name));
  const ids = names.filter(({ ext }) => ext.toLowerCase() === '.xml').map(({ name }) => name);
  if (ids.length > 0) return ids;
  throw new DatasetError('empty', folder, 'expected XML files, found none');
}

async function idsOfList(path: string): Promise<readonly string[]> {
  const lines = (await readDatasetText(path, 'a list of image ids')).split(/\r?\n/);
  const ids = lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/\s-1$/.test(line))
    .map((line) => line.replace(/\s+[01]$/, '').replace(/\.xml$/i, ''))
    .map((line) => line.slice(0, line.length - pictureExtensionOf(line).length));
  if (ids.length === 0) throw new DatasetError('empty', path, 'expected image ids, found none');
  const known = new Set<string>();
  const repeated = ids.find((id) => known.size === known.add(id).size);
  if (repeated === undefined) return ids;
  throw new DatasetError('bad-file', path, `expected every id once, found ${repeated} twice`);
}

async function readAnnotation(
  id: string,
  spec: Extract<DatasetSpec, { format: 'voc' }>,
  pictures: PictureFolder,
): Promise<AnnotatedImage> {
  const path = join(spec.annotations, `${id}.xml`);
  const xml = await readDatasetText(path, `the annotation of ${id}`);
  const parsed = annotationSchema.safeParse(parseXml(xml, path));
  if (!parsed.success) {
    const { path: element, message } = parsed.error.issues[0]!;
    throw new DatasetError('bad-file', path, `${element.join('.')}: ${message}`);
  }
  const { filename, size, object = [] } = parsed.data.annotation;
  const picture = pictures.find(id, filename);
  if (picture === null) {
    throw new DatasetError('not-found', path, `expected a picture named ${id} in ${spec.images}`);
  }
  const width = Number(size?.width);
  const height = Number(size?.height);
  return {
    id,
    path: picture,
    stated: width > 0 && height > 0 ? { width, height } : null,
    objects: object,
    relative: false,
  };
}

function parseXml(xml: string, path: string): unknown {
  try {
    // Without validation a truncated file would parse, without its last objects.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- its successor is another package
    return parser.parse(xml, true);
  } catch (cause) {
    if (cause instanceof EntityError) {
      const line = xml.slice(0, xml.indexOf(cause.reference)).split('\n').length;
      throw new DatasetError('bad-file', path, `expected XML, line ${line}: ${cause.message}`, {
        cause,
      });
    }
    const reason = reasonOf(cause);
    const place = /^(.*):(\d+):(\d+|undefined)$/.exec(reason);
    const where = place === null ? reason : `line ${place[2]!}: ${place[1]!}`;
    throw new DatasetError('bad-file', path, `expected XML, ${where}`, { cause });
  }
}
