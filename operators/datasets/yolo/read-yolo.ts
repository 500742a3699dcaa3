import { dirname, relative, resolve, sep } from 'node:path';
import { isFile, isFolder } from '../../foundation/files/kind-of-path.ts';
import type { AnnotatedDataset, LabelledObject } from '../dataset.ts';
import { readDatasetText } from '../read-dataset-file.ts';
import type { DatasetSpec } from '../dataset-spec.ts';
import type { SpecOptions } from '../spec-options.ts';
import { decideReading } from './decide-reading.ts';
import { type LabelLine, parseLabelLines } from './label-lines.ts';
import { listYoloFiles, labelFolderOf, pairLabels } from './yolo-files.ts';
import { readYoloNames, readYoloYaml, type YoloNames } from './yolo-names.ts';
import { picturesOfAllSplits, picturesOfSplit } from './yolo-splits.ts';

/** Number of parent folders that are searched for class names. */
const parentsMax = 3;

export interface ReadYoloOptions extends Pick<SpecOptions, 'split' | 'lines'> {
  /** Ends the reading: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a YOLO dataset: pictures anywhere below the folder, or those of one split, each with a
 * label file, a `.txt` of the same stem. Label files of `images/…` are in `labels/…`, also if the
 * folder itself is inside of `images/`; otherwise beside their pictures. A picture without a label
 * file is empty. The folder can be given as its `data.yaml`.
 *
 * Lines are a class and numbers relative to the picture's size: boxes, also with a confidence and a
 * track id; outlines; boxes with keypoints; or the corners of oriented boxes, of which the bounds
 * are taken. One kind holds for the whole set: see {@link decideReading}.
 *
 * Class names are in `data.yaml` or `classes.txt`, in the folder, beside its labels, or up to
 * 3 folders up. Splits are folders, or files of the paths of pictures.
 */
export async function readYolo(
  spec: Extract<DatasetSpec, { format: 'yolo' }>,
  { split, lines: kind, signal }: ReadYoloOptions = {},
): Promise<AnnotatedDataset> {
  const isYaml = /\.ya?ml$/i.test(spec.folder) && (await isFile(spec.folder));
  const yaml = isYaml ? await readYoloYaml(spec.folder) : null;
  const folder = yaml === null ? spec.folder : await rootOf(yaml, dirname(spec.folder));
  const files = await listYoloFiles(folder);
  const names = yaml ?? (await readYoloNames(nameFolders(folder)));
  const set = { folder, names, listed: files.pictures };
  const chosen = await (split === undefined
    ? picturesOfAllSplits(set)
    : picturesOfSplit(set, split));
  const pictures = await pairLabels(folder, files, chosen.pictures);

  const all: LabelLine[] = [];
  const linesOf = new Map<string, readonly LabelLine[]>();
  let repeated = 0;
  let firstRepeated = '';
  for (const { path, labels } of pictures) {
    signal?.throwIfAborted();
    if (labels === null) continue;
    const text = await readDatasetText(labels, 'labels');
    const parsed = parseLabelLines(text, labels, names.classes);
    if (parsed.repeated.count > 0 && repeated === 0) {
      firstRepeated = `${labels} line ${parsed.repeated.first}`;
    }
    repeated += parsed.repeated.count;
    linesOf.set(path, parsed.lines);
    for (const line of parsed.lines) all.push(line);
  }
  const hints = kind === undefined ? names.hints : { ...names.hints, kind };
  const { reading, warning } = decideReading(all, hints, folder);
  const objectOf = ({ class: name, values }: LabelLine): LabelledObject => ({
    class: name,
    box: reading.boxOf(values)!,
    difficult: false,
    crowd: false,
  });
  return {
    classes: [...new Set(names.classes)],
    images: pictures.map(({ path }) => ({
      id: relative(folder, path).split(sep).join('/'),
      path,
      stated: null,
      objects: (linesOf.get(path) ?? []).map(objectOf),
      relative: true,
    })),
    unlabelled: pictures.flatMap(({ path, labels }) => (labels === null ? [path] : [])),
    warnings: [
      ...chosen.warnings,
      ...(warning === null ? [] : [warning]),
      ...(repeated === 0
        ? []
        : [`${repeated} label lines are repeated and count once, first: ${firstRepeated}`]),
    ],
  };
}

/** The folder of the pictures of a `data.yaml`: its `path`, where that is here. */
async function rootOf({ root }: YoloNames, beside: string): Promise<string> {
  const path = root === null ? null : resolve(beside, root);
  return path !== null && (await isFolder(path)) ? path : beside;
}

function nameFolders(folder: string): readonly string[] {
  const labels = labelFolderOf(folder);
  const folders = labels === null ? [folder] : [folder, labels];
  let parent = resolve(folder);
  for (let i = 0; i < parentsMax; i++) folders.push((parent = dirname(parent)));
  return folders;
}
