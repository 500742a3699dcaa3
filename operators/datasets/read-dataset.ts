import { clipAnnotations } from './clip-annotations.ts';
import { readCoco } from './coco/read-coco.ts';
import { parseDatasetSpec } from './dataset-spec.ts';
import type { AnnotatedDataset, Dataset } from './dataset.ts';
import type { OpenPicturesOptions } from './open-pictures.ts';
import { withOneSpelling } from './one-spelling.ts';
import { splitSpec } from './spec-options.ts';
import { readVoc } from './voc/read-voc.ts';
import { readYolo, type ReadYoloOptions } from './yolo/read-yolo.ts';

export type ReadDatasetOptions = OpenPicturesOptions;

/**
 * Reads a dataset without its pixels: `voc:ANNOTATIONS:IMAGES[:LIST]`, `coco:FILE.json:IMAGES` or
 * `yolo:DIR`, each with options such as `#boxes=stored` ({@link splitSpec}). Rejects with a
 * `DatasetError`.
 *
 * Classes and images are in the same order on every machine. Sizes and boxes are in the pixels of
 * the upright pictures, and every picture is opened first. Boxes are clipped to their picture, and
 * those without an area are dropped; both are counted. Swapped corners are an error, and so are
 * class names that no command would accept; several spellings of one become one class.
 */
export async function readDataset(
  spec: string,
  options: ReadDatasetOptions = {},
): Promise<Dataset> {
  const { set, options: chosen } = splitSpec(spec);
  const annotated = withOneSpelling(
    await readAnnotations(set, { ...chosen, signal: options.signal }),
    spec,
  );
  return clipAnnotations(annotated, { ...options, spec, boxes: chosen.boxes });
}

function readAnnotations(spec: string, options: ReadYoloOptions): Promise<AnnotatedDataset> {
  const parsed = parseDatasetSpec(spec);
  switch (parsed.format) {
    case 'voc':
      return readVoc(parsed);
    case 'coco':
      return readCoco(parsed);
    case 'yolo':
      return readYolo(parsed, options);
  }
}
