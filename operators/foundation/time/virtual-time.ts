import { VirtualTimeScheduler } from 'rxjs';

/**
 * The time of the frames themselves, for simulations that run as fast as they can: a delay
 * then takes as many frames as it would have in life, on any machine.
 */
export class FrameScheduler extends VirtualTimeScheduler {
  /** Does what is due by this frame's time, and makes it now. Times that go back are left out. */
  advance(timestampMs: number): void {
    if (timestampMs < this.frame) return;
    this.maxFrames = timestampMs;
    this.flush();
    this.frame = timestampMs;
  }
}
