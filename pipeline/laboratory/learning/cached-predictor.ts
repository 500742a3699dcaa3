import type { Head } from '../../../operators/detect/heads/head.ts';
import type { LabelledImage } from '../../../operators/datasets/labelled-set.ts';
import { baseBoxes, proposalsOf, scoreProposals } from '../../batch/score-proposals.ts';
import type { PicturePredictor, EmbeddedPicture } from '../protocols/protocol.ts';
import { peaksOfMaps } from './cached-maps.ts';
import type { BackboneCache } from './backbone-cache.ts';

/** As many as the detector hands back. */
const maxPeaks = 100;

/** Judges as `judgePicture` does, out of cached maps and looks instead of pixels. */
export class CachedPredictor implements PicturePredictor {
  readonly #cache: BackboneCache;

  constructor(cache: BackboneCache) {
    this.#cache = cache;
  }

  async see(image: LabelledImage, head: Head): Promise<EmbeddedPicture> {
    const { engine, viewSize } = this.#cache;
    const peaks = peaksOfMaps(await this.#cache.maps(image), head.objectness, maxPeaks);
    const size = { viewSize, sourceWidth: image.width, sourceHeight: image.height };
    const base = baseBoxes(peaks, size, engine.baseClasses);
    const proposals = proposalsOf(peaks, size, engine.baseClasses);
    const boxes = proposals.map(({ box }) => box);
    const looks = head.crop === null ? null : await this.#cache.looks(image, boxes);
    return { base, learned: scoreProposals(head, proposals, looks, size), proposals, looks };
  }
}
