import type { Detector } from '../../../operators/detect/detector.ts';
import { observe } from '../../../operators/detect/observe.ts';
import { intersectionOverUnion, type Box } from '../../../operators/foundation/geometry/box.ts';
import type { TimeBasis } from '../../../operators/foundation/time/time-basis.ts';
import type { ViewPlan } from '../../../operators/ingest/frames/view-plan.ts';
import type { ViewSize } from '../../../operators/ingest/frames/view-size.ts';
import type { Source } from '../../../operators/ingest/source.ts';
import { capture, type CaptureOptions } from '../../operators/ingest/capture.ts';
import { readCode } from './coded-scene.ts';

/** As the program makes views. */
export const views: ViewPlan = { shape: 'own', side: 320 };

/** What a source delivered of the scene, one entry a frame. */
export interface WatchedFrame {
  /** Number that the picture shows; null where it shows none. */
  readonly code: number | null;
  readonly timestampMs: number;
  readonly timeBasis: TimeBasis;
  /** Unix ms at which the frame was delivered. */
  readonly deliveredMs: number;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  readonly view: Uint8Array;
  readonly viewSize: ViewSize;
}

/** Opens a source and keeps what it delivers. Rejects where the source does. */
export async function watchFrames(
  source: Source,
  options: Pick<CaptureOptions, 'pace' | 'framesMax' | 'viewSize' | 'onEvent'> & {
    readonly forMs?: number;
  },
): Promise<readonly WatchedFrame[]> {
  const frames: WatchedFrame[] = [];
  const { forMs, viewSize: plan = views, ...rest } = options;
  const captured = capture(source, {
    ...rest,
    ...(forMs === undefined ? {} : { untilMs: forMs }),
    slots: 12,
    viewSize: plan,
    onFrame: ({ full, width, height, view, ...frame }) =>
      frames.push({
        code: readCode(full, width, height),
        timestampMs: frame.timestampMs,
        timeBasis: frame.timeBasis,
        deliveredMs: Date.now(),
        sourceWidth: frame.sourceWidth,
        sourceHeight: frame.sourceHeight,
        view: view.slice(),
        viewSize: frame.viewSize,
      }),
  });
  const { outcome } = await captured;
  if (outcome instanceof Error) throw outcome;
  return frames;
}

/** Boxes as shares of the picture, and how sure the detector is that each is an object. */
export interface SharedBox {
  readonly box: Box;
  readonly objectness: number;
}

/** Objects that the detector sees in a view, at this objectness or more. */
export async function detectIn(
  detector: Detector,
  frame: Pick<WatchedFrame, 'view' | 'viewSize' | 'sourceWidth' | 'sourceHeight'>,
  minObjectness: number,
): Promise<readonly SharedBox[]> {
  const { peaks } = await detector.detect({ view: frame.view, viewSize: frame.viewSize });
  const found = observe(peaks, frame, detector.describe.baseClasses, { minObjectness });
  const [across, down] = [1 / frame.sourceWidth, 1 / frame.sourceHeight];
  return found.map(({ box: [x0, y0, x1, y1], objectness }) => ({
    box: [x0 * across, y0 * down, x1 * across, y1 * down],
    objectness,
  }));
}

/** Share of `wanted` that one of `found` overlaps by half or more. */
export function matchedShare(
  wanted: readonly SharedBox[],
  found: readonly SharedBox[],
): { readonly matched: number; readonly of: number } {
  const matched = wanted.filter(({ box }) =>
    found.some((other) => intersectionOverUnion(box, other.box) >= 0.5),
  ).length;
  return { matched, of: wanted.length };
}
