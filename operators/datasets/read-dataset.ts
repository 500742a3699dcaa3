import { clipAnnotations } from './clip-annotations.ts';
import { readCoco } from './coco/read-coco.ts';
import { parseDatasetSpec } from './dataset-spec.ts';
import type { AnnotatedDataset, Dataset } from './dataset.ts';
import { withOneSpelling } from './one-spelling.ts';
import { readPhotos } from './photos/read-photos.ts';
import { readVoc } from './voc/read-voc.ts';
import { readYolo } from './yolo/read-yolo.ts';

/**
 * Reads a dataset without its pixels: `voc:ANNOTATIONS:IMAGES[:LIST]`, `coco:FILE.json:IMAGES`,
 * `yolo:DIR` or `photos:DIR`. Rejects with a `DatasetError`.
 *
 * Classes and images are in the same order on every machine. Boxes are clipped to their picture,
 * and those without an area are dropped; both are counted. Swapped corners are an error, and so are
 * class names that no command would accept; several spellings of one become one class.
 */
export async function readDataset(spec: string): Promise<Dataset> {
  return clipAnnotations(withOneSpelling(await readAnnotations(spec), spec));
}

function readAnnotations(spec: string): Promise<AnnotatedDataset> {
  const parsed = parseDatasetSpec(spec);
  switch (parsed.format) {
    case 'voc':
      return readVoc(parsed);
    case 'coco':
      return readCoco(parsed);
    case 'yolo':
      return readYolo(parsed);
    case 'photos':
      return readPhotos(parsed);
  }
}
