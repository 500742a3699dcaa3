import { type DetectionClaim, takeClaim } from '../../../../operators/detect/detection-claim.ts';
import type { Detector, DetectorFrame } from '../../../../operators/detect/detector.ts';
import type { Detection } from '../../../../operators/detect/detector-messages.ts';

interface Call {
  readonly frame: DetectorFrame;
  readonly claim: DetectionClaim | null;
  readonly resolve: (detection: Detection | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A detector whose every detection takes the same time of a clock of its own, so that what there is
 * time for does not depend on the machine or on what else it does. Calls are answered one after
 * another, withdrawn ones are passed over, as in the detect worker.
 */
export class VirtualDetector {
  readonly describe: Detector['describe'];
  readonly #detector: Pick<Detector, 'detect' | 'describe'>;
  readonly #detectMs: number;
  readonly #queue: Call[] = [];
  #current: { readonly call: Call; readonly endMs: number } | null = null;
  #nowMs = 0;

  constructor(detector: Pick<Detector, 'detect' | 'describe'>, detectMs: number) {
    this.#detector = detector;
    this.#detectMs = detectMs;
    this.describe = detector.describe;
  }

  /** The clock, in ms. */
  get nowMs(): number {
    return this.#nowMs;
  }

  detect(frame: DetectorFrame): Promise<Detection>;
  detect(frame: DetectorFrame, claim: DetectionClaim | null): Promise<Detection | null>;
  detect(frame: DetectorFrame, claim: DetectionClaim | null = null): Promise<Detection | null> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ frame, claim, resolve, reject });
      this.#begin();
    });
  }

  /** Moves the clock to a time, with all that ends until then. */
  async advanceTo(untilMs: number): Promise<void> {
    while (this.#current !== null && this.#current.endMs <= untilMs) {
      const { call, endMs } = this.#current;
      this.#nowMs = endMs;
      const answer = await this.#detector.detect(call.frame).catch((error: unknown) => error);
      this.#current = null;
      this.#begin();
      if (answer instanceof Error) call.reject(answer);
      else call.resolve({ ...(answer as Detection), detectMs: this.#detectMs });
      await new Promise((settled) => setImmediate(settled));
    }
    this.#nowMs = untilMs;
  }

  #begin(): void {
    while (this.#current === null) {
      const call = this.#queue.shift();
      if (call === undefined) return;
      if (call.claim !== null && !takeClaim(call.claim.cell)) call.resolve(null);
      else this.#current = { call, endMs: this.#nowMs + this.#detectMs };
    }
  }
}
