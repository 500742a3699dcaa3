import type { Head } from '../../../../operators/detect/heads/head.ts';
import type { LabelledImage } from '../../../../operators/datasets/dataset.ts';
import { baseBoxes, proposalsOf, scoreProposals } from '../../../batch/score-proposals.ts';
import type { PicturePredictor, PicturePrediction } from '../../protocols/protocol.ts';
import { peaksOfMaps } from './cached-maps.ts';
import type { BackboneCache } from './backbone-cache.ts';

/** The detector's own limit. */
const maxPeaks = 100;

/** Predicts as `predictPicture` does, from cached maps and crop embeddings instead of pixels. */
export class CachedPredictor implements PicturePredictor {
  readonly #cache: BackboneCache;

  constructor(cache: BackboneCache) {
    this.#cache = cache;
  }

  async predict(image: LabelledImage, head: Head): Promise<PicturePrediction> {
    const { engine } = this.#cache;
    const viewSize = this.#cache.viewOf(image);
    const peaks = peaksOfMaps(await this.#cache.maps(image), head.objectness, maxPeaks);
    const size = { viewSize, sourceWidth: image.width, sourceHeight: image.height };
    const base = baseBoxes(peaks, size, engine.baseClasses);
    const proposals = proposalsOf(peaks, size, engine.baseClasses);
    const boxes = proposals.map(({ box }) => box);
    const embeddings = head.crop === null ? null : await this.#cache.embeddings(image, boxes);
    const learned = scoreProposals(head, proposals, embeddings, size);
    return { base, learned, proposals, embeddings };
  }
}
