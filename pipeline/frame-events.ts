import { moveBox } from '../operators/detect/box-regression.ts';
import type { DiscoveredFrame } from '../operators/discover/unknown.ts';
import type { Sample } from '../operators/remember/sample.ts';
import type { DetectionsMessage, EventBox, SampleMessage } from '../sinks/events.ts';

/** What a frame shows, as the sinks publish it: every named track that was seen in it. */
export function detectionsOf({
  frame,
  tracks,
  unknowns,
  head,
}: DiscoveredFrame): DetectionsMessage {
  const size = { width: frame.sourceWidth, height: frame.sourceHeight };
  const detections = tracks.flatMap(({ id, box, offsets, confirmed, missed, name }) =>
    confirmed && missed === 0 && name !== null
      ? [
          {
            class: name.class,
            score: round(name.score, 1e4),
            box: rounded(moveBox(box, offsets, size)),
            trackId: id,
            headVersion: head.version,
            by: name.by,
          },
        ]
      : [],
  );
  return {
    type: 'detections',
    camera: frame.camera,
    frame: frame.index,
    timestampMs: frame.timestampMs,
    width: frame.sourceWidth,
    height: frame.sourceHeight,
    detections,
    unknowns: unknowns.map(({ track, clusterId, box, novelty }) => ({
      trackId: track.id,
      clusterId,
      box: rounded(box),
      novelty: round(novelty, 1e4),
    })),
  };
}

/** A sample as the sinks publish it. `clusterId` is the cluster it belongs to by now. */
export function sampleMessageOf(
  sample: Sample,
  clusterId: string,
  clusterSize: number,
): SampleMessage {
  const { label } = sample;
  return {
    type: 'sample',
    camera: sample.camera,
    sampleId: sample.id,
    clusterId,
    trackId: sample.trackId,
    timestampMs: sample.timestampMs,
    novelty: round(sample.novelty, 1e4),
    clusterSize,
    thumbnail: Buffer.from(sample.thumbnail).toString('base64'),
    label:
      label === null
        ? null
        : label.kind === 'background'
          ? 'background'
          : label.kind === 'notA'
            ? `not ${label.class ?? ''}`
            : label.class,
  };
}

function rounded(box: readonly [number, number, number, number]): EventBox {
  return [round(box[0], 10), round(box[1], 10), round(box[2], 10), round(box[3], 10)];
}

function round(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
