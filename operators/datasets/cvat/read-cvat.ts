import { join } from 'node:path';
import { codeUnitOrder } from '../../foundation/files/code-unit-order.ts';
import { isPictureName } from '../../ingest/pictures/picture-name.ts';
import type { AnnotatedDataset, AnnotatedImage } from '../dataset.ts';
import { DatasetError } from '../dataset-error.ts';
import type { DatasetSpec } from '../dataset-spec.ts';
import { PicturePaths } from '../picture-paths.ts';
import type { CvatFile, CvatImage } from './cvat-file.ts';
import { boundsOfShape } from './cvat-shape.ts';
import { findFrames } from './frame-pictures.ts';
import { parseCvat } from './parse-cvat.ts';
import { objectsOfTracks } from './track-objects.ts';

type CvatSpec = Extract<DatasetSpec, { format: 'cvat' }>;

/**
 * Reads a set of CVAT: an XML file "for images 1.1" or "for video 1.1", and a folder of pictures or
 * frames. Boxes, ellipses, polygons, masks and cuboids become their upright bounds; points,
 * polylines, skeletons and tags have none and are counted in a warning.
 *
 * Classes are in the order of the file's list of labels, else by name. Images are in its order.
 */
export async function readCvat(spec: CvatSpec, signal?: AbortSignal): Promise<AnnotatedDataset> {
  const pictures = await PicturePaths.open(spec.images, signal);
  const cvat = await parseCvat(spec.file, signal);
  const video = cvat.images.length === 0;
  if (video && cvat.tracks.length === 0) {
    throw new DatasetError('empty', spec.file, 'expected images or tracks, found none');
  }
  const { images, warnings } = video
    ? imagesOfVideo(cvat, spec, pictures)
    : { images: cvat.images.map((each) => imageOf(each, spec, pictures)), warnings: [] };
  const leftOut = [...cvat.leftOut].map(([element, count]) => `${count} ${element}`);
  const left = `${leftOut.join(', ')} have no box and were left out`;
  return {
    classes: classesOf(cvat, images, spec),
    images,
    unlabelled: [],
    warnings: [...warnings, ...(leftOut.length > 0 ? [left] : [])],
  };
}

function imageOf(
  { name, line, stated, objects }: CvatImage,
  spec: CvatSpec,
  pictures: PicturePaths,
): AnnotatedImage {
  return {
    id: name,
    path: pictures.take([name], `line ${line}`, spec.file),
    stated,
    objects: objects.map(({ label, shape }) => ({
      class: label,
      box: boundsOfShape(shape),
      difficult: false,
      crowd: false,
    })),
    relative: false,
  };
}

function imagesOfVideo(
  { tracks, frames, stated }: CvatFile,
  { file, images: folder }: CvatSpec,
  pictures: PicturePaths,
): Pick<AnnotatedDataset, 'images' | 'warnings'> {
  const paths = pictures.all.filter((path) => isPictureName(path));
  if (paths.length === 0) throw new DatasetError('empty', folder, 'expected pictures, found none');
  const found = findFrames(paths, frames);
  if (typeof found === 'string') throw new DatasetError('bad-file', folder, found);
  const shown = [...found.byFrame.keys()];
  let objects;
  try {
    objects = objectsOfTracks(tracks, shown);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new DatasetError('bad-file', file, cause.message, { cause });
  }
  const { byFrame, endless } = objects;
  const goOn = `${endless} tracks have no shape with outside="1" at their end and go on, as in CVAT`;
  return {
    images: [...found.byFrame].map(([frame, path]) => ({
      id: String(frame),
      path: join(folder, path),
      stated,
      objects: byFrame.get(frame)!,
      relative: false,
    })),
    warnings: [...found.warnings, ...(endless > 0 ? [goOn] : [])],
  };
}

function classesOf(
  { labels, images: annotated, tracks }: CvatFile,
  images: readonly AnnotatedImage[],
  { file }: CvatSpec,
): readonly string[] {
  const used = new Map<string, number>();
  const use = (label: string, line: number): void => {
    if (!used.has(label)) used.set(label, line);
  };
  for (const { objects, line } of annotated) for (const { label } of objects) use(label, line);
  for (const { label, line } of tracks) use(label, line);
  if (labels === null) {
    const shown = new Set(images.flatMap(({ objects }) => objects.map((each) => each.class)));
    return [...shown].sort(codeUnitOrder);
  }
  const unknown = [...used].find(([label]) => !labels.includes(label));
  if (unknown === undefined) return labels;
  const [label, line] = unknown;
  const found = JSON.stringify(label.slice(0, 80));
  throw new DatasetError(
    'bad-file',
    file,
    `line ${line}: expected a label of <labels>, found ${found}`,
  );
}
