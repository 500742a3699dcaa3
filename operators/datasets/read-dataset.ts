import { clipAnnotations } from './clip-annotations.ts';
import { readCoco } from './coco/read-coco.ts';
import { readCvat } from './cvat/read-cvat.ts';
import { parseDatasetSpec } from './dataset-spec.ts';
import type { AnnotatedDataset, Dataset } from './dataset.ts';
import { readLabelStudio } from './labelstudio/read-label-studio.ts';
import type { OpenPicturesOptions } from './open-pictures.ts';
import { withOneSpelling } from './one-spelling.ts';
import { readPhotos } from './photos/read-photos.ts';
import { splitSpec } from './spec-options.ts';
import { readVoc } from './voc/read-voc.ts';
import { withTracks } from './read-tracks.ts';
import { readYolo, type ReadYoloOptions } from './yolo/read-yolo.ts';

export type ReadDatasetOptions = OpenPicturesOptions;

/**
 * Reads a dataset without its pixels: `voc:ANNOTATIONS:IMAGES[:LIST]`, `coco:FILE.json:IMAGES`,
 * `cvat:FILE.xml:IMAGES`, `labelstudio:FILE.json:IMAGES`, `yolo:DIR` or `photos:DIR`, each with
 * options such as `#boxes=stored` or `#tracks=FILE` ({@link splitSpec}). Rejects with a
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
  const clipped = await clipAnnotations(annotated, { ...options, spec, boxes: chosen.boxes });
  return chosen.tracks === undefined ? clipped : withTracks(clipped, chosen.tracks);
}

function readAnnotations(spec: string, options: ReadYoloOptions): Promise<AnnotatedDataset> {
  const parsed = parseDatasetSpec(spec);
  const { signal } = options;
  switch (parsed.format) {
    case 'voc':
      return readVoc(parsed);
    case 'coco':
      return readCoco(parsed, signal);
    case 'cvat':
      return readCvat(parsed, signal);
    case 'labelstudio':
      return readLabelStudio(parsed, signal);
    case 'yolo':
      return readYolo(parsed, options);
    case 'photos':
      return readPhotos(parsed);
  }
}
