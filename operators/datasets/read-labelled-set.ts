import { finishImages } from './finish-images.ts';
import type { AnnotatedSet, LabelledSet } from './labelled-set.ts';
import { readCocoSet } from './coco/read-coco-set.ts';
import { readVocSet } from './voc/read-voc-set.ts';
import { readYoloSet } from './yolo/read-yolo-set.ts';
import { parseSetSpec } from './set-spec.ts';

/**
 * Reads a labelled set, all of it but the pixels: `voc:ANNOTATIONS:IMAGES[:LIST]`,
 * `coco:FILE.json:IMAGES` or `yolo:DIR`. Rejects with a {@link SetError}.
 *
 * The same set gives the same classes and images in the same order on every machine.
 * Boxes are cut to their picture, those without area left out; both are counted. Corners the
 * wrong way round are an error.
 */
export async function readLabelledSet(spec: string): Promise<LabelledSet> {
  return finishImages(await readAnnotations(spec));
}

function readAnnotations(spec: string): Promise<AnnotatedSet> {
  const parsed = parseSetSpec(spec);
  switch (parsed.format) {
    case 'voc':
      return readVocSet(parsed);
    case 'coco':
      return readCocoSet(parsed);
    case 'yolo':
      return readYoloSet(parsed);
  }
}
