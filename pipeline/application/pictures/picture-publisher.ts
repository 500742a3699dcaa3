import { systemClock } from '../../../operators/foundation/time/clock.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import { PictureEncoder } from './picture-encoder.ts';
import type { Sinks } from '../open-sinks.ts';

/** Encodes pictures of the cameras that a client watches, and publishes them. */
export class PicturePublisher {
  readonly #sinks: Pick<Sinks, 'wantsPictures' | 'publishPicture'>;
  readonly #fpsMax: number;
  readonly #encoders = new Map<string, PictureEncoder>();

  /** `fpsMax`: most pictures per second and camera. */
  constructor(sinks: Pick<Sinks, 'wantsPictures' | 'publishPicture'>, fpsMax: number) {
    this.#sinks = sinks;
    this.#fpsMax = fpsMax;
  }

  /** Publishes the frame if it is wanted and due; retains it until its pixels have been read. */
  offer(frame: Frame): void {
    if (this.#sinks.wantsPictures(frame.camera)) void this.#publish(frame);
  }

  async #publish(frame: Frame): Promise<void> {
    const { camera, index, timestampMs } = frame;
    const jpeg = await this.#encoderOf(camera)
      .encode(frame, systemClock.nowMs())
      .catch(() => null);
    if (jpeg === null) return;
    this.#sinks.publishPicture({ camera, frame: index, timestampMs, jpeg });
  }

  #encoderOf(camera: string): PictureEncoder {
    let encoder = this.#encoders.get(camera);
    if (encoder === undefined) {
      encoder = new PictureEncoder({ fpsMax: this.#fpsMax, widthMax: 960, quality: 75 });
      this.#encoders.set(camera, encoder);
    }
    return encoder;
  }
}
