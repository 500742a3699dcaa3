import { dirname, relative, resolve, sep } from 'node:path';
import type { Box } from '../../foundation/geometry/box.ts';
import type { AnnotatedImage, AnnotatedDataset, LabelledObject } from '../dataset.ts';
import { readDatasetText } from '../read-dataset-file.ts';
import { DatasetError } from '../dataset-error.ts';
import type { DatasetSpec } from '../dataset-spec.ts';
import { listYoloFiles, labelFolderOf, pairLabels } from './yolo-files.ts';
import { readYoloNames } from './yolo-names.ts';
import { mixedSplitsWarning } from './yolo-splits.ts';

/** Number of parent folders that are searched for class names. */
const parentsMax = 3;

/**
 * Reads a YOLO dataset: pictures anywhere below the folder, each with a label file, a `.txt` of the
 * same stem. Label files of `images/…` are in `labels/…`, also if the folder itself is inside of
 * `images/`; otherwise beside their pictures. A picture without a label file is empty.
 *
 * Lines are `class cx cy w h` or, for a polygon, `class x1 y1 x2 y2 …`, relative to the picture's
 * size. Class names are in `data.yaml` or `classes.txt`, in the folder, beside its labels, or up to
 * 3 folders up.
 */
export async function readYolo({
  folder,
}: Extract<DatasetSpec, { format: 'yolo' }>): Promise<AnnotatedDataset> {
  const files = await listYoloFiles(folder);
  const names = await readYoloNames(nameFolders(folder));
  const { classes } = names;
  const pictures = await pairLabels(folder, files);
  const images: AnnotatedImage[] = [];
  for (const { path, labels } of pictures) {
    images.push({
      id: relative(folder, path).split(sep).join('/'),
      path,
      stated: null,
      objects:
        labels === null
          ? []
          : parseLabels(await readDatasetText(labels, 'labels'), labels, classes),
      relative: true,
    });
  }
  const mixed = mixedSplitsWarning(folder, files.pictures, names);
  return {
    classes: [...new Set(classes)],
    images,
    unlabelled: pictures.flatMap(({ path, labels }) => (labels === null ? [path] : [])),
    warnings: mixed === null ? [] : [mixed],
  };
}

function nameFolders(folder: string): readonly string[] {
  const labels = labelFolderOf(folder);
  const folders = labels === null ? [folder] : [folder, labels];
  let parent = resolve(folder);
  for (let i = 0; i < parentsMax; i++) folders.push((parent = dirname(parent)));
  return folders;
}

function parseLabels(text: string, path: string, classes: readonly string[]): LabelledObject[] {
  return text.split(/\r?\n/).flatMap((line, i): LabelledObject[] => {
    const fields = line.trim().split(/\s+/);
    if (fields[0] === '') return [];
    const fail = (expected: string): DatasetError =>
      new DatasetError('bad-file', path, `line ${i + 1}: expected ${expected}`);
    const values = fields.map(Number);
    if (!values.every(Number.isFinite)) throw fail('numbers');
    const [index, ...coordinates] = values as [number, ...number[]];
    const name = classes[index];
    if (name === undefined) throw fail(`a class from 0 to ${classes.length - 1}, found ${index}`);
    const isOutline = coordinates.length >= 6 && coordinates.length % 2 === 0;
    if (coordinates.length !== 4 && !isOutline) {
      throw fail(
        `a class and 4 values (or an outline of 3 points or more), found ${coordinates.length}`,
      );
    }
    // Coordinates in pixels would be clipped to boxes as large as the picture.
    if (coordinates.some((value) => value < -1 || value > 2))
      throw fail('shares of the picture, 0 to 1');
    if (!isOutline && (coordinates[2]! < 0 || coordinates[3]! < 0)) {
      throw fail('a width and height of 0 or more');
    }
    const box = isOutline ? boundsOf(coordinates) : boxOf(coordinates);
    return [{ class: name, box, difficult: false, crowd: false }];
  });
}

function boxOf(coordinates: readonly number[]): Box {
  const [cx, cy, width, height] = coordinates as [number, number, number, number];
  return [cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2];
}

function boundsOf(points: readonly number[]): Box {
  const xs = points.filter((_, i) => i % 2 === 0);
  const ys = points.filter((_, i) => i % 2 === 1);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
