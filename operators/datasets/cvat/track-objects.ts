import type { Box } from '../../foundation/geometry/box.ts';
import type { LabelledObject } from '../dataset.ts';
import { boundsOfShape } from './cvat-shape.ts';
import type { CvatShape, CvatTrack, CvatTrackShape } from './cvat-file.ts';

/** Most boxes of all tracks, over all frames. */
export const trackBoxesMax = 50_000_000;

/** The boxes of tracks, by frame. */
export interface TrackObjects {
  readonly byFrame: ReadonlyMap<number, readonly LabelledObject[]>;
  /** Tracks that go on after their last shape. */
  readonly endless: number;
}

/**
 * The boxes of tracks in each frame. Between two shapes CVAT moves them evenly, after the last one
 * they stay where they are, and `outside` ends them.
 *
 * @param frames The frames with a picture, in order.
 * @throws RangeError that names the line of the track
 */
export function objectsOfTracks(
  tracks: readonly CvatTrack[],
  frames: readonly number[],
): TrackObjects {
  const byFrame = new Map<number, LabelledObject[]>(frames.map((frame) => [frame, []]));
  let boxes = 0;
  let endless = 0;
  for (const track of tracks) {
    const shapes = [...track.shapes].sort((a, b) => a.frame - b.frame);
    const lastShape = shapes.at(-1);
    const lastFrame = frames.at(-1);
    if (lastShape?.outside === false && lastFrame !== undefined && lastFrame > lastShape.frame) {
      endless++;
    }
    for (const [i, shape] of shapes.entries()) {
      const next = shapes[i + 1];
      if (next?.frame === shape.frame) throw faultOf(track, `two shapes in frame ${shape.frame}`);
      if (shape.outside) continue;
      if (!byFrame.has(shape.frame)) {
        throw faultOf(track, `a shape in frame ${shape.frame}, which has no picture`);
      }
      for (let at = indexOf(frames, shape.frame); at < frames.length; at++) {
        const frame = frames[at]!;
        if (next !== undefined && frame >= next.frame) break;
        if (++boxes > trackBoxesMax)
          throw faultOf(track, `more than ${trackBoxesMax} boxes in all`);
        const box = boundsOfShape(shapeAt(shape, next, frame, track));
        byFrame.get(frame)!.push({ class: track.label, box, difficult: false, crowd: false });
      }
    }
  }
  return { byFrame, endless };
}

function shapeAt(
  from: CvatTrackShape,
  to: CvatTrackShape | undefined,
  frame: number,
  track: CvatTrack,
): CvatShape {
  // An object stays where it is until it leaves.
  if (frame === from.frame || to === undefined || to.outside) return from.shape;
  const share = (frame - from.frame) / (to.frame - from.frame);
  const [a, b] = [from.shape, to.shape];
  const between = (start: number, end: number): number => start + (end - start) * share;
  const angle = (start: number, end: number): number => {
    // The short way around.
    const by = ((((end - start) % 360) + 540) % 360) - 180;
    return start + by * share;
  };
  if (a.kind === 'box' && b.kind === 'box') {
    const box = a.box.map((side, i) => between(side, b.box[i]!)) as unknown as Box;
    return { kind: 'box', box, degrees: angle(a.degrees, b.degrees) };
  }
  if (a.kind === 'ellipse' && b.kind === 'ellipse') {
    return {
      kind: 'ellipse',
      centre: [between(a.centre[0], b.centre[0]), between(a.centre[1], b.centre[1])],
      radii: [between(a.radii[0], b.radii[0]), between(a.radii[1], b.radii[1])],
      degrees: angle(a.degrees, b.degrees),
    };
  }
  throw faultOf(
    track,
    `no shape in frame ${frame}, and only boxes and ellipses can be interpolated`,
  );
}

/** Index of a frame that is in the sorted list. */
function indexOf(frames: readonly number[], frame: number): number {
  let [low, high] = [0, frames.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (frames[middle]! < frame) low = middle + 1;
    else high = middle;
  }
  return low;
}

function faultOf({ label, line }: CvatTrack, found: string): RangeError {
  return new RangeError(
    `line ${line}: track of ${JSON.stringify(label.slice(0, 80))}: expected one shape in each of ` +
      `its frames, found ${found}`,
  );
}
