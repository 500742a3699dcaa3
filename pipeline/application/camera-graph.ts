import { map, mergeMap, type Observable } from 'rxjs';
import type { DiscoveredFrame } from '../../operators/discover/unknown.ts';
import { branch } from '../../operators/foundation/streams/branch.ts';
import type { InFlight } from '../../operators/foundation/streams/in-flight.ts';
import type { DetectionsMessage } from '../../sinks/events.ts';
import type { Camera } from './camera.ts';
import { detectionsOf } from './frame-events.ts';
import type { Pacing } from './pacing.ts';
import type { BackgroundCollector } from './sampling/background-collector.ts';
import type { SampleTaker } from './sampling/sample-taker.ts';
import type { SimulatedAnnotator } from './sampling/simulated-annotator.ts';

/** What a frame leads to besides its detections. */
export interface CameraGraphParts {
  readonly sampleTaker: Pick<SampleTaker, 'take'>;
  readonly background: Pick<BackgroundCollector, 'observe'>;
  readonly annotator: Pick<SimulatedAnnotator, 'issueDue'>;
  /** Updates, swaps and rollbacks in flight. */
  readonly modelInFlight: Pick<InFlight, 'idle$'>;
  readonly pacing: Pacing;
  /** Called with every frame at its end, before it is released. */
  readonly onFrame: (discovered: DiscoveredFrame) => void;
}

/**
 * A camera's frames with all that they lead to: samples, background, labels of the simulation.
 * Each frame ends as the message of its detections and is released.
 *
 * In lockstep a frame also waits for the updates that its time makes due. The pool of such a
 * camera has one slot, so no frame begins before the one before it has ended.
 */
export function cameraGraph(
  camera: Camera,
  parts: CameraGraphParts,
): Observable<DetectionsMessage> {
  const { sampleTaker, background, annotator, modelInFlight, pacing, onFrame } = parts;
  const { inStep } = pacing;
  const beside = { inStep, abandonedAtEnd: true };
  return camera.frames().pipe(
    branch(sampleTaker.take(), { inStep }),
    branch(
      mergeMap((discovered) => background.observe(discovered)),
      beside,
    ),
    branch(
      mergeMap(({ frame }) => annotator.issueDue(frame.timestampMs)),
      beside,
    ),
    branch(
      mergeMap(({ frame }) => {
        pacing.advance(frame.timestampMs);
        return inStep ? modelInFlight.idle$ : [];
      }),
      beside,
    ),
    map((discovered) => {
      onFrame(discovered);
      const message = detectionsOf(discovered, camera.frameId, camera.detectorId);
      discovered.frame.release();
      return message;
    }),
  );
}
