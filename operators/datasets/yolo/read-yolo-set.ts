import { dirname, relative, resolve, sep } from 'node:path';
import type { AnnotatedImage, AnnotatedSet, LabelledObject } from '../labelled-set.ts';
import { readSetFile } from '../read-set-file.ts';
import { SetError } from '../set-error.ts';
import type { SetSpec } from '../set-spec.ts';
import { listYoloFiles, mirrorOf, pairLabels } from './yolo-files.ts';
import { readYoloNames } from './yolo-names.ts';
import { warnOfParts } from './yolo-parts.ts';

/** Folders above the set's in which its names are still looked for. */
const levelsUp = 3;

/**
 * Reads a YOLO set: pictures anywhere below the folder, each with a `.txt` of the same stem,
 * in `labels/` where the picture is in `images/`, be that below the folder or above, else beside
 * it. A picture without one shows nothing. Lines are `class cx cy w h`, or `class x1 y1 x2 y2 …`
 * for an outline, all shares of the picture. Names come from `data.yaml` or `classes.txt`, in the
 * folder, beside its labels, or a few folders up.
 */
export async function readYoloSet({
  folder,
}: Extract<SetSpec, { format: 'yolo' }>): Promise<AnnotatedSet> {
  const files = await listYoloFiles(folder);
  const names = await readYoloNames(placesOfNames(folder));
  const { classes } = names;
  const pictures = await pairLabels(folder, files);
  const images: AnnotatedImage[] = [];
  for (const { path, labels } of pictures) {
    images.push({
      id: relative(folder, path).split(sep).join('/'),
      path,
      stated: null,
      objects:
        labels === null ? [] : parseLabels(await readSetFile(labels, 'labels'), labels, classes),
      relative: true,
    });
  }
  const mixed = warnOfParts(folder, files.pictures, names);
  return {
    classes: [...new Set(classes)],
    images,
    unlabelled: pictures.flatMap(({ path, labels }) => (labels === null ? [path] : [])),
    warnings: mixed === null ? [] : [mixed],
  };
}

function placesOfNames(folder: string): readonly string[] {
  const mirror = mirrorOf(folder);
  const places = mirror === null ? [folder] : [folder, mirror];
  let above = resolve(folder);
  for (let i = 0; i < levelsUp; i++) places.push((above = dirname(above)));
  return places;
}

function parseLabels(text: string, path: string, classes: readonly string[]): LabelledObject[] {
  return text.split(/\r?\n/).flatMap((line, i): LabelledObject[] => {
    const words = line.trim().split(/\s+/);
    if (words[0] === '') return [];
    const fail = (expected: string): SetError =>
      new SetError('bad-file', path, `line ${i + 1}: expected ${expected}`);
    const values = words.map(Number);
    if (!values.every(Number.isFinite)) throw fail('numbers');
    const [index, ...place] = values as [number, ...number[]];
    const name = classes[index];
    if (name === undefined) throw fail(`a class from 0 to ${classes.length - 1}, found ${index}`);
    const outline = place.length >= 6 && place.length % 2 === 0;
    if (place.length !== 4 && !outline) {
      throw fail(`a class and 4 values (or an outline of 3 points or more), found ${place.length}`);
    }
    // Pixels instead of shares would silently become boxes as large as the picture.
    if (place.some((value) => value < -1 || value > 2)) throw fail('shares of the picture, 0 to 1');
    if (!outline && (place[2]! < 0 || place[3]! < 0)) throw fail('a width and height of 0 or more');
    const box = outline ? boundsOf(place) : boxOf(place);
    return [{ class: name, box, difficult: false, crowd: false }];
  });
}

function boxOf(place: readonly number[]): LabelledObject['box'] {
  const [cx, cy, width, height] = place as [number, number, number, number];
  return [cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2];
}

function boundsOf(points: readonly number[]): LabelledObject['box'] {
  const xs = points.filter((_, i) => i % 2 === 0);
  const ys = points.filter((_, i) => i % 2 === 1);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
