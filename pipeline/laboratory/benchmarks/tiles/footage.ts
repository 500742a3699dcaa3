import type { LabelledObject } from '../../../../operators/datasets/dataset.ts';
import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import type { WideScene } from './wide-scene.ts';

/** Pictures of a camera, and what is in each. */
export interface Footage {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  /** Writes a picture: RGB, row-major, `width × height × 3` bytes. */
  fill(index: number, full: Uint8Array): void;
  /** The objects of a picture, in its pixels. */
  objectsAt(index: number): readonly LabelledObject[];
  /** Seconds since the scene of a picture began. */
  secondsAt(index: number): number;
}

export interface SceneFootageOptions {
  readonly fps: number;
  readonly framesPerScene: number;
  /** Size of the pictures: that of the scenes, or a part of it that moves over them. */
  readonly width: number;
  readonly height: number;
}

/** One scene after another, from a camera that is still or moves to the right end and back. */
export class SceneFootage implements Footage {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  readonly #framesPerScene: number;
  readonly #scenes: readonly WideScene[];

  constructor(scenes: readonly WideScene[], options: SceneFootageOptions) {
    this.#scenes = scenes;
    this.#framesPerScene = options.framesPerScene;
    this.width = options.width;
    this.height = options.height;
    this.fps = options.fps;
    this.frames = scenes.length * options.framesPerScene;
  }

  fill(index: number, full: Uint8Array): void {
    const { scene, left } = this.#viewAt(index);
    const bytes = this.width * 3;
    for (let y = 0; y < this.height; y++) {
      const from = (y * scene.width + left) * 3;
      full.set(scene.pixels.subarray(from, from + bytes), y * bytes);
    }
  }

  /** Those of which the picture shows at least half. */
  objectsAt(index: number): readonly LabelledObject[] {
    const { scene, left } = this.#viewAt(index);
    return scene.objects.flatMap((object) => {
      const [x0, y0, x1, y1] = object.box;
      const [from, to] = [Math.max(0, x0 - left), Math.min(this.width, x1 - left)];
      return to - from < (x1 - x0) / 2 ? [] : [{ ...object, box: [from, y0, to, y1] as Box }];
    });
  }

  secondsAt(index: number): number {
    return (index % this.#framesPerScene) / this.fps;
  }

  #viewAt(index: number): { readonly scene: WideScene; readonly left: number } {
    const scene = this.#scenes[Math.floor(index / this.#framesPerScene)]!;
    const span = scene.width - this.width;
    const position = ((index % this.#framesPerScene) * 2 * span) / this.#framesPerScene;
    return { scene, left: Math.round(position <= span ? position : 2 * span - position) };
  }
}
