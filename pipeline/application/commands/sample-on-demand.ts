import type { Box } from '../../../operators/foundation/geometry/box.ts';
import type { SampleSpot } from '../../../operators/label/find-samples.ts';
import { LabelError } from '../../../operators/label/label-error.ts';
import type { Sample } from '../../../operators/remember/sample.ts';
import type { Camera } from '../camera.ts';
import { findCamera } from './find-camera.ts';
import type { SampleMaker } from '../sampling/sample-maker.ts';

/** Smallest side of a box that a sample is taken of, in source pixels. */
const sideMin = 2;

/** Takes samples where a label command points: at a box of a held frame, or at a live track. */
export class SampleOnDemand {
  readonly #cameras: ReadonlyMap<string, Pick<Camera, 'recent' | 'tracks' | 'name'>>;
  readonly #maker: Pick<SampleMaker, 'make'>;
  #boxes: number;

  /** `boxesBefore`: drawn boxes that were numbered by earlier runs. Default: none. */
  constructor(
    cameras: ReadonlyMap<string, Pick<Camera, 'recent' | 'tracks' | 'name'>>,
    maker: Pick<SampleMaker, 'make'>,
    boxesBefore = 0,
  ) {
    this.#cameras = cameras;
    this.#maker = maker;
    this.#boxes = boxesBefore;
  }

  /** The number of the newest drawn box. */
  get newestNumber(): number {
    return this.#boxes;
  }

  /** The box of a track in its camera's newest frame. Throws a {@link LabelError}. */
  boxOfTrack(cameraName: string, trackId: number): Box {
    const { tracks } = findCamera(this.#cameras, cameraName);
    const track = tracks.find(({ id }) => id === trackId);
    if (track !== undefined) return track.box;
    const message = `track ${trackId} is not in sight of ${cameraName}`;
    throw new LabelError('unknown-target', message);
  }

  /** Takes a sample that is not in the memory yet. Rejects with a {@link LabelError}. */
  async sampleAt(spot: SampleSpot): Promise<Sample> {
    const { recent } = findCamera(this.#cameras, spot.camera);
    const frame = recent.find(spot.frame);
    if (frame === null) throw frameGone(spot, recent.range);
    const box: Box = [
      Math.max(0, spot.box[0]),
      Math.max(0, spot.box[1]),
      Math.min(frame.sourceWidth, spot.box[2]),
      Math.min(frame.sourceHeight, spot.box[3]),
    ];
    if (box[2] - box[0] < sideMin || box[3] - box[1] < sideMin) {
      const size = `${frame.sourceWidth} × ${frame.sourceHeight}`;
      throw new LabelError('unknown-target', `the box has no area inside the ${size} picture`);
    }
    this.#boxes++;
    // Drawn boxes have no track: numbers below zero make each an object of its own.
    const facts = { box, novelty: 0, trackId: -this.#boxes, clusterId: `box${this.#boxes}` };
    return this.#maker.make(frame, facts, spot.proposed === true ? 'proposed' : 'drawn');
  }
}

function frameGone({ camera, frame }: SampleSpot, range: readonly [number, number] | null) {
  if (frame === undefined) {
    return new LabelError('frame-gone', `${camera} has shown no frame yet`);
  }
  const held =
    range === null
      ? 'none is held yet'
      : `held are ${range[0]} to ${range[1]}; leave "frame" out for the newest`;
  return new LabelError('frame-gone', `frame ${frame} is not held: ${held}`);
}
