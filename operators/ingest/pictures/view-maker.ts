import { canvasOf, isSameView, placeInView, type ViewSize } from '../frames/view-size.ts';
import { RgbResizer } from './rgb-resizer.ts';

/** The scaling of one size of pictures to one view. */
interface Scaling {
  readonly width: number;
  readonly height: number;
  readonly viewSize: ViewSize;
  readonly resizer: RgbResizer;
  /** The scaled picture of a letterbox; null where it fills the view. */
  readonly scaled: Uint8Array | null;
}

/**
 * Makes detectors' views of RGB pictures in this thread; for sources whose pictures are in memory.
 *
 * Weights and memory are kept while neither the size of the pictures nor the view changes.
 */
export class ViewMaker {
  #scaling: Scaling | null = null;

  /**
   * Fills `view` from `full`, width × height × 3, which has the size of the source's pictures.
   */
  run(full: Uint8Array, width: number, height: number, viewSize: ViewSize, view: Uint8Array): void {
    const { resizer, scaled } = this.#scalingFor(width, height, viewSize);
    if (scaled === null) {
      resizer.run(full, view);
      return;
    }
    resizer.run(full, scaled);
    const canvas = canvasOf(viewSize);
    const place = placeInView(viewSize, width, height);
    view.fill(canvas.ground);
    for (let y = 0; y < place.height; y++) {
      const row = scaled.subarray(y * place.width * 3, (y + 1) * place.width * 3);
      view.set(row, ((place.top + y) * canvas.width + place.left) * 3);
    }
  }

  #scalingFor(width: number, height: number, viewSize: ViewSize): Scaling {
    const now = this.#scaling;
    const isSame = now?.width === width && now.height === height;
    if (isSame && isSameView(now.viewSize, viewSize)) return now;
    const place = placeInView(viewSize, width, height);
    const canvas = canvasOf(viewSize);
    const fills = place.width === canvas.width && place.height === canvas.height;
    const scaling = {
      width,
      height,
      viewSize,
      resizer: new RgbResizer(width, height, place.width, place.height),
      scaled: fills ? null : new Uint8Array(place.width * place.height * 3),
    };
    this.#scaling = scaling;
    return scaling;
  }
}
