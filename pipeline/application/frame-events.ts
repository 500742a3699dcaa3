import { type Box, intersectionOverUnion } from '../../operators/foundation/geometry/box.ts';
import { moveBox } from '../../operators/detect/heads/box-regression.ts';
import type { DiscoveredFrame } from '../../operators/discover/unknown.ts';
import { unixTimeFromMs } from '../../operators/ingest/frames/frame.ts';
import { canvasOf } from '../../operators/ingest/frames/view-size.ts';
import type { TimeBasis } from '../../operators/foundation/time/time-basis.ts';
import { isAsked, type Sample } from '../../operators/remember/sample.ts';
import type { DetectionsMessage, EventBox, SampleMessage } from '../../sinks/events.ts';

type NamedBox = Pick<DetectionsMessage['detections'][number], 'class' | 'by' | 'score'> & {
  readonly box: Box;
};

const unmoved = [0, 0, 0, 0] as const;

/** IoU from which on two boxes of the same learned class are one object. */
const sameObject = 0.5;

/**
 * The detections of a frame as sinks publish them: recognised tracks seen in it, objects once.
 * `frameId` is that of its camera, `detector` the id of the model that detected.
 */
export function detectionsOf(
  { frame, tracks, unknowns, head }: DiscoveredFrame,
  frameId: string,
  detector: string,
): DetectionsMessage {
  const canvas = canvasOf(frame.viewSize);
  const size = { width: frame.sourceWidth, height: frame.sourceHeight };
  const named = tracks.flatMap((track) => {
    const { id, box, offsets, confirmed, missed, recognition: name, seenBy } = track;
    if (!confirmed || missed > 0 || name === null) return [];
    return [
      {
        class: name.class,
        score: round(name.score, 1e4),
        // A box that is carried on may reach out of the picture.
        box: moveBox(box, offsets ?? (seenBy === undefined ? null : unmoved), size),
        trackId: id,
        headVersion: head.version,
        by: name.by,
        ...(seenBy === undefined ? {} : { seenBy }),
      },
    ];
  });
  return {
    type: 'detections',
    camera: frame.camera,
    frame: frame.index,
    timestampMs: frame.timestampMs,
    timeBasis: frame.timeBasis,
    frameId,
    width: frame.sourceWidth,
    height: frame.sourceHeight,
    detector,
    view: [canvas.width, canvas.height],
    detections: withoutRepeats(named).map((each) => ({ ...each, box: rounded(each.box) })),
    unknowns: unknowns.map(({ track, clusterId, box, novelty }) => ({
      trackId: track.id,
      clusterId,
      box: rounded(track.seenBy === undefined ? box : moveBox(box, unmoved, size)),
      novelty: round(novelty, 1e4),
    })),
  };
}

/**
 * Suppresses repeated detections of one learned object: the backbone fires several times on an
 * object that is not of a base class, and box regression moves those boxes onto each other.
 */
function withoutRepeats<T extends NamedBox>(named: readonly T[]): readonly T[] {
  const kept = new Set<T>();
  for (const each of named.toSorted((a, b) => b.score - a.score)) {
    const doubled = [...kept].some(
      (other) =>
        other.by === 'learned' &&
        other.class === each.class &&
        intersectionOverUnion(other.box, each.box) > sameObject,
    );
    if (!doubled) kept.add(each);
  }
  return named.filter((each) => kept.has(each));
}

/** What sinks get of a sample beside the sample itself. */
export interface SampleContext {
  /** The cluster that it belongs to by now, and the number of samples in it. */
  readonly clusterId: string;
  readonly clusterSize: number;
  /** What an answer would bring, see operators/discover/worth.ts. */
  readonly worth: number;
  /** That of its camera. */
  readonly frameId: string;
}

/** A sample as sinks publish it. */
export function sampleMessageOf(
  sample: Sample,
  { clusterId, clusterSize, worth, frameId }: SampleContext,
): SampleMessage {
  return {
    type: 'sample',
    camera: sample.camera,
    sampleId: sample.id,
    clusterId,
    trackId: sample.trackId,
    timestampMs: sample.timestampMs,
    timeBasis: timeBasisOf(sample),
    frameId,
    novelty: round(sample.novelty, 1e4),
    clusterSize,
    asked: isAsked(sample),
    worth: round(worth, 1e4),
    thumbnail: Buffer.from(sample.thumbnail).toString('base64'),
    label: labelText(sample),
  };
}

/** Earlier versions knew no capture time, and did not store which of the two others it is. */
function timeBasisOf({ timeBasis, timestampMs }: Sample): TimeBasis {
  return timeBasis ?? (timestampMs >= unixTimeFromMs ? 'arrival' : 'media');
}

/** The label as clients show it: its class, `background`, `not <class>` or null. */
function labelText({ label, notA = [] }: Sample): string | null {
  if (label !== null) return label.kind === 'background' ? 'background' : label.class;
  return notA.length === 0 ? null : `not ${notA.join(', not ')}`;
}

function rounded(box: readonly [number, number, number, number]): EventBox {
  return [round(box[0], 10), round(box[1], 10), round(box[2], 10), round(box[3], 10)];
}

function round(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
