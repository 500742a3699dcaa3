import { Observable } from 'rxjs';
import type { Source } from '../../source.ts';
import { Pairing } from './pairing.ts';

/** Settings of {@link pairedSource}. */
export interface PairedOptions {
  /**
   * How far apart in time two pictures of one moment may be, beyond the interval of the main
   * stream; at live pace also how long a picture waits for its counterpart. Default 100 ms.
   */
  readonly toleranceMs?: number;
}

/** Default of {@link PairedOptions.toleranceMs}. */
export const defaultToleranceMs = 100;

/**
 * Two streams of one camera as one source: objects are sought in the pictures of `detect`, of low
 * resolution, and cut out of those of `main`.
 *
 * Each picture of `detect` becomes a frame: `view` is of it, `full` of the nearest main picture in
 * time, and boxes are in pixels of the main picture. While the main stream is lost, or none of its
 * pictures is near enough, `full` is of `detect` too. Completes, errors and is lost as `detect` is,
 * and errors as `main` does before its first picture. Drops of `main` are no drops of the camera.
 */
export function pairedSource(detect: Source, main: Source, options: PairedOptions = {}): Source {
  const { toleranceMs = defaultToleranceMs } = options;
  const isSimulated = detect.kind === 'world' || main.kind === 'world';
  return {
    // Two worlds cannot be in step with each other.
    kind: isSimulated ? 'custom' : detect.kind,
    endless: detect.endless,
    open: (context) =>
      new Observable((observer) => {
        const pairing = new Pairing({ detect, main, context, toleranceMs, observer });
        pairing.start();
        return () => pairing.end();
      }),
  };
}
