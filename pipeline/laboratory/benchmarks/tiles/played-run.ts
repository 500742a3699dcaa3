import type { LabelledObject } from '../../../../operators/datasets/dataset.ts';
import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { leftAt, type SceneCameraOptions } from './scene-camera.ts';
import {
  addFrame,
  emptyCounts,
  type Sighting,
  type SightingCounts,
} from './score-sightings.ts';
import type { WideScene } from './wide-scene.ts';

/** What a run over scenes gave. */
export class PlayedRun {
  /** Once the tracks of a scene are settled. */
  readonly counts = emptyCounts();
  /** By the seconds since a scene began. */
  readonly bySecond: readonly SightingCounts[];
  readonly latenciesMs: number[] = [];
  readonly tiles = { looked: 0, withdrawn: 0, failed: 0, found: 0 };
  readonly #scenes: readonly WideScene[];
  readonly #options: Omit<SceneCameraOptions, 'onCapture'>;
  readonly #settledSeconds: number;

  constructor(
    scenes: readonly WideScene[],
    options: Omit<SceneCameraOptions, 'onCapture'>,
    settledSeconds: number,
  ) {
    this.#scenes = scenes;
    this.#options = options;
    this.#settledSeconds = settledSeconds;
    const seconds = Math.ceil(options.framesPerScene / options.fps);
    this.bySecond = Array.from({ length: seconds }, () => emptyCounts());
  }

  /** Adds what was published for a frame. */
  add(index: number, sightings: readonly Sighting[], latencyMs: number): void {
    this.latenciesMs.push(latencyMs);
    const { framesPerScene, fps } = this.#options;
    const objects = this.#objectsAt(index);
    const second = Math.floor((index % framesPerScene) / fps);
    addFrame(this.bySecond[second]!, sightings, objects);
    if (second >= this.#settledSeconds) addFrame(this.counts, sightings, objects);
  }

  /** The objects of a frame that its picture shows by at least half. */
  #objectsAt(index: number): readonly LabelledObject[] {
    const { framesPerScene, width } = this.#options;
    const scene = this.#scenes[Math.floor(index / framesPerScene)]!;
    const left = leftAt(index, scene, this.#options);
    return scene.objects.flatMap((object) => {
      const [x0, y0, x1, y1] = object.box;
      const [from, to] = [Math.max(0, x0 - left), Math.min(width, x1 - left)];
      return to - from < (x1 - x0) / 2 ? [] : [{ ...object, box: [from, y0, to, y1] as Box }];
    });
  }
}
